"""A case as data: its steps, its budget, its entities."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from soc_tui.model.case import (
    Case,
    CaseLimits,
    CaseState,
    Entity,
    EntityKind,
    Lead,
    LeadKind,
    Step,
    StepState,
    joined,
)
from soc_tui.model.errors import SocError

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)


def case(*steps: Step, limits: CaseLimits | None = None) -> Case:
    lead = Lead(LeadKind.REQUEST, "odd things")
    return Case("case-1", NOW, "odd things", lead, "w", "a", limits or CaseLimits(), steps=steps)


def ran(number: int, rows: int = 10, price: Decimal | None = Decimal("0.10")) -> Step:
    return Step(
        f"s{number}",
        "q",
        "w",
        state=StepState.DONE,
        rows=rows,
        price=price,
        seconds=60,
        started=NOW,
    )


@pytest.mark.parametrize(
    ("limits", "part"),
    [
        (CaseLimits(steps=2), "2 steps"),
        (CaseLimits(rows=20), "20 rows"),
        (CaseLimits(usd=Decimal("0.20")), "$0.2000"),
        (CaseLimits(minutes=2), "2 minutes"),
        (CaseLimits(), ""),
    ],
)
def test_each_part_of_the_budget_is_hard(limits: CaseLimits, part: str) -> None:
    exhausted = case(ran(1), ran(2), limits=limits).exhausted
    assert part in exhausted
    assert bool(exhausted) == bool(part)


def test_a_free_case_needs_no_money() -> None:
    assert not case(ran(1, price=Decimal(0)), limits=CaseLimits(usd=Decimal(0))).exhausted


def test_an_unknown_price_is_counted_as_unknown() -> None:
    spent = case(ran(1, price=None)).spent
    assert (spent.usd, spent.unknown_calls) == (Decimal(0), 1)


def test_no_question_is_asked_twice() -> None:
    first = Step("", "q", "w", kql="T | take 1", topic="host a in T")
    again = replace(first, kql="T | take 2")
    same_text = replace(first, topic="another")
    found = case().proposing((first, again, same_text))
    assert [step.id for step in found.steps] == ["s1"]


def test_a_step_goes_only_where_its_state_leads() -> None:
    step = Step("s1", "q", "w")
    assert step.moved(StepState.APPROVED).moved(StepState.RUNNING).moved(StepState.DONE)
    with pytest.raises(SocError, match="s1 is proposed"):
        step.moved(StepState.RUNNING)
    with pytest.raises(SocError, match="no longer be edited"):
        case(ran(1)).edited("s1", "T")


def test_an_edited_step_is_the_analysts_and_may_be_put_first() -> None:
    found = case(ran(1), Step("s2", "q", "w"), Step("s3", "q", "w")).edited("s3", "T | take 5")
    assert [step.id for step in found.put_first("s3").steps] == ["s1", "s3", "s2"]
    assert found.step("s3").by_analyst


def test_what_ran_when_the_program_ended_runs_again() -> None:
    running = Step("s1", "q", "w", state=StepState.RUNNING, started=NOW)
    found = replace(case(running), state=CaseState.RUNNING).interrupted()
    assert found.state is CaseState.INTERRUPTED
    assert found.step("s1").state is StepState.APPROVED


def test_an_entity_in_two_spellings_is_one() -> None:
    later = NOW + dt.timedelta(hours=1)
    one = Entity(EntityKind.HOST, "WIN-1", "lead", 1, ("A",), 2, NOW, NOW)
    two = Entity(EntityKind.HOST, "win-1", "f", 3, ("B",), 3, later, later)
    (found,) = joined((one, two))
    assert (found.rows, found.tables, found.origin) == (5, ("A", "B"), "f")
    assert (found.first, found.last) == (NOW, later)
