"""The offline analyst joins the planner and the Sigma engine."""

from __future__ import annotations

import asyncio
import datetime as dt
from concurrent.futures import Future

import pytest

from soc_tui.analysts import HuntTask, Notice, PlanRequest
from soc_tui.analysts.offline import OfflineAnalyst
from soc_tui.analysts.offline import analyst as analyst_module
from soc_tui.analysts.offline.sigma.rule import TABLES
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from tests.analysts.offline.sigma.rows_by_hand import make_rows

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


class SlowLibrary(RuleLibrary):
    """Rules that are ready when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.loading: Future[Rulebook] = Future()
        self.loading.set_running_or_notify_cancel()
        self.told: list[str] = []

    @property
    def progress(self) -> tuple[int, int]:
        return 412, 1_830

    def begin(self) -> Future[Rulebook]:
        return self.loading

    def tell(self, notice: Notice) -> None:
        self.told.append(notice.message)
        if len(self.told) == 2:
            self.loading.set_result(Rulebook(()))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> SlowLibrary:
    monkeypatch.setattr(analyst_module, "_FIRST_WORD_SECONDS", 0.01)
    monkeypatch.setattr(analyst_module, "_NEXT_WORD_SECONDS", 0.01)
    return SlowLibrary()


FAR = "Compiling rules: 412 of 1,830 files are ready."


async def test_the_first_plan_waits_for_the_rules_and_says_how_far_they_are(
    library: SlowLibrary,
) -> None:
    request = PlanRequest("powershell", CATALOG, Limits(), NOW, tell=library.tell)
    answer = await OfflineAnalyst(library).plan(request)
    assert isinstance(answer.outcome, Plan)
    assert library.told == [FAR, FAR]


async def test_the_first_hunt_waits_for_the_rules_and_says_how_far_they_are(
    library: SlowLibrary,
) -> None:
    rows = make_rows([{"DeviceName": "win-07", "FileName": "x.exe"}])
    task = HuntTask("r", "k", "DeviceProcessEvents", rows, tell=library.tell)
    prepared = await OfflineAnalyst(library).prepare(task)
    assert "0 rules" in prepared.quote.reason
    assert library.told == [FAR, FAR]


async def test_who_waits_no_longer_leaves_the_rules_to_be_compiled(library: SlowLibrary) -> None:
    told = asyncio.Event()
    request = PlanRequest("powershell", CATALOG, Limits(), NOW, tell=lambda _: told.set())
    planning = asyncio.create_task(OfflineAnalyst(library).plan(request))
    await told.wait()
    planning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await planning
    assert library.loading.running()
    library.loading.set_result(Rulebook(()))
    again = PlanRequest("powershell", CATALOG, Limits(), NOW)
    assert isinstance((await OfflineAnalyst(library).plan(again)).outcome, Plan)
