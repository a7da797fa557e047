"""Fixtures of every room."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.wire.openai_server import OpenAIServer

# A busy machine makes single examples slow; timings are measured in tests/bench.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# The app suits itself to the terminal; tests do not depend on that which they are run in.
os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
os.environ.pop("NO_COLOR", None)

_LONG = (
    "tests/tui/test_snapshots.py",
    "tests/tui/cockpit/test_resizing.py",
    "tests/tui/theme/test_themes.py",
    "tests/e2e/",
    "tests/test_other_systems.py",
)
"""Single tests of 20 to 60 seconds. They begin first: one that began last would be waited for."""

_LONGEST_SECONDS = 600
"""Waited for another process that makes the demo workspace."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


def pytest_collection_finish() -> None:
    """What is imported by now stays; the collector need not look through it in every test."""
    gc.freeze()


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The demo workspace's DuckDB file (seed 7), made once per run. Do not write to it."""
    from soc_tui.demo.workspace import ensure_demo

    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent
    path = folder / "demo.duckdb"
    with _alone(folder / "demo.lock"):
        if not path.exists():
            ensure_demo(path)
    return path


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time, on every system: SQLite's lock, which ends with its process."""
    with closing(sqlite3.connect(path, timeout=_LONGEST_SECONDS, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


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
def model(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """The OpenAI analyst on the loopback server, over the demo workspace."""
    from tests.wire.openai_server import OpenAIServer

    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield server
