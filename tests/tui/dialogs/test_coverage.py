"""The receipt of a hunt: table by table, of what shows and of past hunts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from textual.widgets import OptionList

from soc_tui.model.coverage import Unseen
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.receipt import Extent, Receipt, TableReceipt, TableRules
from soc_tui.tui.dialogs.coverage import CoverageScreen
from soc_tui.tui.panes.query import QueryPane
from tests.history.hunts import example_hunt
from tests.tui.hands import SMALL, hunt, run, running

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
FULL = Extent(True, 500, NOON - dt.timedelta(days=9), NOON, 90)
RECEIPT = Receipt(
    (
        TableReceipt("DeviceEvents", FULL, TableRules(10, 40, 2, ("a",), ("b",), ("C",)), rows=10),
        TableReceipt("Gone", Extent(False), rows=0),
        TableReceipt("Hostile\x1b[2J", Extent(True, 0, None, None, 0), rows=0),
    ),
    NOON,
    rows=10,
)
LESS = Unseen(10, 10, rules=42, rules_not_run=2, columns_absent=("C",))


def said(of: Hunt) -> str:
    return CoverageScreen(of).text().plain


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (replace(example_hunt(), unseen=LESS, receipt=RECEIPT), "NOT ALL SEEN: 10 rows"),
        (replace(example_hunt(), unseen=LESS, receipt=RECEIPT), "- 2 of 42 rules cannot run"),
        (replace(example_hunt(), unseen=LESS, receipt=RECEIPT), "DeviceEvents: 10 rows read"),
        (replace(example_hunt(), unseen=LESS, receipt=RECEIPT), "Gone: no table of this name"),
        (replace(example_hunt(), unseen=Unseen(10, 10)), "All seen: 10 rows"),
        (replace(example_hunt(), unseen=Unseen(10, 10)), "No receipt was made"),
        (
            replace(example_hunt(), status=Status.QUERIED, receipt=RECEIPT),
            "DeviceEvents: 10 rows not read",
        ),
        (replace(example_hunt(), status=Status.QUERIED, receipt=RECEIPT), "Not hunted: 10 rows"),
        (replace(example_hunt(), status=Status.NO_ROWS, row_count=0), "No rows\n"),
        (replace(example_hunt(), status=Status.REFUSED, row_count=None), "No answer yet"),
    ],
)
def test_a_receipt_says_how_far_the_hunt_got_and_what_is_missing(of: Hunt, words: str) -> None:
    assert words in said(of)
    assert "\x1b" not in said(of)
    assert ("seen" in said(of).lower()) is ("seen" in words.lower() or of.unseen is not None)


async def test_it_opens_from_the_findings_and_from_the_history(
    environment: dict[str, str],
) -> None:
    async with running(environment, SMALL) as hands:
        hands.main.query_one(QueryPane).kql = "AlertInfo | where TimeGenerated > ago(7d) | take 9"
        await run(hands)
        await hands.press("f7", "i")
        await hands.until(lambda: isinstance(hands.app.screen, CoverageScreen), "the receipt")
        screen = hands.app.screen
        assert isinstance(screen, CoverageScreen)
        assert "Not hunted" in screen.text().plain
        assert "AlertInfo: " in screen.text().plain
        await hands.press("escape")
        await hunt(hands)
        await hands.press("f8")
        listed = hands.main.query_one("#hunt-list", OptionList)
        await hands.until(lambda: listed.option_count, "the hunts")
        told = hands.main.hunt.coverage.summary() if hands.main.hunt else ""
        more = hands.main.query_one("#history-detail")
        await hands.until(lambda: told[:50] in str(more.render()), "the detail")
        await hands.press("i")
        await hands.until(lambda: isinstance(hands.app.screen, CoverageScreen), "the receipt")
        past = hands.app.screen
        assert isinstance(past, CoverageScreen)
        assert "AlertInfo: " in past.text().plain
        assert "not read" not in past.text().plain
