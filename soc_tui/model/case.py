"""An investigation: its lead, its steps (each an ordinary hunt), what it saw and may still take.

Plain data and pure transitions; nothing here runs a query.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from soc_tui.model.errors import SocError
from soc_tui.model.finding import Finding
from soc_tui.model.quote import price_text
from soc_tui.model.receipt import Receipt
from soc_tui.model.wording import number_of


class EntityKind(StrEnum):
    """What an entity is."""

    HOST = "host"
    ACCOUNT = "account"
    ADDRESS = "address"
    DOMAIN = "domain"
    HASH = "hash"
    FILE = "file"
    MAILBOX = "mailbox"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Entity:
    """A host, account, address ... of a case.

    Attributes:
        value: As it stands in the logs.
        origin: What led to it: `lead`, or the key of a finding (`HUNT/F`).
        weight: How much it is part of what was found; the lead has 100, the worst finding 4.
        tables: Where it was seen.
        rows: Rows that it was seen in.
        first, last: Its first and last row, UTC; None when not seen yet.
    """

    kind: EntityKind
    value: str
    origin: str = ""
    weight: int = 0
    tables: tuple[str, ...] = ()
    rows: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None

    @property
    def key(self) -> tuple[EntityKind, str]:
        """What makes two entities one: the kind, and the value without case."""
        return self.kind, self.value.casefold()

    def joined(self, other: Entity) -> Entity:
        """Both sightings of the same entity; the origin is that of the heavier one."""
        heavier = other if other.weight > self.weight else self
        return replace(
            self,
            origin=heavier.origin,
            weight=heavier.weight,
            tables=tuple(dict.fromkeys((*self.tables, *other.tables))),
            rows=self.rows + other.rows,
            first=min((one for one in (self.first, other.first) if one), default=None),
            last=max((one for one in (self.last, other.last) if one), default=None),
        )


class LeadKind(StrEnum):
    """What a case began with."""

    REQUEST = "request"
    FINDING = "finding"
    ALERT = "alert"
    ENTITY = "entity"
    INDICATORS = "indicators"


@dataclass(frozen=True, slots=True)
class Lead:
    """What a case began with.

    Attributes:
        text: The request in words, or what the lead is, in a line.
        entities: What is looked for first.
        since, until: When it was, UTC; None where that is not known.
        hunt_id, finding_id: Of the finding, else empty.
    """

    kind: LeadKind
    text: str
    entities: tuple[Entity, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    hunt_id: str = ""
    finding_id: str = ""


@dataclass(frozen=True, slots=True)
class CaseLimits:
    """The budget of a case. All four are hard.

    Attributes:
        steps: Most queries.
        rows: Most rows that its queries may return together.
        usd: Most that its models may cost, USD.
        minutes: Longest time that its steps may run, minutes; the analyst's pauses do not count.
    """

    steps: int = 40
    rows: int = 200_000
    usd: Decimal = Decimal("0.50")
    minutes: float = 10


@dataclass(frozen=True, slots=True)
class CaseSpent:
    """What a case has taken so far.

    Attributes:
        usd: Known prices together.
        unknown_calls: Steps whose price is unknown: they are not part of `usd`.
        seconds: Time in which steps ran.
    """

    steps: int = 0
    rows: int = 0
    usd: Decimal = Decimal(0)
    unknown_calls: int = 0
    seconds: float = 0.0


class StepState(StrEnum):
    """How far a step got. The last four are ends."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """True when nothing more happens to the step."""
        return self in _STEP_ENDS


_STEP_ENDS = frozenset({StepState.DONE, StepState.SKIPPED, StepState.REFUSED, StepState.FAILED})
_NEXT: dict[StepState, frozenset[StepState]] = {
    StepState.PROPOSED: frozenset({StepState.APPROVED, StepState.SKIPPED, StepState.REFUSED}),
    StepState.APPROVED: frozenset({StepState.RUNNING, StepState.SKIPPED, StepState.PROPOSED}),
    StepState.RUNNING: frozenset(
        {StepState.DONE, StepState.REFUSED, StepState.FAILED, StepState.APPROVED}
    ),
    StepState.DONE: frozenset(),
    StepState.SKIPPED: frozenset({StepState.PROPOSED}),
    StepState.REFUSED: frozenset(),
    StepState.FAILED: frozenset({StepState.PROPOSED}),
}


@dataclass(frozen=True, slots=True)
class RowRef:
    """A row of a step's answer."""

    step: str
    hunt_id: str
    row_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the story and the rows that bear it.

    Attributes:
        first, last: Times of those rows, UTC; None when they have none.
        rows: The rows; never empty in a claim that holds.
        holds: The finding that it tells was grounded in them.
        doubts: Why it does not hold; empty when it does.
        techniques: ATT&CK ids.
    """

    text: str
    rows: tuple[RowRef, ...] = ()
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    holds: bool = False
    doubts: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a case: an ordinary hunt.

    Attributes:
        id: `s1`, `s2` ... within its case.
        question: What is asked, in words.
        why: Which finding or entity led here.
        kql: The query; empty for a request that is still to be planned.
        topic: What makes two questions the same: they are asked once.
        table: The table that is asked, when it is one.
        hunt_id: Of the hunt that it became; empty before it ran.
        rows: Rows of its answer; None before it ran.
        findings: What it found, as grounded.
        entities: Whom and what its rows showed.
        claims: Its findings as sentences of the story.
        receipt: What its tables hold, and what was read.
        unread: What of its rows was not read, in words; empty when all was.
        price: What it took, USD; None when unknown.
        seconds: How long it ran.
        problem: Why it was refused or failed; else empty.
        started: When it ran, UTC.
    """

    id: str
    question: str
    why: str
    kql: str = ""
    topic: str = ""
    table: str = ""
    state: StepState = StepState.PROPOSED
    by_analyst: bool = False
    hunt_id: str = ""
    rows: int | None = None
    findings: tuple[Finding, ...] = ()
    entities: tuple[Entity, ...] = ()
    claims: tuple[Claim, ...] = ()
    receipt: Receipt | None = None
    unread: str = ""
    price: Decimal | None = Decimal(0)
    seconds: float = 0.0
    problem: str = ""
    started: dt.datetime | None = None

    def moved(self, state: StepState) -> Step:
        """The step in that state.

        Raises:
            SocError: a step in its state does not go there.
        """
        if state not in _NEXT[self.state]:
            raise SocError(f"Step {self.id} is {self.state.value}: it cannot be {state.value}.")
        return replace(self, state=state)


class CaseState(StrEnum):
    """How far a case got."""

    OPEN = "open"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    INTERRUPTED = "interrupted"
    """The program ended in the middle of it."""


def new_case_id(now: dt.datetime) -> str:
    """A sortable id: `case-20261124T101530-9f3a01bc`."""
    return f"case-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Case:
    """State of one investigation; each transition returns a new one.

    Attributes:
        created: UTC.
        workspace, analyst: Names as shown on screen.
        approved: All proposed steps run without being asked about, within the budget.
        steps: In the order in which they are to run, then as they ran.
        ended: Why it ended; empty while it goes on.
        not_looked_at: What it did not see, a sentence each, as of when it last came to rest.
        questions: What is still open, likewise.
    """

    id: str
    created: dt.datetime
    title: str
    lead: Lead
    workspace: str
    analyst: str
    limits: CaseLimits = field(default_factory=CaseLimits)
    state: CaseState = CaseState.OPEN
    approved: bool = False
    steps: tuple[Step, ...] = ()
    ended: str = ""
    not_looked_at: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def spent(self) -> CaseSpent:
        """Steps, rows, USD and seconds so far; one that failed, or will run again, counts too."""
        ran = [step for step in self.steps if step.started is not None]
        return CaseSpent(
            steps=len(ran),
            rows=sum(step.rows or 0 for step in ran),
            usd=sum((step.price for step in self.steps if step.price is not None), Decimal(0)),
            unknown_calls=sum(step.price is None for step in self.steps),
            seconds=sum(step.seconds for step in self.steps),
        )

    @property
    def exhausted(self) -> str:
        """Which part of the budget is used up, in words; empty when all have something left."""
        spent, limits = self.spent, self.limits
        if spent.steps >= limits.steps:
            return f"The budget of {number_of(limits.steps, 'step')} is used up."
        if spent.rows >= limits.rows:
            return f"The budget of {number_of(limits.rows, 'row')} is used up."
        if spent.seconds >= limits.minutes * 60:
            return f"The budget of {limits.minutes:g} minutes is used up."
        if spent.usd and spent.usd >= limits.usd:
            return f"The budget of {price_text(limits.usd)} is used up."
        return ""

    @property
    def left(self) -> str:
        """What is left of the budget, for a line on screen."""
        spent, limits = self.spent, self.limits
        minutes = max(0.0, limits.minutes - spent.seconds / 60)
        return (
            f"{max(0, limits.steps - spent.steps):,} steps, "
            f"{max(0, limits.rows - spent.rows):,} rows, "
            f"{price_text(max(limits.usd - spent.usd, Decimal(0)))}, {minutes:.1f} min left"
        )

    @property
    def entities(self) -> tuple[Entity, ...]:
        """All entities of the lead and the steps, the heaviest first."""
        found = joined((*self.lead.entities, *(one for s in self.steps for one in s.entities)))
        return tuple(sorted(found, key=lambda one: (-one.weight, one.kind, one.value)))

    @property
    def findings(self) -> tuple[tuple[Step, Finding], ...]:
        """Every finding with the step that found it."""
        return tuple((step, finding) for step in self.steps for finding in step.findings)

    @property
    def story(self) -> tuple[Claim, ...]:
        """What happened, in order of time, over all steps; each sentence once."""
        told: dict[str, Claim] = {}
        for claim in (claim for step in self.steps for claim in step.claims):
            known = told.get(claim.text)
            if known is None or (claim.holds and not known.holds):
                told[claim.text] = claim
        timed = [claim for claim in told.values() if claim.first]
        timed.sort(key=lambda claim: (claim.first or self.created, claim.text))
        return (*timed, *(claim for claim in told.values() if not claim.first))

    def step(self, step_id: str) -> Step:
        """The step of that id.

        Raises:
            SocError: there is none.
        """
        for step in self.steps:
            if step.id == step_id:
                return step
        raise SocError(f"The case has no step {step_id}.")

    def with_step(self, step: Step) -> Case:
        """With this state of a step; a new one comes last."""
        if any(one.id == step.id for one in self.steps):
            steps = tuple(step if one.id == step.id else one for one in self.steps)
            return replace(self, steps=steps)
        return replace(self, steps=(*self.steps, step))

    def proposing(self, steps: Iterable[Step]) -> Case:
        """With new steps; those whose topic or query was asked before are left out."""
        case = self
        for step in steps:
            topics = {one.topic for one in case.steps if one.topic}
            queries = {one.kql for one in case.steps if one.kql}
            if step.topic in topics or step.kql in queries:
                continue
            case = case.with_step(replace(step, id=f"s{len(case.steps) + 1}"))
        return case

    def edited(self, step_id: str, kql: str) -> Case:
        """With another query in a proposed step.

        Raises:
            SocError: the step is not proposed any more.
        """
        step = self.step(step_id)
        if step.state is not StepState.PROPOSED:
            raise SocError(f"Step {step_id} is {step.state.value}: it can no longer be edited.")
        return self.with_step(replace(step, kql=kql, by_analyst=True))

    def put_first(self, step_id: str) -> Case:
        """With that step before all others that have not run."""
        wanted = self.step(step_id)
        rest = [one for one in self.steps if one.id != step_id]
        waiting = (StepState.PROPOSED, StepState.APPROVED)
        place = next((i for i, one in enumerate(rest) if one.state in waiting), len(rest))
        return replace(self, steps=(*rest[:place], wanted, *rest[place:]))

    def interrupted(self) -> Case:
        """As found after the program ended in the middle: what ran is approved again."""
        steps = tuple(
            replace(step.moved(StepState.APPROVED), started=None)
            if step.state is StepState.RUNNING
            else step
            for step in self.steps
        )
        state = CaseState.INTERRUPTED if self.state is CaseState.RUNNING else self.state
        return replace(self, steps=steps, state=state)


def joined(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Each entity once, with all its sightings, in order of the first."""
    found: dict[tuple[EntityKind, str], Entity] = {}
    for one in entities:
        known = found.get(one.key)
        found[one.key] = one if known is None else known.joined(one)
    return tuple(found.values())
