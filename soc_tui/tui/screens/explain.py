"""The dialog that says what a query does, part by part."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text

from soc_tui.model.explanation import Explanation, Passage
from soc_tui.model.inert import inert
from soc_tui.tui.keys.dialogs import EXPLAIN
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.screens.text_dialog import TextDialog

_INDENT = "    "


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
            f"What it does, by {inert(explanation.author, 24)}: {asks}"
            "{explain.answer_repair} repairs, Esc closes"
        )

    def text(self) -> Text:
        """The whole in a sentence, what cannot be read, then each part with its words."""
        explanation = self._explanation
        text = Text()
        for line in explanation.summary.split("\n"):
            text.append(inert(line) + "\n" if line else "", "bold")
        if explanation.problem:
            text.append(f"! {inert(explanation.problem)}\n", "bold red")
        for passage in explanation.passages:
            text.append_text(_passage(passage))
        return text

    def action_answer(self, word: str) -> None:
        """Close with this answer; without a model there is none to ask."""
        if word != "model" or self._model:
            super().action_answer(word)


def _passage(passage: Passage) -> Text:
    indent = _INDENT * passage.depth
    lines = f"{passage.line}"
    if passage.last_line > passage.line:
        lines = f"{passage.line}-{passage.last_line}"
    text = Text(f"\n{indent}{lines:>4}  ", "dim")
    text.append(inert(passage.kql) + "\n", "cyan")
    for line in passage.words.split("\n"):
        text.append(f"{indent}{_INDENT}  {inert(line)}\n")
    return text
