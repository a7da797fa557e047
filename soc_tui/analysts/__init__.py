"""The analysts. All implement the `Analyst` protocol: `offline` uses rules, `openai` a model."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from soc_tui.model.catalog import Catalog
from soc_tui.model.coverage import Unseen
from soc_tui.model.exchange import Record, record_nothing
from soc_tui.model.explanation import Explanation
from soc_tui.model.finding import Finding, Remark
from soc_tui.model.hunt import Turn
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Reply
from soc_tui.model.quote import Quote, Usage
from soc_tui.model.receipt import Receipt
from soc_tui.model.row_sources import RowSources
from soc_tui.model.row_spans import Span
from soc_tui.model.rows import Rows

OFFLINE = "offline"
"""Name of the analyst that asks no model."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to show while a call runs: a retry, rules that could not run."""

    message: str


@dataclass(frozen=True, slots=True)
class Unreadable(Notice):
    """A finding of the answer that could not be read, and so is not among the findings."""


@dataclass(frozen=True, slots=True)
class Silence(Notice):
    """The model has cited none of these rows, though their text addresses it.

    Attributes:
        rows: How many.
    """

    rows: int = 0


@dataclass(frozen=True, slots=True)
class Waiting(Notice):
    """A wait that the service asked for, or that a retry needs. It ends by itself.

    Attributes:
        seconds: How long, from now.
    """

    seconds: float = 0.0


Tell = Callable[[Notice], None]
"""Where a call leaves its notices while it runs. Called on the event loop; must not block."""


def tell_nobody(_: Notice) -> None:
    """The `Tell` of a caller that shows no notices."""


Reserve = Callable[[Usage, Decimal | None], None]
"""Told before a call is sent what it will take, and the most it may take (USD; None when unknown).
Blocks; for any thread. Raises RefusedError: it must not be sent."""


def reserve_nothing(_: Usage, __: Decimal | None) -> None:
    """The `Reserve` of a caller that keeps no count."""


class Sending(Protocol):
    """Told of each call of a hunt as it goes out. Blocks; for any thread."""

    def sent(self, estimate: Usage, most: Decimal | None) -> None:
        """A call is sent next.

        Args:
            most: What it may take, USD; None when unknown.

        Raises:
            RefusedError: it must not be sent.
        """
        ...

    def turned_away(self, estimate: Usage) -> None:
        """The call was not answered, and nothing is charged for it."""
        ...


class SendingUntold:
    """The `Sending` of a caller that keeps no count."""

    def sent(self, estimate: Usage, most: Decimal | None) -> None:
        """Nothing."""

    def turned_away(self, estimate: Usage) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Hosts and accounts that rows are known to hold; empty where nobody has looked."""

    hosts: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What the planner is given.

    Attributes:
        request: The analyst's words.
        catalog: Tables and columns to choose from.
        limits: Time range and default hours to keep within.
        now: Current time, UTC.
        feedback: Why the guardrails refused the plan before (empty at the first try).
        refused: That refused plan, or None.
        tell: Gets the notices of the call (waits, what the server cannot do).
        record: Gets every message to and from the model.
        previous: The conversation so far, oldest turn first; empty at its beginning.
        reserve: Told of each call before it is sent.
        known: Names in the logs, so that one in no row can be told.
    """

    request: str
    catalog: Catalog
    limits: Limits
    now: dt.datetime
    feedback: str = ""
    refused: Plan | None = None
    tell: Tell = field(default=tell_nobody, compare=False, repr=False)
    record: Record = field(default=record_nothing, compare=False, repr=False)
    previous: tuple[Turn, ...] = ()
    reserve: Reserve = field(default=reserve_nothing, compare=False, repr=False)
    known: KnownNames = KnownNames()

    @property
    def may_ask(self) -> bool:
        """Whether a question back is allowed: one is, and it is not asked twice."""
        last = self.previous[-1].reply if self.previous else None
        return last is None or not last.question


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """A plan, or what is said instead of one; and what the call took (None when offline)."""

    outcome: Plan | Reply
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What is given to explain a query.

    Attributes:
        kql: The text, whatever it is.
        catalog: Tables and columns that there are.
        tell: Gets the notices of the call.
        record: Gets what is sent to the model and what it answers.
        reserve: Told of each call before it is sent.
    """

    kql: str
    catalog: Catalog
    tell: Tell = field(default=tell_nobody, compare=False, repr=False)
    record: Record = field(default=record_nothing, compare=False, repr=False)
    reserve: Reserve = field(default=reserve_nothing, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ExplainAnswer:
    """An explanation and what the call took (None when offline)."""

    explanation: Explanation
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """What is given to correct a query that was rejected.

    Attributes:
        request: The analyst's words that the query answers; may be empty.
        kql: The rejected text.
        problem: Why it was rejected, with its place where that is known.
        refused: A correction that was made before and rejected too, or empty.
        feedback: Why that correction was rejected.
        tell, record, reserve: As for `ExplainRequest`.
    """

    request: str
    kql: str
    problem: str
    catalog: Catalog
    limits: Limits
    now: dt.datetime
    refused: str = ""
    feedback: str = ""
    tell: Tell = field(default=tell_nobody, compare=False, repr=False)
    record: Record = field(default=record_nothing, compare=False, repr=False)
    reserve: Reserve = field(default=reserve_nothing, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RepairAnswer:
    """The corrected text, what was changed in words, and what the call took."""

    kql: str
    words: str
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class HuntTask:
    """What the hunter is given.

    Attributes:
        request: The analyst's words.
        kql: The text that gave the rows.
        table_name: The main table of the rows, or empty when it cannot be told.
        rows: All rows of the query.
        sources: Where the rows come from, as far as the query's text tells.
        row_cap: The query's `take` cap when the answer filled it, else None.
        model: Model the analyst picked, or empty to choose automatically.
        tell: Gets a notice for each wait before the quote.
        record: Gets every message to and from the model.
        sending: Told of each call as it goes out.
        read: Rows that were answered for before: they are not sent again.
        found: What was found in those.
    """

    request: str
    kql: str
    table_name: str
    rows: Rows
    row_cap: int | None = None
    model: str = ""
    tell: Tell = field(default=tell_nobody, compare=False, repr=False)
    record: Record = field(default=record_nothing, compare=False, repr=False)
    sources: RowSources = field(default_factory=RowSources)
    sending: Sending = field(default_factory=SendingUntold, compare=False, repr=False)
    read: tuple[Span, ...] = ()
    found: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingQuestion:
    """A question on one finding, with what the analyst needs to answer it.

    Attributes:
        question: The user's words.
        request, kql, table_name: Of the hunt, as in HuntTask.
        rows: All rows of the hunt; None when they are no longer open.
        catalog: Tables that a query may read.
        now: Current time, UTC.
        earlier: What was asked and said about this finding before, oldest first.
        refused: The query of the answer before, when the guardrails refused it; else empty.
        feedback: Why they did.
        tell, record, reserve: As in PlanRequest.
    """

    question: str
    finding: Finding
    request: str
    kql: str
    table_name: str
    rows: Rows | None
    catalog: Catalog
    limits: Limits
    now: dt.datetime
    earlier: tuple[Remark, ...] = ()
    refused: str = ""
    feedback: str = ""
    tell: Tell = field(default=tell_nobody, compare=False, repr=False)
    record: Record = field(default=record_nothing, compare=False, repr=False)
    reserve: Reserve = field(default=reserve_nothing, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FindingAnswer:
    """What is said, a query or none, what to know of both, and what the call took."""

    text: str
    kql: str = ""
    notes: tuple[str, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """A new part of findings that were there before: the same thing, seen in another chunk.

    Attributes:
        finding: The finding that holds all of it now.
        position: Its place among all findings that were yielded, in their order, from 0.
        absorbed: Places of findings that are part of it now and stand no longer by themselves.
    """

    finding: Finding
    position: int
    absorbed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Chunks of the rows that are gone through, of so many. One that had to be split counts as two.

    Attributes:
        unseen: What would stay unseen if the hunt ended now.
        read: Rows that are answered for.
    """

    done: int
    total: int
    unseen: Unseen
    read: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """What was held against the rows, table by table, once all of it ran.

    Attributes:
        unseen: What stays unseen, what broke on the way included.
    """

    receipt: Receipt
    unseen: Unseen


HuntItem = Finding | Merged | Progress | Covered | Usage | Notice
"""What a running hunt yields."""


class PreparedHunt(Protocol):
    """A hunt that is packed, counted and priced, but not begun: nothing was sent yet."""

    @property
    def quote(self) -> Quote:
        """What it will take."""
        ...

    def prompts(self) -> tuple[str, ...]:
        """What will be sent, a text for each call; none when nothing leaves the machine."""
        ...

    def run(self) -> AsyncIterator[HuntItem]:
        """Do it: findings one by one as they arrive (already grounded), then the real usage.

        Rows in several chunks are reported as each is done; a finding that is the same as an
        earlier one comes as `Merged`.

        Raises:
            AnalystError: the call failed; findings yielded before it stay valid.
        """
        ...


class Analyst(Protocol):
    """Plans queries and hunts through rows."""

    @property
    def name(self) -> str:
        """Short name for the status strip ("offline", "gpt-5-mini", "auto")."""
        ...

    @property
    def offline(self) -> bool:
        """True when no model is asked and nothing leaves the machine."""
        ...

    async def plan(self, request: PlanRequest) -> PlanAnswer:
        """Choose table, fields, filters and time range; or answer, or ask back.

        Raises:
            AnalystError: no usable plan (network, refusal ...).
            RefusedError: over a limit before anything was sent.
        """
        ...

    async def explain(self, request: ExplainRequest) -> ExplainAnswer:
        """Say what a query does, line by line.

        Raises:
            AnalystError: no usable explanation.
            RefusedError: over a limit before anything was sent.
        """
        ...

    async def repair(self, request: RepairRequest) -> RepairAnswer:
        """Correct a rejected query, changing no more than it takes. Nothing is run.

        Raises:
            AnalystError: it cannot be corrected, or no usable correction came.
            RefusedError: over a limit before anything was sent.
        """
        ...

    async def prepare(self, task: HuntTask) -> PreparedHunt:
        """Pack the rows, count the tokens, choose the model, compute the price. Sends nothing.

        Raises:
            RefusedError: fits no allowed model; the text says which limit, by how much, what to do.
        """
        ...

    async def discuss(self, question: FindingQuestion) -> FindingAnswer:
        """Answer ask about a finding; write a query when one is asked for.

        Raises:
            AnalystError: no usable answer.
            RefusedError: over a limit before anything was sent.
        """
        ...

    async def aclose(self) -> None:
        """Release connections. Safe to call twice."""
        ...
