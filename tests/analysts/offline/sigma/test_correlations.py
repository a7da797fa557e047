from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.model.rows import Rows
from tests.analysts.offline.sigma.rows_by_hand import START, book_of, make_rows, read_rules

BASE = """
title: {name}
id: 5a52f8a9-1c4b-4f0e-8f2d-2a2f2c1f0d{n}
name: {name}
logsource: {{product: azure, service: signinlogs}}
detection:
  s: {{ResultType: '{result}'}}
  condition: s
"""
CORRELATION = """
title: Together
id: 5a52f8a9-1c4b-4f0e-8f2d-2a2f2c1f0dff
level: high
correlation:
  type: {kind}
  rules: [{rules}]
  group-by: [{group}]
  timespan: {span}
{condition}
"""


def text(
    kind: str, condition: str, *, group: str = "IP", span: str = "10m", two: bool = False
) -> str:
    parts = [BASE.format(name="bad", n="01", result="1")]
    if two:
        parts.append(BASE.format(name="good", n="02", result="0"))
    rules = "bad, good" if two else "bad"
    shown = f"  condition: {condition}" if condition else ""
    parts.append(
        CORRELATION.format(kind=kind, rules=rules, group=group, span=span, condition=shown)
    )
    return "---".join(parts)


def hits(rule_text: str, rows: Rows) -> list[int]:
    rule = next(rule for rule in book_of(rule_text).rules if rule.correlation)
    matcher = RuleMatcher(rows)
    try:
        return matcher.hits(rule)
    finally:
        matcher.close()


def events(*spec: tuple[float, str, str, str]) -> Rows:
    return make_rows(
        [
            {
                "TimeGenerated": START + dt.timedelta(minutes=minute),
                "IP": ip,
                "User": user,
                "ResultType": result,
                "Bytes": 100,
            }
            for minute, ip, user, result in spec
        ]
    )


def test_event_count_needs_one_window_of_one_group() -> None:
    rows = events(
        (0, "a", "u", "1"),
        (4, "b", "u", "1"),
        (8, "a", "u", "1"),
        (9, "a", "u", "1"),
        (9.5, "a", "u", "0"),
        (30, "a", "u", "1"),
        (31, "b", "u", "1"),
    )
    assert hits(text("event_count", "{gte: 3}"), rows) == [0, 2, 3]
    assert hits(text("event_count", "{gte: 4}"), rows) == []


def test_windows_slide_over_the_borders_of_the_clock() -> None:
    rows = events((58, "a", "u", "1"), (61, "a", "u", "1"), (66, "a", "u", "1"))
    assert hits(text("event_count", "{gte: 3}"), rows) == [0, 1, 2]


def test_value_count_counts_different_values() -> None:
    spray = [(float(i), "a", f"u{i}", "1") for i in range(5)]
    same = [(float(i), "b", "u", "1") for i in range(5)]
    rows = events(*spray, *same)
    assert hits(text("value_count", "{gte: 5, field: User}"), rows) == [0, 1, 2, 3, 4]


def test_value_sum() -> None:
    rows = events((0, "a", "u", "1"), (1, "a", "u", "1"), (2, "b", "u", "1"))
    assert hits(text("value_sum", "{gte: 200, field: Bytes}"), rows) == [0, 1]


def test_temporal_ordered_wants_the_order() -> None:
    rows = events((0, "a", "u", "1"), (5, "a", "u", "0"), (0, "b", "u", "0"), (5, "b", "u", "1"))
    ordered = text("temporal_ordered", "", two=True)
    assert hits(ordered, rows) == [0, 1]
    assert sorted(hits(text("temporal", "", two=True), rows)) == [0, 1, 2, 3]
    late = events((0, "a", "u", "1"), (15, "a", "u", "0"))
    assert hits(ordered, late) == []


def test_rows_without_the_group_value_belong_to_none() -> None:
    rows = events(*[(float(i), "", "u", "1") for i in range(5)])
    assert hits(text("event_count", "{gte: 3}"), rows) == []


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab")), max_size=30))
@settings(max_examples=40, deadline=None)
def test_event_count_agrees_with_the_definition(spec: list[tuple[int, str]]) -> None:
    rows = events(*[(float(minute), ip, "u", "1") for minute, ip in spec])
    expected = set()
    for end, group in spec:
        window = [
            i for i, (minute, ip) in enumerate(spec) if ip == group and end - 10 <= minute <= end
        ]
        if len(window) >= 3:
            expected.update(window)
    if spec:
        assert set(hits(text("event_count", "{gte: 3}"), rows)) == expected


@pytest.mark.parametrize(
    ("kind", "condition"),
    [("value_avg", "{gte: 3, field: Bytes}"), ("value_count", "{gte: 3, field: [User, IP]}")],
)
def test_what_cannot_be_run_is_a_problem(kind: str, condition: str) -> None:
    rules, problems = read_rules(text(kind, condition), "mine.yml")
    assert [rule.title for rule in rules] == ["bad"]
    assert "Together" in problems[0]


def test_a_rule_that_only_feeds_a_correlation_reports_nothing_itself() -> None:
    book = book_of(text("event_count", "{gte: 3}"))
    assert [rule.title for rule in book.for_table("SigninLogs")] == ["Together"]
