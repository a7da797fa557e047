"""Hunts whose process is killed: what they spent, what they found."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from soc_tui.history.ledger import Ledger
from soc_tui.history.session import Session
from soc_tui.history.store import History
from soc_tui.hunting.cut_off import cut_off_text, standing
from soc_tui.model.hunt import Status
from tests.analysts.openai.cases import NOW
from tests.hunting.cut_off_hunt import REQUEST, followed, opened, running
from tests.patience import until
from tests.wire import openai_faults as wire
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import HuntRequest

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


async def test_a_cut_off_hunt_goes_on_with_what_is_left(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.next(*[wire.slow(0)] * 4, *[wire.late(30)] * AT_ONCE)
    killed(tmp_path, server, 4 + AT_ONCE)
    async with opened(tmp_path, server.base_url, server.api_key, ROWS) as hunter:
        (told,) = await hunter.keeper.cut_off(NOW)
        before = (await hunter.keeper.reopen(told.id)).hunt
        assert before.rows is not None
        assert 0 < before.rows_left < ROWS
        assert standing(before) == f"{before.rows_left:,} of {ROWS:,} rows are not read yet"
        sent = len(server.requests)
        quoted = await followed(hunter.go_on(before))
        assert quoted.quote is not None
        assert quoted.status is Status.INTERRUPTED  # declined, it is offered again
        assert f"the other {before.rows_left:,} are sent now" in quoted.quote.warnings[0]
        ended = await followed(hunter.hunt(quoted))
    assert ended.id == before.id
    assert ended.status is Status.FOUND
    assert ended.unseen is not None
    assert (ended.unseen.rows_sent, ended.unseen.broke_off) == (ROWS, "")
    assert len(server.requests) - sent == quoted.quote.chunks < sent
    again = sum(len(list(HuntRequest(one.body).rows())) for one in server.requests[sent:])
    assert again == before.rows_left
    ids = [finding.id for finding in ended.findings]
    assert len(set(ids)) == len(ids)
    kept = {finding.id for finding in before.findings}
    assert kept <= set(ids)
    cited = [one.row_id for finding in ended.findings for one in finding.evidence]
    assert len(set(cited)) == len(cited)  # what was found twice is one finding
    assert all_found(History(tmp_path / "history.sqlite3"))


def all_found(history: History) -> bool:
    """Nothing is left to be offered."""
    return all(hunt.status is Status.FOUND for hunt in history.summaries())


async def test_a_hunt_killed_while_planning_is_planned_again(
    server: OpenAIServer, tmp_path: Path
) -> None:
    server.next(wire.late(30))
    killed(tmp_path, server, 1)
    async with opened(tmp_path, server.base_url, server.api_key, 20) as hunter:
        (told,) = await hunter.keeper.cut_off(NOW)
        assert (told.request, told.kql) == (REQUEST, "")
        assert cut_off_text(told).endswith("planning was cut off")
        planned = await followed(hunter.go_on(told))
        assert (planned.id, planned.status) == (told.id, Status.PLANNED)
        assert await hunter.keeper.cut_off(NOW) == ()


async def test_a_hunt_that_is_left_is_offered_no_more(server: OpenAIServer, tmp_path: Path) -> None:
    server.next(wire.late(30))
    killed(tmp_path, server, 1)
    async with opened(tmp_path, server.base_url, server.api_key, 20) as hunter:
        (told,) = await hunter.keeper.cut_off(NOW)
        await hunter.keeper.leave(told.id)
        assert await hunter.keeper.cut_off(NOW) == ()


def test_a_living_session_keeps_what_it_reserved(server: OpenAIServer, tmp_path: Path) -> None:
    server.next(wire.slow(0), *[wire.late(30)] * 20)
    with running(tmp_path, server, ROWS) as process:
        until(lambda: len(server.requests) >= 3 or process.poll() is not None, "requests")
        ledger = ledger_of(tmp_path)
        before = ledger.days(1)
        assert ledger.settle().text() == ""
        assert ledger.days(1) == before
        assert before[0].spent.usd > Decimal("0.01")
