"""The dialog that explains a query part by part."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from soc_tui.model.explanation import Explanation, Passage
from soc_tui.model.inert import inert
from soc_tui.tui.dialogs.text_dialog import TextDialog
from soc_tui.tui.keys.dialogs import EXPLAIN
from soc_tui.tui.keys.key import BindingList, bindings

_INDENT = 4


class ExplainScreen(TextDialog):
    """Answers "model" (ask it too), "repair", or nothing.

    Args:
        model: Name of the model that may be asked too; empty when there is none to ask.
    """

    BINDINGS: ClassVar[BindingList] = bindings(EXPLAIN)

    def __init__(self, explanation: Explanation, model: str = "") -> None:
        super().__init__()
        self._explanation = explanation
        self._model = model
        asks = f"{{explain.answer_model}} asks {inert(model, 20)}, " if model else ""
        self.heading = (
            f"Explanation by {inert(explanation.author, 24)}: {asks}"
            "{explain.answer_repair} repairs, Esc closes"
        )

    def text(self) -> Group:
        """The whole in a sentence, what cannot be read, then each part with its words."""
        explanation = self._explanation
        text = Text(end="")
        for line in explanation.summary.split("\n"):
            text.append(inert(line) + "\n" if line else "", "bold")
        if explanation.problem:
            text.append(f"! {inert(explanation.problem)}\n", "bold red")
        return Group(text, *map(_passage, explanation.passages))

    def action_answer(self, word: str) -> None:
        """Close with this answer; without a model there is none to ask."""
        if word != "model" or self._model:
            super().action_answer(word)


def _passage(passage: Passage) -> Padding:
    """Its lines, and beside them the KQL over its words."""
    lines = f"{passage.line}"
    if passage.last_line > passage.line:
        lines = f"{passage.line}-{passage.last_line}"
    text = Text.assemble((inert(passage.kql), "cyan"))
    for line in passage.words.split("\n"):
        text.append(f"\n{inert(line)}")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=4, justify="right", no_wrap=True)
    table.add_column()
    table.add_row(Text(lines, "dim"), text)
    return Padding(table, (1, 0, 0, _INDENT * passage.depth))
