"""Time of the demo week: microseconds before its end, and when people work.

The week's end is Thursday 16:30 on the company's clock, whatever the time is where the demo runs:
the content must be the same on any day, and short windows must find people at work.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]

MISSING = int(np.iinfo(np.int64).min)
"""An integer or a time that the row does not have: becomes null."""

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
WEEK = 7 * DAY
END_OF_DAY_OFFSET = 16 * HOUR + 30 * MINUTE
"""Company time of day at the week's end; calendar day 7 is the last Thursday, day 0 the first."""
DAYS = 8
WEEKEND = (2, 3)
PATCH_DAY = 6
"""Servers and workstations install updates early on Wednesday."""
PATCH_TIME = PATCH_DAY * DAY + 2 * HOUR


def from_calendar(calendar: Ints | int) -> Ints:
    """Time before the end from company time since the first Thursday, 00:00, microseconds."""
    return np.asarray(calendar, dtype=np.int64) - (WEEK + END_OF_DAY_OFFSET)


def to_calendar(times: Ints) -> Ints:
    """Company time since the first Thursday, 00:00, microseconds."""
    return times + (WEEK + END_OF_DAY_OFFSET)


def hours_before(hours: float) -> int:
    """Time `hours` before the end."""
    return -int(hours * HOUR)


def flat_times(rng: np.random.Generator, count: int) -> Ints:
    """Times spread evenly over the week."""
    return -rng.integers(1, WEEK, count)


def office_times(rng: np.random.Generator, count: int) -> Ints:
    """Times when people work: weekdays, a dip at noon, a little in the evening and at weekends."""
    slot = 10 * MINUTE
    slots = np.arange(-WEEK, 0, slot)
    calendar = to_calendar(slots)
    day, hour = calendar // DAY, (calendar % DAY) / HOUR
    weight = np.exp(-(((hour - 10.2) / 1.9) ** 2)) + 0.9 * np.exp(-(((hour - 14.4) / 1.8) ** 2))
    weight = (weight + 0.02 + 0.05 * np.exp(-(((hour - 21) / 1.5) ** 2))).astype(float)
    weight[np.isin(day, WEEKEND)] *= 0.06
    chosen = rng.choice(len(slots), count, p=weight / weight.sum())
    times: Ints = np.minimum(slots[chosen] + rng.integers(0, slot, count), -1)
    return times


def nightly_times(rng: np.random.Generator, count: int, hour: float, spread: float) -> Ints:
    """Times around `hour` of random nights, `spread` hours of deviation, inside the week."""
    day = rng.integers(0, DAYS, count)
    calendar = day * DAY + ((hour + rng.normal(0, spread, count)) * HOUR).astype(np.int64)
    times = from_calendar(calendar)
    times = np.where(times >= 0, times - DAY, times)
    return np.where(times < -WEEK, times + DAY, times)


def zipf_choice(
    rng: np.random.Generator, size: int, count: int, exponent: float = 1.1
) -> NDArray[np.int64]:
    """Indexes below `size` with a long tail: the first ones are the common ones."""
    weight = 1.0 / np.arange(1, size + 1) ** exponent
    return rng.choice(size, count, p=weight / weight.sum())
