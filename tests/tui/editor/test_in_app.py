"""The editor in the whole app: judged as you type, run, completed from the rows, stepped back."""

from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.editor.text import KqlEditor
from soc_tui.tui.editor.verdict import VerdictList
from tests.tui.hands import SMALL, running

QUERY = "DeviceProcessEvents|where TimeGenerated>ago(7d)|project FileName|take 5"


async def test_type_judge_format_run_complete_step_back(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        editor = hands.main.query_one(KqlEditor)
        verdict = hands.main.query_one(VerdictList)

        # A column that is not there is refused, marked, and one key away.
        await hands.press("f3")
        editor.rewrite(QUERY.replace("FileName", "FileNmae"))
        await hands.until(lambda: "REFUSE" in hands.status, "the verdict")
        await hands.press("ctrl+home", "tab")
        assert editor.selection.end == (0, QUERY.index("FileName"))
        assert verdict.lines[0].rule == "column"

        # It is corrected and laid out; the very text on screen runs.
        await hands.press("enter", *["delete"] * 8, *"FileName", "escape")
        await hands.press("f9")
        await hands.until(lambda: isinstance(hands.app.screen, ChoiceScreen), "the menu")
        await hands.press("f")
        await hands.until(lambda: "\n| take 5" in editor.text, "the layout")
        first = editor.text
        await hands.press("f5")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.row_count == 5, "rows")
        await hands.idle()
        assert hands.main.hunt is not None
        assert hands.main.hunt.kql == first

        # A value of the rows completes the next query, and the first one comes back.
        await hands.until(lambda: editor.names.values, "the values seen")
        await hands.press(
            "f3",
            "ctrl+end",
            "enter",
            "vertical_line",
            "space",
            *"where",
            "space",
            *"FileName",
            "space",
            "equals_sign",
        )
        await hands.press("equals_sign", "space", "quotation_mark")
        value = editor.names.values["FileName"][0]
        assert editor.popup.items[0].text == value
        await hands.press("tab")
        assert editor.text == f"{first}\n| where FileName == {value}"
        await hands.press("ctrl+up")
        await hands.until(lambda: editor.text == first, "the query that was run")
