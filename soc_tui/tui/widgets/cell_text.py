"""A value of a row as it is shown."""

import datetime as dt
from typing import Any

from soc_tui.model.inert import inert
from soc_tui.rows.values import value_text


def shown_cell(value: Any, limit: int | None = None) -> str:
    """A value as shown: inert text; times in UTC to the millisecond."""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return inert(value_text(value), limit)
