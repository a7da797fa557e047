import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from soc_tui.history.searching import Day
from soc_tui.review.trends import MOST_BINS, binned

DAYS = st.lists(
    st.builds(Day, st.dates(), st.integers(1, 50), st.integers(0, 50)), unique_by=lambda d: d.day
).map(lambda days: tuple(sorted(days, key=lambda one: one.day)))


@given(DAYS)
def test_nothing_is_lost_and_the_bins_are_in_order_without_a_gap(days: tuple[Day, ...]) -> None:
    unit, bins = binned(days)
    assert sum(one.hunts for one in bins) == sum(one.hunts for one in days)
    assert sum(one.findings for one in bins) == sum(one.findings for one in days)
    firsts = [one.day for one in bins]
    assert firsts == sorted(set(firsts))
    assert len(bins) <= MOST_BINS or unit == "year"
    if days:
        assert bins[0].hunts
        assert bins[-1].hunts


def test_quiet_days_are_days_too() -> None:
    first, last = dt.date(2026, 11, 20), dt.date(2026, 11, 23)
    unit, bins = binned((Day(first, 2, 1), Day(last, 1, 0)))
    assert unit == "day"
    assert [(one.day.day, one.hunts, one.findings) for one in bins] == [
        (20, 2, 1),
        (21, 0, 0),
        (22, 0, 0),
        (23, 1, 0),
    ]


def test_a_long_time_is_told_by_weeks_then_months_then_years() -> None:
    end = dt.date(2026, 11, 25)  # a Wednesday
    for back, unit, first in (
        (60, "week", dt.date(2026, 9, 21)),
        (400, "month", dt.date(2025, 10, 1)),
        (3000, "year", dt.date(2018, 1, 1)),
    ):
        told, bins = binned((Day(end - dt.timedelta(days=back), 1, 1), Day(end, 1, 1)))
        assert (told, bins[0].day) == (unit, first)
    assert binned(()) == ("day", ())
