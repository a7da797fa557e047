"""What a hunt saw and what it did not, table by table."""

from __future__ import annotations

from rich.text import Text

from soc_tui.model.coverage import Stage
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.wording import number_of
from soc_tui.tui.dialogs.text_dialog import TextDialog

_KQL_CHARS, _REQUEST_CHARS = 300, 40
_TITLES = {
    Stage.NO_ANSWER: "No answer yet",
    Stage.NO_ROWS: "No rows",
    Stage.NOT_READ: "Not hunted",
    Stage.READING: "The hunt is running",
    Stage.STOPPED: "NOT ALL SEEN",
    Stage.READ: "NOT ALL SEEN",
}


class CoverageScreen(TextDialog):
    """The receipt of a hunt."""

    def __init__(self, hunt: Hunt) -> None:
        super().__init__()
        self._hunt = hunt
        what = inert(hunt.request, _REQUEST_CHARS) or "a manual query"
        self.heading = f"Coverage of {what}: Esc closes".replace("{", "(").replace("}", ")")

    def text(self) -> Text:
        """How far the hunt got, what is missing, then the receipt."""
        hunt, coverage = self._hunt, self._hunt.coverage
        text = Text()
        title = "All seen" if coverage.whole and hunt.row_count else _TITLES[coverage.stage]
        rows = f": {number_of(hunt.row_count, 'row')}" if hunt.row_count else ""
        text.append(f"{title}{rows}\n", "bold")
        if coverage.stage is Stage.NO_ROWS:
            text.append(f"{inert(coverage.no_rows())}\n")
        else:
            for gap in coverage.gaps:
                text.append(f"- {inert(gap)}\n")
        text.append("\nTables\n", "bold")
        lines = coverage.lines()
        for line in lines or ("No receipt was made of this query.",):
            text.append(f"{inert(line)}\n")
        text.append("\nQuery\n", "bold")
        kql = " ".join(line.strip() for line in hunt.kql.splitlines())
        text.append(inert(kql, _KQL_CHARS) or "none")
        return text
