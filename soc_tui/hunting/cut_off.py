"""A hunt that ended with its program: what is said of it, and how it goes on. Pure."""

from __future__ import annotations

from dataclasses import replace

from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.inert import inert
from soc_tui.model.quote import Quote
from soc_tui.model.wording import number_of

_SHOWN = 60
"""Of a request, characters."""


def cut_off_text(hunt: Hunt) -> str:
    """Which hunt, and how far it came: one line without a full stop."""
    asked = inert(hunt.request, _SHOWN) or "a manual query"
    return f"{asked} ({hunt.created:%Y-%m-%d %H:%M} UTC): {standing(hunt)}"


def standing(hunt: Hunt) -> str:
    """How far it came."""
    if not hunt.kql:
        return "planning was cut off"
    if hunt.row_count is None:
        return "its query was cut off"
    rows = number_of(hunt.row_count, "row")
    if not hunt.rows_left:
        return f"all of {rows} were read"
    return f"{hunt.rows_left:,} of {rows} are not read yet"


def of_the_rest(quote: Quote, hunt: Hunt) -> Quote:
    """The quote of a hunt that was cut off, which says what it is for."""
    if not hunt.read or not hunt.row_count:
        return quote
    read = hunt.row_count - hunt.rows_left
    told = f"{read:,} rows were read before; the other {hunt.rows_left:,} are sent now."
    return replace(quote, warnings=(told, *quote.warnings))


def read_whole(hunt: Hunt) -> Hunt:
    """A hunt that was cut off behind its last row, before it could say so."""
    status = Status.FOUND if hunt.findings else Status.NO_FINDINGS
    unseen = replace(hunt.unseen, broke_off="") if hunt.unseen else None
    return replace(hunt, status=status, unseen=unseen, problem="")
