"""Every hunting query is allowed, and runs on the demo workspace where its tables are."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from pathlib import Path

import pytest

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.analysts.offline.planner.hunts import hunting_queries, hunting_query, written
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.workspaces.local.workspace import LocalWorkspace

NOW = dt.datetime(2026, 11, 25, 13, 30, tzinfo=dt.UTC)
CATALOG = load_catalog()
HUNTS = hunting_queries()
THERE = [one for one in HUNTS if all(map(CATALOG.table, one.tables))]


def planned(text: str) -> Plan:
    found = outcome(PlanRequest(text, CATALOG, Limits(), NOW), lambda _: ())
    assert isinstance(found, Plan), found
    return found


def test_there_are_many_with_reasons() -> None:
    assert len(HUNTS) >= 40
    assert all(one.title and len(one.why) > 40 for one in HUNTS)


@pytest.mark.parametrize("one", THERE, ids=lambda one: one.title)
def test_queries_keep_to_the_guardrails(one: object) -> None:
    kql = written(one, "", lambda _: ("| where TimeGenerated > ago(7d)",))  # type: ignore[arg-type]
    verdict = judge_kql(kql, CATALOG, Limits(), NOW)
    assert verdict.allowed, verdict.refusals
    assert "{" not in re.sub(r"\{\}", "", kql)
