"""Playbooks on the screen: found, filled, run; and a hunt saved as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList, Static

from soc_tui.files.playbook_folder import load_shelf, save_playbook
from soc_tui.tui.dialogs.playbook_form import PlaybookForm
from soc_tui.tui.dialogs.playbook_list import PlaybookList
from soc_tui.tui.dialogs.playbook_save import SavePlaybookScreen
from soc_tui.tui.panes.query import QueryPane
from tests.tui.hands import LARGE, SMALL, Hands, run, running

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "large"])


async def until_screen(hands: Hands, kind: type) -> None:
    await hands.until(lambda: isinstance(hands.app.screen, kind), f"{kind.__name__} opens")
    await hands.pilot.pause()


async def fill_in(hands: Hands, text: str) -> None:
    """Write over what the field holds, as one does."""
    field = hands.app.screen.focused
    assert isinstance(field, Input)
    field.action_select_all()
    for key in text:
        await hands.press({" ": "space", "-": "minus", '"': "quotation_mark"}.get(key, key))


async def choose(hands: Hands, words: str) -> None:
    await hands.press("f9", "b")
    await until_screen(hands, PlaybookList)
    await fill_in(hands, words)
    await hands.press("enter")
    await until_screen(hands, PlaybookForm)


def told(hands: Hands) -> str:
    return str(hands.app.screen.query_one("#playbook-wrong", Static).render())


async def test_a_playbook_is_found_filled_and_run(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await choose(hands, "run keys")
        await fill_in(hands, "soon")
        await hands.press("enter")
        await hands.until(lambda: "12h" in told(hands), "what is wanted is told")
        await hands.press("2", "d", "enter")
        pane = hands.main.query_one(QueryPane)
        await hands.until(lambda: "let span = 2d;" in pane.kql, "the query is in the editor")
        await hands.until(lambda: "KQL OK" in hands.status, "it is judged")
        assert hands.main.hunt is not None
        assert hands.main.hunt.playbook == "run-keys"
        await run(hands)
        assert hands.main.hunt.row_count
        assert hands.main.hunt.request == "persistence through registry run keys in the last 2d"
        assert hands.main.hunter is not None
        assert hands.main.hunter.history is not None
        recorded = hands.main.hunter.history.load(hands.main.hunt.id)
        assert recorded.playbook == "run-keys"


async def test_arrows_go_through_the_list_and_the_fields_and_escape_leaves(
    environment: dict[str, str],
) -> None:
    async with running(environment, SMALL) as hands:
        await hands.press("f9", "b")
        await until_screen(hands, PlaybookList)
        await hands.press("down", "down", "up")
        lines = hands.app.screen.query_one("#playbook-list", OptionList)
        assert lines.highlighted == 1
        await fill_in(hands, "xyzzy")
        assert lines.option_count == 0
        told = hands.app.screen.query_one("#playbook-told", Static)
        assert "No playbook" in str(told.render())
        await hands.pilot.resize_terminal(*LARGE)
        await fill_in(hands, "run-keys")
        assert "| where" in str(told.render()), "on a tall terminal the query shows"
        await fill_in(hands, "xyzzy")
        await hands.press("enter")
        assert isinstance(hands.app.screen, PlaybookList)
        await hands.press("escape")
        await choose(hands, "new-outbound")
        first = hands.app.screen.focused
        await hands.press("down", "down", "up", "up")
        assert hands.app.screen.focused is first
        await hands.press("escape")
        assert not isinstance(hands.app.screen_stack[-1], PlaybookForm)
        assert not hands.main.query_one(QueryPane).kql


async def test_a_hostile_value_stays_in_its_literal(environment: dict[str, str]) -> None:
    async with running(environment) as hands:
        await choose(hands, "lateral")
        await fill_in(hands, 'x" or 1 == 1')
        await hands.press("enter")
        pane = hands.main.query_one(QueryPane)
        await hands.until(lambda: pane.kql, "the query is in the editor")
        assert pane.kql.startswith('let host = "x\\" or 1 == 1";\n')


async def test_the_examples_lead_to_the_list_which_names_bad_files(
    environment: dict[str, str], home: Path
) -> None:
    folder = home / "config" / "playbooks"
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text("[[")
    async with running(environment, SMALL) as hands:
        await hands.press("up", "down", "enter")
        await until_screen(hands, PlaybookList)
        assert "bad.toml" in str(hands.app.screen.query_one("#playbook-problems", Static).render())


async def test_a_hunt_of_before_is_saved_as_a_playbook(
    environment: dict[str, str], home: Path
) -> None:
    async with running(environment, SMALL) as hands:
        await choose(hands, "run-keys")
        await hands.press("enter")
        await hands.until(lambda: hands.main.hunt, "the hunt begins")
        await run(hands)
        await hands.press("f8")
        lines = hands.main.query_one("#hunt-list", OptionList)
        await hands.until(lambda: lines.option_count, "the history is shown")
        await hands.press("b")
        await until_screen(hands, SavePlaybookScreen)
        await fill_in(hands, "Autostarts")
        await hands.press("enter")
        await hands.until(lambda: "lowercase letters" in told(hands), "the name is refused")
        await fill_in(hands, "autostarts")
        await hands.press("down", "down")
        assert isinstance(hands.app.screen.focused, OptionList)
        # The first two are now: span (likely) and action_type.
        await hands.press("n")
        await fill_in(hands, "1st")
        await hands.press("enter")
        await hands.until(lambda: "not starting with a digit" in told(hands), "no such name")
        await fill_in(hands, "howfar")
        await hands.press("enter", "down", "space", "enter")
        await hands.until(lambda: hands.app.screen is hands.main, "it is saved")
        (made,) = [one for one in load_shelf(home / "config" / "playbooks").playbooks
                   if not one.shipped]  # fmt: skip
        assert made.name == "autostarts"
        assert [one.name for one in made.parameters] == ["howfar", "action_type"]
        assert made.request == "persistence through registry run keys in the last {howfar}"


async def test_the_query_in_the_editor_is_saved_and_replaced_at_the_second_enter(
    environment: dict[str, str], home: Path
) -> None:
    async with running(environment) as hands:
        await hands.press("f9", "k")
        assert hands.app.screen is hands.main  # nothing to save
        await hands.press("f3")
        await hands.paste('SigninLogs | where IPAddress == "203.0.113.77" | take 5')
        for title in ("first", "second"):
            await hands.press("f9", "k")
            await until_screen(hands, SavePlaybookScreen)
            await fill_in(hands, "signins")
            await hands.press("down")
            await fill_in(hands, title)
            await hands.press("enter")
            if title == "second":
                await hands.until(lambda: "Enter again" in told(hands), "it asks")
                await hands.press("enter")
            await hands.until(lambda: hands.app.screen is hands.main, "it is saved")
        made = load_shelf(home / "config" / "playbooks").find("signins")
        assert (made.title, made.parameters[0].default) == ("second", "203.0.113.77")
        await hands.paste(" | where (")
        await hands.press("f9", "k")
        await hands.until(
            lambda: any("not valid KQL" in one.message for one in hands.app._notifications),
            "it is told",
        )
        assert hands.app.screen is hands.main


async def test_only_ones_own_playbook_is_renamed_and_deleted_and_not_at_once(
    environment: dict[str, str],
) -> None:
    own = replace(load_shelf().find("run-keys"), name="my-own", title="Of mine", shipped=False)
    path = save_playbook(own)
    async with running(environment, SMALL) as hands:
        await hands.press("f9", "b")
        await until_screen(hands, PlaybookList)
        said = hands.app.screen.query_one("#playbook-told", Static)
        await hands.press("delete")
        await hands.until(lambda: "built in" in str(said.render()), "it is refused")
        await hands.press("f2")
        assert "cannot be renamed" in str(said.render())
        await fill_in(hands, "of mine")
        await hands.press("f2")
        await fill_in(hands, "Bad")
        await hands.press("enter")
        await hands.until(lambda: "lowercase letters" in str(said.render()), "no such name")
        await fill_in(hands, "renamed")
        await hands.press("enter")
        path = path.with_name("renamed.toml")
        await hands.until(path.exists, "it is renamed")
        words = hands.app.screen.query_one("#playbook-words", Input)
        await hands.until(lambda: words.has_focus, "the keyboard goes back")
        await hands.press("delete")
        await hands.until(lambda: "again to delete" in str(said.render()), "it is asked")
        assert path.exists()
        await hands.press("delete")
        await hands.until(lambda: "No playbook matches" in str(said.render()), "it is gone")
        assert not path.exists()
