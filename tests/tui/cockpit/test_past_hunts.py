"""Past hunts by keyboard: filter, open, run again, compare, trends, report, delete."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.containers import VerticalScroll
from textual.widgets import Input, OptionList, Static

from soc_tui.config.settings import Settings
from soc_tui.history.bundle_file import Bundle
from soc_tui.history.filters import HistoryFilter
from soc_tui.history.store import History
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import Evidence, Mitre, Quotation, Severity
from soc_tui.model.hunt import Hunt, Status
from soc_tui.opening.open_hunter import open_hunter
from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.tui.app import SocTui
from soc_tui.tui.cockpit import past_hunts
from soc_tui.tui.cockpit.main_screen import MainScreen
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.dialogs.comparison import ComparisonScreen
from soc_tui.tui.dialogs.deletion import DeletionScreen
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.dialogs.report import ReportScreen
from soc_tui.tui.dialogs.trends import TrendsScreen
from soc_tui.tui.keys.cockpit import HISTORY
from soc_tui.tui.keys.keymap import KeyMap
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.widgets.hints import Hints
from tests.history.hunts import example_finding, example_hunt
from tests.tui.hands import LARGE, SMALL, Hands, running

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x45"])
HOSTILE = "\x1b[2J[bold]x[/bold] \u202e"

KEPT = example_finding("Encoded PowerShell", 1)
WORSE = replace(KEPT, severity=Severity.CRITICAL)
GONE = replace(
    example_finding("Odd sign-in", 2),
    iocs=(),
    mitre=(),
    evidence=(Evidence("r2", (Quotation("AccountName", "eve"),)),),
)
NEW = replace(
    example_finding("Ransom note", 2),
    iocs=(),
    mitre=(Mitre("Impact", "T1486"),),
    evidence=(Evidence("r3", (Quotation("FileName", "README.txt"),)),),
)
EARLIER = example_hunt(1, KEPT, GONE)
LATER = replace(example_hunt(2, WORSE, NEW), created=EARLIER.created + dt.timedelta(days=1))
OTHER = replace(
    example_hunt(3, request="failed sign-ins of eve"),
    status=Status.FAILED,
    problem="The workspace did not answer.",
    kql="SigninLogs | take 5",
)


def pane(hands: Hands) -> HistoryPane:
    return hands.main.query_one(HistoryPane)


def text(hands: Hands, name: str) -> str:
    return str(hands.main.query_one(name, Static).render())


def listed(hands: Hands) -> list[str]:
    return [hunt.id for hunt in pane(hands)._listing.hunts]


def chosen_id(hands: Hands) -> str:
    chosen = pane(hands).chosen
    return chosen.id if chosen else ""


def history(hands: Hands) -> History:
    assert hands.main.hunter is not None
    assert hands.main.hunter.history is not None
    return hands.main.hunter.history


async def with_hunts(hands: Hands, *hunts: Hunt) -> None:
    """These hunts are recorded and listed."""
    for hunt in hunts:
        history(hands).save(hunt)
    await hands.press("f8")
    await hands.until(lambda: len(listed(hands)) == len(hunts), "the history is listed")


async def on(hands: Hands, screen: type[object]) -> None:
    await hands.until(lambda: isinstance(hands.app.screen, screen), screen.__name__)
    await hands.pilot.pause()


async def back(hands: Hands) -> None:
    await hands.until(lambda: isinstance(hands.app.screen, MainScreen), "the dialog closes")


def told(hands: Hands) -> str:
    return " ".join(str(note.message) for note in hands.app._notifications)


async def test_the_empty_history_says_what_to_do(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await hands.press("f8")
        await hands.until(lambda: "No hunts recorded" in text(hands, "#history-nothing"), "said")
        assert "Ask about your logs (F2)" in text(hands, "#history-nothing")
        assert not hands.main.query_one("#history-pane").query_one(Hints).display
        for key in ("enter", "a", "c", "r", "g", "d"):  # nothing is there to do it with
            await hands.press(key)
        assert isinstance(hands.app.screen, MainScreen)


@SIZES
async def test_the_list_and_its_keys(environment: dict[str, str], size: tuple[int, int]) -> None:
    async with running(environment, size) as hands:
        await with_hunts(hands, EARLIER, LATER, OTHER)
        assert listed(hands) == [LATER.id, OTHER.id, EARLIER.id]
        assert text(hands, "#history-info") == "3 hunts"
        assert "Price Request" in text(hands, "#history-heading")
        line = str(hands.main.query_one("#hunt-list", OptionList).get_option_at_index(1).prompt)
        assert "failed" in line
        assert "failed sign-ins of eve"[: 28 if size == SMALL else 40] in line
        await hands.press("down")
        assert "The workspace did not answer." in text(hands, "#history-detail")
        shown = hands.main.query_one("#history-pane").query_one(Hints)
        assert "d delete" in str(shown.render())
        assert str(shown.render()) == KeyMap().hints(HISTORY, shown.content_size.width)
        await hands.press("f8")
        await hands.pilot.pause()
        assert chosen_id(hands) == OTHER.id


async def test_filter_as_one_types(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_hunts(hands, EARLIER, LATER, OTHER)
        await hands.press("slash", "t")
        await hands.paste("echnique:T14")
        await hands.until(lambda: listed(hands) == [LATER.id], "only one fits")
        assert text(hands, "#history-info") == "1 of 3 hunts match the filter"
        await hands.paste(" state:odd")
        await hands.until(lambda: "Unknown state odd" in text(hands, "#history-info"), "told")
        shown = hands.main.query_one("#history-info", Static)
        assert len(text(hands, "#history-info")) <= 2 * shown.content_size.width, "all of it shows"
        await hands.paste(" hots:x")
        await hands.until(
            lambda: "hots: searched as words (host:?)" in text(hands, "#history-info"), "told"
        )
        await hands.paste(" nowhere")
        await hands.until(lambda: not listed(hands), "nothing fits")
        assert "No hunt matches the filter" in text(hands, "#history-nothing")
        await hands.press("enter")
        list_of_hunts = hands.main.query_one("#hunt-list")
        await hands.until(lambda: hands.main.focused is list_of_hunts, "back in the list")
        assert pane(hands).filter
        await hands.press("slash", "escape")
        await hands.until(lambda: len(listed(hands)) == 3, "all are listed again")
        assert not text(hands, "#history-nothing")
        assert hands.main.focused is list_of_hunts


async def test_a_slow_search_is_told_and_never_shown_late(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(environment) as hands:
        await with_hunts(hands, EARLIER, OTHER)
        find, go_on = History.listing, threading.Event()
        asked: list[tuple[str, ...]] = []

        def slow(self: History, wanted: HistoryFilter, limit: int = 500) -> object:
            asked.append(wanted.words)
            if wanted.words == ("ev",):
                go_on.wait()
            return find(self, wanted, limit)

        monkeypatch.setattr(History, "listing", slow)
        monkeypatch.setattr(past_hunts, "_PAUSE_SECONDS", 0.5)
        await hands.press("slash")
        line = hands.main.query_one("#history-ask", Input)
        line.value = "e"
        await hands.pilot.pause()
        line.value = "ev"
        await hands.until(lambda: "Searching" in text(hands, "#history-info"), "the search is told")
        assert asked == [("ev",)]  # not one search a letter
        line.value = "powershell"
        await hands.until(lambda: listed(hands) == [EARLIER.id], "the last search is shown")
        go_on.set()
        await asyncio.sleep(0.2)
        await hands.pilot.pause()
        assert listed(hands) == [EARLIER.id]
        assert text(hands, "#history-info") == "1 of 2 hunts match the filter"


async def test_trends_of_what_fits(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_hunts(hands, EARLIER, LATER, OTHER)
        await hands.press("g")
        await on(hands, TrendsScreen)
        assert isinstance(hands.app.screen, TrendsScreen)
        lines = hands.app.screen.text().plain.splitlines()
        assert lines[0] == "3 hunts, 4 findings"
        days = [line.split() for line in lines if line.startswith("2026-11-2")]
        assert [day[::2] for day in days] == [
            ["2026-11-25", "█" * 10, "▒" * 20],
            ["2026-11-24", "█" * 20, "▒" * 20],
        ]
        assert [day[1::2] for day in days] == [["1", "2"], ["2", "2"]]
        assert any(line.split()[:3] == ["T1059.001", "PowerShell", "2"] for line in lines)
        assert any(line.split()[:2] == ["new", "4"] for line in lines)
        assert hands.app.focused is hands.app.screen.query_one(VerticalScroll)
        await hands.press("escape", "slash")
        await hands.paste("sign-ins of eve")
        await hands.until(lambda: listed(hands) == [OTHER.id], "only one fits")
        await hands.press("enter", "g")
        await on(hands, TrendsScreen)
        assert hands.app.screen.text().plain.startswith("1 hunt, 0 findings")


async def test_escape_cancels_what_takes_long(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(environment) as hands:
        await with_hunts(hands, EARLIER)
        count, go_on = History.trends, threading.Event()

        def slow(self: History, wanted: HistoryFilter) -> object:
            go_on.wait()
            return count(self, wanted)

        monkeypatch.setattr(History, "trends", slow)
        await hands.press("g")
        await hands.until(lambda: "Counting, Esc cancels" in text(hands, "#history-info"), "told")
        await hands.press("escape")
        await hands.until(lambda: text(hands, "#history-info") == "1 hunt", "cancelled")
        go_on.set()
        await asyncio.sleep(0.2)
        await hands.pilot.pause()
        assert isinstance(hands.app.screen, MainScreen)


async def test_run_again(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_hunts(hands, replace(EARLIER, workspace="elsewhere"))
        await hands.press("a")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.row_count, "it has run")
        await hands.idle()
        hunt = hands.main.hunt
        assert hunt is not None
        assert hunt.repeats == EARLIER.id
        assert hunt.id != EARLIER.id
        assert hunt.verdict is not None
        assert hands.main.query_one(QueryPane).kql == hunt.kql
        assert "TimeGenerated > ago(" in hunt.kql  # bounded as any other query
        assert "It ran on elsewhere; this run uses demo." in hands.said
        assert history(hands).load(hunt.id).repeats == EARLIER.id


async def test_run_again_without_a_query_plans_anew_and_a_bad_query_is_refused(
    environment: dict[str, str],
) -> None:
    async with running(environment) as hands:
        bad = replace(example_hunt(2), kql=".drop table T", request="")
        await with_hunts(hands, replace(EARLIER, kql=""), bad)
        await hands.press("down", "a")
        await hands.until(lambda: hands.main.query_one(QueryPane).kql, "it is planned")
        await hands.idle()
        assert hands.main.hunt is not None
        assert hands.main.hunt.repeats == EARLIER.id
        assert hands.main.hunt.row_count is None  # not run unseen: the plan is new
        await hands.press("f8")
        await hands.until(lambda: len(listed(hands)) == 3, "it is listed")
        while chosen_id(hands) != bad.id:
            await hands.press("down")
        await hands.press("a")
        await hands.until(lambda: "The query was refused" in hands.said, "refused")


async def test_compare_two_runs(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_hunts(hands, EARLIER, LATER, OTHER)
        await hands.press("c")
        await on(hands, ComparisonScreen)
        lines = hands.app.screen.query_one(OptionList)
        prompts = [str(option.prompt) for option in lines.options]
        heads = [prompt.split()[0] + prompt.split()[-1] for prompt in prompts if " run" in prompt]
        assert heads == ["NEW,1", "GONE,1"]
        assert prompts[4] == "SAME in both: 1"
        assert "Ransom note" in prompts[1]
        assert prompts[1].startswith("+ ")
        assert "Odd sign-in" in prompts[3]
        assert prompts[3].startswith("- ")
        assert "severity high → critical" in prompts[5]
        assert prompts[5].startswith("= ")
        await hands.press("down", "enter")  # the one that is gone, of the earlier run
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.id == EARLIER.id, "opened")
        await back(hands)
        findings = hands.main.query_one(FindingsPane)
        await hands.until(lambda: findings.chosen, "the findings are shown")
        assert findings.chosen is not None
        assert findings.chosen.title == GONE.title


async def test_compare_with_one_of_several_and_with_none(environment: dict[str, str]) -> None:
    third = replace(
        example_hunt(4, GONE, request="reworded"),
        repeats=EARLIER.id,
        status=Status.CANCELLED,
        kql="DeviceProcessEvents | take 11",
        created=LATER.created + dt.timedelta(days=1),
    )
    planned = replace(example_hunt(5), status=Status.PLANNED, row_count=None)
    async with running(environment, SMALL) as hands:
        await with_hunts(hands, EARLIER, LATER, OTHER, third, planned)
        while chosen_id(hands) != EARLIER.id:
            await hands.press("down")
        await hands.press("c")
        await on(hands, PickScreen)
        assert hands.app.screen.query_one(OptionList).option_count == 2  # not the planned one
        await hands.press("enter")
        await on(hands, ComparisonScreen)
        said = str(hands.app.screen.query(Static).first().render())
        assert "! it was cancelled" in said
        assert "! The two runs used different queries." in said
        await hands.press("escape")
        await back(hands)
        await hands.press("c")
        await on(hands, PickScreen)
        await hands.press("escape")
        await back(hands)
        while chosen_id(hands) != OTHER.id:
            await hands.press("up")
        await hands.press("c")
        await hands.until(lambda: "no other run" in told(hands), "told")


async def test_delete_asks_first(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        hunter = hands.main.hunter
        assert hunter is not None
        assert hunter.keeper.bundles is not None
        hunter.keeper.bundles.save(Bundle(LATER))
        await with_hunts(hands, EARLIER, LATER, OTHER)
        for no in ("n", "escape"):
            await hands.press("d")
            await on(hands, DeletionScreen)
            assert "odd powershell" in hands.app.screen.text().plain  # type: ignore[attr-defined]
            await hands.press("enter", no)  # Enter is no yes
            await back(hands)
        assert len(history(hands).summaries()) == 3
        await hands.press("d")
        await on(hands, DeletionScreen)
        await hands.press("y")
        await hands.until(lambda: listed(hands) == [OTHER.id, EARLIER.id], "it is gone")
        assert hunter.keeper.bundles.load(LATER.id) is None
        assert [hunt.id for hunt in history(hands).summaries()] == [OTHER.id, EARLIER.id]
        assert hands.main.focused is hands.main.query_one("#hunt-list")


async def test_the_open_hunt_does_not_stay_open_when_it_is_deleted(
    environment: dict[str, str],
) -> None:
    async with running(environment, SMALL) as hands:
        await with_hunts(hands, EARLIER, OTHER)
        await hands.press("down", "enter")
        await hands.until(lambda: hands.main.hunt, "it is open")
        await hands.press("f8", "d")
        await on(hands, DeletionScreen)
        await hands.press("y")
        await hands.until(lambda: hands.main.hunt is None, "it is not open")
        await hands.until(lambda: listed(hands) == [OTHER.id], "it is gone")
        assert hands.main.query_one(QueryPane).kql == EARLIER.kql
        assert hands.main.query_one(FindingsPane).chosen is None


@pytest.mark.parametrize(
    ("size", "key", "ending", "begins"),
    [
        (SMALL, "h", ".html", "<!"),
        (LARGE, "s", ".stix.json", "{"),
        (SMALL, "m", ".md", "# Hunt"),
        (LARGE, "j", ".json", "{"),
    ],
)
async def test_report_of_a_hunt(
    environment: dict[str, str],
    size: tuple[int, int],
    key: str,
    ending: str,
    begins: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "person"
    folder.mkdir()
    monkeypatch.setattr(Path, "home", lambda: folder)
    async with running(environment, size) as hands:
        await with_hunts(hands, EARLIER)
        await hands.press("r")
        await on(hands, ChoiceScreen)
        await hands.press(key)
        await on(hands, ReportScreen)
        await hands.press("enter")
        await hands.until(lambda: "saved to" in told(hands), "told")
        (path,) = folder.iterdir()
        assert path.name == f"soc_tui-{EARLIER.id}{ending}"
        assert str(path) in told(hands)
        assert "2 findings" in told(hands)
        assert path.read_text().startswith(begins)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_report_of_marked_findings(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    path = tmp_path / f"soc_tui-{EARLIER.id}.json"
    path.write_text("keep me")
    async with running(environment, SMALL) as hands:
        await hands.press("f7", "r")
        await hands.until(lambda: "No hunt to report" in told(hands), "told")
        await with_hunts(hands, EARLIER)
        await hands.press("enter")
        await hands.until(lambda: hands.main.query_one(FindingsPane).chosen, "it is open")
        await hands.press("down", "space", "r")
        await on(hands, ChoiceScreen)
        await hands.press("j")
        await on(hands, ReportScreen)
        await hands.press("enter")
        problem = hands.app.screen.query_one("#path-problem", Static)
        await hands.until(
            lambda: "Press Enter again to overwrite it" in str(problem.render()), "asked"
        )
        assert path.read_text() == "keep me"
        await hands.press("enter")
        await hands.until(lambda: "1 finding saved to" in told(hands), "told")
        titles = [finding["title"] for finding in json.loads(path.read_text())["findings"]]
        assert titles == [GONE.title]


async def test_a_report_that_cannot_be_written_says_why_in_place(
    environment: dict[str, str], tmp_path: Path
) -> None:
    async with running(environment, SMALL) as hands:
        await with_hunts(hands, EARLIER)
        await hands.press("r")
        await on(hands, ChoiceScreen)
        await hands.press("m")
        await on(hands, ReportScreen)
        hands.app.screen.query_one(Input).value = str(tmp_path / "report.docx")
        await hands.press("enter")
        problem = hands.app.screen.query_one("#path-problem", Static)
        await hands.until(lambda: "has no known file extension" in str(problem.render()), "said")
        await hands.press("escape")
        await back(hands)
        assert not (tmp_path / "report.docx").exists()


async def test_what_the_history_cannot_do_is_told(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise HistoryError("The history is in use.", "Another process has it.", "Try again.")

    async with running(environment) as hands:
        await with_hunts(hands, EARLIER, LATER)
        for name, keys in (
            ("trends", "g"),
            ("load", "enter"),
            ("load", "r"),
            ("load", "a"),
            ("load", "c"),
            ("delete", "d"),
            ("listing", "f8"),
        ):
            before = hands.said.count("The history is in use.")
            with monkeypatch.context() as patch:
                patch.setattr(History, name, broken)
                await hands.press(keys)
                if keys == "d":
                    await on(hands, DeletionScreen)
                    await hands.press("y")
                await hands.until(
                    lambda before=before: hands.said.count("The history is in use.") > before,  # type: ignore[misc]
                    f"{keys} is told",
                )
            assert not hands.strip.busy
        assert "cannot be read" in text(hands, "#history-nothing")
        assert "Why: Another process has it. Next: Try again." in hands.said
        assert len(history(hands).summaries()) == 2


async def test_opening_shows_the_findings_at_once_in_lines_that_fit(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(environment, SMALL) as hands:
        await with_hunts(hands, EARLIER)
        shown: list[tuple[str, str]] = []
        list_of_findings = hands.main.query_one("#finding-list", OptionList)
        show = hands.main.action_show

        def seen(name: str) -> None:
            shown.append((name, str(list_of_findings.get_option_at_index(0).prompt)))
            show(name)

        monkeypatch.setattr(hands.main.parts.past_hunts, "_show_pane", seen)
        await hands.press("enter")
        await hands.until(lambda: shown, "it opens")
        [(name, line)] = shown
        assert name == "findings"
        assert "Encoded PowerShell" in line


async def test_opening_a_hunt_that_did_not_end_does_not_say_that_nothing_was_found(
    environment: dict[str, str],
) -> None:
    async with running(environment) as hands:
        await with_hunts(hands, replace(example_hunt(1), status=Status.QUERIED, request=HOSTILE))
        await hands.press("enter")
        await hands.until(lambda: "Status: queried, not hunted. " in hands.said, "opened")
        assert "No findings" not in hands.said
        assert "\x1b" not in hands.said
        editor = hands.main.query_one("#editor")
        await hands.until(lambda: editor.has_focus, "its query, as there are no findings and rows")


async def test_the_list_comes_when_the_workspace_is_open(home: Path) -> None:
    recorded = History(home / "data" / "history.sqlite3")
    recorded.save(EARLIER)
    recorded.close()
    go_on = asyncio.Event()

    async def open_late(settings: Settings, **told: Any) -> Hunter:
        await go_on.wait()
        return await open_hunter(settings, **told)

    app = SocTui(load_settings(environ={"SOC_TUI_WORKSPACE": "demo"}), open_hunter=open_late)
    async with app.run_test(size=SMALL) as pilot:
        hands = Hands(pilot)
        await hands.press("f8")
        await hands.until(lambda: "still opening" in text(hands, "#history-nothing"), "told")
        go_on.set()
        await hands.until(lambda: listed(hands) == [EARLIER.id], "the list comes by itself")


async def test_a_hunt_opens_right_after_an_outcome_that_is_still_being_kept(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(environment) as hands:
        await with_hunts(hands, EARLIER)
        hunter = hands.main.hunter
        assert hunter is not None
        keep, kept = hunter.keeper.bundle, asyncio.Event()

        async def slow(hunt: Hunt) -> str:
            await kept.wait()
            return await keep(hunt)

        monkeypatch.setattr(hunter.keeper, "bundle", slow)
        await hands.press("a")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.row_count, "it has run")
        await hands.press("f8")
        await hands.until(lambda: len(listed(hands)) == 2, "both are listed")
        await hands.press("end", "enter")
        assert hands.strip.busy
        kept.set()
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.id == EARLIER.id, "opened")
        assert "A step is running" not in told(hands)
