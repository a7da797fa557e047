"""Runs a case: proposes, waits for approval, runs each step as an ordinary hunt, keeps it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from soc_tui.hunting.hunter import Hunter
from soc_tui.investigating.case_events import (
    ApprovalWanted,
    CaseEnded,
    CaseEvent,
    CaseNotKept,
    CasePaused,
    StepBegan,
    StepEnded,
    StepsProposed,
    StepTold,
)
from soc_tui.investigating.entities import cited_entities
from soc_tui.investigating.investigator import Ground, Investigator
from soc_tui.investigating.story import claims_of, not_looked_at, questions_left
from soc_tui.model.case import Case, CaseState, Entity, Step, StepState, joined
from soc_tui.model.errors import HistoryError, RefusedError, SocError, WorkspaceError
from soc_tui.model.events import AskedBack, Event, SpendRecorded, StepFailed
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.quote import price_text
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
from soc_tui.threads import to_the_end

SIDE_BY_SIDE = 2
"""Queries of a case that run at the same time."""
_READ = frozenset({Status.FOUND, Status.NO_FINDINGS, Status.NO_ROWS})


class CaseKeeper(Protocol):
    """Where cases are kept. Blocks."""

    def save(self, case: Case) -> None:
        """Record this state. Raises HistoryError."""
        ...


class CaseRunner:
    """One case on one Hunter. Not safe for several threads.

    `run` goes on until the case is over, paused, or waits for approval; between and during it the
    commands change what is to come. Every state is kept before it is told.

    Attributes:
        case: As it stands.
    """

    def __init__(
        self,
        case: Case,
        hunter: Hunter,
        investigator: Investigator,
        keeper: CaseKeeper | None = None,
        *,
        side_by_side: int = SIDE_BY_SIDE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.case = case
        self._hunter = hunter
        self._investigator = investigator
        self._keeper = keeper
        self._side_by_side = side_by_side
        self._clock = clock
        self._paused = False
        self._running: dict[str, asyncio.Task[None]] = {}
        self._began: dict[str, float] = {}
        self._reserved: dict[str, int] = {}
        self._events: asyncio.Queue[CaseEvent] = asyncio.Queue()
        self._one_hunt = asyncio.Lock()  # a Hunter has room for one quote
        self._ground: Ground | None = None
        self._one_save = asyncio.Lock()
        self._kept: Case | None = None
        self._unkept = False

    # -- commands, at any time -----------------------------------------------------------------

    async def approve(self, step_id: str) -> None:
        """Let a proposed step run. Raises SocError."""
        await self._change(self.case.with_step(self.case.step(step_id).moved(StepState.APPROVED)))

    async def approve_all(self) -> None:
        """Go on within the budget: what is and will be proposed runs."""
        await self._change(replace(self.case, approved=True))

    async def ask_again(self) -> None:
        """Step by step from now on."""
        await self._change(replace(self.case, approved=False))

    async def skip(self, step_id: str) -> None:
        """Leave a step out. Raises SocError when it runs or ran."""
        await self._change(self.case.with_step(self.case.step(step_id).moved(StepState.SKIPPED)))

    async def edit(self, step_id: str, kql: str) -> None:
        """Another query in a proposed step; it is judged like any other. Raises SocError."""
        await self._change(self.case.edited(step_id, kql))

    async def put_first(self, step_id: str) -> None:
        """Run this step before the others. Raises SocError."""
        await self._change(self.case.put_first(step_id))

    async def add(self, question: str, kql: str = "") -> Step:
        """A step of the analyst's own, first in line and approved: words or a query."""
        step = Step(
            f"s{len(self.case.steps) + 1}",
            question,
            "added by the analyst",
            kql,
            state=StepState.APPROVED,
            by_analyst=True,
        )
        case = self.case.with_step(step).put_first(step.id)
        if case.state is CaseState.DONE:
            case = replace(case, state=CaseState.OPEN, ended="")
        await self._change(case)
        return step

    def pause(self) -> None:
        """Begin nothing more; what runs ends first."""
        self._paused = True

    # -- running -------------------------------------------------------------------------------

    async def run(self) -> AsyncIterator[CaseEvent]:
        """Go on. Ends with ApprovalWanted, CasePaused or CaseEnded.

        Cancelling cancels what runs; those steps are kept as approved, to be run again.
        """
        self._paused = False
        await self._adopt()
        await self._change(replace(self.case, state=CaseState.RUNNING, ended=""))
        try:
            while True:
                last = await self._begin_more()
                while not self._events.empty():
                    yield self._events.get_nowait()
                if last is not None:
                    yield last
                    return
                yield await self._events.get()
        finally:
            await self._cancel_running()

    async def _adopt(self) -> None:
        """Steps whose hunt had ended before the program did are done: they are not run again."""
        if self._hunter.history is None:
            return
        for step in self.case.steps:
            if step.state is not StepState.APPROVED or not step.hunt_id:
                continue
            try:
                hunt = (await self._hunter.keeper.reopen(step.hunt_id)).hunt
            except HistoryError:
                continue  # it was killed before its hunt was kept: it runs again
            if hunt.status in _READ and (hunt.rows is not None or not hunt.row_count):
                running = replace(step.moved(StepState.RUNNING), started=hunt.created)
                done = await asyncio.to_thread(ended_with, running.moved(StepState.DONE), hunt)
                price = hunt.usage.price if hunt.usage else Decimal(0)
                seconds = max(step.seconds, hunt.elapsed_seconds)
                done = replace(done, price=_larger(step.price, price), seconds=seconds)
                await self._change(self.case.with_step(done))

    async def _begin_more(self) -> CaseEvent | None:
        """Begin what may run now; what ends `run`, when nothing does."""
        exhausted = self.case.exhausted
        if not (exhausted or self._paused):
            if not self._waiting() and not self._running:
                await self._propose()
            if self.case.approved:
                await self._approve_proposed()
            for step in self._waiting():
                if step.state is StepState.APPROVED and self._has_room():
                    await self._begin(step)
        return None if self._running else await self._at_rest(exhausted)

    async def _at_rest(self, exhausted: str) -> CaseEvent:
        """Why nothing runs."""
        if exhausted:
            return await self._end(exhausted)
        if self._paused:
            await self._change(replace(self.case, state=CaseState.PAUSED))
            return CasePaused(self.case)
        if not self._waiting():
            return await self._end("Nothing more to ask: the last rounds brought nothing new.")
        await self._change(replace(self.case, state=CaseState.OPEN))
        return ApprovalWanted(self.case)

    def _waiting(self) -> tuple[Step, ...]:
        states = (StepState.PROPOSED, StepState.APPROVED)
        return tuple(step for step in self.case.steps if step.state in states)

    def _has_room(self) -> bool:
        spent, limits = self.case.spent, self.case.limits
        return (
            len(self._running) < self._side_by_side
            and spent.steps < limits.steps
            and self._rows_left() > 0
        )

    def _rows_left(self) -> int:
        return self.case.limits.rows - self.case.spent.rows - sum(self._reserved.values())

    async def _propose(self) -> None:
        found = await self._investigator.next(self.case, await self.ground())
        before = len(self.case.steps)
        await self._change(self.case.proposing(found))
        if new := tuple(step.id for step in self.case.steps[before:]):
            self._events.put_nowait(StepsProposed(self.case, new))

    async def _approve_proposed(self) -> None:
        case = self.case
        for step in case.steps:
            if step.state is StepState.PROPOSED:
                case = case.with_step(step.moved(StepState.APPROVED))
        if case is not self.case:
            await self._change(case)

    async def _begin(self, step: Step) -> None:
        running = replace(step.moved(StepState.RUNNING), started=self._hunter.now())
        self._reserved[step.id] = min(self._hunter.limits.max_rows, self._rows_left())
        self._began[step.id] = self._clock()
        await self._change(self.case.with_step(running))
        self._events.put_nowait(StepBegan(self.case, step.id))
        self._running[step.id] = asyncio.create_task(self._one(running))

    async def _one(self, step: Step) -> None:
        problem, state = "", StepState.FAILED
        try:
            async with asyncio.timeout(self._seconds_left()):
                hunt = await self._hunted(step)
            await self._done(step.id, hunt)
            return
        except TimeoutError:
            problem = f"The budget of {self.case.limits.minutes:g} minutes was used up in it."
        except SocError as error:
            problem = str(error)
            state = StepState.REFUSED if isinstance(error, RefusedError) else StepState.FAILED
        except asyncio.CancelledError:
            known = self.case.step(step.id)
            again = replace(known.moved(StepState.APPROVED), started=None)
            await asyncio.shield(self._finish(again))
            raise
        await self._finish(replace(self.case.step(step.id).moved(state), problem=problem))

    def _seconds_left(self) -> float:
        return max(0.0, self.case.limits.minutes * 60 - self.case.spent.seconds)

    async def _hunted(self, step: Step) -> Hunt:
        """The step as an ordinary hunt, to its end. Raises SocError."""
        hunter = self._hunter
        if step.kql:
            hunt = hunter.new_hunt(step.question, step.kql)
        else:
            hunt = await self._follow(step.id, hunter.plan(step.question))
            if not hunt.kql:
                raise SocError(
                    "The step has no query.",
                    hunt.reply.text if hunt.reply else "",
                    "Put it in other words, or write its query.",
                )
        hunt = await self._follow(step.id, hunter.query(hunt, self._capped(step.id, hunt.kql)))
        if hunt.status is Status.NO_ROWS:
            return hunt
        async with self._one_hunt:
            hunt = await self._follow(step.id, hunter.quote(hunt))
            self._affordable(hunt)
            return await self._follow(step.id, hunter.hunt(hunt))

    def _capped(self, step_id: str, kql: str) -> str:
        """The query with what the budget of rows has left as its cap, where that is less."""
        most = self._reserved[step_id]
        return kql if most >= self._hunter.limits.max_rows else f"{kql}\n| take {most}"

    def _affordable(self, hunt: Hunt) -> None:
        quote, left = hunt.quote, self.case.limits.usd - self.case.spent.usd
        if quote is None or quote.free:
            return
        most = quote.price_most
        if most is None or most > left:
            raise RefusedError(
                f"The hunt was not started: it may cost {price_text(most)}.",
                f"The budget of the case has {price_text(left)} left.",
                "Give the case a larger budget.",
            )

    async def _follow(self, step_id: str, events: AsyncIterator[Event]) -> Hunt:
        hunt: Hunt | None = None
        # mypy sees AsyncIterator; every step is a generator and has aclose.
        async with aclosing(events) as arriving:  # type: ignore[type-var]
            async for event in arriving:
                if hunt is None or hunt.id != event.hunt.id:
                    known = replace(self.case.step(step_id), hunt_id=event.hunt.id)
                    await self._change(self.case.with_step(known))
                hunt = event.hunt
                if isinstance(event, SpendRecorded):
                    await self._count(step_id, event)
                if isinstance(event, StepFailed):
                    raise event.error
                if isinstance(event, AskedBack):
                    raise SocError("The request is ambiguous.", event.reply.text, "Say it again.")
                self._events.put_nowait(StepTold(self.case, step_id, event))
        if hunt is None:
            raise SocError("The step told nothing.")
        return hunt

    async def _count(self, step_id: str, event: SpendRecorded) -> None:
        step, price = self.case.step(step_id), event.usage.price
        both = None if price is None or step.price is None else step.price + price
        await self._change(self.case.with_step(replace(step, price=both)))

    async def _done(self, step_id: str, hunt: Hunt) -> None:
        known = self.case.step(step_id).moved(StepState.DONE)
        await self._finish(await asyncio.to_thread(ended_with, known, hunt))

    async def _finish(self, step: Step) -> None:
        seconds = self._clock() - self._began.pop(step.id, self._clock())
        self._reserved.pop(step.id, None)
        self._running.pop(step.id, None)
        await self._change(self.case.with_step(replace(step, seconds=step.seconds + seconds)))
        self._events.put_nowait(StepEnded(self.case, step.id))

    async def _cancel_running(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(self, why: str) -> CaseEnded:
        ground = await self.ground()
        await self._change(
            replace(
                self.case,
                state=CaseState.DONE,
                ended=why,
                not_looked_at=not_looked_at(self.case, ground),
                questions=questions_left(self.case, ground),
            )
        )
        return CaseEnded(self.case)

    # -- what is shared ------------------------------------------------------------------------

    async def ground(self) -> Ground:
        """What can be asked here; asked of the workspace once."""
        if self._ground is None:
            limits = self._hunter.limits
            now = self._hunter.query_now()
            bare = Ground(self._hunter.catalog, now, {}, limits.max_rows, limits.max_hours)
            self._ground = replace(bare, extents=await self._extents(bare))
        return self._ground

    async def _extents(self, ground: Ground) -> dict[str, Extent]:
        """What the tables hold in the window of the case; empty where that cannot be told."""
        try:
            there = await self._hunter.workspace.schema()
            window = ground.window(self.case)
            names = [name for name in self._hunter.catalog.tables if name in there]
            asked = [TableWindow(name, *window) for name in names]
            held = await self._hunter.workspace.extents(asked)
        except WorkspaceError:
            return {}
        absent = Extent(exists=False, rows_in_window=0)
        return {name: absent for name in self._hunter.catalog.tables if name not in there} | {
            name: held[name] for name in names if name in held
        }

    async def _change(self, case: Case) -> None:
        """Hold a state and keep it; of states that come while one is kept, the newest."""
        self.case = case
        if self._keeper is None:
            return
        async with self._one_save:
            await self._save(self._keeper)

    async def _save(self, keeper: CaseKeeper) -> None:
        if self.case is self._kept:
            return
        kept = self.case
        try:
            await to_the_end(keeper.save, kept)
        except HistoryError as error:
            first, self._unkept = not self._unkept, True
            if first:
                self._events.put_nowait(CaseNotKept(self.case, str(error)))
        else:
            self._kept, self._unkept = kept, False


def _larger(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else max(one, other)


def ended_with(step: Step, hunt: Hunt) -> Step:
    """A step with what its hunt came to. Pure; may take tenths of a second."""
    coverage = hunt.coverage
    return replace(
        step,
        kql=hunt.kql,
        hunt_id=hunt.id,
        rows=hunt.row_count,
        findings=hunt.findings,
        entities=_entities_of(hunt, step.table),
        claims=claims_of(step.id, step.table, hunt),
        receipt=hunt.receipt,
        unread="" if coverage.whole or hunt.unseen is None else hunt.unseen.summary(),
    )


def _entities_of(hunt: Hunt, table: str) -> tuple[Entity, ...]:
    if hunt.rows is None:
        return ()
    found: list[Entity] = []
    for finding in hunt.findings:
        found += cited_entities(finding, hunt.rows, f"{hunt.id}/{finding.id}", table)
    return joined(found)
