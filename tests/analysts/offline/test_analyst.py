"""The offline analyst joins the planner and the Sigma engine."""

from __future__ import annotations

import datetime as dt

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline import OfflineAnalyst
from soc_tui.analysts.offline.sigma.rule import TABLES
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan

NOW = dt.datetime(2026, 11, 24, 13, 30, tzinfo=dt.UTC)
CATALOG = load_catalog()


async def test_the_analyst_plans() -> None:
    analyst = OfflineAnalyst()
    assert (analyst.name, analyst.offline) == ("offline", True)
    answer = await analyst.plan(PlanRequest("powershell", CATALOG, Limits(), NOW))
    assert answer.usage is None
    assert isinstance(answer.outcome, Plan)
    assert answer.outcome.table_name == "DeviceProcessEvents"
    await analyst.aclose()
    await analyst.aclose()


async def test_a_plan_asks_for_the_columns_that_the_rules_need() -> None:
    analyst, book = OfflineAnalyst(), RuleLibrary().load()
    for table in TABLES:
        request = PlanRequest(f"show {table} of the last day", CATALOG, Limits(), NOW)
        planned = (await analyst.plan(request)).outcome
        assert isinstance(planned, Plan) and planned.table_name == table
        assert set(book.columns_for(table)) <= set(planned.fields), table
