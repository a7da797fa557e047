from __future__ import annotations

import base64
import datetime as dt
import fnmatch
import ipaddress
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from tests.analysts.offline.sigma.rows_by_hand import make_rows, one_rule, read_rules, rule_text


def matched(detection: str, *records: Mapping[str, object]) -> list[int]:
    matcher = RuleMatcher(make_rows(records))
    try:
        return matcher.hits(one_rule(detection))
    finally:
        matcher.close()


@pytest.mark.parametrize(
    ("test", "hits"),
    [
        ("F: abc", [0, 1]),
        ("F: 'a*'", [0, 1, 2]),
        ("F: '*C'", [0, 1, 3]),
        ("F: 'a?c'", [0, 1]),
        ("F: 'x*c'", [3]),
        ("F|startswith: AB", [0, 1]),
        ("F|endswith: bc", [0, 1]),
        ("F|contains: B", [0, 1]),
        ("F|cased|contains: B", [1]),
        ("F|contains|all: [a, c]", [0, 1]),
        ("F: [abc, 'xyzc']", [0, 1, 3]),
        ("F|re: '^ABC$'", [1]),
        ("F|re|i: '^abc$'", [0, 1]),
        ("F: null", [4, 5]),
        ("F: ''", [4, 5]),
        ("F|exists: true", [0, 1, 2, 3]),
        ("F|exists: false", [4, 5]),
        ("F|fieldref: G", [1]),
        ("F|fieldref|startswith: P", [0, 1, 2]),
        ("F|fieldref|endswith: P", [2]),
        ("F|fieldref|contains: P", [0, 1, 2]),
    ],
)
def test_text_conditions_follow_sigma(test: str, hits: list[int]) -> None:
    texts: list[object] = ["abc", "ABC", "a", "xyzc", "", None]
    records = [
        {"F": text, "G": "abc" if i == 1 else "other", "P": "a"} for i, text in enumerate(texts)
    ]
    assert matched(f"  s:\n    {test}\n  condition: s", *records) == hits


def test_a_missing_value_passes_a_negation() -> None:
    records: list[dict[str, object]] = [{"F": "a"}, {"F": None}, {"F": "b"}]
    assert matched("  s: {F: a}\n  condition: not s", *records) == [1, 2]


def test_numbers_compare_as_numbers_also_in_text_columns() -> None:
    records: list[dict[str, object]] = [
        {"N": 9, "T": "9"},
        {"N": 10, "T": "10"},
        {"N": None, "T": "x"},
        {"N": 100, "T": None},
    ]
    assert matched("  s: {N|gte: 10}\n  condition: s", *records) == [1, 3]
    assert matched("  s: {T|lt: 10}\n  condition: s", *records) == [0]
    assert matched("  s: {N: [9, 100]}\n  condition: s", *records) == [0, 3]
    assert matched("  s: {T: '10'}\n  condition: s", *records) == [1]


def test_booleans() -> None:
    records: list[dict[str, object]] = [{"B": True}, {"B": False}, {"B": None}]
    assert matched("  s: {B: true}\n  condition: s", *records) == [0]
    assert matched("  s: {B: false}\n  condition: s", *records) == [1]


def test_quotes_and_percent_signs_are_only_characters() -> None:
    records: list[dict[str, object]] = [{"F": 'it\'s 100%_"x"'}, {"F": "its 100 x"}]
    assert matched('  s: {F|contains: "it\'s 100%_"}\n  condition: s', *records) == [0]


def test_keywords_look_into_every_text_column() -> None:
    records: list[dict[str, object]] = [{"A": "x", "B": "say HELLO"}, {"A": "hello", "B": "y"}, {}]
    assert matched("  s: [hello]\n  condition: s", *records) == [0, 1]


@given(st.ip_addresses(v=4), st.integers(8, 32), st.ip_addresses(v=4))
@settings(max_examples=40, deadline=None)
def test_cidr_agrees_with_ipaddress(
    base: ipaddress.IPv4Address, length: int, other: ipaddress.IPv4Address
) -> None:
    network = ipaddress.ip_network(f"{base}/{length}", strict=False)
    inside = network.broadcast_address
    found = matched(
        f"  s: {{IP|cidr: {network}}}\n  condition: s",
        {"IP": str(inside)},
        {"IP": str(other)},
        {"IP": "not an address"},
        {"IP": f"::ffff:{inside}"},
    )
    assert found == [0, *([1] if other in network else []), 3]


def test_cidr_of_ipv6() -> None:
    records: list[dict[str, object]] = [{"IP": "fe80::1"}, {"IP": "fd12::1"}, {"IP": "2001:db8::1"}]
    assert matched("  s: {IP|cidr: 'fe80::/10'}\n  condition: s", *records) == [0]
    assert matched("  s: {IP|cidr: 'fc00::/7'}\n  condition: s", *records) == [1]
    assert matched("  s: {IP|cidr: '2001:db8::/32'}\n  condition: s", *records) == [2]


@given(st.text("ab*?.%_'", min_size=1, max_size=6), st.text("aAb.%_'", min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_wildcards_agree_with_fnmatch(pattern: str, text: str) -> None:
    quoted = pattern.replace("'", "''")
    found = matched(f"  s: {{F: '{quoted}'}}\n  condition: s", {"F": text})
    assert bool(found) == fnmatch.fnmatchcase(text.lower(), pattern.lower())


def test_fields_outside_a_negation_are_told_apart() -> None:
    rule = one_rule("  a: {A: 1, B: 2}\n  n: {C: 3}\n  condition: a and not n")
    assert rule.columns == {"A", "B", "C"}
    assert set(rule.quote) == {"A", "B"}


@pytest.mark.parametrize(
    ("test", "hits"),
    [
        ("F|windash|contains: ' -enc '", [0, 1]),
        ("F|contains|all|windash: [' -enc ', ' -x']", [1]),
        ("F|base64offset|contains: foobar", [2, 3]),
        ("F|wide|base64offset|contains: foobar", [4]),
    ],
)
def test_what_a_modifier_expands_to_may_stand_in_any_form(test: str, hits: list[int]) -> None:
    lines = [
        "ps -enc A", "ps /enc A -x", base64.b64encode(b"foobar").decode(),
        base64.b64encode(b"xfoobar").decode(),
        base64.b64encode("foobar".encode("utf-16le")).decode(),
    ]  # fmt: skip
    assert matched(f"  s:\n    {test}\n  condition: s", *({"F": line} for line in lines)) == hits


def test_parts_of_a_time() -> None:
    records: list[dict[str, object]] = [
        {"T": dt.datetime(2026, 11, 20, hour, 30, tzinfo=dt.UTC)} for hour in (3, 12, 23)
    ]
    assert matched("  s: {T|hour: 3}\n  condition: s", *records) == [0]
    assert matched("  s: {T|hour|gte: 12}\n  condition: s", *records) == [1, 2]
    assert matched("  s: {T|year: 2025}\n  condition: s", *records) == []


def test_any_of_several_conditions() -> None:
    records: list[dict[str, object]] = [{"F": "a"}, {"F": "b"}, {"F": "c"}]
    assert matched("  a: {F: a}\n  b: {F: b}\n  condition: [a, b]", *records) == [0, 1]


def test_a_placeholder_is_no_text_to_look_for() -> None:
    _, problems = read_rules(rule_text("  s: {F|expand: '%admins%'}\n  condition: s"), "mine.yml")
    assert "placeholder %admins%" in problems[0]


@given(st.ip_addresses(v=6), st.integers(0, 128), st.ip_addresses(v=6))
@settings(max_examples=20, deadline=None)
def test_cidr_of_ipv6_agrees_with_ipaddress(
    base: ipaddress.IPv6Address, length: int, other: ipaddress.IPv6Address
) -> None:
    network = ipaddress.ip_network(f"{base}/{length}", strict=False)
    found = matched(
        f"  s: {{IP|cidr: '{network}'}}\n  condition: s",
        {"IP": network.broadcast_address.exploded.upper()},
        {"IP": f"{other}%eth0"},
    )
    assert found == [0, *([1] if other in network else [])]


def test_what_cannot_be_run_is_refused_when_read() -> None:
    text = rule_text("  s: {IP|cidr: '2001:db8::/133'}\n  condition: s")
    rules, problems = read_rules(text, "mine.yml")
    assert rules == []
    assert "mine.yml" in problems[0] and "A rule" in problems[0] and "/133" in problems[0]
