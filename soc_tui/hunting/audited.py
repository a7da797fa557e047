"""What of a hunt's events goes into the audit log. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from soc_tui.model.events import (
    Event,
    HuntStarted,
    PlanStarted,
    QueryStarted,
    RowsArrived,
    SpendRecorded,
    StepFailed,
)
from soc_tui.model.quote import price_text

Note = Callable[[str, Mapping[str, Any]], None]
"""Where entries go: what, and its details. Blocks. Raises SocError."""


def note_nothing(_: str, __: Mapping[str, Any]) -> None:
    """The `Note` of a caller that keeps no log."""


def entry_of(event: Event) -> tuple[str, dict[str, Any]] | None:
    """What happened and its details; None for what is not logged."""
    hunt = event.hunt
    told = {"hunt": hunt.id, "workspace": hunt.workspace, "analyst": hunt.analyst}
    found: tuple[str, dict[str, Any]] | None = None
    match event:
        case PlanStarted():
            found = "request", {"request": hunt.request}
        case QueryStarted():
            found = "query", {"kql": hunt.kql}
        case RowsArrived():
            found = "rows", {"rows": hunt.row_count or 0}
        case HuntStarted() if hunt.quote:
            quote = hunt.quote
            sent = {"model": quote.model, "rows": quote.unseen.rows_sent, "calls": quote.chunks}
            masked = {"masked_cells": quote.masked_cells, "quoted": price_text(quote.price)}
            if quote.pseudonym_cells is not None:
                masked["pseudonym_cells"] = quote.pseudonym_cells
            found = "hunt", {**sent, **masked}
        case SpendRecorded(usage=usage) if usage.calls:
            tokens = {"tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out}
            spent = {"model": usage.model, "calls": usage.calls, "price": price_text(usage.price)}
            found = "sent", {**spent, **tokens}
        case StepFailed():
            found = "failed", {"problem": hunt.problem or str(event.error)}
    return found and (found[0], {**told, **found[1]})
