from __future__ import annotations

import datetime as dt

import pytest

from soc_tui.analysts.offline.times import time_range

NOW = dt.datetime(2026, 11, 24, 13, 30, tzinfo=dt.UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("logons in the last 3 days", 72),
        ("past 12 hours", 12),
        ("last 90 minutes", 1.5),
        ("24h", 24),
        ("the last 7d", 168),
        ("over the past two weeks", 336),
        ("last hour", 1),
        ("last week", 168),
        ("last month", 720),
        ("a day", 24),
        ("the last couple of days", 48),
        ("last 1.5 hours", 1.5),
        ("48-hour window", 48),
        ("today", 13.5),
        ("yesterday", 37.5),
        ("this week", 37.5),
        ("since Monday", 37.5),
        ("since tuesday", 13.5),
        ("since last friday", 109.5),
        ("since 09:00", 4.5),
        ("since 20:00", 17.5),
        ("since 2026-11-20", 109.5),
        ("last night", 19.5),
        ("this month", 565.5),
        ("three nights", 72),
    ],
)
def test_words_to_hours(text: str, hours: float) -> None:
    found = time_range(text, NOW)
    assert found is not None
    assert found.hours == pytest.approx(hours)


@pytest.mark.parametrize(
    "text",
    [
        "suspicious powershell",
        "hosts win-07 and win-08",
        "a domain",
        "and more",
        "since 2026-13-45",
        "port 3389",
        "T1059",
        "since 2027-01-01",
        "",
    ],
)
def test_no_time_is_read_into_other_words(text: str) -> None:
    assert time_range(text, NOW) is None
