"""Spend is counted as it happens, held to its limits, and never forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from soc_tui.analysts.openai.analyst import OpenAIAnalyst
from soc_tui.analysts.openai.endpoint import Endpoint
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.history.ledger import Ledger
from soc_tui.hunting.hunter import Hunter
from soc_tui.hunting.spend_control import Spending
from soc_tui.model.budget import Spent
from soc_tui.model.errors import RefusedError
from soc_tui.model.events import (
    Event,
    HuntEnded,
    HuntStarted,
    Noticed,
    Planned,
    Quoted,
    SpendRecorded,
    StepFailed,
)
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.limits import Limits
from soc_tui.model.quote import Usage
from tests.analysts.openai.cases import ENCODED, MODELS, NOW, rows_of
from tests.hunting.test_hunter import MemoryWorkspace
from tests.patience import until
from tests.wire import openai_faults as wire
from tests.wire.openai_server import OpenAIServer

REQUEST = "suspicious powershell in the last 3 days"
Open = Callable[..., Hunter]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture
async def opened(server: OpenAIServer, tmp_path: Path) -> AsyncIterator[Open]:
    """Makes hunters of one home; each is a session of its own unless it is named."""
    made: list[Hunter] = []

    def make(
        *, session: str = "", model: str = "gpt-5-mini", now: dt.datetime = NOW, **limits: Any
    ) -> Hunter:
        decimals: dict[str, Any] = {name: Decimal(str(usd)) for name, usd in limits.items()}
        held = Limits(**decimals)
        ledger = Ledger(tmp_path / "ledger.sqlite3")
        spending = Spending(held, ledger, session or f"s{len(made)}", lambda: now)
        analyst = OpenAIAnalyst(
            endpoint=Endpoint(server.base_url, server.api_key),
            model=model,
            tier="4",
            models=MODELS,
            limits=held,
            timeout_seconds=10,
            budget=spending.budget,
        )
        made.append(
            Hunter(
                workspace=MemoryWorkspace(rows_of([f"{ENCODED}{i}" for i in range(5)])),
                analyst=analyst,
                catalog=load_catalog(),
                limits=held,
                spending=spending,
                now=lambda: NOW,
            )
        )
        return made[-1]

    yield make
    for hunter in made:
        await hunter.aclose()


async def events_of(step: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in step]


async def queried(hunter: Hunter) -> Hunt:
    planned = (await events_of(hunter.plan(REQUEST)))[-1]
    assert isinstance(planned, Planned)
    return (await events_of(hunter.query(planned.hunt, planned.hunt.kql)))[-1].hunt


async def quoted(hunter: Hunter) -> Hunt:
    event = (await events_of(hunter.quote(await queried(hunter))))[-1]
    assert isinstance(event, Quoted)
    return event.hunt


def spent_in(events: list[Event]) -> Decimal:
    prices = [event.usage.price for event in events if isinstance(event, SpendRecorded)]
    return sum((price for price in prices if price is not None), Decimal(0))


async def test_planning_and_hunting_are_counted_by_their_real_usage(opened: Open) -> None:
    hunter = opened()
    planning = await events_of(hunter.plan(REQUEST))
    assert hunter.spending.budget().day.usd == spent_in(planning) > 0
    hunt = planning[-1].hunt
    hunt = (await events_of(hunter.query(hunt, hunt.kql)))[-1].hunt
    hunt = (await events_of(hunter.quote(hunt)))[-1].hunt
    hunting = await events_of(hunter.hunt(hunt))
    assert hunting[-1].hunt.usage is not None
    budget = hunter.spending.budget()
    assert budget.day == budget.session == Spent(spent_in(planning) + spent_in(hunting))
    assert budget.day.usd == hunting[-1].hunt.usage.price


async def test_while_a_hunt_runs_it_counts_by_the_most_it_may_take(opened: Open) -> None:
    hunter = opened()
    hunt = await quoted(hunter)
    before = hunter.spending.budget().day.usd
    assert hunt.quote is not None
    async with aclosing(hunter.hunt(hunt)) as step:  # type: ignore[type-var]
        assert isinstance(await anext(step), HuntStarted)
        assert hunter.spending.budget().day.usd - before == hunt.quote.price_most


async def test_the_limit_of_a_day_holds_across_sessions_and_restarts(opened: Open) -> None:
    await quoted(opened(max_day_spend=1))
    later = opened(max_day_spend="0.002")
    failed = (await events_of(later.plan(REQUEST)))[-1]
    assert isinstance(failed, StepFailed)
    assert isinstance(failed.error, RefusedError)
    assert "is spent and it may cost" in failed.error.why
    assert "over the daily limit of $0.0020 (limits.max_day_spend)" in failed.error.why
    assert "raise the limit" in failed.error.next_step


async def test_the_limit_of_a_session_leaves_another_session_alone(
    opened: Open, server: OpenAIServer
) -> None:
    first = opened(max_session_spend="0.02")
    hunt = await quoted(first)
    await events_of(first.hunt(hunt))
    spent = first.spending.budget().session.usd
    tight = {"max_session_spend": spent + Decimal("0.0001")}
    sent = len(server.requests)
    again = (await events_of(opened(session="s0", **tight).plan(REQUEST)))[-1]
    assert isinstance(again, StepFailed)
    assert "over the session limit" in str(again.error)
    assert len(server.requests) == sent
    assert isinstance(
        (await events_of(opened(max_session_spend="0.02").plan(REQUEST)))[-1], Planned
    )


async def test_a_limit_reached_after_the_quote_stops_the_hunt_before_it_is_sent(
    opened: Open, server: OpenAIServer
) -> None:
    mine, other = opened(max_day_spend="0.05"), opened()
    hunt = await quoted(mine)
    usage = Usage("gpt-5-mini", price=Decimal("0.049"))
    await events_of(other.spending.counted(hunt, spends(SpendRecorded(hunt, usage))))
    sent = len(server.requests)
    failed = (await events_of(mine.hunt(hunt)))[-1]
    assert isinstance(failed, StepFailed)
    assert failed.hunt.status is Status.REFUSED
    assert "over the daily limit of $0.0500" in str(failed.error)
    assert len(server.requests) == sent


async def spends(event: Event) -> AsyncIterator[Event]:
    yield event


async def test_the_output_is_capped_by_what_is_left(opened: Open, server: OpenAIServer) -> None:
    hunter = opened(max_day_spend="0.02")
    hunt = await quoted(hunter)
    left = hunter.spending.budget().left
    assert left is not None
    assert hunt.quote is not None
    assert hunt.quote.price_most is not None
    assert hunt.quote.price_most <= left
    assert isinstance((await events_of(hunter.hunt(hunt)))[-1], HuntEnded)
    assert server.requests[-1].body["max_completion_tokens"] < 16_384


async def test_a_soft_limit_warns_and_lets_it_pass(opened: Open) -> None:
    hunter = opened(warn_day_spend="0.0001", warn_session_spend="0.0001")
    hunt = await quoted(hunter)
    assert hunt.quote is not None
    text = " ".join(hunt.quote.warnings)
    assert "will be spent today, over the soft limit of $0.0001 (limits.warn_day_spend)" in text
    assert "in this session, over the soft limit" in text
    assert isinstance((await events_of(hunter.hunt(hunt)))[-1], HuntEnded)


async def test_an_unknown_price_is_warned_of_and_counted_as_calls(opened: Open) -> None:
    hunter = opened(model="llama3", max_day_spend=5)
    hunt = await quoted(hunter)
    assert hunt.quote is not None
    assert hunt.quote.price is None
    assert any("cannot be counted against the daily limit" in w for w in hunt.quote.warnings)
    await events_of(hunter.hunt(hunt))
    assert hunter.spending.budget().day == Spent(unknown_calls=2)
    assert hunter.spending.text == "budget left $5.0000"


async def test_a_cancelled_hunt_keeps_its_estimate(opened: Open, server: OpenAIServer) -> None:
    hunter = opened()
    hunt = await quoted(hunter)
    before = hunter.spending.budget().day.usd
    server.next(wire.late(30))
    await cancelled(hunter.hunt(hunt), server)
    assert hunt.quote is not None
    assert hunter.spending.budget().day.usd - before == hunt.quote.price


async def test_a_cancelled_planning_keeps_its_estimate(opened: Open, server: OpenAIServer) -> None:
    hunter = opened()
    server.next(wire.late(30))
    await cancelled(hunter.plan(REQUEST), server)
    assert hunter.spending.budget().day.usd > 0


async def cancelled(step: AsyncIterator[Event], server: OpenAIServer) -> None:
    """Run the step until its request is sent, then cancel it."""
    sent = len(server.requests)
    task = asyncio.create_task(events_of(step))
    await asyncio.to_thread(until, lambda: len(server.requests) > sent, "a request")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_that_the_service_refused_costs_nothing(
    opened: Open, server: OpenAIServer
) -> None:
    hunter = opened()
    server.next(wire.unauthorized())
    assert isinstance((await events_of(hunter.plan(REQUEST)))[-1], StepFailed)
    assert hunter.spending.budget().day == Spent()


async def test_plans_that_cannot_be_read_are_counted(opened: Open, server: OpenAIServer) -> None:
    hunter = opened()
    server.next(wire.calls_with("no json"), wire.calls_with("no json"))
    events = await events_of(hunter.plan(REQUEST))
    assert isinstance(events[-1], StepFailed)
    assert events[-1].hunt.usage is not None
    assert events[-1].hunt.usage.calls == 2
    assert hunter.spending.budget().day.usd == spent_in(events) > 0


async def test_a_second_attempt_over_the_limit_is_not_sent_and_the_first_is_counted(
    opened: Open, server: OpenAIServer
) -> None:
    hunter = opened(max_day_spend="0.004")
    server.next(wire.calls_with("no json"))
    events = await events_of(hunter.plan(REQUEST))
    assert len(server.requests) == 1
    assert isinstance(events[-1], StepFailed)
    assert isinstance(events[-1].error, RefusedError)
    assert hunter.spending.budget().day.usd == spent_in(events) > 0


async def test_explaining_is_counted(opened: Open) -> None:
    hunter = opened()
    hunt = await queried(hunter)
    before = hunter.spending.budget().day.usd
    events = await events_of(hunter.explain(hunt, hunt.kql))
    assert hunter.spending.budget().day.usd - before == spent_in(events) > 0


async def test_another_model_can_be_quoted_and_the_others_are_told(opened: Open) -> None:
    hunter = opened()
    hunt = await quoted(hunter)
    assert hunt.quote is not None
    (other,) = hunt.quote.alternatives
    assert (other.model, other.fits) == ("gpt-4.1", True)
    assert other.price is not None
    hunt = (await events_of(hunter.quote(hunt, model="gpt-4.1")))[-1].hunt
    assert hunt.quote is not None
    assert hunt.quote.model == "gpt-4.1"
    assert hunt.quote.price == pytest.approx(other.price, rel=Decimal("0.01"))
    assert [one.model for one in hunt.quote.alternatives] == ["gpt-5-mini"]
    assert isinstance((await events_of(hunter.hunt(hunt)))[-1], HuntEnded)


async def test_a_damaged_ledger_is_told_once_without_a_limit(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"no database" * 100)
    hunter = opened(now=dt.datetime.now(dt.UTC))
    events = await events_of(hunter.plan(REQUEST))
    told = [event.message for event in events if isinstance(event, Noticed)]
    assert len(told) == 1
    assert "The spend ledger was damaged. It is kept as" in told[0]
    assert isinstance(events[-1], Planned)
    hunt = events[-1].hunt
    hunt = (await events_of(hunter.query(hunt, hunt.kql)))[-1].hunt
    hunt = (await events_of(hunter.quote(hunt)))[-1].hunt
    hunting = await events_of(hunter.hunt(hunt))
    assert isinstance(hunting[-1], HuntEnded)
    assert not [event for event in hunting if isinstance(event, Noticed)]
    assert hunter.spending.budget().session.usd == spent_in(events) + spent_in(hunting)


async def test_a_damaged_ledger_refuses_calls_under_a_hard_limit(
    opened: Open, server: OpenAIServer, tmp_path: Path
) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"no database" * 100)
    today = dt.datetime.now(dt.UTC)
    failed = (await events_of(opened(now=today, max_day_spend=5).plan(REQUEST)))[-1]
    assert isinstance(failed, StepFailed)
    assert isinstance(failed.error, RefusedError)
    assert "limits.max_day_spend cannot be enforced" in failed.error.why
    assert "Wait for the next day (UTC). Or remove the limit" in failed.error.next_step
    assert server.requests == []


def test_without_limits_nothing_is_shown(tmp_path: Path) -> None:
    spending = Spending(Limits(), Ledger(tmp_path / "ledger.sqlite3"))
    assert spending.text == ""
    assert spending.budget().left is None
