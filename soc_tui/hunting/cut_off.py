"""What is said of a hunt that ended with its program. Pure."""

from __future__ import annotations

from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
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
