"""The findings by keyboard: list, filter, order, triage, notes, undo, merge, split, matrix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Input, OptionList, Static, TextArea

from soc_tui.model.errors import HistoryError
from soc_tui.model.finding import Checks, Evidence, Finding, Mitre, Quotation, Severity, TriageState
from soc_tui.model.hunt import Hunt
from soc_tui.review.triage import STATES
from soc_tui.tui.dialogs.attack import AttackScreen
from soc_tui.tui.dialogs.notes import NotesScreen
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.grid import Grid
from soc_tui.tui.widgets.finding_lines import finding_line, heading
from tests.history.hunts import example_finding, example_hunt
from tests.tui.hands import LARGE, SMALL, Hands, run, running

HOSTILE = "\x1b[2J[bold]x[/bold] \u202e" + "y" * 5000
ONE = replace(
    example_finding("Encoded PowerShell", 1),
    evidence=(
        Evidence("r1", (Quotation("DeviceName", "win-07"),)),
        Evidence("r3", (Quotation("ProcessCommandLine", HOSTILE),)),
    ),
)
TWO = replace(
    example_finding(HOSTILE, 2),
    severity=Severity.CRITICAL,
    grounded=False,
    checks=Checks(rows=True),
    doubts=("It quotes a cell that is not there.",),
    mitre=(Mitre("Impact", "T1486", name="Data Encrypted for Impact"),),
)
THREE = replace(example_finding("Odd sign-in", 3), severity=Severity.LOW, mitre=())
FOUND = (ONE, TWO, THREE)


@pytest.mark.parametrize("width", [50, 76, 90, 120, 160])
def test_a_line_fits_its_width_and_leaves_room_for_the_title(width: int) -> None:
    for finding in (*FOUND, replace(ONE, title="語" * 400)):
        line = finding_line(finding, width, marked=True).plain
        assert cell_len(line) <= width
        assert "\x1b" not in line
        start = cell_len(heading(width).plain) - len("Title")
        assert width - start >= min(36, width // 5)
        assert line.startswith("*")


def test_columns_stand_under_their_names() -> None:
    for width in (76, 90, 120, 160):
        names, line = heading(width).plain, finding_line(ONE, width).plain
        assert line.index("Encoded PowerShell") == names.index("Title")
        assert line.index("T1059.001") == names.index("ATT&CK")
        assert line.index("win-07") == names.index("Host")
        assert line.index("new") == names.index("State")
        assert ("VERIFIED" in line) == (width >= 86)
        assert "✓" in line
    assert "UNVERIFIED" in finding_line(TWO, 90).plain
    assert finding_line(TWO, 76).plain.split()[:2] == ["✓?-", "CRIT"]
    merged = finding_line(replace(ONE, parts=(TWO, THREE)), 160)
    title = merged.plain.index("Encoded")
    assert not [span for span in merged.spans if span.style == "dim" and span.end > title]
    many = replace(ONE, mitre=tuple(Mitre("Execution", f"T1059.{n:03}") for n in range(1, 20)))
    assert " T1059+18 " in finding_line(many, 160).plain


def text(hands: Hands, name: str) -> str:
    return str(hands.main.query_one(name, Static).render())


def shown(hands: Hands) -> list[str]:
    return [finding.id for finding in hands.main.query_one(FindingsPane)._shown]


def found(hands: Hands) -> tuple[Finding, ...]:
    assert hands.main.hunt is not None
    return hands.main.hunt.findings


def recorded(hands: Hands) -> tuple[Finding, ...]:
    """What another start of the program would show."""
    hunt, hunter = hands.main.hunt, hands.main.hunter
    assert hunt is not None
    assert hunter is not None
    assert hunter.history is not None
    return hunter.history.load(hunt.id).findings


async def with_findings(hands: Hands, findings: tuple[Finding, ...] = FOUND) -> None:
    """A hunt with these findings is recorded and opened."""
    hunter = hands.main.hunter
    assert hunter is not None
    assert hunter.history is not None
    hunter.history.save(example_hunt(1, *findings))
    await hands.press("f8")
    hunts = hands.main.query_one("#hunt-list", OptionList)
    await hands.until(lambda: hunts.option_count, "the history is listed")
    await hands.press("enter")
    await hands.until(lambda: shown(hands), "the hunt is open")
    await hands.until(lambda: getattr(hands.main.focused, "id", "") == "finding-list", "the list")


async def test_filter_and_order(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_findings(hands)
        assert "3 findings" in text(hands, "#findings-info")
        detail = hands.main.query_one("#finding-detail")
        await hands.press("tab", "end")
        assert detail.has_focus
        await hands.until(lambda: detail.scroll_y == detail.max_scroll_y, "its end")
        await hands.press("tab", "down")
        assert hands.main.query_one("#finding-list").has_focus
        await hands.until(lambda: detail.scroll_y == 0, "the next is read from its beginning")
        await hands.press("up", "slash", *"severity:cr")
        assert shown(hands) == ["f2"]
        assert "1 of 3" in text(hands, "#findings-info")
        await hands.press("enter")
        assert hands.main.focused is hands.main.query_one("#finding-list")
        assert shown(hands) == ["f2"]
        await hands.press("slash", "escape")
        assert shown(hands) == ["f1", "f2", "f3"]
        await hands.press("s")
        assert shown(hands) == ["f2", "f1", "f3"]
        assert "by severity" in text(hands, "#findings-info")
        await hands.press("slash", *"nothing-fits")
        assert shown(hands) == []
        assert "No finding matches" in text(hands, "#finding-text")
        # Keys with nothing under the cursor do nothing.
        await hands.press("enter", "t", "e", "m", "S", "space", "p", "w", "1")
        assert found(hands) == FOUND


async def test_findings_that_arrive_are_lines_at_the_end_and_the_cursor_stays(
    environment: dict[str, str],
) -> None:
    async with running(environment) as hands:
        await with_findings(hands)
        pane = hands.main.query_one(FindingsPane)
        lines = hands.main.query_one("#finding-list", OptionList)
        await hands.press("down")
        before = [*lines.options]
        more = tuple(example_finding(f"More {number}", number) for number in range(4, 54))
        for count in range(1, len(more) + 1):
            pane.take_in((*FOUND, *more[:count]))
        await hands.until(lambda: lines.option_count == 53, "all are shown")
        assert [*lines.options][:3] == before
        assert pane.chosen == TWO
        assert "53 findings" in text(hands, "#findings-info")
        grown = replace(TWO, title="It grew")
        pane.take_in((ONE, grown, *more))
        await hands.until(lambda: lines.option_count == 52, "one is taken in by another")
        assert pane.chosen == grown
        assert "It grew" in text(hands, "#finding-text")


async def test_each_state_is_one_key_and_is_taken_back(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_findings(hands)

        async def becomes(state: TriageState) -> None:
            await hands.until(lambda: recorded(hands)[0].state is state, f"{state.value}")
            assert found(hands)[0].state is state

        for number, state in [*enumerate(STATES, 1)][1:]:
            await hands.press(str(number))
            await becomes(state)
        for state in [*reversed(STATES)][1:]:
            await hands.press("u")
            await becomes(state)
        await hands.press("u")
        await hands.pilot.pause()
        assert found(hands) == recorded(hands) == FOUND
        await hands.press("6", "1")
        await hands.until(lambda: len(hands.main.parts.triage.edits) == 2, "closed and new again")
        assert recorded(hands)[0].state is TriageState.NEW


async def test_sentences_name_the_keys_that_are_set(
    home: Path, environment: dict[str, str]
) -> None:
    (home / "config").mkdir()
    keys = '[keys]\n"findings.merge" = "X"\n"findings.notes" = "z"\n"findings.filter" = "f"\n'
    (home / "config" / "config.toml").write_text(keys)
    async with running(environment, LARGE) as hands:
        await with_findings(hands, (replace(ONE, notes="a note"), TWO))
        assert "Notes  z edits" in text(hands, "#finding-text")
        await hands.press("X")
        (told,) = (note.message for note in hands.app._notifications)
        assert told == "Mark two or more findings (Space) to merge them (X)."
        await hands.press("space")
        assert "1 marked: X merges, r reports" in text(hands, "#findings-info")
        await hands.press("f", *"nothing-fits")
        assert "f then Esc clears it" in text(hands, "#finding-text")


async def test_taking_back_goes_to_the_finding_and_names_it(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_findings(hands)
        await hands.press("3")
        await hands.until(lambda: len(hands.main.parts.triage.edits) == 1, "it is a true positive")
        await hands.press("end", "u")
        await hands.until(lambda: recorded(hands) == FOUND, "taken back")
        await hands.until(
            lambda: hands.main.query_one(FindingsPane).chosen == ONE, "the cursor is on it"
        )
        (told,) = (note.message for note in hands.app._notifications)
        assert told == f"Undone: state true positive. {ONE.title}"


async def test_notes_are_written_recorded_and_taken_back(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_findings(hands, (replace(ONE, notes="of the\x1b[2J model"),))
        await hands.press("m")
        await hands.until(lambda: isinstance(hands.app.screen, NotesScreen), "the dialog")
        await hands.until(lambda: hands.app.screen.query(TextArea), "it is drawn")
        assert "\x1b" not in hands.app.screen.query_one(TextArea).text
        await hands.press("ctrl+r")  # untouched: the notes stay to the letter
        await hands.pilot.pause()
        assert recorded(hands)[0].notes == "of the\x1b[2J model"
        await hands.press("m", "ctrl+n", *"my words", "escape")
        await hands.pilot.pause()
        unsaved = hands.app.screen.query_one("#notes-unsaved", Static)
        assert "Not saved. Escape again" in str(unsaved.render())
        await hands.press("x")
        assert not unsaved.display, "typed on: asked again"
        await hands.press("escape", "escape")
        await hands.until(lambda: hands.app.screen is hands.main, "it is left")
        assert "my words" not in found(hands)[0].notes
        await hands.press("m", "escape")
        await hands.until(lambda: hands.app.screen is hands.main, "nothing to lose: left at once")
        await hands.press("m", *"my words", "enter")
        await hands.until(lambda: "my words" in recorded(hands)[0].notes, "the notes are recorded")
        assert recorded(hands)[0].notes.endswith("model\nmy words")
        assert "my words" in text(hands, "#finding-text")
        await hands.press("u")
        await hands.until(lambda: recorded(hands)[0].notes == "of the\x1b[2J model", "taken back")


async def test_merge_split_and_back_survive_a_restart(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await with_findings(hands)
        await hands.press("M")  # nothing is marked
        await hands.pilot.pause()
        assert found(hands) == FOUND
        await hands.press("space", "space")
        assert "2 marked" in text(hands, "#findings-info")
        await hands.press("M")
        await hands.until(lambda: len(recorded(hands)) == 2, "the merge is recorded")
        whole = found(hands)[0]
        await hands.until(lambda: hands.main.query_one(FindingsPane).chosen == whole, "it is shown")
        assert whole.parts == (ONE, TWO)
        assert not whole.grounded
        assert whole.severity is Severity.CRITICAL
    async with running(environment, SMALL) as hands:
        await hands.press("f8")
        hunts = hands.main.query_one("#hunt-list", OptionList)
        await hands.until(lambda: hunts.option_count, "the history is listed")
        await hands.press("enter")
        await hands.until(lambda: shown(hands), "the hunt is open")
        assert found(hands) == (whole, THREE)
        await hands.press("home")
        await hands.press("S")
        await hands.until(lambda: recorded(hands) == FOUND, "the split is recorded")
        await hands.press("u")
        await hands.until(lambda: recorded(hands) == (whole, THREE), "the split is taken back")
        await hands.press("end", "S")  # a finding that nobody merged
        await hands.pilot.pause()
        assert found(hands) == (whole, THREE)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x45"])
async def test_a_technique_of_the_matrix_filters_the_list(
    environment: dict[str, str], size: tuple[int, int]
) -> None:
    async with running(environment, size) as hands:
        await with_findings(hands)
        await hands.press("v")
        await hands.until(lambda: isinstance(hands.app.screen, AttackScreen), "the matrix")
        await hands.until(lambda: hands.app.screen.query(OptionList), "it is drawn")
        assert len(hands.app.screen.query(OptionList)) == (1 if size == SMALL else 2)
        await hands.press("down", "enter")
        await hands.until(lambda: shown(hands) == ["f1"], "only what the technique names")
        await hands.press("v")
        await hands.until(lambda: isinstance(hands.app.screen, AttackScreen), "the matrix again")
        await hands.press("right", "left", "right", "end", "enter")
        await hands.until(lambda: shown(hands) == ["f2"], "the other tactic's")
        await hands.press("v", "escape")
        await hands.pilot.pause()
        assert shown(hands) == ["f2"]
        assert "T1486" in hands.main.query_one("#findings-ask", Input).value


async def test_a_cited_row_is_chosen_or_reached_one_after_the_other(
    environment: dict[str, str],
) -> None:
    async with running(environment) as hands:
        query = "DeviceProcessEvents | where TimeGenerated > ago(7d) | take 9"
        hands.main.query_one("#query").kql = query  # type: ignore[attr-defined]
        await run(hands)
        hunt = hands.main.hunt
        assert hunt is not None
        hands.main.cockpit_state.hunt = replace(hunt, findings=FOUND)
        hands.main.query_one(FindingsPane).show_findings(FOUND)

        def grid() -> Grid:
            return hands.main.query_one(Grid)

        def row() -> int:
            return grid().cursor_row

        await hands.press("f7", "enter")
        await hands.until(lambda: isinstance(hands.app.screen, PickScreen), "the cited rows")
        await hands.until(lambda: hands.app.screen.query(OptionList), "they are drawn")
        await hands.press("down", "enter")
        await hands.until(lambda: row() == 2, "the second cited row, r3")
        await hands.press("f7", "e")
        await hands.until(lambda: row() == 0, "the first")
        quoted = FOUND[0].evidence[0].quotations[0].column
        await hands.until(lambda: grid().cursor_name == quoted, "the quoted cell")
        await hands.press("f7", "e")
        await hands.until(lambda: row() == 2, "the next")


async def test_what_cannot_be_recorded_is_said_and_not_shown(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(environment) as hands:
        await with_findings(hands)
        assert hands.main.hunter is not None

        async def full(before: Hunt, after: Hunt) -> None:
            raise HistoryError("The history cannot be written.", "The disk is full.", "Make room.")

        monkeypatch.setattr(hands.main.hunter.keeper, "triage", full)
        await hands.press("3")
        await hands.until(lambda: "The disk is full" in hands.said, "the reason")
        await hands.press("space", "space", "M")
        await hands.until(lambda: hands.said.count("The disk is full") == 2, "the reason again")
        assert found(hands) == FOUND
        assert not hands.main.parts.triage.edits
