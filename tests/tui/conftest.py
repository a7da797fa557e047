"""The app in a home of its own, on each of the three ways."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.tui.hands import WAYS
from tests.wire.log_analytics_server import LogAnalyticsServer
from tests.wire.openai_server import OpenAIServer


@pytest.fixture
def home(tmp_path: Path, demo_database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SOC_TUI_HOME with the demo workspace in it."""
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    shutil.copy(demo_database, tmp_path / "data" / "demo.duckdb")
    return tmp_path


@pytest.fixture
def environment(
    request: pytest.FixtureRequest, home: Path, demo_database: Path
) -> Iterator[dict[str, str]]:
    """What is set for one way (the parameter; offline without one); its servers run meanwhile."""
    way = getattr(request, "param", WAYS[0])
    environ: dict[str, str] = {}
    with ExitStack() as stack:
        if "OpenAI" in way:
            model = stack.enter_context(OpenAIServer())
            environ |= {"OPENAI_API_KEY": model.api_key, "OPENAI_BASE_URL": model.base_url}
        if "Log Analytics" in way:
            logs = stack.enter_context(LogAnalyticsServer(demo_database))
            environ |= logs.environment
        yield environ
