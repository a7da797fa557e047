"""How many rows a request asks for, and in which order: "the first 100", "oldest first". Pure."""

from __future__ import annotations

import re

from soc_tui.model.catalog import TableSpec
from soc_tui.model.limits import Limits

ROWS = re.compile(
    r"\b(?P<word>first|top|latest|last|earliest|oldest|newest|most recent|initial"
    r"|limit(?:ed)?(?: to)?|show(?: me)?|display|dislay|get|give(?: me)?|list|only|any"
    r"|a list of|sample(?: of)?|return|take|up to|at most)\s+"
    r"(?:the\s+|me\s+|with\s+)*(?:(?P<word2>first|top|latest|last|earliest|oldest|newest"
    r"|most recent|initial)\s+)?(?P<count>\d{1,6}|(?:a )?single|one)\s*(?P<k>k)?(?:\s+|$)"
    r"(?P<word3>oldest|earliest|newest|latest|most recent)?"
    r"(?!\s*(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|[mhdw]\b|percent|%|or\b"
    r"|and\b))",
    re.I,
)
OLDEST_FIRST = re.compile(
    r"\b(?:oldest|earliest) first\b|\bchronological(?:ly| order)\b"
    r"|\b(?:in )?ascending(?: order)?(?: (?:by|of) time\w*)?\b",
    re.I,
)
_OLDEST = ("first", "earliest", "oldest", "initial")


def some_rows(text: str, table: TableSpec, limits: Limits) -> tuple[str, str] | None:
    """ "Show 9 events", "the first 100": so many rows, by time where the request says which."""
    match = ROWS.search(text)
    if match is None:
        return None
    count = match["count"]
    said = (int(count) if count.isdigit() else 1) * (1000 if match["k"] else 1)
    number = min(said, limits.max_rows)
    if not number:
        return None
    words = [(match[name] or "").lower() for name in ("word", "word2", "word3")]
    cut = f" (asked for {said:,}, the limit is {number:,})" if number < said else ""
    oldest = any(word in _OLDEST for word in words)
    time = table.time_column
    if not time:
        return f"| take {number}", f"{number:,} rows{cut}."
    order = "asc" if oldest else "desc"
    which = "first" if oldest else "latest"
    return f"| top {number} by {time} {order}", f"The {which} {number:,} rows{cut}."


def rows_asked(text: str) -> bool:
    """Whether a request says how many rows, or in which order."""
    return bool(ROWS.search(text) or OLDEST_FIRST.search(text))
