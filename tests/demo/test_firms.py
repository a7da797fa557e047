"""Made firms: the same by seed, others by another, with 26 stages or more and ordinary work."""

from __future__ import annotations

import pytest

from soc_tui.demo.firms import week
from soc_tui.demo.firms.endpoint import STAGE, Week
from soc_tui.demo.firms.firm import firm


@pytest.fixture(scope="module")
def small() -> Week:
    return week.week(3, scale=0.02)


def test_a_week_is_the_same_by_its_seed(small: Week) -> None:
    assert week.week(3, scale=0.02) == small
    assert firm(3).people != firm(4).people


def test_each_table_has_every_column_of_the_catalog_and_rows_in_order(small: Week) -> None:
    for name, table in week.tables(small).items():
        times = table.rows.table.column("TimeGenerated").to_pylist()
        assert times == sorted(times), name
        assert len(table.stages) == table.rows.count


def test_the_intruder_leaves_26_stages_or_more_and_most_rows_are_ordinary(small: Week) -> None:
    assert len(week.stages(small)) >= 26
    rows = [row for rows in small.values() for row in rows]
    assert sum(STAGE in row for row in rows) < len(rows) / 2


def test_no_brace_is_left_to_be_filled_in(small: Week) -> None:
    lines = [str(row["ProcessCommandLine"]) for row in small["DeviceProcessEvents"]]
    assert not [line for line in lines if "{user}" in line or "{n}" in line or "{b64" in line]
