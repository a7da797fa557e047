"""Explaining and repairing a query from the keyboard, at 80x24 and wide."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from soc_tui.model.explanation import Explanation, Passage
from soc_tui.model.hunt import Status
from soc_tui.tui.cockpit.main_screen import MainScreen
from soc_tui.tui.dialogs.diff import DiffScreen, RepairOffer
from soc_tui.tui.dialogs.explain import ExplainScreen
from soc_tui.tui.panes.query import QueryPane
from tests.tui.hands import LARGE, SMALL, WAYS, Hands, running
from tests.wire import openai_faults as wire
from tests.wire.log_analytics_server import LogAnalyticsServer, semantic_error
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_kql import KqlRequest

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x45"])
# The guardrails refuse the first; the workspace rejects the second, by a fault of the test.
REFUSED = "DeviceFileEvent\n| where TimeGenerated > ago(7d)\n| project DeviceName\n| take 5"
REPAIRED = REFUSED.replace("DeviceFileEvent", "DeviceFileEvents")
REJECTED = "SigninLogs\n| where TimeGenerated > ago(7d)\n| project ResultType\n| take 5"
CORRECTED = REJECTED.replace("ResultType", "ResultDescription")
SEMANTIC = semantic_error("Failed to resolve column or scalar expression named 'ResultType'")


def correct(request: KqlRequest) -> dict[str, str]:
    return {
        "kql": request.blocks[0].replace("ResultType", "ResultDescription"),
        "words": "Renamed.",
    }


@dataclass
class Servers:
    logs: LogAnalyticsServer
    model: OpenAIServer

    @property
    def environment(self) -> dict[str, str]:
        key, url = self.model.api_key, self.model.base_url
        return self.logs.environment | {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": url}

    def reject(self) -> None:
        self.logs.next("answer", status=400, document=SEMANTIC)


@pytest.fixture
def servers(home: Path, demo_database: Path) -> Iterator[Servers]:
    with LogAnalyticsServer(demo_database) as logs, OpenAIServer(repair=correct) as model:
        yield Servers(logs, model)


def shown(hands: Hands) -> str:
    """The text on the screen, with single spaces."""
    lines = [strip.text for strip in hands.app.screen._compositor.render_strips()]
    return " ".join(" ".join(lines).replace("│", " ").split())


async def typed(hands: Hands, kql: str) -> None:
    await hands.press("f3")
    hands.main.query_one(QueryPane).kql = kql
    await hands.pilot.pause()


async def test_the_query_is_explained(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await typed(hands, "SigninLogs\n| where TimeGenerated > ago(7d)\n| take 5")
        await hands.press("ctrl+d")
        await hands.until(lambda: isinstance(hands.app.screen, ExplainScreen), "explained")
        await hands.until(lambda: "Reads " in shown(hands), "it is drawn")
        text = shown(hands)
        assert "Reads SigninLogs: the last 7 days. Returns at most 5 rows." in text
        assert "Keep only rows where TimeGenerated is within the last 7 days." in text
        assert "m asks" not in text
        await hands.press("m")
        assert isinstance(hands.app.screen, ExplainScreen)
        await hands.press("escape")
        assert isinstance(hands.app.screen, MainScreen)


async def rejected(hands: Hands, servers: Servers) -> None:
    """The query is run and rejected, and a repair is offered."""
    servers.reject()
    await typed(hands, REJECTED)
    await hands.press("f5")
    await hands.until(lambda: isinstance(hands.app.screen, RepairOffer), "a repair is offered")
    await hands.idle()


async def test_a_repair_is_declined_then_accepted_and_run(servers: Servers) -> None:
    async with running(servers.environment, SMALL) as hands:
        await rejected(hands, servers)
        await hands.until(lambda: "Nothing runs until you accept it." in shown(hands), "the offer")
        await hands.press("enter")
        await hands.until(lambda: isinstance(hands.app.screen, DiffScreen), "the change is shown")
        await hands.until(lambda: "The guardrails" in shown(hands), "it is drawn")
        text = shown(hands)
        assert "- | project ResultType" in text
        assert "+ | project ResultDescription" in text
        assert "Renamed." in text
        assert "The guardrails allow it." in text
        await hands.press("enter")
        assert isinstance(hands.app.screen, DiffScreen)  # Enter is no yes
        await hands.press("n")
        await hands.until(lambda: "Repair declined" in hands.said, "it is declined")
        assert hands.main.query_one(QueryPane).kql == REJECTED
        asked = len(servers.logs.requests)

        await hands.press("f3", "ctrl+d")
        await hands.until(lambda: isinstance(hands.app.screen, ExplainScreen), "explained")
        await hands.press("r")
        await hands.until(lambda: isinstance(hands.app.screen, DiffScreen), "the change again")
        assert len(servers.logs.requests) == asked
        await hands.press("y")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.rows, "the rows")
        await hands.idle()
        hunt = hands.main.hunt
        assert hunt is not None
        assert hunt.kql == hands.main.query_one(QueryPane).kql == CORRECTED
        assert hunt.status is Status.QUERIED
        assert any("Repaired by" in note for note in hunt.notes)
        assert hunt.usage is not None
        assert hunt.usage.calls == 2


async def test_a_repair_can_be_taken_into_the_editor_only(servers: Servers) -> None:
    async with running(servers.environment, LARGE) as hands:
        await rejected(hands, servers)
        await hands.press("y")
        await hands.until(lambda: isinstance(hands.app.screen, DiffScreen), "the change is shown")
        asked = len(servers.logs.requests)
        await hands.press("e")
        await hands.until(lambda: "Run it with F5" in hands.said, "it is in the editor")
        assert hands.main.query_one(QueryPane).kql == CORRECTED
        assert len(servers.logs.requests) == asked
        await hands.press("f3", "ctrl+z")
        assert hands.main.query_one(QueryPane).kql == REJECTED


async def test_a_repair_that_takes_long_is_cancelled(servers: Servers) -> None:
    servers.model.next(wire.late(30))
    async with running(servers.environment, SMALL) as hands:
        await rejected(hands, servers)
        await hands.press("y")
        await hands.until(lambda: "repairing" in hands.status and servers.model.requests, "it asks")
        await hands.press("escape")
        await hands.idle()
        assert "Canceled while repairing" in hands.said
        assert hands.main.hunt is not None
        assert hands.main.hunt.status is Status.FAILED
        assert hands.main.query_one(QueryPane).kql == REJECTED


async def test_an_offer_can_be_left(servers: Servers) -> None:
    async with running(servers.environment, SMALL) as hands:
        await rejected(hands, servers)
        await hands.press("escape")
        await hands.until(lambda: isinstance(hands.app.screen, MainScreen), "the query again")
        assert not hands.strip.busy
        assert hands.main.query_one(QueryPane).kql == REJECTED
        assert servers.model.requests == []


async def test_what_the_guardrails_refuse_is_repaired_offline(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await typed(hands, REFUSED)
        await hands.press("f5")
        await hands.until(lambda: "r there asks for a repair" in hands.said, "the hint")
        await hands.idle()
        await hands.press("ctrl+d")
        await hands.until(lambda: isinstance(hands.app.screen, ExplainScreen), "explained")
        await hands.press("r")
        await hands.until(lambda: isinstance(hands.app.screen, DiffScreen), "the change is shown")
        assert "became DeviceFileEvents" in shown(hands)
        await hands.press("y")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.rows, "the rows")
        assert hands.main.query_one(QueryPane).kql == REPAIRED


async def test_both_are_in_the_menu_of_the_query(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await typed(hands, REFUSED)
        await hands.press("f9", "x")
        await hands.until(lambda: isinstance(hands.app.screen, ExplainScreen), "explained")
        await hands.press("escape")
        await hands.press("f9", "m")
        await hands.until(lambda: isinstance(hands.app.screen, DiffScreen), "the change is shown")
        await hands.press("escape")
        await hands.until(lambda: "Repair declined" in hands.said, "it is declined")


async def test_what_cannot_be_repaired_is_told(environment: dict[str, str]) -> None:
    async with running(environment, LARGE) as hands:
        await typed(hands, "SigninLogs | where TimeGenerated > ago(1d) | evaluate python('x')")
        await hands.press("ctrl+d")
        await hands.until(lambda: isinstance(hands.app.screen, ExplainScreen), "explained")
        await hands.press("r")
        await hands.until(lambda: "cannot repair this query" in hands.said, "it is told")


@pytest.mark.parametrize("environment", [WAYS[1]], indirect=True)
async def test_the_model_explains_when_it_is_asked(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await typed(hands, REPAIRED)
        await hands.press("ctrl+d")
        await hands.until(lambda: isinstance(hands.app.screen, ExplainScreen), "explained")
        assert "m asks the model" in shown(hands)
        await hands.press("m")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.usage, "it is charged")
        await hands.until(lambda: isinstance(hands.app.screen, ExplainScreen), "explained again")
        text = shown(hands)
        assert "by gpt-5-mini" in text
        assert "A query of 4 lines." in text
        assert "m asks" not in text
        await hands.press("escape")
        assert "gpt-5-mini" in hands.status
        await hands.press("f5")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.rows, "the rows")


async def test_a_wait_is_counted_down_and_cancelled(home: Path) -> None:
    with OpenAIServer() as model:
        model.next(wire.rate_limited("60"))
        environ = {"OPENAI_API_KEY": model.api_key, "OPENAI_BASE_URL": model.base_url}
        async with running(environ, SMALL) as hands:
            await hands.press("f2")
            await hands.paste("suspicious powershell")
            await hands.press("enter")
            await hands.until(lambda: "planning waits 5" in hands.status, "it counts down")
            assert "rate limit" in hands.said
            await hands.press("escape")
            await hands.idle()
            assert "Canceled while planning" in hands.said
        assert len(model.requests) == 1


def test_words_stand_beside_the_line_they_are_about_on_every_line_of_theirs() -> None:
    passage = Passage(9, 1, 11, "project " + "Column, " * 20, "Show only " + "these columns " * 9)
    console = Console(width=60, file=io.StringIO())
    screen = ExplainScreen(Explanation((passage, replace(passage, depth=1))))
    shown = console.render_lines(screen.text())
    lines = ["".join(segment.text for segment in line) for line in shown]
    first, second = (place for place, line in enumerate(lines) if "9-11" in line)
    assert {line[:6] for line in lines[first + 1 : second - 1]} == {" " * 6}
    assert {line[:10] for line in lines[second + 1 : -1]} == {" " * 10}


def test_only_the_query_is_coloured() -> None:
    screen = ExplainScreen(Explanation((Passage(1, 1, 1, "where A", "Keep only rows."),)))
    styles = {
        segment.text.strip(): segment.style
        for line in Console(width=60, file=io.StringIO()).render_lines(screen.text())
        for segment in line
    }
    assert styles["where A"] and styles["where A"].color
    assert not (styles["Keep only rows."] and styles["Keep only rows."].color)
