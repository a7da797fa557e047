"""Hunts whose process is killed: what they spent, what they found."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from soc_tui.history.ledger import Ledger
from soc_tui.history.session import Session
from soc_tui.history.store import History
from soc_tui.model.hunt import Status
from tests.hunting.cut_off_hunt import running
from tests.patience import until
from tests.wire import openai_faults as wire
from tests.wire.openai_server import OpenAIServer

ROWS = 2_000
AT_ONCE = 6


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


def ledger_of(home: Path) -> Ledger:
    return Ledger(home / "ledger.sqlite3", Session(home / "ledger-sessions"))


def killed(home: Path, server: OpenAIServer, requests: int) -> list[str]:
    """What it had shown when it was killed with so many requests at the server."""
    with running(home, server, ROWS) as process:
        until(lambda: len(server.requests) >= requests or process.poll() is not None, "requests")
        process.kill()
        assert process.stdout is not None
        return process.stdout.read().splitlines()


def test_a_killed_hunt_is_settled_at_the_next_start(server: OpenAIServer, tmp_path: Path) -> None:
    # One plan, two chunks answered; the chunks behind them hang.
    server.next(*[wire.slow(0)] * 3, *[wire.late(30)] * 20)
    shown = killed(tmp_path, server, 9)
    ledger = ledger_of(tmp_path)
    (before,) = ledger.days(1)
    assert before.calls > len(server.requests)  # all chunks are reserved while it lives
    settled = ledger.settle()
    (day,) = ledger.days(1)
    assert len(server.requests) <= day.calls <= len(server.requests) + AT_ONCE
    assert day.estimated == settled.kept.usd > 0
    assert settled.freed_calls == before.calls - day.calls > 0
    assert before.spent.usd - day.spent.usd > settled.freed > 0  # and what was sent counts less
    assert "without an answer counted as" in settled.text()
    assert "is free again" in settled.text()
    assert ledger.settle().text() == ""
    history = History(tmp_path / "history.sqlite3")
    (hunt,) = history.summaries()
    assert hunt.status is Status.INTERRUPTED
    told = {line.split()[1] for line in shown if line.startswith("finding")}
    assert told <= {finding.id for finding in history.load(hunt.id).findings}


def test_a_living_session_keeps_what_it_reserved(server: OpenAIServer, tmp_path: Path) -> None:
    server.next(wire.slow(0), *[wire.late(30)] * 20)
    with running(tmp_path, server, ROWS) as process:
        until(lambda: len(server.requests) >= 3 or process.poll() is not None, "requests")
        ledger = ledger_of(tmp_path)
        before = ledger.days(1)
        assert ledger.settle().text() == ""
        assert ledger.days(1) == before
        assert before[0].spent.usd > Decimal("0.01")
