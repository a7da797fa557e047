"""What must be refused is, for the reason and at the place that matter."""

import datetime as dt

import pytest

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.limits import Limits
from tests.guardrails import refused
from tests.guardrails.cases import params, unmarked

CATALOG, LIMITS = load_catalog(), Limits()
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("rule", "marked"), params(refused.TABLES, refused.WORDS, refused.LIMITS, refused.COLUMNS)
)
def test_it_is_refused_at_its_place(rule: str, marked: str) -> None:
    kql, place = unmarked(marked)
    verdict = judge_kql(kql, CATALOG, LIMITS, NOW)
    assert not verdict.allowed
    assert verdict.kql == kql
    assert (rule, place) in [(line.rule, line.place) for line in verdict.refusals]
