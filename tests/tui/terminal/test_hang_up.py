"""The line is cut while a hunt runs: it is recorded as cut off, and no process is left behind."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from soc_tui.history.store import History
from soc_tui.model.hunt import Status
from tests.pty_terminal import Terminal, app_command, app_environment
from tests.wire.openai_faults import late
from tests.wire.openai_server import OpenAIServer


@pytest.fixture
def line(home: Path) -> Iterator[tuple[Terminal, OpenAIServer]]:
    with OpenAIServer() as server:
        environment = {
            **app_environment(home),
            "OPENAI_API_KEY": server.api_key,
            "OPENAI_BASE_URL": server.base_url,
        }
        cut = Terminal(app_command(), environment, (80, 24))
        yield cut, server
        with contextlib.suppress(OSError):  # it has ended, its line may be cut
            cut.close()


@pytest.mark.parametrize("how", ["hang up", "terminate"])
def test_a_cut_line_ends_the_hunt_and_the_app(
    line: tuple[Terminal, OpenAIServer], home: Path, how: str
) -> None:
    cut, server = line
    cut.until("Model: ")
    cut.press("suspicious powershell in the last 7 days", "enter")
    cut.until("DeviceProcessEvents")
    cut.press("f5")
    cut.until("/ filter")
    before = len(server.requests)
    server.next(late(30))
    cut.press("f6")
    cut.until("Quote")
    cut.press("enter")
    cut.until(lambda: len(server.requests) > before)
    if how == "hang up":
        cut.hang_up()
    else:
        cut.terminate()
    assert cut.ended() == 128 + (signal.SIGHUP if how == "hang up" else signal.SIGTERM)
    history = History(home / "data" / "history.sqlite3")
    assert history.summaries(1)[0].status is Status.INTERRUPTED
    history.close()
