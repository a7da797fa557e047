"""A home of its own for each test, and the command line run in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from soc_tui.cli import main
from tests.wire.openai_server import OpenAIServer


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


# A run in the background ignores SIGINT, and so would what it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

Run = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SOC_TUI_HOME; nothing is set beside it."""
    for name in list(os.environ):
        if name.startswith(("SOC_TUI_", "OPENAI_", "AZURE_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    (folder / "data").mkdir(parents=True)
    monkeypatch.setenv("SOC_TUI_HOME", str(folder))
    return folder


@pytest.fixture
def demo_home(home: Path, demo_database: Path) -> Path:
    """A home where the demo workspace is made already."""
    shutil.copy(demo_database, home / "data" / "demo.duckdb")
    return home


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`soc-tui` in this process, with what it printed."""

    def call(*argv: str | Path) -> Ran:
        capsys.readouterr()
        code = main([str(word) for word in argv])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return call


@pytest.fixture
def model(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """The OpenAI analyst on the loopback server, over the demo workspace."""
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield server
