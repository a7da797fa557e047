"""A case on the real Hunter, with a workspace and an analyst in memory."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from soc_tui.analysts import HuntTask
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.hunting.hunter import Hunter
from soc_tui.investigating import case_events as told
from soc_tui.investigating.investigator import Ground, OfflineInvestigator
from soc_tui.investigating.run_case import CaseRunner
from soc_tui.model.case import Case, CaseLimits, CaseState, Lead, LeadKind, Step, StepState
from soc_tui.model.errors import QueryError, SocError
from soc_tui.model.limits import Limits
from tests.hunting.test_hunter import NOW, MemoryAnalyst, MemoryHunt, MemoryWorkspace

QUERY = "DeviceProcessEvents | where Timestamp > ago(1h) | project DeviceName"


class Priced(MemoryAnalyst):
    """Its hunts cost a cent at most."""

    async def prepare(self, task: HuntTask) -> MemoryHunt:
        made = await super().prepare(task)
        return MemoryHunt(replace(made.quote, price_most=Decimal("0.01")), made.items)


@dataclass
class Scripted:
    """Proposes so many queries, once."""

    queries: list[str]
    name: str = "scripted"

    async def next(self, case: Case, ground: Ground) -> tuple[Step, ...]:
        queries, self.queries = self.queries, []
        return tuple(Step("", f"q{n}", "why", kql) for n, kql in enumerate(queries))


@dataclass
class Memory:
    """Keeps every state."""

    states: list[Case] = field(default_factory=list)

    def save(self, case: Case) -> None:
        self.states.append(case)


def queries(count: int) -> list[str]:
    return [f"DeviceProcessEvents | where TimeGenerated > ago({n}h)" for n in range(1, count + 1)]


def runner(
    asked: list[str],
    workspace: MemoryWorkspace | None = None,
    *,
    limits: CaseLimits | None = None,
    approved: bool = True,
    side_by_side: int = 1,
) -> CaseRunner:
    hunter = Hunter(
        workspace=workspace or MemoryWorkspace(),
        analyst=Priced(),
        catalog=load_catalog(),
        limits=Limits(),
        now=lambda: NOW,
    )
    lead = Lead(LeadKind.ENTITY, "host-1")
    case = Case(
        "case-1", NOW, "t", lead, "memory", "memory", limits or CaseLimits(), approved=approved
    )
    return CaseRunner(case, hunter, Scripted(asked), Memory(), side_by_side=side_by_side)


async def run(it: CaseRunner) -> list[told.CaseEvent]:
    return [event async for event in it.run()]


async def test_each_step_is_a_hunt_to_its_end() -> None:
    it = runner(queries(3))
    events = await run(it)
    assert isinstance(events[-1], told.CaseEnded)
    assert [step.state for step in it.case.steps] == [StepState.DONE] * 3
    step = it.case.step("s1")
    assert (step.rows, len(step.findings), step.hunt_id != "") == (3, 2, True)
    assert step.receipt is not None
    assert "take" in step.kql  # the guardrails bounded it


async def test_nothing_runs_without_approval() -> None:
    workspace = MemoryWorkspace()
    it = runner(queries(2), workspace, approved=False)
    assert isinstance((await run(it))[-1], told.ApprovalWanted)
    assert not workspace.asked
    await it.approve("s2")
    await it.skip("s1")
    assert isinstance((await run(it))[-1], told.CaseEnded)
    assert [step.state for step in it.case.steps] == [StepState.SKIPPED, StepState.DONE]
    with pytest.raises(SocError, match="s2 is done"):
        await it.skip("s2")


async def test_a_refused_and_a_rejected_query_end_only_their_step() -> None:
    it = runner(["externaldata(a:string)['https://x.test']", *queries(1)])
    await run(it)
    assert [step.state for step in it.case.steps] == [StepState.REFUSED, StepState.DONE]
    failing = runner(queries(1), MemoryWorkspace(QueryError("No such column.")))
    await run(failing)
    (step,) = failing.case.steps
    assert (step.state, "No such column" in step.problem) == (StepState.FAILED, True)


@pytest.mark.parametrize(
    ("limits", "ran", "why"),
    [
        (CaseLimits(steps=2), 2, "2 steps"),
        (CaseLimits(rows=5), 2, "5 rows"),
        (CaseLimits(usd=Decimal("0.01")), 1, "$0.0100"),
    ],
)
async def test_the_budget_is_hard(limits: CaseLimits, ran: int, why: str) -> None:
    workspace = MemoryWorkspace()
    it = runner(queries(4), workspace, limits=limits, side_by_side=2 if ran == 2 else 1)
    await run(it)
    assert len(workspace.asked) == ran
    assert why in it.case.ended
    assert it.case.state is CaseState.DONE


async def test_what_is_left_of_the_rows_caps_the_query() -> None:
    workspace = MemoryWorkspace()
    await run(runner(queries(1), workspace, limits=CaseLimits(rows=7)))
    assert "| take 7" in workspace.asked[0]


async def test_a_pause_lets_what_runs_end() -> None:
    it = runner(queries(3))
    seen = []
    async for event in it.run():
        seen.append(event)
        if isinstance(event, told.StepBegan):
            it.pause()
    assert isinstance(seen[-1], told.CasePaused)
    assert it.case.spent.steps == 1
    await run(it)
    assert it.case.spent.steps == 3


async def test_a_cancel_leaves_what_ran_to_be_run_again() -> None:
    workspace = MemoryWorkspace(hold=asyncio.Event())
    it = runner(queries(1), workspace)

    async def follow() -> None:
        async with aclosing(it.run()) as events:  # type: ignore[type-var]
            async for _ in events:
                pass

    task = asyncio.create_task(follow())
    await workspace.begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert it.case.step("s1").state is StepState.APPROVED
    assert it.case.spent.steps == 0
    workspace.hold.set() if workspace.hold else None
    await run(it)
    assert it.case.step("s1").state is StepState.DONE


async def test_steps_run_side_by_side() -> None:
    workspace = MemoryWorkspace(hold=asyncio.Event())
    it = runner(queries(2), workspace, side_by_side=2)
    began = 0
    async for event in it.run():
        began += isinstance(event, told.StepBegan)
        if began == 2 and workspace.hold:
            workspace.hold.set()
    assert it.case.spent.steps == 2


async def test_the_analyst_adds_a_step_to_a_case_that_is_over() -> None:
    it = runner(queries(1))
    await run(it)
    added = await it.add("mine", queries(9)[8])
    await run(it)
    assert it.case.step(added.id).state is StepState.DONE
    assert it.case.step(added.id).by_analyst


async def test_a_request_in_words_is_planned_like_any_hunt() -> None:
    it = runner([])
    it.case = Case("c", NOW, "t", Lead(LeadKind.REQUEST, "odd"), "m", "m", approved=True)
    it._investigator = OfflineInvestigator()
    await run(it)
    assert it.case.step("s1").rows == 3
