"""The steps of a hunt, with a workspace and an analyst that live in memory."""

import asyncio
import datetime as dt
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from soc_tui.analysts import (
    ExplainAnswer,
    ExplainRequest,
    FindingAnswer,
    FindingQuestion,
    HuntTask,
    Notice,
    PlanAnswer,
    PlanRequest,
    RepairAnswer,
    RepairRequest,
    Waiting,
)
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.history.store import History
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import AnalystError, QueryError, RefusedError
from soc_tui.model.events import (
    Answered,
    AskedBack,
    Event,
    Explained,
    FindingArrived,
    HuntEnded,
    Judged,
    Noticed,
    Planned,
    PlanRepaired,
    Quoted,
    ReceiptArrived,
    RepairSuggested,
    RowsArrived,
    SpendRecorded,
    StepFailed,
    WaitStarted,
)
from soc_tui.model.explanation import Explanation, Passage
from soc_tui.model.finding import (
    Confidence,
    Earlier,
    Evidence,
    Finding,
    Quotation,
    Severity,
    TriageState,
)
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Reply
from soc_tui.model.quote import Quote, Usage
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
from soc_tui.model.rows import Rows

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
PLAN = Plan("DeviceProcessEvents", ("DeviceName", "FileName"), 24, "processes")
WRITTEN = Plan("", (), 24, "counts", kql="DeviceProcessEvents | count")
FINDING = Finding("Odd", "Odd thing", Confidence.LOW, Severity.LOW)
USAGE = Usage("m", tokens_in=10, tokens_out=5, price=Decimal("0.01"))


def rows(count: int) -> Rows:
    table = pa.table({"DeviceName": [f"host-{index}" for index in range(count)]})
    return Rows(table, (Column("DeviceName", KqlType.STRING),))


@dataclass
class MemoryWorkspace:
    answer: Rows | Exception = field(default_factory=lambda: rows(3))
    name: str = "memory"
    held: Mapping[str, Extent] | Exception = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def query(
        self, kql: str, *, timespan: dt.timedelta | None = None, max_rows: int | None = None
    ) -> Rows:
        self.asked.append(kql)
        self.begun.set()
        if self.hold:
            await self.hold.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def schema(self) -> Mapping[str, tuple[Column, ...]]:
        return {}

    async def extents(self, tables: Sequence[TableWindow]) -> Mapping[str, Extent]:
        if isinstance(self.held, Exception):
            raise self.held
        return self.held

    async def aclose(self) -> None:
        pass


@dataclass
class MemoryHunt:
    quote: Quote
    items: list[Finding | Usage | Notice | Exception]

    def prompts(self) -> tuple[str, ...]:
        return ()

    async def run(self) -> AsyncIterator[Finding | Usage | Notice]:
        for item in self.items:
            if isinstance(item, Exception):
                raise item
            yield item


@dataclass
class MemoryAnalyst:
    plans: list[Plan | Reply] = field(default_factory=lambda: [PLAN])
    items: list[Finding | Usage | Notice | Exception] = field(
        default_factory=lambda: [FINDING, Notice("a wait"), FINDING, USAGE]
    )
    name: str = "memory"
    offline: bool = True
    asked: list[PlanRequest] = field(default_factory=list)
    tasks: list[HuntTask] = field(default_factory=list)

    notices: list[Notice] = field(default_factory=list)
    plan_error: AnalystError | None = None
    answers: list[FindingAnswer | AnalystError] = field(default_factory=list)
    questions: list[FindingQuestion] = field(default_factory=list)

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        self.asked.append(request)
        for notice in self.notices:
            request.tell(notice)
            await asyncio.sleep(0)
        if self.plan_error:
            raise self.plan_error
        return PlanAnswer(self.plans[min(len(self.asked), len(self.plans)) - 1], USAGE)

    repairs: list[str] = field(default_factory=list)
    repair_requests: list[RepairRequest] = field(default_factory=list)

    async def explain(self, request: ExplainRequest) -> ExplainAnswer:
        passage = Passage(1, 1, 1, request.kql, "It does that.")
        return ExplainAnswer(Explanation((passage,), author="memory"), USAGE)

    async def repair(self, request: RepairRequest) -> RepairAnswer:
        self.repair_requests.append(request)
        if not self.repairs:
            raise AnalystError("It cannot be repaired.", usage=USAGE)
        return RepairAnswer(self.repairs.pop(0), "Names corrected.", USAGE)

    async def prepare(self, task: HuntTask) -> MemoryHunt:
        self.tasks.append(task)
        unseen = Unseen(task.rows.count, task.rows.count, row_cap=task.row_cap)
        return MemoryHunt(Quote("m", 10, 500, Decimal("0.01"), unseen), self.items)

    async def discuss(self, question: FindingQuestion) -> FindingAnswer:
        self.questions.append(question)
        answer = self.answers[min(len(self.questions), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def aclose(self) -> None:
        pass


@dataclass
class Bench:
    workspace: MemoryWorkspace
    analyst: MemoryAnalyst
    history: History
    hunter: Hunter

    async def collect(self, step: AsyncIterator[Event]) -> list[Event]:
        return [event async for event in step]

    async def planned(self) -> Hunt:
        return (await self.collect(self.hunter.plan("odd processes")))[-1].hunt

    async def queried(self) -> Hunt:
        hunt = await self.planned()
        return (await self.collect(self.hunter.query(hunt, hunt.kql)))[-1].hunt

    async def quoted(self) -> Hunt:
        return (await self.collect(self.hunter.quote(await self.queried())))[-1].hunt


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    workspace, analyst = MemoryWorkspace(), MemoryAnalyst()
    history = History(tmp_path / "history.sqlite3")
    hunter = Hunter(
        workspace=workspace,
        analyst=analyst,
        catalog=load_catalog(),
        limits=Limits(),
        history=history,
        now=lambda: NOW,
    )
    return Bench(workspace, analyst, history, hunter)


async def test_the_whole_way_is_recorded(bench: Bench) -> None:
    events = await bench.collect(bench.hunter.hunt(await bench.quoted()))
    hunt = events[-1].hunt
    assert isinstance(events[-1], HuntEnded)
    assert hunt.status is Status.FOUND
    assert [finding.id for finding in hunt.findings] == ["f1", "f2"]
    assert hunt.usage == USAGE.plus(USAGE)
    assert "a wait" in hunt.notes
    assert hunt.elapsed_seconds > 0
    stored = bench.history.load(hunt.id)
    assert stored == replace(hunt, rows=None)


async def test_the_text_that_was_judged_is_the_text_that_runs(bench: Bench) -> None:
    hunt = await bench.planned()
    typed = "DeviceProcessEvents // no bounds here"
    events = await bench.collect(bench.hunter.query(hunt, typed))
    judged = events[0]
    assert isinstance(judged, Judged)
    assert bench.workspace.asked == [judged.hunt.kql] == [judged.verdict.kql]
    assert "take" in judged.hunt.kql
    assert judged.hunt.notes


async def test_waits_of_the_planning_are_seen_while_it_runs(bench: Bench) -> None:
    bench.analyst.notices = [Waiting("Too fast.", 1.5), Notice("No tools here.")]
    events = await bench.collect(bench.hunter.plan("odd"))
    assert [type(event).__name__ for event in events] == [
        "PlanStarted", "WaitStarted", "Noticed", "SpendRecorded", "Planned",
    ]  # fmt: skip
    assert isinstance(events[1], WaitStarted)
    assert events[1].seconds == 1.5


async def test_a_cancelled_planning_cancels_the_call(bench: Bench) -> None:
    bench.analyst.notices = [Notice("one"), Notice("two")]
    step = bench.hunter.plan("odd")
    async for event in step:
        if isinstance(event, Noticed):
            break
    await step.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


async def test_the_spend_of_a_failed_planning_is_recorded(bench: Bench) -> None:
    bench.analyst.plan_error = AnalystError("No plan.", usage=USAGE)
    events = await bench.collect(bench.hunter.plan("odd"))
    assert isinstance(events[-2], SpendRecorded)
    assert events[-1].hunt.usage == USAGE


async def test_a_refused_plan_goes_back_once(bench: Bench) -> None:
    bench.analyst.plans = [replace(PLAN, fields=("DeviceNam",)), PLAN]
    events = await bench.collect(bench.hunter.plan("odd"))
    assert any(isinstance(event, PlanRepaired) for event in events)
    assert isinstance(events[-1], Planned)
    assert "DeviceNam" in bench.analyst.asked[1].feedback
    assert events[-1].hunt.usage == USAGE.plus(USAGE)


async def test_a_query_written_by_the_planner_is_judged_as_a_text(bench: Bench) -> None:
    bad, good = (
        replace(WRITTEN, kql=f"{table} | summarize count() by DeviceName")
        for table in ("DeviceProcesEvents", "DeviceProcessEvents")
    )
    bench.analyst.plans = [bad, good]
    events = await bench.collect(bench.hunter.plan("how many"))
    assert any(isinstance(event, PlanRepaired) for event in events)
    repair = bench.analyst.asked[1]
    assert repair.refused == bad and "DeviceProcessEvents" in repair.feedback
    planned = events[-1].hunt
    assert isinstance(events[-1], Planned)
    assert planned.verdict is not None and planned.verdict.kql == planned.kql
    assert "ago(24h)" in planned.kql and planned.notes  # the bound it lacked, and said so


async def test_a_written_query_refused_twice_is_refused(bench: Bench) -> None:
    bench.analyst.plans = [replace(WRITTEN, kql='externaldata (a:string) ["https://x.test"]')]
    events = await bench.collect(bench.hunter.plan("odd"))
    failed = events[-1]
    assert isinstance(failed, StepFailed) and isinstance(failed.error, RefusedError)
    assert len(bench.analyst.asked) == 2
    assert bench.workspace.asked == []


async def test_a_follow_up_is_told_what_came_before_and_names_its_parent(bench: Bench) -> None:
    first = await bench.queried()
    bench.analyst.plans = [replace(PLAN, follows_up=True)]
    events = await bench.collect(bench.hunter.plan("only on win-07", first))
    hunt = events[-1].hunt
    (turn,) = bench.analyst.asked[-1].previous
    assert (turn.request, turn.plan, turn.kql, turn.row_count) == (
        "odd processes", PLAN, first.kql, 3,
    )  # fmt: skip
    assert hunt.parent == first.id
    assert bench.history.load(hunt.id).earlier == (turn,)
    queried = (await bench.collect(bench.hunter.query(hunt, hunt.kql)))[-1].hunt
    await bench.collect(bench.hunter.quote(queried))
    assert bench.analyst.tasks[-1].request == "odd processes\nonly on win-07"


async def test_a_request_about_something_else_begins_anew(bench: Bench) -> None:
    first = await bench.queried()
    hunt = (await bench.collect(bench.hunter.plan("sign-ins", first)))[-1].hunt
    assert bench.analyst.asked[-1].previous
    assert (hunt.parent, hunt.earlier, hunt.whole_request) == ("", (), "sign-ins")


async def test_a_long_conversation_keeps_its_last_turns(bench: Bench) -> None:
    bench.analyst.plans = [replace(PLAN, follows_up=True)]
    hunt = await bench.planned()
    for number in range(9):
        hunt = (await bench.collect(bench.hunter.plan(f"step {number}", hunt)))[-1].hunt
    assert [turn.request for turn in hunt.earlier] == [f"step {n}" for n in range(2, 8)]


async def test_what_is_not_for_logs_is_answered_and_recorded(bench: Bench) -> None:
    reply = Reply("Command and Scripting Interpreter.")
    bench.analyst.plans = [reply]
    events = await bench.collect(bench.hunter.plan("what is T1059?"))
    answered = events[-1]
    assert isinstance(answered, Answered) and answered.reply == reply
    assert answered.hunt.status is Status.ANSWERED
    assert bench.history.load(answered.hunt.id).reply == reply
    assert bench.workspace.asked == []


async def test_the_answer_to_a_question_back_joins_the_request(bench: Bench) -> None:
    question = Reply("Which logons?", question=True, choices=("Windows", "Entra"))
    bench.analyst.plans = [question, replace(PLAN, follows_up=True)]
    asked = (await bench.collect(bench.hunter.plan("check the logins")))[-1]
    assert isinstance(asked, AskedBack) and asked.hunt.status is Status.ASKED
    assert bench.analyst.asked[-1].may_ask
    hunt = (await bench.collect(bench.hunter.plan("Windows", asked.hunt)))[-1].hunt
    assert not bench.analyst.asked[-1].may_ask
    assert bench.analyst.asked[-1].previous[0].reply == question
    assert hunt.whole_request == "check the logins\n(asked back: Which logons?)\nWindows"


async def test_a_plan_refused_twice_names_the_nearest_allowed(bench: Bench) -> None:
    bench.analyst.plans = [replace(PLAN, fields=("DeviceNam",))]
    events = await bench.collect(bench.hunter.plan("odd"))
    failed = events[-1]
    assert isinstance(failed, StepFailed)
    assert isinstance(failed.error, RefusedError)
    assert "DeviceName" in str(failed.error)
    assert failed.hunt.status is Status.REFUSED
    assert bench.history.load(failed.hunt.id).status is Status.REFUSED


async def test_a_refused_text_never_reaches_the_workspace(bench: Bench) -> None:
    hunt = await bench.planned()
    events = await bench.collect(bench.hunter.query(hunt, "SecretTable | take 5"))
    assert isinstance(events[-1], StepFailed)
    assert isinstance(events[-1].error, RefusedError)
    assert bench.workspace.asked == []


async def test_no_rows_end_the_hunt_politely(bench: Bench) -> None:
    bench.workspace.answer = rows(0)
    hunt = await bench.queried()
    assert hunt.status is Status.NO_ROWS
    assert bench.history.load(hunt.id).row_count == 0


async def test_no_findings_are_recorded_as_such(bench: Bench) -> None:
    bench.analyst.items = []
    events = await bench.collect(bench.hunter.hunt(await bench.quoted()))
    assert events[-1].hunt.status is Status.NO_FINDINGS
    assert bench.history.load(events[-1].hunt.id).status is Status.NO_FINDINGS


async def test_a_query_error_keeps_the_hunt_and_can_be_run_again(bench: Bench) -> None:
    bench.workspace.answer = QueryError("No such column.", line=2, column=5)
    failed = await bench.queried()
    assert failed.status is Status.FAILED
    bench.workspace.answer = rows(2)
    events = await bench.collect(bench.hunter.query(failed, failed.kql))
    assert isinstance(events[-2], RowsArrived)
    assert isinstance(events[-1], ReceiptArrived)
    assert events[-1].hunt.id == failed.id
    assert events[-1].hunt.problem == ""


async def test_a_failing_analyst_keeps_the_findings_so_far(bench: Bench) -> None:
    bench.analyst.items = [FINDING, AnalystError("The stream was cut.")]
    events = await bench.collect(bench.hunter.hunt(await bench.quoted()))
    assert isinstance(events[-1], StepFailed)
    stored = bench.history.load(events[-1].hunt.id)
    assert len(events[-1].hunt.findings) == len(stored.findings) == 1
    assert stored.unseen is not None
    assert stored.unseen.broke_off == "The stream was cut"


async def test_a_partial_answer_is_recorded_with_its_reason(bench: Bench) -> None:
    bench.workspace.answer = replace(rows(2), partial="over 64 MB")
    hunt = await bench.queried()
    assert bench.history.load(hunt.id).partial == "over 64 MB"


async def test_a_filled_cap_is_told_before_the_price(bench: Bench) -> None:
    hunt = await bench.planned()
    events = await bench.collect(
        bench.hunter.query(hunt, "DeviceProcessEvents | where TimeGenerated > ago(1h) | take 3")
    )
    quoted = (await bench.collect(bench.hunter.quote(events[-1].hunt)))[-1]
    assert isinstance(quoted, Quoted)
    assert quoted.quote.unseen.row_cap == 3
    assert quoted.hunt.unseen == quoted.quote.unseen


async def test_cancelling_records_the_hunt_as_cancelled(bench: Bench) -> None:
    bench.workspace.hold = asyncio.Event()
    hunt = await bench.planned()
    task = asyncio.create_task(bench.collect(bench.hunter.query(hunt, hunt.kql)))
    await bench.workspace.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.history.load(hunt.id).status is Status.CANCELLED


async def test_a_cancel_is_recorded_after_what_is_being_recorded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hunt = await bench.planned()
    save, begun, go_on, written = (
        bench.history.save,
        threading.Event(),
        threading.Event(),
        threading.Event(),
    )

    def slow(state: Hunt) -> None:
        if state.status is Status.QUERYING:
            begun.set()
            go_on.wait(5)
        save(state)
        if state.status is Status.QUERYING:
            written.set()

    monkeypatch.setattr(bench.history, "save", slow)
    task = asyncio.create_task(bench.collect(bench.hunter.query(hunt, hunt.kql)))
    await asyncio.to_thread(begun.wait, 5)
    for _ in range(2):  # an impatient human
        task.cancel()
        await asyncio.sleep(0.05)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(written.wait, 5)
    assert bench.history.load(hunt.id).status is Status.CANCELLED


async def test_a_fault_of_ours_is_recorded_as_a_failed_hunt(bench: Bench) -> None:
    bench.analyst.items = [FINDING, ZeroDivisionError()]
    hunt = await bench.quoted()
    with pytest.raises(ZeroDivisionError):
        await bench.collect(bench.hunter.hunt(hunt))
    recorded = bench.history.load(hunt.id)
    assert (recorded.status, recorded.problem) == (Status.FAILED, "Internal error.")
    assert len(recorded.findings) == 1


async def test_running_again_after_an_outcome_is_another_hunt(bench: Bench) -> None:
    done = (await bench.collect(bench.hunter.hunt(await bench.quoted())))[-1].hunt
    again = (await bench.collect(bench.hunter.query(done, done.kql)))[-1].hunt
    assert again.id != done.id
    assert again.request == done.request
    assert bench.history.load(done.id).status is Status.FOUND


async def test_a_finding_triaged_before_comes_with_its_state_and_notes(bench: Bench) -> None:
    quoted = Evidence("r1", (Quotation("DeviceName", "host-0"),))
    bench.analyst.items = [replace(FINDING, evidence=(quoted,)), replace(FINDING, title="Other")]
    first = (await bench.collect(bench.hunter.hunt(await bench.quoted())))[-1].hunt
    assert [finding.earlier for finding in first.findings] == [None, None]
    bench.history.set_state(first.id, "f1", TriageState.BENIGN)
    bench.history.set_notes(first.id, "f1", "A backup.")
    again = (await bench.collect(bench.hunter.hunt(await bench.quoted())))[-1].hunt
    known, other = again.findings
    assert known.earlier == Earlier(first.id, first.created, TriageState.BENIGN, "A backup.")
    assert known.state is TriageState.BENIGN
    assert (other.earlier, other.state) == (None, TriageState.NEW)
    assert bench.history.load(again.id).findings == again.findings


async def test_a_look_is_judged_and_bounded_and_leaves_no_record(bench: Bench) -> None:
    assert (await bench.hunter.look("DeviceProcessEvents")).count == 3
    (asked,) = bench.workspace.asked
    assert "ago(" in asked
    assert "take" in asked
    with pytest.raises(RefusedError):
        await bench.hunter.look("externaldata(x:string)['https://e.example']")
    assert len(bench.workspace.asked) == 1
    assert bench.history.ids("") == ()


OTHER = "DeviceProcessEvents | where TimeGenerated > ago(1h) | take 2"


@pytest.mark.parametrize("ends", ["refused", "failed", "cancelled"])
async def test_a_text_that_gave_no_rows_never_holds_those_of_the_text_before(
    bench: Bench, ends: str
) -> None:
    before = await bench.queried()
    kql = OTHER if ends != "refused" else "SecretTable | take 5"
    bench.workspace.answer = QueryError("No such column.")
    states = [before]

    async def go() -> None:
        async for event in bench.hunter.query(before, kql):
            states.append(event.hunt)

    if ends == "cancelled":
        bench.workspace.hold = asyncio.Event()
        bench.workspace.begun.clear()
        task = asyncio.create_task(go())
        await bench.workspace.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    else:
        await go()
    assert len(states) > 1
    for state in states[1:]:
        assert state.id != before.id
        assert (state.kql, state.rows, state.row_count) == (kql, None, None)
    recorded = bench.history.load(states[-1].id)
    assert (recorded.status.value, recorded.kql, recorded.row_count) == (ends, kql, None)
    recorded = bench.history.load(before.id)
    assert (recorded.status, recorded.kql, recorded.row_count) == (Status.QUERIED, before.kql, 3)


async def test_rows_stay_those_of_the_workspace_that_gave_them(bench: Bench) -> None:
    async def last(step: AsyncIterator[Event]) -> Hunt:
        return (await bench.collect(step))[-1].hunt

    planned, queried = await bench.planned(), await bench.queried()
    found = await last(bench.hunter.hunt(await bench.quoted()))
    bench.workspace.name = "elsewhere"
    for hunt in (queried, found):
        quoted = await last(bench.hunter.quote(hunt))
        assert quoted.status is Status.QUOTED
        assert quoted.workspace == "memory"
    for hunt in (planned, queried, found):
        run = await last(bench.hunter.query(hunt, OTHER))
        assert run.workspace == "elsewhere"
        assert run.request == hunt.request
        assert bench.history.load(hunt.id).workspace == "memory"


async def test_hunting_without_a_quote_is_refused(bench: Bench) -> None:
    hunt = await bench.queried()
    events = await bench.collect(bench.hunter.hunt(hunt))
    assert isinstance(events[-1], StepFailed)
    assert not any(isinstance(event, FindingArrived) for event in events)


BROKEN = "DeviceProcessEvents | where TimeGenerated > ago(1h) | project AccountName | take 5"
FIXED = "DeviceProcessEvents | where TimeGenerated > ago(1h) | project FileName | take 5"


async def rejected(bench: Bench, kql: str = BROKEN) -> tuple[Hunt, QueryError]:
    error = QueryError("No such column.", "'AccountName'.", line=1, column=62)
    bench.workspace.answer = error
    events = await bench.collect(bench.hunter.query(await bench.planned(), kql))
    assert isinstance(events[-1], StepFailed)
    bench.workspace.answer = rows(3)
    bench.workspace.asked.clear()
    return events[-1].hunt, error


async def test_a_rejected_query_goes_back_and_runs_only_when_accepted(bench: Bench) -> None:
    bench.analyst.repairs = [FIXED]
    hunt, error = await rejected(bench)
    events = await bench.collect(bench.hunter.repair(hunt, hunt.kql, error))
    assert [type(event) for event in events] == [SpendRecorded, RepairSuggested]
    suggested = events[-1]
    assert isinstance(suggested, RepairSuggested)
    assert (suggested.repair.before, suggested.repair.after) == (BROKEN, FIXED)
    assert suggested.repair.verdict.allowed
    assert suggested.hunt.status is Status.FAILED
    assert bench.workspace.asked == []
    request = bench.analyst.repair_requests[0]
    assert "line 1, column 62" in request.problem
    assert request.request == "odd processes"
    done = (await bench.collect(bench.hunter.accept(suggested.hunt, suggested.repair)))[-1].hunt
    assert done.row_count == 3
    assert bench.workspace.asked == [FIXED]
    assert any("Repaired by m: Names corrected." in note for note in done.notes)
    stored = bench.history.load(done.id)
    assert stored.usage == USAGE.plus(USAGE)


async def test_what_a_repair_lacks_is_added_before_it_is_shown(bench: Bench) -> None:
    bench.analyst.repairs = ["DeviceProcessEvents | project FileName"]
    hunt, error = await rejected(bench)
    suggested = (await bench.collect(bench.hunter.repair(hunt, hunt.kql, error)))[-1]
    assert isinstance(suggested, RepairSuggested)
    assert "take" in suggested.repair.after
    assert suggested.repair.notes
    await bench.collect(bench.hunter.accept(suggested.hunt, suggested.repair))
    assert bench.workspace.asked == [suggested.repair.after]


async def test_a_repair_that_the_guardrails_refuse_goes_back_once(bench: Bench) -> None:
    bench.analyst.repairs = ["SecretTable | take 5", FIXED]
    hunt, error = await rejected(bench)
    events = await bench.collect(bench.hunter.repair(hunt, hunt.kql, error))
    assert isinstance(events[-1], RepairSuggested)
    again = bench.analyst.repair_requests[1]
    assert again.refused == "SecretTable | take 5"
    assert "SecretTable" in again.feedback
    assert events[-1].hunt.usage == USAGE.plus(USAGE).plus(USAGE)


async def test_a_repair_is_never_shown_when_the_guardrails_refuse_it(bench: Bench) -> None:
    bench.analyst.repairs = ["SecretTable | take 5", "OtherSecret | take 5"]
    hunt, error = await rejected(bench)
    failed = (await bench.collect(bench.hunter.repair(hunt, hunt.kql, error)))[-1]
    assert isinstance(failed, StepFailed)
    assert isinstance(failed.error, RefusedError)
    assert failed.hunt.status is Status.FAILED


async def test_at_most_two_repairs_until_a_human_edits(bench: Bench) -> None:
    second = FIXED.replace("FileName", "DeviceName")
    bench.analyst.repairs = [FIXED, second, FIXED, FIXED]
    hunt, error = await rejected(bench)
    for _ in range(2):
        suggested = (await bench.collect(bench.hunter.repair(hunt, hunt.kql, error)))[-1]
        assert isinstance(suggested, RepairSuggested)
        bench.workspace.answer = error
        hunt = (await bench.collect(bench.hunter.accept(hunt, suggested.repair)))[-1].hunt
    failed = (await bench.collect(bench.hunter.repair(hunt, hunt.kql, error)))[-1]
    assert isinstance(failed, StepFailed)
    assert "already been repaired 2 times" in failed.error.what
    edited = f"{hunt.kql} // by hand"
    suggested = (await bench.collect(bench.hunter.repair(hunt, edited, error)))[-1]
    assert isinstance(suggested, RepairSuggested)


async def test_what_the_guardrails_refuse_can_be_repaired_too(bench: Bench) -> None:
    bench.analyst.repairs = [FIXED]
    hunt = await bench.planned()
    events = await bench.collect(bench.hunter.repair(hunt, "DeviceProcessEvent | take 5"))
    assert isinstance(events[-1], RepairSuggested)
    assert "DeviceProcessEvents" in bench.analyst.repair_requests[0].problem
    failed = (await bench.collect(bench.hunter.repair(hunt, FIXED)))[-1]
    assert isinstance(failed, StepFailed)
    assert "Nothing to repair" in failed.error.what


async def test_a_repair_that_fails_leaves_the_hunt_and_counts_its_spend(bench: Bench) -> None:
    hunt, error = await rejected(bench)
    events = await bench.collect(bench.hunter.repair(hunt, hunt.kql, error))
    assert [type(event) for event in events] == [SpendRecorded, StepFailed]
    assert events[-1].hunt == replace(hunt, usage=USAGE.plus(USAGE))


async def test_explaining_changes_nothing_but_the_spend(bench: Bench) -> None:
    hunt = await bench.queried()
    events = await bench.collect(bench.hunter.explain(hunt, hunt.kql))
    assert isinstance(events[-1], Explained)
    assert events[-1].explanation.passages[0].words == "It does that."
    assert events[-1].hunt == replace(hunt, usage=USAGE.plus(USAGE))
    assert bench.history.load(hunt.id).usage == USAGE.plus(USAGE)
    assert bench.hunter.outline(hunt.kql).passages[0].words.startswith("Read DeviceProcessEvents")
