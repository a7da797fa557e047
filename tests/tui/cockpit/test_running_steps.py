"""A step that runs: time passes on screen, Escape ends it, what had arrived stays."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import pytest
from textual.widgets import Static

from soc_tui.history.bundle_file import Bundle
from soc_tui.history.bundle_folder import BundleFolder
from soc_tui.model.finding import TriageState
from soc_tui.model.hunt import Status
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.dialogs.quote import QuoteScreen
from soc_tui.tui.panes.query import QueryPane
from tests.tui.hands import ask, run, running
from tests.wire.log_analytics_server import LogAnalyticsServer
from tests.wire.openai_faults import late, slow
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import lying_hunt

QUERY = "DeviceProcessEvents | where TimeGenerated > ago(7d) | take 300"


async def test_a_hanging_query_shows_its_time_and_is_cancelled(
    home: Path, demo_database: Path
) -> None:
    with LogAnalyticsServer(demo_database) as logs:
        async with running({**logs.environment, "SOC_TUI_ANALYST": "offline"}) as hands:
            logs.next("hang")
            hands.main.query_one(QueryPane).kql = QUERY
            await hands.press("f5")
            await hands.until(lambda: logs.requests, "the query is sent")
            await hands.until(
                lambda: re.search(r"querying 1 s \(Esc cancels\)", hands.status), "a second"
            )
            await hands.press("f5")  # a second step waits for the first
            assert len(logs.requests) == 1
            await hands.press("escape")
            await hands.idle()
            assert hands.main.hunt is not None
            assert hands.main.hunt.status is Status.CANCELLED
            assert "Canceled while querying" in hands.said
            # And the next one runs.
            await run(hands)
            assert hands.main.hunt.rows is not None


async def test_a_cancelled_hunt_keeps_its_findings(home: Path) -> None:
    with OpenAIServer() as model:
        environ = {"OPENAI_API_KEY": model.api_key, "OPENAI_BASE_URL": model.base_url}
        async with running(environ) as hands:
            await ask(hands)
            query = hands.main.query_one(QueryPane)
            query.kql = query.kql.replace("take 10000", "take 60")
            await run(hands)
            model.next(slow(0.05))
            await hands.press("f6")
            await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")
            await hands.press("y")
            await hands.until(lambda: hands.main.hunt and hands.main.hunt.findings, "a finding")
            # Triage does not wait for the end, and the findings that follow leave it alone.
            await hands.press("t")
            seen = len(hands.main.hunt.findings) if hands.main.hunt else 0
            await hands.until(
                lambda: hands.main.hunt and len(hands.main.hunt.findings) > seen, "another finding"
            )
            await hands.press("escape")
            await hands.idle()
            ended = hands.main.hunt
            assert ended is not None
            assert ended.findings[0].state is TriageState.INVESTIGATING
            await hands.until(lambda: "Canceled while hunting" in hands.said, "it is said")
            await asyncio.sleep(0.1)
            assert hands.main.hunter is not None
            assert hands.main.hunter.history is not None
            stored = hands.main.hunter.history.load(ended.id)
            assert stored.status is Status.CANCELLED
            assert stored.findings
            assert stored.unseen is not None
            assert stored.unseen.broke_off == "cancelled"
            line = str(hands.main.query_one("#unseen", Static).render())
            assert "NOT ALL SEEN" in line
            assert "some rows may not have been read" in line
            assert stored.findings[0].state is TriageState.INVESTIGATING


async def test_planning_is_cancelled(home: Path) -> None:
    with OpenAIServer() as model:
        environ = {"OPENAI_API_KEY": model.api_key, "OPENAI_BASE_URL": model.base_url}
        async with running(environ) as hands:
            model.next(late(20))
            await hands.press("f2")
            await hands.paste("failed sign-ins")
            await hands.press("enter")
            await hands.until(lambda: "planning" in hands.status, "the step shows")
            await hands.press("escape")
            await hands.until(lambda: "Canceled while planning" in hands.said, "it is said")
            assert not hands.strip.busy


async def test_findings_that_lie_are_shown_as_unverified(home: Path) -> None:
    with OpenAIServer(hunt=lying_hunt) as model:
        environ = {"OPENAI_API_KEY": model.api_key, "OPENAI_BASE_URL": model.base_url}
        async with running(environ) as hands:
            await ask(hands)
            await run(hands)
            await hands.press("f6")
            await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")
            await hands.press("enter")
            await hands.until(lambda: hands.main.hunt and hands.main.hunt.status.ended, "the end")
            await hands.idle()
            assert hands.main.hunt is not None
            unverified = [item for item in hands.main.hunt.findings if not item.grounded]
            assert unverified
            assert f"{len(unverified)} unverified" in hands.said
            shown = str(hands.main.query_one("#finding-text").render())
            assert "VERIFIED  rows " in shown


async def test_a_wrong_key_is_told_in_words(home: Path) -> None:
    with OpenAIServer() as model:
        environ = {"OPENAI_API_KEY": "sk-wrong-key-0123456789", "OPENAI_BASE_URL": model.base_url}
        async with running(environ) as hands:
            await hands.press("f2")
            await hands.paste("failed sign-ins")
            await hands.press("enter")
            await hands.until(lambda: "Next:" in hands.said, "the error")
            assert "sk-wrong-key-0123456789" not in hands.said
            assert "Traceback" not in hands.said


async def test_another_model_is_picked_in_the_quote(home: Path) -> None:
    with OpenAIServer() as model:
        environ = {"OPENAI_API_KEY": model.api_key, "OPENAI_BASE_URL": model.base_url}
        async with running(environ) as hands:
            hands.main.query_one(QueryPane).kql = QUERY.replace("300", "20")
            await run(hands)
            await hands.press("f6")
            await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")
            first = hands.main.hunt.quote if hands.main.hunt else None
            assert first is not None
            other = first.alternatives[0]
            assert other.fits
            await hands.press("m")
            await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "the models")
            await hands.press("1")
            await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "a new quote")
            second = hands.main.hunt.quote if hands.main.hunt else None
            assert second is not None
            assert second.model == other.model
            assert not model.requests
            await hands.press("y")
            await hands.until(lambda: hands.main.hunt and hands.main.hunt.status.ended, "the end")
            assert hands.main.hunt is not None
            assert hands.main.hunt.usage is not None
            assert hands.main.hunt.usage.model == other.model


async def test_a_key_right_after_the_rows_is_not_lost(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = BundleFolder.save
    go_on = threading.Event()

    def slowly(folder: BundleFolder, bundle: Bundle) -> None:
        go_on.wait(30)
        keep(folder, bundle)

    monkeypatch.setattr(BundleFolder, "save", slowly)
    async with running(environment) as hands:
        await ask(hands)
        await hands.press("f5")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.row_count, "rows")
        assert hands.strip.busy
        await hands.press("f6")
        go_on.set()
        await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote is shown")
