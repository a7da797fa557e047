"""In imported logs, the clock and the column of times are switched by a key each."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import OptionList

from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.workspaces.local.log_import.load import import_files
from tests.tui.dialogs.test_first_run import exported, take_steps
from tests.tui.hands import SMALL, Hands, running


def told(hands: Hands) -> str:
    return " ".join(note.message for note in hands.app._notifications)


async def test_clock_and_time_column_are_switched_and_more_logs_are_there_at_once(
    home: Path,
) -> None:
    first, case = home / "door.csv", home / "case-42.duckdb"
    first.write_text(
        "EventTime,BookedTime,Door\n2026-05-02 10:00,2026-05-01 08:30,a\n"
        "2026-05-03 10:00,2026-05-01 08:45,b\n"
    )
    import_files(case, None, [first])
    async with running({"SOC_TUI_WORKSPACE": str(case)}, SMALL) as hands:
        await hands.until(lambda: "now = 2026-05-03 10:01" in hands.status, "the end of the logs")
        await hands.press("f12", "c")
        await hands.until(lambda: "Time counts from now" in told(hands), "the clock on the wall")
        assert "now =" not in hands.status
        await hands.press("c")
        await hands.until(lambda: "now = 2026-05-03 10:01" in hands.status, "and back")

        await hands.press("t")
        await hands.until(lambda: isinstance(hands.app.screen, PickScreen), "the columns")
        options = hands.app.screen.query_one(OptionList)
        lines = [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]
        assert [" ".join(line.split()) for line in lines] == [
            "door_CL EventTime tells the time now",
            "door_CL BookedTime",
        ]
        await hands.press("down", "enter")
        await hands.until(lambda: "is BookedTime now" in hands.said, "it is taken")
        assert "now = 2026-05-01 08:46" in hands.status

        await hands.press("ctrl+backslash", "w", "i")
        await take_steps(hands, exported(home, "2026-05-02 10:00,anna@contoso.com,0"), case)
        await hands.until(lambda: "into SigninLogs" in hands.said, "more logs are imported")
        assert hands.main.hunter is not None
        assert set(hands.main.hunter.catalog.tables) == {"SigninLogs", "door_CL"}
