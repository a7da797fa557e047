"""Past hunts as a list shows them."""

import datetime as dt
from dataclasses import dataclass

from soc_tui.model.hunt import Status
from soc_tui.model.quote import Usage


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says of one hunt.

    Attributes:
        row_count: None when its query was not run.
        findings: How many it has.
        usage: Model, price and calls, without tokens; None when nothing was counted.
        repeats: Id of the hunt that it runs again; empty for none.
        coverage: What was seen of its rows and what not, in one line; empty before it had any.
    """

    id: str
    created: dt.datetime
    request: str
    kql: str
    workspace: str
    analyst: str
    status: Status
    row_count: int | None
    findings: int
    problem: str
    playbook: str
    repeats: str
    usage: Usage | None
    coverage: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The newest of the hunts that were asked for, newest first.

    Attributes:
        fitting: How many were asked for; `hunts` may be fewer.
        total: How many there are in all.
        damaged: How many of the newest cannot be read, and are not among `hunts`.
    """

    hunts: tuple[Listed, ...] = ()
    fitting: int = 0
    total: int = 0
    damaged: int = 0
