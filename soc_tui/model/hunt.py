"""One hunt, from the request to its findings."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum

from soc_tui.model import row_spans
from soc_tui.model.coverage import Coverage, Stage, Unseen
from soc_tui.model.finding import Finding, Remark
from soc_tui.model.plan import Plan, Reply
from soc_tui.model.quote import Quote, Usage
from soc_tui.model.receipt import Receipt
from soc_tui.model.row_spans import Span
from soc_tui.model.rows import Rows
from soc_tui.model.verdict import Verdict


class Status(StrEnum):
    """How far a hunt got. The last nine are ends."""

    PLANNING = "planning"
    PLANNED = "planned"
    QUERYING = "querying"
    QUERIED = "queried"
    QUOTED = "quoted"
    HUNTING = "hunting"
    FOUND = "found"
    NO_FINDINGS = "no findings"
    NO_ROWS = "no rows"
    ANSWERED = "answered"
    ASKED = "asked back"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The program ended in the middle of it."""

    @property
    def running(self) -> bool:
        """True while a step is at it."""
        return self in _RUNNING

    @property
    def ended(self) -> bool:
        """True when nothing more happens to the hunt by itself."""
        return self in _ENDS


ENDED_BEFORE = "soc-tui ended before the hunt did."
"""Why a hunt was interrupted."""

_RUNNING = frozenset({Status.PLANNING, Status.QUERYING, Status.HUNTING})
_ENDS = frozenset(
    {
        Status.FOUND,
        Status.NO_FINDINGS,
        Status.NO_ROWS,
        Status.ANSWERED,
        Status.ASKED,
        Status.REFUSED,
        Status.CANCELLED,
        Status.FAILED,
        Status.INTERRUPTED,
    }
)


def new_hunt_id(now: dt.datetime) -> str:
    """A sortable id: UTC time to the second and 32 random bits, `20261124T101530-9f3a01bc`."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


MOST_TURNS = 6
"""Earlier turns that a hunt keeps: enough to refine a query step by step."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation, as sent to the planner. Holds no rows.

    Attributes:
        request: The analyst's words; empty for a manual query.
        plan: What was planned, if anything was.
        kql: The text as last run or planned.
        row_count: Rows that it gave; None when it was not run.
        reply: What was said instead of a plan.
        problem: Why it failed or was refused; empty otherwise.
    """

    request: str
    plan: Plan | None = None
    kql: str = ""
    row_count: int | None = None
    reply: Reply | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Hunt:
    """State of one hunt; each step returns a new one.

    Attributes:
        id: From `new_hunt_id`.
        created: When the request was made, UTC.
        workspace, analyst: Names as shown on screen.
        kql: The text as generated, later as run.
        notes: What the KQL builder or a guardrail did that the analyst should know.
        row_count: Rows of the query, kept when `rows` is not; None before the query ran.
        partial: Why the workspace did not answer in full, kept when `rows` is not; else empty.
        elapsed_seconds: Time spent in planning, querying and hunting, without the user's pauses.
        unseen: What the analyst did not see; None before the quote.
        receipt: What the tables of the query hold, and what the rules did; None before.
        problem: Why it failed or was refused, as shown; empty otherwise.
        reply: What the analyst said instead of planning a query.
        versions: What the outcome depends on: the program, each prompt, the catalog, ATT&CK.
        parent: Id of the hunt whose request this one follows up; empty when it starts over.
        repeats: Id of the hunt that this one runs again; empty otherwise.
        playbook: Name of the playbook that it was begun from; empty otherwise.
        earlier: The conversation that led here, oldest first, at most MOST_TURNS.
        remarks: What was asked and said about its findings afterwards, oldest first.
        silent_rows: Rows with text that addresses the model and that it said nothing about.
        excluded: Findings that were left out because of an exclusion.
        read: Rows that the analyst has answered for, while not all are.
        rows: The rows themselves, while the hunt is open; None after a reopen.
    """

    id: str
    created: dt.datetime
    request: str
    workspace: str
    analyst: str
    status: Status = Status.PLANNING
    plan: Plan | None = None
    kql: str = ""
    notes: tuple[str, ...] = ()
    verdict: Verdict | None = None
    row_count: int | None = None
    partial: str = ""
    quote: Quote | None = None
    usage: Usage | None = None
    unseen: Unseen | None = None
    receipt: Receipt | None = None
    findings: tuple[Finding, ...] = ()
    elapsed_seconds: float = 0.0
    problem: str = ""
    reply: Reply | None = None
    versions: tuple[str, ...] = ()
    parent: str = ""
    repeats: str = ""
    playbook: str = ""
    earlier: tuple[Turn, ...] = ()
    remarks: tuple[Remark, ...] = ()
    silent_rows: int = 0
    excluded: int = 0
    read: tuple[Span, ...] = ()
    rows: Rows | None = field(default=None, compare=False)

    @property
    def whole_request(self) -> str:
        """The request after those it follows up, for a reader who was not there; a line each."""
        lines = []
        for turn in self.earlier:
            lines.append(turn.request)
            if turn.reply and turn.reply.question:
                lines.append(f"(asked back: {turn.reply.text})")
        return "\n".join(line for line in (*lines, self.request) if line)

    @property
    def rows_left(self) -> int:
        """Rows that nobody has answered for, of a hunt that did not come to its end."""
        return max(0, (self.row_count or 0) - row_spans.count(self.read))

    @property
    def coverage(self) -> Coverage:
        """What was seen of the answer so far, and what was not."""
        return Coverage(_stage(self), self.row_count, self.unseen, self.receipt, self.partial)

    def conversation(self) -> tuple[Turn, ...]:
        """The conversation sent with a follow-up: the earlier turns, then this hunt's own."""
        own = Turn(
            self.request, self.plan, self.kql, self.row_count, self.reply, self.problem[:500]
        )
        return (*self.earlier, own)[-MOST_TURNS:]


def _stage(hunt: Hunt) -> Stage:
    if hunt.row_count is None or hunt.status is Status.QUERYING:
        return Stage.NO_ANSWER
    if not hunt.row_count:
        return Stage.NO_ROWS
    if hunt.status is Status.HUNTING:
        return Stage.READING
    if hunt.status in {Status.FOUND, Status.NO_FINDINGS}:
        return Stage.READ
    return Stage.STOPPED if hunt.unseen and hunt.unseen.broke_off else Stage.NOT_READ


def broken_off(hunt: Hunt, status: Status, why: str) -> Hunt:
    """The hunt ended by a failure or a cancel; one still hunting has not answered for all rows."""
    unseen = hunt.unseen
    if unseen and hunt.status is Status.HUNTING:
        unseen = replace(unseen, broke_off=why)
    return replace(hunt, status=status, unseen=unseen)


def keep_triage(
    hunt: Hunt, shown: Hunt | None, noted: frozenset[tuple[str, str]] = frozenset()
) -> Hunt:
    """`hunt` with the triage of the findings of `shown`, an earlier state of it.

    Args:
        noted: Id and title of the findings whose notes the user wrote; the notes of others may
            still grow.
    """
    if shown is None or shown.id != hunt.id:
        return hunt
    if hunt.findings[: len(shown.findings)] == shown.findings:  # asked at each arrival: cheap
        return hunt
    before = {finding.id: finding for finding in shown.findings}
    findings = tuple(
        _triaged(finding, before.get(finding.id, finding), noted) for finding in hunt.findings
    )
    return hunt if findings == hunt.findings else replace(hunt, findings=findings)


def _triaged(finding: Finding, shown: Finding, noted: frozenset[tuple[str, str]]) -> Finding:
    if finding is shown:
        return finding
    same = finding.title == shown.title and (finding.id, finding.title) in noted
    return replace(finding, state=shown.state, notes=shown.notes if same else finding.notes)
