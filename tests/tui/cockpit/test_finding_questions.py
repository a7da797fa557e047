"""Questions on a finding, by key: answered in the conversation, queries put into the editor."""

from __future__ import annotations

import pytest
from textual.widgets import Input, OptionList

from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.query import QueryPane
from tests.tui.hands import SMALL, Hands, ask, hunt, run, running


async def hunted(hands: Hands) -> None:
    await ask(hands)
    query = hands.main.query_one(QueryPane)
    query.kql = query.kql.replace("take 10000", "take 2000")
    await run(hands)
    await hunt(hands)
    assert hands.main.query_one(FindingsPane).chosen is not None


async def asked(hands: Hands, *keys: str) -> None:
    assert hands.main.hunt is not None
    before = len(hands.main.hunt.remarks)
    await hands.press(*keys)
    await hands.until(
        lambda: hands.main.hunt and len(hands.main.hunt.remarks) > before, "the answer"
    )
    await hands.idle()


@pytest.mark.parametrize("environment", ["offline + local", "OpenAI + local"], indirect=True)
async def test_why_next_confirm_and_a_question_of_ones_own(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await hunted(hands)
        await asked(hands, "f7", "w")
        assert "Why is this suspicious?" in hands.said
        assert hands.main.hunt is not None
        assert " ".join(hands.main.hunt.remarks[0].answer.split())[:30] in hands.said

        before = hands.main.query_one(QueryPane).kql
        await asked(hands, "f7", "c")
        query = hands.main.query_one(QueryPane)
        assert query.kql == hands.main.hunt.remarks[1].kql != before
        assert hands.main.focused is not None
        assert hands.main.focused.id == "editor"

        await hands.press("f7", "a")
        request = hands.main.query_one("#request", Input)
        await hands.until(lambda: hands.main.focused is request, "the question can be typed")
        assert request.placeholder.startswith("About (Esc")
        await hands.paste("why this host?")
        await asked(hands, "enter")
        assert hands.main.hunt.remarks[2].question == "why this host?"
        assert request.placeholder.startswith("Ask about your logs")

        # What the answer's query gives is a hunt of its own, on another table.
        await hands.press("f5")
        await hands.until(lambda: hands.main.hunt and not hands.main.hunt.remarks, "the query ran")
        await hands.idle()

    # After a restart the answers are there again.
    async with running(environment, SMALL) as hands:
        await hands.press("f8")
        hunts = hands.main.query_one("#hunt-list", OptionList)
        await hands.until(lambda: hunts.option_count == 2, "the history is listed")
        await hands.press("down", "enter")
        await hands.until(lambda: hands.main.hunt, "the hunt is open again")
        await hands.until(lambda: "why this host?" in hands.said, "what was asked is shown")


async def test_escape_leaves_the_question(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await hunted(hands)
        await hands.press("f7", "a")
        request = hands.main.query_one("#request", Input)
        await hands.until(lambda: request.placeholder.startswith("About (Esc"), "a question")
        await hands.press("escape")
        await hands.until(lambda: request.placeholder.startswith("Ask about your logs"), "no more")
