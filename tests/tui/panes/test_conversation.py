"""A conversation in the app: follow-ups, answers, a question back."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from soc_tui.model.hunt import Status
from soc_tui.tui.editor.verdict import VerdictList
from soc_tui.tui.panes.conversation import EXAMPLES, RequestInput
from soc_tui.tui.panes.query import QueryPane
from tests.tui.hands import Hands, ask, files_with, run, running


async def say(hands: Hands, request: str) -> None:
    """Type a request; what comes of it need not be a query."""
    await hands.press("f2")
    await hands.paste(request)
    await hands.press("enter")
    await hands.pilot.pause()
    await hands.idle()


async def test_a_follow_up_changes_the_query_and_an_answer_does_not(
    environment: dict[str, str],
) -> None:
    async with running(environment) as hands:
        await ask(hands, "failed sign-ins in the last 3 days")
        await run(hands)
        first = hands.main.hunt
        assert first is not None and first.rows is not None

        await say(hands, "what is T1059?")
        assert "Command and Scripting Interpreter" in hands.said
        assert hands.main.hunt is first  # its rows are still open

        await say(hands, "only from Norway")
        second = hands.main.hunt
        assert second is not None and second.plan is not None
        assert second.plan.follows_up
        assert [turn.request for turn in second.earlier] == [first.request, "what is T1059?"]
        kql = hands.main.query_one(QueryPane).kql
        assert "ago(3d)" in kql and "ResultType" in kql and 'Location in~ ("NO")' in kql
        assert "Kept: table SigninLogs" in hands.said
        await run(hands)
        assert hands.main.hunt is not None
        assert 0 < (hands.main.hunt.row_count or 0) < (first.row_count or 0)


async def test_a_question_is_answered_by_number(environment: dict[str, str]) -> None:
    async with running(environment, (80, 24)) as hands:
        request = hands.main.query_one("#request", Input)
        for way_out, typed in (("escape", ""), ("w", "w"), ("backspace", "")):
            await hands.press(*["up"] * (way_out != "backspace"), way_out)
            assert request.has_focus
            assert request.value == typed
        await say(hands, "anything suspicious?")
        assert hands.main.hunt is None
        assert "Which logs should I look at?" in hands.said
        assert "3. logons" in hands.said
        await hands.press("f2", *"dra", "up")
        assert request.value == "anything suspicious?"
        await hands.press("up", "down")
        assert request.value == "dra"
        await hands.press(*["backspace"] * 3)
        await ask(hands, "3")
        hunt = hands.main.hunt
        assert hunt is not None and hunt.plan is not None
        assert hunt.plan.table_name == "DeviceLogonEvents"
        await hands.press("f2")
        log = hands.main.query_one("#log")
        await hands.until(lambda: log.scroll_y == log.max_scroll_y > 0, "the end of what was said")
        await hands.press("pageup")
        await hands.until(lambda: log.scroll_y < log.max_scroll_y, "what was said before")
        assert "anything suspicious?" in hunt.whole_request
        assert hands.main.hunter is not None and hands.main.hunter.history is not None
        assert hands.main.hunter.history.load(hunt.parent).status is Status.ASKED


async def test_a_key_that_is_pasted_as_a_request_is_kept_nowhere(
    environment: dict[str, str], home: Path
) -> None:
    key = "sk-proj-0123456789abcdefABCDEF"
    async with running(environment) as hands:
        await say(hands, f"use {key} for failed sign-ins")
        assert "not stored, not sent" in hands.said
        assert "SigninLogs" in hands.main.query_one(QueryPane).kql
        await run(hands)
    assert not files_with(home, key)


def test_the_examples_are_read_whole_beside_the_other_panes() -> None:
    narrowest = 48 - 2  # the conversation's own width, without its border
    assert all(len(text) <= narrowest for text in EXAMPLES)


async def test_words_that_changed_nothing_stand_beside_the_verdict(
    environment: dict[str, str],
) -> None:
    async with running(environment) as hands:
        await ask(hands, "purple failed sign-ins in the last 3 days")
        assert "Not applied: “purple”." in hands.said
        verdict = hands.main.query_one(VerdictList)
        words = "Not applied: “purple”."
        await hands.until(lambda: words in [one.message for one in verdict.lines], "the line")
        # The words were about another text once that is edited.
        hands.main.query_one(QueryPane).kql = "SigninLogs | take 5"
        await hands.until(
            lambda: verdict.lines and words not in [one.message for one in verdict.lines], "no line"
        )


async def test_a_new_hunt_and_the_other_reading_by_a_key(environment: dict[str, str]) -> None:
    async with running(environment) as hands:
        await ask(hands, "failed sign-ins in the last 3 days")
        await say(hands, "sign-ins from Norway today")
        found = hands.main.hunt
        assert found is not None and found.plan is not None and not found.plan.follows_up
        assert "change: sign-ins from Norway today" in hands.said
        await hands.press("f2", "ctrl+y")
        await hands.idle()
        changed = hands.main.hunt
        assert changed is not None and changed.plan is not None and changed.plan.follows_up
        assert "ResultType" in changed.kql and "NO" in changed.kql

        await hands.press("f2")
        await hands.paste("only from Norway in the sign-ins")
        await hands.press("ctrl+b")
        await hands.idle()
        fresh = hands.main.hunt
        assert fresh is not None and fresh.plan is not None and not fresh.plan.follows_up
        assert "ResultType" not in fresh.kql.split("| project")[0]


async def test_every_pasted_line_is_kept(environment: dict[str, str]) -> None:
    async with running(environment, (80, 24)) as hands:
        await hands.press("f2", *"about: ")
        await hands.paste("failed sign-ins\r\n\n  of erik.lindqvist\nin the last 3 days\n")
        request = hands.main.query_one(RequestInput)
        assert request.value == "about: failed sign-ins ⏎ of erik.lindqvist ⏎ in the last 3 days"
        assert request.request == "about: failed sign-ins\nof erik.lindqvist\nin the last 3 days"
        await hands.press("enter")
        await hands.until(lambda: hands.main.query_one(QueryPane).kql, "the query is shown")
        await hands.idle()
        kql = hands.main.query_one(QueryPane).kql
        assert "SigninLogs" in kql and "erik.lindqvist" in kql and "ago(3d)" in kql
        await hands.press("f2", "up")
        assert request.value.count("⏎") == 2, "it can be asked again as it was"
