"""The key map that is set: what is refused, and that screen, help, palette and footer follow it."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen
from textual.widgets import OptionList, TabbedContent

from soc_tui import tui
from soc_tui.config.settings import Settings
from soc_tui.model.errors import ConfigError
from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.tui.app import SocTui
from soc_tui.tui.cockpit.main_screen import MainScreen
from soc_tui.tui.dialogs.help import HelpScreen, key_text
from soc_tui.tui.editor.text import KqlEditor
from soc_tui.tui.keys import ALL, cockpit, dialogs
from soc_tui.tui.keys.cockpit import MAIN, RESULTS
from soc_tui.tui.keys.key import Key
from soc_tui.tui.keys.keymap import BY_ID, KeyMap, key_map
from soc_tui.tui.panes.footer import KeyStrip
from soc_tui.tui.panes.grid import Grid
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.widgets.hints import Hints
from tests.tui.hands import LARGE, SMALL, ask, run, running


def test_every_key_has_an_id_of_its_own_and_stands_in_the_help() -> None:
    scopes = [
        value
        for place in (cockpit, dialogs)
        for value in vars(place).values()
        if isinstance(value, tuple) and value and isinstance(value[0], Key)
    ]
    assert all(scope in ALL.values() for scope in scopes)
    entries = [key for scope in scopes for key in scope]
    assert len({key.id for key in entries}) == len(entries)
    assert all(key.id.count(".") == 1 and not key.id.endswith(("_", ".")) for key in entries)


def tui_widgets() -> set[type[DOMNode]]:
    found = set()
    for module in pkgutil.walk_packages(tui.__path__, "soc_tui.tui."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, DOMNode):
                found.add(value)
    return found


def test_every_key_is_bound_and_does_something() -> None:
    bound: dict[str, list[type[DOMNode]]] = {}
    for widget in tui_widgets():
        for binding in vars(widget).get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                bound.setdefault(binding.id, []).append(widget)
    for key in BY_ID.values():
        space, _, name = key.action.partition("(")[0].rpartition(".")
        menu = key.id.startswith("edit_menu.")
        if menu and name in ("open", "external", "turn"):
            continue  # done by the pane itself: QueryPane.action_act
        for widget in [KqlEditor] if menu else bound[key.id]:
            target = {"app": SocTui, "screen": MainScreen}.get(space, widget)
            assert hasattr(target, f"action_{name}"), f"{key.id}: {target.__name__} has no {name}"


def test_every_dialog_is_closed_by_a_key_of_the_map() -> None:
    open_ended = set()
    for widget in tui_widgets():
        if issubclass(widget, ModalScreen) and widget.__module__.startswith("soc_tui."):
            bound = [one for kind in widget.__mro__ for one in vars(kind).get("BINDINGS", ())]
            closing = {one.id for one in bound if isinstance(one, Binding) and "escape" in one.key}
            if not closing & BY_ID.keys():
                open_ended.add(widget.__name__)
    assert not open_ended


def test_the_printed_map_is_taken_as_it_is() -> None:
    setting = tomllib.loads(KeyMap().toml())["keys"]
    assert setting.keys() == BY_ID.keys()
    assert all(key_map(setting).keys(key) == KeyMap().keys(key) for key in BY_ID.values())


def test_keys_are_written_as_one_writes_them(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[keys]\n"main.run_query" = "F5, Ctrl+X"\nrows.filter = "?"\n')
    settings = load_settings(config, environ={})
    assert settings.keys == {"main.run_query": "F5, Ctrl+X", "rows.filter": "?"}
    keys = key_map(settings.keys)
    assert keys.keys(BY_ID["main.run_query"]) == ("f5", "ctrl+x")
    assert keys.first(BY_ID["rows.filter"]) == "?"


def test_two_keys_may_change_places() -> None:
    keys = key_map({"rows.sort": "f", "rows.find": "s"})
    assert keys.first(BY_ID["rows.sort"]) == "f"
    assert keys.first(BY_ID["rows.find"]) == "s"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"rows.srot": "o"}, "Did you mean rows.sort"),
        ({"rows.sort": ""}, "No key is given"),
        ({"rows.sort": "ctrl+enter"}, "terminals do not reliably send it over SSH"),
        ({"rows.sort": "alt+s"}, "terminals do not reliably send it over SSH"),
        ({"rows.sort": "ctrl+shift+s"}, "terminals do not reliably send it over SSH"),
        ({"rows.sort": "f13"}, "terminals do not reliably send it over SSH"),
        ({"rows.sort": "é"}, "terminals do not reliably send it over SSH"),
        ({"rows.sort": "ctrl+m"}, "the same code for it as for enter"),
        ({"rows.sort": "ctrl+c"}, "takes it"),
        ({"rows.sort": "f"}, "already the key of rows.find"),
        ({"rows.sort": "ctrl+r"}, "already the key of main.run_query"),
        ({"main.hunt": "ctrl+n"}, "already the key of editor.complete"),
        ({"main.hunt": "h"}, "it types text there"),
        ({"main.hunt": "enter"}, "panes and lists need it"),
        ({"editor.save": "s"}, "it types text there"),
        ({"edit_menu.save": "f2"}, "one letter or symbol"),
        ({"rows.sort": "o", "rows.find": "o"}, "already the key of"),
    ],
)
def test_what_cannot_work_is_refused_by_name(setting: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        SocTui(Settings(keys=setting))
    assert said in refused.value.why
    assert f'keys."{next(iter(setting))}"' in refused.value.what
    assert refused.value.next_step


def test_a_setting_of_another_form_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[keys]\n"main.run_query" = 5\n')
    with pytest.raises(ConfigError, match="keys"):
        load_settings(config, environ={})


def write(home: Path, text: str) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text(text)


CHANGED = '[keys]\n"main.run_query" = "ctrl+x"\n"rows.sort" = "o"\n"edit_menu.format" = "z"\n'


async def test_changed_keys_work_and_are_shown(home: Path, environment: dict[str, str]) -> None:
    write(home, CHANGED)
    async with running(environment, SMALL) as hands:
        await ask(hands, "powershell near the F5 load balancer")
        await hands.press("f5", "ctrl+r")
        await hands.pilot.pause()
        assert not hands.strip.busy
        assert hands.main.hunt is not None
        assert hands.main.hunt.row_count is None
        await hands.press("ctrl+x")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.row_count, "rows")
        await hands.idle()
        pane = hands.main.query_one(ResultsPane)
        await hands.press("s")
        await hands.pilot.pause(0.2)
        assert "ascending" not in shown_info(pane)
        await hands.press("o")
        await hands.until(lambda: "ascending" in shown_info(pane), "sorted")
        assert "o sort" in str(pane.query_one(Hints).render())
        footer = str(hands.main.query_one(KeyStrip).render())
        assert "ctrl+x Run" in footer
        assert "f5" not in footer
        assert hands.main.query_one("#query").border_title == "KQL (F3)  Ctrl+X runs it"
        assert "then run it (Ctrl+X)" in hands.said
        assert "F5 load balancer" in hands.said, "what a human typed stays"
        titles = {command.title: command.help for command in commands(hands.app)}
        assert titles["Rows, Sort: Sort by the column: ascending, descending, off"] == "o"
        await hands.press("f9")
        assert " z " in str(hands.app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        await hands.press("escape", "f1")
        assert "ctrl+x " in str(hands.app.screen.query_one("#help-keys").render())


def shown_info(pane: ResultsPane) -> str:
    return str(pane.query_one("#rows-info").render())


def commands(app: SocTui) -> list:  # type: ignore[type-arg]
    return list(app.get_system_commands(app.screen_stack[0]))


def test_help_is_made_from_the_whole_map() -> None:
    text = str(key_text(KeyMap()))
    assert all(heading in text for heading in ALL)
    assert all(key.meaning in text for key in BY_ID.values())
    found = str(key_text(KeyMap(), "sort rows"))
    assert "Sort by the column" in found
    assert "Findings" not in found
    assert str(key_text(KeyMap(), "zebra")) == "No key matches."
    assert str(key_text(KeyMap(), here={"rows"})).startswith("Rows\n  enter")


async def test_help_scrolls_and_filters_by_keys(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await hands.press("f1")
        screen = hands.app.screen
        assert isinstance(screen, HelpScreen)
        scroll = screen.query_one("#help-scroll")
        assert str(screen.query_one("#help-keys").render()).startswith("Request\n"), "keys of here"
        await hands.press("pagedown", "pagedown")
        await hands.until(lambda: scroll.scroll_y > 0, "it scrolls")
        await hands.press("slash", *"triage")
        shown = str(screen.query_one("#help-keys").render())
        assert "Set the next triage state" in shown
        assert "Quit soc_tui" not in shown
        await hands.press("enter", "escape")
        assert "Quit soc_tui" in str(screen.query_one("#help-keys").render())
        await hands.press("escape")
        assert hands.app.screen is hands.main


async def test_the_palette_has_the_keys_of_a_dialog(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await hands.press("f1", "ctrl+p", *"close")
        await hands.press("enter")
        await hands.until(lambda: hands.app.screen is hands.main, "the help closes")


async def test_the_palette_does_it_on_the_right_pane(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        offered = {command.title.split(":")[0] for command in commands(hands.app)}
        assert {key.label for key in MAIN} - {"Palette"} <= offered
        assert "Query, Format" in offered
        assert "Rows, Sort" not in offered, "there are no rows yet"
        await ask(hands)
        await run(hands)
        offered = {command.title.split(":")[0] for command in commands(hands.app)}
        own = [key for key in RESULTS if not key.action.startswith("screen.")]
        assert {f"Rows, {key.label}" for key in own} <= offered
        assert "Query, Pivot back" in offered
        assert "Findings, Triage" not in offered
        await hands.press("f3")  # elsewhere
        await hands.press("ctrl+p")
        shown = "".join(strip.text for strip in hands.app.screen._compositor.render_strips())
        assert "\N{RIGHT-POINTING MAGNIFYING GLASS}" not in shown, "terminals differ on its width"
        await hands.press(*"rows, sort")
        await hands.press("enter")
        await hands.until(
            lambda: "ascending" in shown_info(hands.main.query_one(ResultsPane)), "sorted"
        )
        pane = hands.main.query_one(ResultsPane)
        await hands.until(
            lambda: hands.main.focused and pane in hands.main.focused.ancestors, "the rows"
        )
        await hands.press("ctrl+p", *"query, format")
        await hands.press("enter")
        await hands.until(lambda: hands.main.focused is hands.main.query_one("#editor"), "editor")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_mouse_works_too(environment: dict[str, str], size: tuple[int, int]) -> None:
    async with running(environment, size) as hands:
        await ask(hands)
        footer = hands.main.query_one(KeyStrip)
        place = str(footer.render()).index("Run")
        assert await hands.pilot.click(footer, offset=(place, 0))
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.row_count, "rows")
        await hands.idle()
        area = hands.main.query_one(TabbedContent)
        assert await hands.pilot.click(area.get_tab("timeline"))
        await hands.until(lambda: area.active == "timeline", "the tab")
        bins = hands.main.query_one("#time-bins", OptionList)
        await hands.until(lambda: bins.option_count, "the bins")
        assert await hands.pilot.click(area.get_tab("results"))
        await hands.pilot.pause()
        assert await hands.pilot.click(Grid, offset=(30, 4))
        await hands.until(lambda: hands.main.query_one(Grid).cursor_row == 3, "the row")


def test_every_scope_is_in_the_key_map() -> None:
    scopes = {
        name: found
        for module in (cockpit, dialogs)
        for name, found in vars(module).items()
        if isinstance(found, tuple) and found and isinstance(found[0], Key)
    }
    assert [name for name, found in scopes.items() if found not in ALL.values()] == []
