"""One hunt: plan, query, quote, hunt. Each step is an async iterator of events."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from soc_tui.analysts import (
    Analyst,
    HuntTask,
    Notice,
    PlanAnswer,
    PlanRequest,
    PreparedHunt,
)
from soc_tui.analysts.secrets.finder import hide_keys
from soc_tui.hunting import table_receipts
from soc_tui.hunting.analyst_access import AnalystAccess
from soc_tui.hunting.analyst_events import asked, noticed, told
from soc_tui.hunting.audited import Note, note_nothing
from soc_tui.hunting.finding_events import Arrivals, LeavesOut
from soc_tui.hunting.finding_questions import Discussion
from soc_tui.hunting.hunt_keeper import Keeper
from soc_tui.hunting.hunt_task import hunt_task, sources_of
from soc_tui.hunting.known_names import NameSource
from soc_tui.hunting.query_help import QueryHelp
from soc_tui.hunting.refusals import refusal_text, refused
from soc_tui.hunting.reruns import asked_as, repeated
from soc_tui.hunting.spend_control import Spending
from soc_tui.hunting.step_recorder import Recorder
from soc_tui.hunting.table_receipts import within
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import SocError
from soc_tui.model.events import (
    Answered,
    AskedBack,
    Event,
    HuntEnded,
    HuntStarted,
    Judged,
    Planned,
    PlanRepaired,
    PlanStarted,
    QueryStarted,
    Quoted,
    ReceiptArrived,
    RowsArrived,
)
from soc_tui.model.exclusion import Exclusion
from soc_tui.model.explanation import Explanation
from soc_tui.model.finding import highest_number
from soc_tui.model.hunt import Hunt, Status, new_hunt_id
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Reply
from soc_tui.model.quote import Quote
from soc_tui.model.receipt import Receipt
from soc_tui.model.repair import Repair
from soc_tui.model.rows import Rows
from soc_tui.model.verdict import Verdict
from soc_tui.threads import interruptible, to_the_end
from soc_tui.workspaces import Workspace

if TYPE_CHECKING:
    from soc_tui.history.bundle_folder import BundleFolder
    from soc_tui.history.store import History


def utc_now() -> dt.datetime:
    """Current time, UTC."""
    return dt.datetime.now(dt.UTC)


class Hunter:
    """Carries hunts through their steps on one workspace with one analyst.

    Steps yield events whose `hunt` is the new state; the caller hands that state to the next step,
    so between steps the user can read, edit and decide. A step never raises a `SocError`: it ends
    with `StepFailed`. Cancelling the task that iterates a step cancels the work, records the hunt
    as cancelled with what it has, and raises `CancelledError` again. Every state is recorded in
    the history as it is reached.

    Attributes:
        query_now: What time it is for queries, their limits and their receipts: `now`, but for old
            logs of a local workspace, whose end it is.
        news: What came to light while this was opened, a sentence or two each: for the user.
    """

    def __init__(
        self,
        *,
        workspace: Workspace,
        analyst: Analyst,
        catalog: Catalog,
        limits: Limits,
        history: History | None = None,
        bundles: BundleFolder | None = None,
        spending: Spending | None = None,
        versions: tuple[str, ...] = (),
        exclusions: Callable[[], tuple[Exclusion, ...]] = tuple,
        now: Callable[[], dt.datetime] = utc_now,
        note: Note = note_nothing,
    ) -> None:
        self.workspace = workspace
        self.analyst = analyst
        self.catalog = catalog
        self.limits = limits
        self.versions = versions
        self.keeper = Keeper(history, bundles)
        self.spending = spending or Spending(limits)
        self.now = now
        self.query_now: Callable[[], dt.datetime] = self._time
        self.news: tuple[str, ...] = ()
        self._exclusions = exclusions
        self._names = NameSource(workspace, catalog)
        self._recorder = Recorder(self.keeper, self.spending, note)
        access = AnalystAccess(
            analyst,
            limits,
            self._bound_and_judge,
            self.keeper.tape,
            self.spending.reserve,
            self._query_time,
        )
        self._help = QueryHelp(access)
        self._talk = Discussion(access)
        self._prepared: tuple[str, PreparedHunt] | None = None

    @property
    def history(self) -> History | None:
        """The record of all hunts; None when none is kept."""
        return self.keeper.history

    def _time(self) -> dt.datetime:
        return self.now()

    def _query_time(self) -> dt.datetime:
        return self.query_now()

    @property
    def end_of_old_logs(self) -> dt.datetime | None:
        """What queries take for now, UTC, where that is over a day ago."""
        then = self.query_now()
        return then if self.now() - then > dt.timedelta(days=1) else None

    def new_hunt(self, request: str, kql: str = "") -> Hunt:
        """A hunt that has not started; with `kql`, one with a manual query.

        A model's key that was pasted as a request is hidden from here on.
        """
        now = self.now()
        return Hunt(
            id=new_hunt_id(now),
            created=now,
            request=hide_keys(request),
            workspace=self.workspace.name,
            analyst=self.analyst.name,
            status=Status.PLANNED if kql else Status.PLANNING,
            kql=kql,
            versions=self.versions,
        )

    def judge(self, kql: str) -> Verdict:
        """What the guardrails say of this text. Pure, may take tens of milliseconds."""
        from soc_tui.guardrails.judge import judge_kql

        return judge_kql(kql, self.catalog, self.limits, self.query_now())

    def plan(self, request: str, previous: Hunt | None = None) -> AsyncIterator[Event]:
        """Plan the request and write its KQL; `previous` is the hunt that it may follow up.

        Yields PlanStarted, perhaps SpendRecorded and PlanRepaired, then Planned, Answered,
        AskedBack or StepFailed. Whether the request changes the query before it or starts over is
        the planner's word: `hunt.parent` of the Planned event names the hunt that it follows.
        """
        hunt = self.new_hunt(request)
        rows = previous.rows if previous else None
        if previous is not None:
            hunt = replace(hunt, parent=previous.id, earlier=previous.conversation())
        return self._recorder.follow(hunt, self._plan(hunt, rows))

    def query(self, hunt: Hunt, kql: str) -> AsyncIterator[Event]:
        """Judge `kql` and run it.

        A missing time bound or row cap is added first; `hunt.kql` of the Judged event is the text
        that runs, byte for byte. Yields Judged, QueryStarted, RowsArrived and, when there are no
        rows, HuntEnded; or StepFailed.
        """
        hunt = self._fresh_when_run(hunt)
        return self._recorder.follow(hunt, self._query(hunt, kql), bundled=True)

    async def look(self, kql: str) -> Rows:
        """The rows of a query that is no hunt: judged and bounded as any other, but not recorded.

        Raises:
            RefusedError: the guardrails refuse it.
            QueryError: the workspace does.
        """
        bounded, _, verdict = await asyncio.to_thread(self._bound_and_judge, kql, None)
        if not verdict.allowed:
            raise refused("The query was refused", verdict)
        return await self._run(bounded)

    def query_again(self, hunt: Hunt) -> AsyncIterator[Event]:
        """Run the query of a past hunt as a new hunt. Yields what `query` yields."""
        fresh = repeated(self.new_hunt(hunt.request, hunt.kql), hunt)
        self.keeper.carry_over(hunt, fresh)
        return self.query(fresh, hunt.kql)

    def plan_again(self, hunt: Hunt) -> AsyncIterator[Event]:
        """Plan the request of a past hunt again. Yields what `plan` yields."""
        fresh = replace(repeated(self.new_hunt(hunt.request), hunt), plan=None)
        return self._recorder.follow(fresh, self._plan(fresh))

    def quote(self, hunt: Hunt, model: str = "") -> AsyncIterator[Event]:
        """Count and price the hunting call; `model` picks one. Yields Quoted or StepFailed.

        Of a hunt that has findings already, its rows get a hunt of their own: it stays as it is.
        One that was cut off goes on with the rows that it has not read; with none left, it yields
        HuntEnded.
        """
        if hunt.status is not Status.INTERRUPTED:
            hunt = self._fresh_when_hunted(hunt)
        return self._recorder.follow(hunt, self._quote(hunt, model))

    def go_on(self, hunt: Hunt) -> AsyncIterator[Event]:
        """Take up a hunt that was cut off, with its rows if it has any: the step that comes next.

        Yields what `plan`, `query` or `quote` yields.
        """
        if not hunt.kql:
            again = replace(hunt, status=Status.PLANNING, problem="")
            return self._recorder.follow(again, self._plan(again))
        if hunt.row_count is None or hunt.rows is None:
            again = replace(hunt, status=Status.PLANNED, problem="", row_count=None, read=())
            return self.query(replace(again, findings=()), hunt.kql)
        return self.quote(replace(hunt, status=Status.INTERRUPTED))

    def cut_off(self) -> None:
        """The program is made to end: what is cancelled from now on was cut off."""
        self._recorder.cancelled = Status.INTERRUPTED

    def prompts(self, hunt: Hunt) -> tuple[str, ...]:
        """What the quoted hunt will send, a text for each call; none without a quote or a model."""
        prepared = self._prepared
        return prepared[1].prompts() if prepared and prepared[0] == hunt.id else ()

    def hunt(self, hunt: Hunt) -> AsyncIterator[Event]:
        """Hunt through the rows as quoted.

        Yields HuntStarted, then FindingArrived, FindingsMerged, ChunkDone, Noticed and
        SpendRecorded as they come, then HuntEnded or StepFailed (which keeps the findings so far).
        """
        return self._recorder.follow(hunt, self._hunt(hunt), bundled=True)

    def outline(self, kql: str) -> Explanation:
        """What this text does, as the KQL parser sees it. Pure, may take tens of milliseconds."""
        from soc_tui.kql.explain.passages import explain

        return explain(kql, self.catalog)

    def explain(self, hunt: Hunt, kql: str) -> AsyncIterator[Event]:
        """Ask the analyst what `kql` does.

        Yields Noticed and SpendRecorded as they come, then Explained or StepFailed.
        """
        return self._recorder.aside(hunt, self._help.explain(hunt, kql, self.catalog))

    def repair(self, hunt: Hunt, kql: str, error: SocError | None = None) -> AsyncIterator[Event]:
        """Ask the analyst to correct `kql`; nothing is run.

        Yields Noticed and SpendRecorded as they come, then RepairSuggested or StepFailed.

        Args:
            error: Why the workspace rejected it; None when the guardrails refuse it.
        """
        return self._recorder.aside(hunt, self._help.repair(hunt, kql, self.catalog, error))

    def repairs_left(self, kql: str) -> int:
        """How often this rejected text may still go back to the analyst."""
        return self._help.repairs_left(kql)

    def accept(self, hunt: Hunt, repair: Repair) -> AsyncIterator[Event]:
        """Run a correction that a human has accepted. Yields what `query` yields."""
        note = f"Repaired by {repair.author}: {' '.join(repair.words.split())}"
        notes = (*hunt.notes, *repair.notes, note)
        return self.query(replace(hunt, kql=repair.after, notes=notes), repair.after)

    def discuss(self, hunt: Hunt, finding_id: str, question: str) -> AsyncIterator[Event]:
        """Ask the analyst about a finding; a failure leaves the hunt as it is.

        Yields Noticed and SpendRecorded as they come, then Discussed or StepFailed.
        """
        return self._recorder.aside(
            hunt, self._talk.discuss(hunt, finding_id, hide_keys(question), self.catalog)
        )

    async def aclose(self) -> None:
        """Release the workspace and the analyst."""
        self._names.close()
        await asyncio.gather(self.workspace.aclose(), self.analyst.aclose())

    # -- steps ---------------------------------------------------------------------------------

    async def _plan(self, hunt: Hunt, rows: Rows | None = None) -> AsyncIterator[Event]:
        yield PlanStarted(hunt)
        ask = PlanRequest(
            hunt.request,
            self.catalog,
            self.limits,
            self.query_now(),
            previous=hunt.earlier,
            known=await self._names.names(hunt.request, rows),
            record=self.keeper.tape(hunt.id),
            reserve=functools.partial(self.spending.reserve, hunt),
        )
        for last in (False, True):
            async with aclosing(self._ask_plan(hunt, ask)) as items:
                async for item in items:
                    if isinstance(item, PlanAnswer):
                        plan = item.outcome
                        continue
                    hunt = item.hunt
                    yield item
            if isinstance(plan, Reply):
                yield _replied(hunt, plan)
                return
            kql, notes, verdict = await asyncio.to_thread(self._written, plan)
            hunt = replace(hunt, plan=plan, verdict=verdict)
            if verdict.allowed:
                if not plan.follows_up:
                    hunt = replace(hunt, parent="", earlier=())
                yield Planned(replace(hunt, status=Status.PLANNED, kql=kql, notes=notes))
                return
            if last:
                raise refused("The plan was refused twice", verdict)
            yield PlanRepaired(hunt, verdict)
            ask = replace(ask, feedback=refusal_text(verdict), refused=plan)

    def _ask_plan(self, hunt: Hunt, ask: PlanRequest) -> AsyncGenerator[Event | PlanAnswer, None]:
        return asked(hunt, lambda tell: self.analyst.plan(replace(ask, tell=tell)))

    async def _query(self, hunt: Hunt, kql: str) -> AsyncIterator[Event]:
        kql, added, verdict = await asyncio.to_thread(self._bound_and_judge, kql, hunt.plan)
        planned = hunt.notes if hunt.kql == kql else ()
        hunt = replace(
            hunt,
            kql=kql,
            verdict=verdict,
            notes=tuple(dict.fromkeys((*planned, *added))),
            problem="",
        )
        if not verdict.allowed:
            yield Judged(replace(hunt, status=Status.REFUSED), verdict)
            raise refused("The query was refused", verdict)
        yield Judged(hunt, verdict)
        hunt = replace(hunt, status=Status.QUERYING, quote=None, unseen=None, receipt=None)
        yield QueryStarted(hunt)
        rows = await self._run(kql)
        status = Status.QUERIED if rows.count else Status.NO_ROWS
        hunt = replace(
            hunt, status=status, rows=rows, row_count=rows.count, partial=rows.partial or ""
        )
        yield RowsArrived(hunt)
        hunt = replace(hunt, receipt=await self._receipt(hunt, rows))
        yield ReceiptArrived(hunt)
        if not rows.count:
            yield HuntEnded(hunt)

    async def _quote(self, hunt: Hunt, model: str) -> AsyncIterator[Event]:
        task = await asyncio.to_thread(hunt_task, hunt, model, self.catalog, self.query_now())
        sending = self.spending.sending(replace(hunt, status=Status.HUNTING))
        task = replace(task, record=self.keeper.tape(hunt.id), sending=sending)
        goes_on = hunt.status is Status.INTERRUPTED and not self.analyst.offline
        if goes_on:
            if not hunt.rows_left:
                yield HuntEnded(_read_whole(hunt))
                return
            task = replace(task, read=hunt.read, found=hunt.findings)
        preparing = told(lambda tell: self.analyst.prepare(replace(task, tell=tell)))
        async with aclosing(preparing) as items:
            async for item in items:
                if isinstance(item, Notice):
                    yield noticed(hunt, item)
                else:
                    prepared = item
        screened = await _screened(prepared, task, asks_a_model=not self.analyst.offline)
        self._prepared = (hunt.id, screened)
        quote = screened.quote
        # The analyst may be another one than that of the plan.
        hunt = replace(hunt, analyst=self.analyst.name, versions=self.versions, quote=quote)
        if goes_on:
            quote = _of_the_rest(quote, hunt)
            yield Quoted(replace(hunt, quote=quote), quote)
            return
        hunt = replace(
            hunt,
            status=Status.QUOTED,
            unseen=quote.unseen,
            problem="",
            findings=(),
            silent_rows=0,
            excluded=0,
            read=(),
        )
        yield Quoted(hunt, quote)

    async def _hunt(self, hunt: Hunt) -> AsyncIterator[Event]:
        if self._prepared is None or self._prepared[0] != hunt.id:
            raise SocError("This hunt has no quote yet.", "", "Ask for the quote first.")
        memory, behind = await self.keeper.memory(hunt), highest_number(hunt.findings)
        arrivals = Arrivals(memory, await self._leaves_out(), behind)
        prepared = self._prepared[1]
        self._prepared = None
        quote = prepared.quote
        hunt = replace(hunt, status=Status.HUNTING, unseen=quote.unseen, problem="")
        await to_the_end(self.spending.hold, hunt, quote.usage, quote.price_most)
        yield HuntStarted(hunt)
        # mypy sees AsyncIterator; every run is a generator and has aclose.
        async with aclosing(prepared.run()) as items:  # type: ignore[type-var]
            async for item in items:
                event = arrivals.event(hunt, item)
                hunt = event.hunt
                yield event
        status = Status.FOUND if hunt.findings else Status.NO_FINDINGS
        yield HuntEnded(replace(hunt, status=status))

    async def _leaves_out(self) -> LeavesOut:
        """What is left out of the findings; ConfigError where that cannot be read."""
        return LeavesOut(await asyncio.to_thread(self._exclusions), self.now().date())

    async def _receipt(self, hunt: Hunt, rows: Rows) -> Receipt:
        now = self.query_now()
        sources = await asyncio.to_thread(sources_of, hunt, self.catalog, now)
        sources = within(sources, now - dt.timedelta(hours=self.limits.max_hours))
        return await table_receipts.receipt(self.workspace, rows, sources, now)

    # -- shared by the steps -------------------------------------------------------------------

    async def _run(self, kql: str) -> Rows:
        hours = dt.timedelta(hours=self.limits.max_hours)
        return await self.workspace.query(kql, timespan=hours, max_rows=self.limits.max_rows)

    def _written(self, plan: Plan) -> tuple[str, tuple[str, ...], Verdict]:
        """The plan's KQL, what was done to it, and the guardrails' word on the plan or its text."""
        from soc_tui.guardrails.judge import judge_plan
        from soc_tui.kql.writing.build import build

        if plan.kql:
            return self._bound_and_judge(plan.kql, plan)
        verdict = judge_plan(plan, self.catalog, self.limits)
        if not verdict.allowed:
            return "", (), verdict
        built = build(plan, self.catalog, self.limits)
        return built.kql, (*built.notes, *self._time_notes()), verdict

    def _time_notes(self) -> tuple[str, ...]:
        """What there is to say of the time that queries count from."""
        then = self.end_of_old_logs
        if then is None:
            return ()
        return (f"Time counts from the end of the logs, {then:%Y-%m-%d %H:%M} UTC.",)

    def _bound_and_judge(self, kql: str, plan: Plan | None) -> tuple[str, tuple[str, ...], Verdict]:
        """The text with its bounds, what was added, and the verdict on exactly that text."""
        from soc_tui.guardrails.bounds import add_bounds

        verdict = self.judge(kql)
        if not verdict.allowed:
            return kql, (), verdict
        hours = plan.time_range_hours if plan else None
        bounded = add_bounds(kql, self.catalog, self.limits, hours)
        notes = (*bounded.notes, *self._time_notes())
        if bounded.kql == kql:
            return kql, notes, verdict
        return bounded.kql, notes, self.judge(bounded.kql)

    def _fresh_when_hunted(self, hunt: Hunt) -> Hunt:
        """The same hunt, or the next run through its rows when it has gone through them already."""
        if not hunt.findings and hunt.status not in {Status.FOUND, Status.NO_FINDINGS}:
            return hunt
        fresh = repeated(self.new_hunt(hunt.request, hunt.kql), hunt)
        self.keeper.carry_over(hunt, fresh)
        return replace(
            fresh,
            workspace=hunt.workspace,
            status=Status.QUERIED,
            verdict=hunt.verdict,
            rows=hunt.rows,
            row_count=hunt.row_count,
            partial=hunt.partial,
            receipt=hunt.receipt,
        )

    def _fresh_when_run(self, hunt: Hunt) -> Hunt:
        """The same hunt, or a new one of the same request when this one has had an answer already.

        So that the rows of a hunt are those of its query; and of its workspace.
        """
        if hunt.row_count is None and hunt.workspace == self.workspace.name:
            return hunt
        fresh = self.new_hunt(hunt.request, hunt.kql)
        self.keeper.carry_over(hunt, fresh)
        return replace(asked_as(fresh, hunt), notes=hunt.notes)


async def _screened(prepared: PreparedHunt, task: HuntTask, *, asks_a_model: bool) -> PreparedHunt:
    """The hunt, with what in the rows talks to a model found before it begins."""
    from soc_tui.analysts.injection.screened_hunt import ScreenedHunt
    from soc_tui.analysts.injection.screening import screen

    stop = threading.Event()
    rows = task.rows
    screened = await interruptible(lambda: screen(rows, stop.is_set), stop.set)
    return ScreenedHunt(prepared, screened, rows.count, asks_a_model=asks_a_model, found=task.found)


def _of_the_rest(quote: Quote, hunt: Hunt) -> Quote:
    """The quote of a hunt that was cut off, which says what it is for."""
    if not hunt.read or not hunt.row_count:
        return quote
    read = hunt.row_count - hunt.rows_left
    told = f"{read:,} rows were read before; the other {hunt.rows_left:,} are sent now."
    return replace(quote, warnings=(told, *quote.warnings))


def _read_whole(hunt: Hunt) -> Hunt:
    """A hunt that was cut off behind its last row, before it could say so."""
    status = Status.FOUND if hunt.findings else Status.NO_FINDINGS
    unseen = replace(hunt.unseen, broke_off="") if hunt.unseen else None
    return replace(hunt, status=status, unseen=unseen, problem="")


def _replied(hunt: Hunt, reply: Reply) -> Answered | AskedBack:
    hunt = replace(hunt, plan=None, verdict=None, reply=reply)
    if reply.question:
        return AskedBack(replace(hunt, status=Status.ASKED), reply)
    return Answered(replace(hunt, status=Status.ANSWERED), reply)
