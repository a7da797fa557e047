"""What is tricky but right passes, and bounds and caps that are missing are added."""

import datetime as dt

import pytest

from soc_tui.guardrails.bounds import add_bounds
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.limits import Limits
from soc_tui.model.verdict import Level
from tests.guardrails import allowed

CATALOG, LIMITS = load_catalog(), Limits()
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
BOUNDED = [query for queries in allowed.BOUNDED.values() for query in queries]
UNSURE = [query for queries in allowed.UNSURE.values() for query in queries]
LOOSE = [query for queries in allowed.LOOSE.values() for query in queries]
REJECTED = [query for queries in allowed.REJECTED.values() for query in queries]


@pytest.mark.parametrize("kql", BOUNDED)
def test_nothing_is_missing(kql: str) -> None:
    verdict = judge_kql(kql, CATALOG, LIMITS, NOW)
    assert [line for line in verdict.lines if line.level is not Level.OK] == []
    assert add_bounds(kql, CATALOG, LIMITS).kql == kql


@pytest.mark.parametrize("kql", LOOSE)
def test_what_is_missing_is_warned_of_and_added_for_all_to_see(kql: str) -> None:
    assert judge_kql(kql, CATALOG, LIMITS, NOW).level is Level.WARN
    added = add_bounds(kql, CATALOG, LIMITS)
    assert added.notes
    again = judge_kql(added.kql, CATALOG, LIMITS, NOW)
    assert [line for line in again.lines if line.level is not Level.OK] == []


@pytest.mark.parametrize("kql", UNSURE)
def test_what_cannot_be_told_is_warned_of(kql: str) -> None:
    assert judge_kql(kql, CATALOG, LIMITS, NOW).level is Level.WARN
    assert add_bounds(kql, CATALOG, LIMITS).kql == kql


@pytest.mark.parametrize("kql", REJECTED)
def test_what_microsofts_parser_rejects_is_read_and_told(kql: str) -> None:
    verdict = judge_kql(kql, CATALOG, LIMITS, NOW)
    assert verdict.allowed
    assert any(line.rule == "service" and line.level is Level.WARN for line in verdict.lines)
