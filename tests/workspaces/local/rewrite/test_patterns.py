"""Patterns of rows: what autocluster, basket and diffpatterns find."""

from itertools import combinations
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.workspaces.local.rewrite.patterns import (
    Pattern,
    autocluster,
    closed_patterns,
    differences,
)
from soc_tui.workspaces.local.workspace import LocalWorkspace

ROWS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from("xyz") for name in ("a", "b", "c")}),
    min_size=1,
    max_size=12,
)


@given(ROWS, st.sampled_from([0.1, 0.3, 0.6]))
def test_they_are_all_that_are_frequent_and_as_much_as_their_rows_share(
    rows: list[dict[str, str]], least: float
) -> None:
    expected = set()
    for size in range(1, len(rows) + 1):
        for some in combinations(rows, size):
            shared = set.intersection(*(set(row.items()) for row in some))
            if shared and sum(shared <= row.items() for row in rows) >= least * len(rows):
                expected.add(frozenset(shared))

    found = closed_patterns(rows, [[1.0] * len(rows)], least, 0)
    assert {frozenset(one.cells.items()) for one in found} == expected
    for one in found:
        assert one.size == sum(one.cells.items() <= row.items() for row in rows)


def test_no_rows_have_no_patterns() -> None:
    assert closed_patterns([], [[]], 0.1, 0) == []
    assert closed_patterns([{"a": "x"}], [[1.0], [0.0]], 0.1, 0) == []


def test_clusters_are_not_of_the_same_rows() -> None:
    large = Pattern({"a": "x"}, (8.0,), frozenset(range(8)))
    inside = Pattern({"a": "x", "b": "y"}, (7.0,), frozenset(range(7)))
    other = Pattern({"b": "z"}, (2.0,), frozenset({8, 9}))
    chosen = autocluster([large, inside, other], [1.0] * 10, 0.5)
    assert other in chosen
    assert (large in chosen) != (inside in chosen)


def test_of_two_differences_that_say_the_same_the_clearer_one_stays() -> None:
    clear = Pattern({"a": "x"}, (9.0, 1.0), frozenset(range(10)))
    less = Pattern({"a": "x", "b": "y"}, (6.0, 1.0), frozenset(range(7)))
    none = Pattern({"c": "z"}, (5.0, 5.0), frozenset(range(10)))
    assert differences([less, none, clear], [10, 10], 0.05) == [clear]


FLOWS = (
    "range i from 0 to 99 step 1 | project proto = iff(i % 10 < 7, 'tcp', 'udp'),"
    " port = iff(i % 10 < 6, 443, iff(i % 10 == 6, 22, 53)), n = 2"
)
ANSWERS: dict[str, list[tuple[object, ...]]] = {
    f"{FLOWS} | project-away n | evaluate basket(0.2)": [
        (0, 60, 60.0, "tcp", 443),
        (1, 70, 70.0, "tcp", None),
        (2, 30, 30.0, "udp", 53),
    ],
    f"{FLOWS} | project-away n | evaluate autocluster(0.6)": [
        (0, 60, 60.0, "tcp", 443),
        (1, 30, 30.0, "udp", 53),
    ],
    f"{FLOWS} | evaluate basket(0.5, n, '~', '*') | where proto != ''": [
        (0, 120, 60.0, "tcp", 443),
        (1, 140, 70.0, "tcp", None),
    ],
    f"{FLOWS} | project-away n | evaluate diffpatterns(proto, 'tcp', 'udp', '~', 0.2)": [
        (0, 0, 30, 0.0, 100.0, 100.0, 53),
        (1, 60, 0, 85.71, 0.0, 85.71, 443),
    ],
    f"{FLOWS} | where port == 1 | evaluate autocluster()": [],
    "datatable(a:string, b:string)['x', '1', 'x', '2'] | evaluate basket(0.9, '~', '~', '*')": [
        (0, 2, 100.0, "x", "*")
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> LocalWorkspace:
    path: Path = tmp_path_factory.mktemp("patterns") / "logs.duckdb"
    duckdb.connect(str(path)).close()
    return LocalWorkspace(path)


@pytest.mark.parametrize("kql", ANSWERS)
async def test_the_plugins_write_them_as_rows(workspace: LocalWorkspace, kql: str) -> None:
    rows = (await workspace.query(kql)).table.to_pylist()
    assert [tuple(row.values()) for row in rows][: len(ANSWERS[kql]) or 1] == ANSWERS[kql]
