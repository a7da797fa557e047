"""What happens in a hunt. The TUI and the headless command read the same events."""

from dataclasses import dataclass

from soc_tui.model.errors import SocError
from soc_tui.model.explanation import Explanation
from soc_tui.model.finding import Finding, Remark
from soc_tui.model.hunt import Hunt
from soc_tui.model.plan import Reply
from soc_tui.model.quote import Quote, Usage
from soc_tui.model.repair import Repair
from soc_tui.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; `hunt` is the state after it."""

    hunt: Hunt


class PlanStarted(Event):
    """The analyst thinks about the request."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PlanRepaired(Event):
    """The first plan was refused and went back to the analyst with these reasons."""

    verdict: Verdict


class Planned(Event):
    """`hunt.plan` and `hunt.kql` are there to be read and edited."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """The request was not for logs: here is the answer, and no query."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class AskedBack(Event):
    """The request can be read in several ways: one question, whose answer is the next request."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Judged(Event):
    """The text about to run was judged."""

    verdict: Verdict


class QueryStarted(Event):
    """The query is with the workspace."""

    __slots__ = ()


class RowsArrived(Event):
    """`hunt.rows` holds the answer (perhaps of zero rows)."""

    __slots__ = ()


class ReceiptArrived(Event):
    """`hunt.receipt` tells more: what the tables of the query hold, or what was held against rows.

    It may come behind `RowsArrived`, and again before `HuntEnded`.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Quoted(Event):
    """What the hunting call will take; it waits for a yes."""

    quote: Quote


class HuntStarted(Event):
    """The rows are with the analyst."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FindingArrived(Event):
    """One finding, checked against its rows."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class FindingsMerged(Event):
    """A finding grew: the same thing was found in another chunk.

    Attributes:
        finding: As it is now, under the id that it had.
        absorbed: Ids of findings that are part of it now and are gone from the hunt.
    """

    finding: Finding
    absorbed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkDone(Event):
    """Of rows that take several calls, one more chunk is gone through; `done` is 0 at the start."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    """Something to know while it runs: a wait, a retry, rules that could not run."""

    message: str


@dataclass(frozen=True, slots=True)
class WaitStarted(Noticed):
    """The service wants a pause; the step goes on by itself after `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SpendRecorded(Event):
    """Real usage of one or more calls."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Explained(Event):
    """What the query does; the hunt is as it was."""

    explanation: Explanation


@dataclass(frozen=True, slots=True)
class RepairSuggested(Event):
    """A correction of the query, to be accepted or not; nothing has run, the hunt is as it was."""

    repair: Repair


class HuntEnded(Event):
    """The hunt is over and recorded; `hunt.status` says how."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Discussed(Event):
    """The analyst answered ask about a finding. A query in it waits to be read and run."""

    remark: Remark
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class StepFailed(Event):
    """A step ended in an error; the hunt keeps what it had."""

    error: SocError


OUTCOMES = (
    Planned,
    Answered,
    AskedBack,
    RowsArrived,
    Quoted,
    Explained,
    RepairSuggested,
    HuntEnded,
    Discussed,
    StepFailed,
)
"""What a step was begun for; after it the step is only recorded."""
