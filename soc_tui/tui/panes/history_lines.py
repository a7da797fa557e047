"""Past hunts as list lines that fit the width, with a heading. Pure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from soc_tui.hunting.reruns import hunted
from soc_tui.model.hunt import Status
from soc_tui.model.inert import inert
from soc_tui.model.listing import Listed
from soc_tui.model.quote import Usage, cost_text

_COLOURS = {
    Status.FOUND: "bold",
    Status.FAILED: "red",
    Status.REFUSED: "red",
    Status.CANCELLED: "yellow",
    Status.INTERRUPTED: "yellow",
}
_STATUS, _ROWS, _PRICE = 11, 7, 8
_WIDE = 84
_REQUEST_CHARS = 300
_LINE_CHARS = 74


def heading(width: int) -> Text:
    """Names of the columns, as wide as those of `hunt_line`."""
    findings = "Findings" if width >= _WIDE else "Finds"
    return _line(("Time UTC", "Status", findings, "Rows", "Price", "Request"), width)


def hunt_line(hunt: Listed, width: int, now: dt.datetime) -> Text:
    """One hunt in `width` cells: time, status, findings, rows, price, request.

    Where it is narrow the time goes without its year; of another year, without its hour.
    """
    cells = (
        _time(hunt.created, width, now),
        hunt.status.value,
        str(hunt.findings) if hunted(hunt.status, hunt.findings) else "-",
        _count(hunt.row_count),
        _price(hunt.usage),
        inert(hunt.request, _REQUEST_CHARS) or f"KQL: {inert(hunt.kql, _REQUEST_CHARS)}",
    )
    return _line(cells, width, _COLOURS.get(hunt.status, ""))


def detail(hunt: Listed) -> Text:
    """What the line has no room for: the request, where, by whom, whose run, what was seen."""
    text = Text(inert(hunt.request, 2 * _LINE_CHARS) or inert(hunt.kql, 2 * _LINE_CHARS), "bold")
    facts = [
        f"{hunt.created:%Y-%m-%d %H:%M:%S} UTC",
        f"on {inert(hunt.workspace, 40)}",
        f"by {inert(hunt.analyst, 40)}",
    ]
    if hunt.playbook:
        facts.append(f"playbook {inert(hunt.playbook, 40)}")
    if hunt.repeats:
        facts.append(f"rerun of {inert(hunt.repeats, 40)}")
    text.append(f"\n{' · '.join(facts)}", "not bold dim")
    if hunt.coverage:
        text.append(f"\n{inert(hunt.coverage, _LINE_CHARS)}", "not bold")
    if hunt.problem:
        text.append(f"\n{inert(hunt.problem, 300)}", "not bold")
    return text


def _line(cells: tuple[str, ...], width: int, style: str = "") -> Text:
    """Cells of all columns; `style` is that of the status."""
    time, status, *figures, request = cells
    wide = width >= _WIDE
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(set_cell_size(time, 16 if wide else 11) + " ")
    text.append(set_cell_size(status, _STATUS), style)
    for figure, size in zip(figures, (8 if wide else 5, _ROWS, _PRICE), strict=True):
        text.append(f" {figure:>{size}}")
    text.append(f" {request}")
    text.truncate(max(width, 1), overflow="ellipsis")
    return text


def _time(created: dt.datetime, width: int, now: dt.datetime) -> str:
    if width >= _WIDE:
        return f"{created:%Y-%m-%d %H:%M}"
    return f"{created:%m-%d %H:%M}" if created.year == now.year else f"{created:%Y-%m-%d}"


def _count(count: int | None) -> str:
    if count is None:
        return "-"
    return f"{count:,}" if count < 1_000_000 else f"{count / 1_000_000:,.1f}M"


def _price(usage: Usage | None) -> str:
    if usage is None:
        return "-"
    text = cost_text(usage)
    long = cell_len(text) > _PRICE and usage.price is not None
    return f"${usage.price or Decimal(0):,.0f}" if long else text
