"""One hunt, from the request to its findings."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from soc_tui.model.finding import Finding
from soc_tui.model.plan import Plan
from soc_tui.model.quote import Quote, Unseen, Usage
from soc_tui.model.rows import Rows
from soc_tui.model.verdict import Verdict


class Status(StrEnum):
    """How far a hunt got. The last six are ends."""

    PLANNING = "planning"
    PLANNED = "planned"
    QUERYING = "querying"
    QUERIED = "queried"
    QUOTED = "quoted"
    HUNTING = "hunting"
    FOUND = "found"
    NO_FINDINGS = "no findings"
    NO_ROWS = "no rows"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """True when nothing more happens to the hunt by itself."""
        return self in _ENDS


_ENDS = frozenset(
    {
        Status.FOUND,
        Status.NO_FINDINGS,
        Status.NO_ROWS,
        Status.REFUSED,
        Status.CANCELLED,
        Status.FAILED,
    }
)


def new_hunt_id(now: dt.datetime) -> str:
    """A sortable id: UTC time to the second and 32 random bits, `20261124T101530-9f3a01bc`."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


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
        elapsed_seconds: Time spent in planning, querying and hunting, without the human's pauses.
        unseen: What the model did not see; None before the quote.
        problem: Why it failed or was refused, as shown; empty otherwise.
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
    quote: Quote | None = None
    usage: Usage | None = None
    unseen: Unseen | None = None
    findings: tuple[Finding, ...] = ()
    elapsed_seconds: float = 0.0
    problem: str = ""
    rows: Rows | None = field(default=None, compare=False)
