"""Hunts and findings over time, in as many bins as a screen shows; techniques with their names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soc_tui.history.searching import Day, Trends

MOST_BINS = 31

_DAY = dt.timedelta(days=1)
_FIRST_DAYS: Mapping[str, Callable[[dt.date], dt.date]] = {
    "day": lambda day: day,
    "week": lambda day: day - day.weekday() * _DAY,
    "month": lambda day: day.replace(day=1),
    "year": lambda day: day.replace(month=1, day=1),
}
_LONGEST = {"day": _DAY, "week": 7 * _DAY, "month": 31 * _DAY, "year": 366 * _DAY}


def named(trends: Trends) -> Trends:
    """With the name of each technique behind its id, where ATT&CK has one."""
    from soc_tui.analysts.grounding.attack_ids import reference

    return replace(
        trends,
        techniques=tuple(
            (f"{identifier} {reference(identifier).name}".strip(), count)
            for identifier, count in trends.techniques
        ),
    )


def binned(days: tuple[Day, ...], most: int = MOST_BINS) -> tuple[str, tuple[Day, ...]]:
    """Figures by the shortest of day, week (from Monday), month and year that needs no more bins.

    Times without hunts are bins too, of nothing. Years may be more than `most`.

    Args:
        days: Oldest first, as the history gives them.

    Returns:
        The unit, and the figures by the first day of each bin.
    """
    if not days:
        return "day", ()
    for unit in _FIRST_DAYS:
        firsts = [*_firsts(unit, days[0].day, days[-1].day, most)]
        if len(firsts) <= most or unit == "year":
            break
    first_of = _FIRST_DAYS[unit]
    hunts, findings = dict.fromkeys(firsts, 0), dict.fromkeys(firsts, 0)
    for one in days:
        hunts[first_of(one.day)] += one.hunts
        findings[first_of(one.day)] += one.findings
    from soc_tui.history.searching import Day  # SQLite: not before the first paint

    return unit, tuple(Day(first, hunts[first], findings[first]) for first in firsts)


def _firsts(unit: str, start: dt.date, end: dt.date, most: int) -> Iterator[dt.date]:
    """First days of the bins from `start` to `end`; of those that are too many, one too many."""
    first_of = _FIRST_DAYS[unit]
    day, told = first_of(start), 0
    while day <= end and (told <= most or unit == "year"):
        yield day
        told += 1
        if (dt.date.max - day) < _LONGEST[unit]:
            return
        day = first_of(day + _LONGEST[unit])
