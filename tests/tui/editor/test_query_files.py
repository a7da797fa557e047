"""Queries to and from files, past queries, and the analyst's own editor."""

from __future__ import annotations

import contextlib
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from soc_tui.history.store import History
from soc_tui.model.hunt import Status
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.editor.external import edited, editor_command
from tests.history.hunts import example_hunt
from tests.tui.desk import CATALOG, Desk, desk, type_text


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    return tmp_path


async def settled(app: Desk, pilot: Pilot[None]) -> None:
    """Let the file work of a dialog end; the worker that waits for its answer goes on."""
    await pilot.pause()
    if waiting := [w for w in app.workers if w.group in {"choose", "list", "past"}]:
        await app.workers.wait_for_complete(waiting)
    await pilot.pause()


def written(path: Path) -> tuple[str, int]:
    """The file's text and mode."""
    return path.read_text(), stat.S_IMODE(path.stat().st_mode)


def problem(app: Desk) -> str:
    return str(app.screen.query_one("#path-problem", Static).render())


async def test_save_in_the_default_folder_for_the_owner_only(home: Path) -> None:
    async with desk("DeviceEvents\n| take 5") as (app, pilot):
        await pilot.press("ctrl+s")
        await settled(app, pilot)
        path = Path(app.screen.query_one(Input).value)
        assert path.parent == home / "data" / "queries"
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.notes == [f"Saved to {path}."]
    assert written(path) == ("DeviceEvents\n| take 5\n", 0o600)


async def test_saving_over_a_file_asks_first(home: Path) -> None:
    path = home / "mine.kql"
    path.write_text("old")
    async with desk("new") as (app, pilot):
        await pilot.press("ctrl+s")
        app.screen.query_one(Input).value = str(path)
        await settled(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot)
        assert "exists. Press Enter again to overwrite it." in problem(app)
        assert path.read_text() == "old"
        await pilot.press("enter")
        await settled(app, pilot)
        assert path.read_text() == "new\n"


async def test_a_folder_that_cannot_be_written_is_told_in_the_dialog(home: Path) -> None:
    (home / "file").write_text("")
    async with desk("new") as (app, pilot):
        await pilot.press("ctrl+s")
        app.screen.query_one(Input).value = str(home / "file" / "x.kql")
        await settled(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot)
        assert "could not be written" in problem(app)
        await pilot.press("escape")
        assert app.focused is app.editor


async def test_nothing_is_not_saved() -> None:
    async with desk() as (app, pilot):
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.notes == ["No query to save."]


async def test_open_from_the_list_and_undo_brings_the_old_text_back(home: Path) -> None:
    folder = home / "data" / "queries"
    folder.mkdir(parents=True)
    (folder / "logons.kql").write_text("SecurityEvent\n| take 1\n")
    (folder / "notes.md").write_text("no query")
    async with desk("mine") as (app, pilot):
        app.pane.choose_action()
        await pilot.pause()
        await pilot.press("o")
        await settled(app, pilot)
        files = app.screen.query_one("#files", OptionList)
        assert [str(option.prompt) for option in files.options] == ["logons.kql"]
        await pilot.press("down", "enter")
        await settled(app, pilot)
        assert app.pane.kql == "SecurityEvent\n| take 1"
        assert app.focused is app.editor
        await pilot.press("ctrl+z")
        assert app.pane.kql == "mine"


async def test_a_file_that_is_no_query_is_told_in_the_dialog(home: Path) -> None:
    (home / "x.kql").write_bytes(b"\xff\x00\x81")
    async with desk("mine") as (app, pilot):
        app.pane.choose_action()
        await pilot.pause()
        await pilot.press("o")
        for name, told in (
            (f"{home}/none.kql", "No such file"),
            (f"{home}/x.kql", "is not UTF-8 text"),
            (f"{home}/", "is not a file"),
            ("~nobody-of-this-name/x.kql", "No such file"),
        ):
            app.screen.query_one(Input).value = name
            await settled(app, pilot)
            await pilot.press("enter")
            await settled(app, pilot)
            assert told in problem(app)
        await pilot.press("escape")
        await pilot.pause()
        assert app.pane.kql == "mine"


async def test_tab_completes_a_path(home: Path) -> None:
    (home / "folder").mkdir()
    (home / "folder" / "a[b].kql").write_text("T")
    async with desk() as (app, pilot):
        app.pane.choose_action()
        await pilot.pause()
        await pilot.press("o")
        app.screen.query_one(Input).value = str(home / "fol")
        await settled(app, pilot)
        await pilot.press("tab")
        await settled(app, pilot)
        await pilot.press("tab")
        await settled(app, pilot)
        assert app.screen.query_one(Input).value == str(home / "folder" / "a[b].kql")


async def test_the_menu_does_what_its_letters_say() -> None:
    async with desk("T|take 1") as (app, pilot):
        app.pane.choose_action()
        await pilot.pause()
        assert isinstance(app.screen, ChoiceScreen)
        await pilot.press("f")
        await pilot.pause()
        await app.workers.wait_for_complete()
        assert app.pane.kql == "T\n| take 1"
        for letter, text in (("u", "T|take 1"), ("r", "T\n| take 1")):
            app.pane.choose_action()
            await pilot.pause()
            await pilot.press(letter)
            await pilot.pause()
            assert app.pane.kql == text
        app.pane.choose_action()
        await pilot.pause()
        await pilot.press("down", "enter")  # comment
        await pilot.pause()
        assert app.pane.kql == "T\n// | take 1"
        app.pane.choose_action()
        await pilot.pause()
        await pilot.press("escape")
        assert app.focused is app.editor


async def test_past_queries_come_back_and_the_draft_too(home: Path) -> None:
    history = History(home / "data" / "history.sqlite3")
    for kql in ("T | take 1", "T | take 2", "T | take 1\r\n| count", "T | take 2"):
        history.save(replace(example_hunt(), kql=kql, status=Status.QUERYING))
    async with desk("draft") as (app, pilot):
        app.pane.use(CATALOG, history)
        seen = []
        for key in ("ctrl+up", "ctrl+up", "ctrl+up", "ctrl+up", "ctrl+down", "ctrl+down"):
            await pilot.press(key)
            await settled(app, pilot)
            seen.append(app.pane.kql)
        newest, then, oldest = "T | take 2", "T | take 1\n| count", "T | take 1"
        assert seen == [newest, then, oldest, oldest, then, newest]
        assert app.notes == ["No earlier query."]
        await pilot.press("ctrl+down")
        await settled(app, pilot)
        assert app.pane.kql == "draft"
        assert app.editor.cursor_location == (0, 5), "where it was left"
        # A change starts over, and becomes the draft.
        await pilot.press("ctrl+up")
        await settled(app, pilot)
        await pilot.press("ctrl+end")
        await type_text(pilot, "0")
        await pilot.press("ctrl+up")
        await settled(app, pilot)
        assert app.pane.kql == newest
        await pilot.press("ctrl+down")
        await settled(app, pilot)
        assert app.pane.kql == "T | take 20"
    history.close()


async def test_a_history_that_cannot_be_read_is_told(home: Path) -> None:
    (home / "broken").mkdir()  # a damaged file is set aside, and a new one begins
    async with desk("draft") as (app, pilot):
        app.pane.use(CATALOG, History(home / "broken"))
        await pilot.press("ctrl+up")
        await settled(app, pilot)
        assert app.pane.kql == "draft"
        assert len(app.notes) == 2


def script(home: Path, code: str) -> list[str]:
    path = home / "editor.py"
    path.write_text("import os, pathlib, stat, sys\npath = pathlib.Path(sys.argv[1])\n" + code)
    return [sys.executable, str(path)]


def test_the_own_editor_gets_a_private_file_that_is_gone_after(home: Path) -> None:
    seen = home / "seen"
    code = f"""
modes = [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent)]
pathlib.Path({str(seen)!r}).write_text(f"{{path}} {{modes}}")
path.write_text(path.read_text() + "| take 5\\n")
"""
    assert edited("T é", script(home, code)) == "T é\n| take 5"
    path, modes = seen.read_text().split(" ", 1)
    assert modes == str([0o600, 0o700])
    assert not Path(path).parent.exists()


def test_ctrl_c_in_the_editor_is_not_for_us(home: Path) -> None:
    code = "import signal\nos.kill(os.getppid(), signal.SIGINT)\npath.write_text('kept')"
    assert edited("T", script(home, code)) == "kept"


@pytest.mark.parametrize(
    "code", ["sys.exit(1)", "path.write_bytes(b'\\xff')", "path.unlink()"], ids=str
)
def test_an_editor_that_fails_changes_nothing(home: Path, code: str) -> None:
    from soc_tui.model.errors import SocError

    with pytest.raises(SocError, match="did not change the query"):
        edited("T", script(home, code))
    with pytest.raises(SocError, match="did not change the query"):
        edited("T", [str(home / "none")])


def test_the_editor_is_the_one_that_the_environment_names() -> None:
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor_command({"VISUAL": " ", "EDITOR": "'my vi' -u NONE"}) == ["my vi", "-u", "NONE"]


async def test_the_screen_is_handed_over_and_the_text_comes_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = script(home, 'path.write_text("edited outside\\n")')
    monkeypatch.setenv("VISUAL", " ".join(command))
    async with desk("T") as (app, pilot):
        app.pane.choose_action()
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        assert app.pane.kql == "T", "a terminal that cannot be handed over is left alone"
        assert "cannot be opened here" in app.notes[0]

        taken_back = []

        @contextlib.contextmanager
        def handed_over() -> Iterator[None]:
            yield
            taken_back.append(True)  # as Textual does: not when the block is left by an error

        monkeypatch.setattr(app, "suspend", handed_over)
        app.pane.choose_action()
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        assert app.pane.kql == "edited outside"
        await pilot.press("ctrl+z")
        assert app.pane.kql == "T"

        monkeypatch.setenv("VISUAL", "false")
        app.pane.choose_action()
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        assert len(taken_back) == 2
        assert "exited with code 1" in app.notes[-1]
