"""The offline analyst joins the planner and the Sigma engine."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest

from soc_tui.analysts import PlanRequest, offline
from soc_tui.analysts.offline import OfflineAnalyst
from soc_tui.analysts.offline.sigma import rulebook
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
    analyst, book = OfflineAnalyst(), rulebook.load()
    for table in rulebook.TABLES:
        request = PlanRequest(f"show {table} of the last day", CATALOG, Limits(), NOW)
        planned = (await analyst.plan(request)).outcome
        assert isinstance(planned, Plan) and planned.table_name == table
        assert set(book.columns_for(table)) <= set(planned.fields), table


@pytest.mark.parametrize(("room", "other"), [("planner", "sigma"), ("sigma", "planner")])
def test_planner_and_sigma_do_not_import_each_other(room: str, other: str) -> None:
    folder = Path(offline.__file__).parent / room
    nodes = (
        node
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
    )
    imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert imported
    assert not [name for name in imported if f".offline.{other}" in f"{name}."]
