"""Times of a place, and time spans in a form.

Source: https://learn.microsoft.com/kusto/query/datetime-local-to-utc-function,
format-timespan-function.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from soc_tui.workspaces.local.dialect.python_functions import Python


def _stamp(text: str) -> dt.datetime:
    whole, _, part = text.rstrip("Z").partition(".")
    return dt.datetime.fromisoformat(f"{whole}.{part[:6]:0<6}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        raise ValueError(name) from error


def _to_utc(text: str, zone: str) -> str:
    return (
        _stamp(text).replace(tzinfo=_zone(zone)).astimezone(dt.UTC).replace(tzinfo=None).isoformat()
    )


def _to_local(text: str, zone: str) -> str:
    return (
        _stamp(text).replace(tzinfo=dt.UTC).astimezone(_zone(zone)).replace(tzinfo=None).isoformat()
    )


_SPAN = re.compile(r"(-?)(?:(\d+)\.)?(\d+):(\d\d):(\d\d)(?:\.(\d+))?")


def _format_timespan(text: str, form: str) -> str | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    sign, days, hours, minutes, seconds, part = found.groups()
    numbers = {"d": days or "0", "H": hours, "h": hours, "m": minutes, "s": seconds}
    fraction = (part or "").ljust(7, "0")

    def written(run: re.Match[str]) -> str:
        letter, width = run[0][0], len(run[0])
        if letter in "fF":
            cut = fraction[:width]
            return cut if letter == "f" else cut.rstrip("0")
        return str(int(numbers[letter])).zfill(width)

    return sign + re.sub(r"d+|[hH]+|m+|s+|f+|F+", written, form)


def _sessions(rows: str, longest: str, between: str) -> str:
    """Where the session of each row began, in microseconds.

    A session ends with a restart, after a gap of more than `between`, or `longest` after it began.
    """
    starts: list[int | None] = []
    begun: int | None = None
    before: int | None = None
    for row in json.loads(rows):
        time = row["t"]
        ends = row["r"] or begun is None or before is None or time is None
        if ends or time - before > int(between) or time - begun > int(longest):
            begun = time
        before = time
        starts.append(begun)
    return json.dumps(starts)


TIMES = {
    "row_sessions": Python(_sessions, "t", "JSON", 3, 3),
    "datetime_local_to_utc": Python(_to_utc, "t", "TIMESTAMP", 2, 2),
    "datetime_utc_to_local": Python(_to_local, "t", "TIMESTAMP", 2, 2),
    "format_timespan": Python(_format_timespan, "t", "VARCHAR", 2, 2),
}
