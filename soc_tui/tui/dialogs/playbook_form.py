"""A value for each parameter of a playbook."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from soc_tui.files.playbooks import Filled, fill, problems_of
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.model.playbook import Parameter, Playbook
from soc_tui.tui.keys.dialogs import PLAYBOOK_FORM
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.worker_errors import ShowsWorkerErrors


class PlaybookForm(ShowsWorkerErrors, ModalScreen[Filled | None]):
    """Answers the playbook with its values, or None."""

    BINDINGS: ClassVar[BindingList] = bindings(PLAYBOOK_FORM)

    def __init__(self, playbook: Playbook) -> None:
        super().__init__()
        self._playbook = playbook

    def compose(self) -> ComposeResult:
        """A line of words and a field for each parameter, what is wrong below."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Text(f"Playbook {self._playbook.name}")
            yield Static(inert(self._playbook.title, 200), markup=False)
            with VerticalScroll(classes="dialog-scroll", can_focus=False):
                for number, one in enumerate(self._playbook.parameters):
                    yield Static(_label(one), classes="field-label")
                    yield Input(inert(one.default), id=f"field-{number}", compact=True)
            yield Static(id="playbook-wrong", markup=False)
            yield Hints(PLAYBOOK_FORM)

    def on_mount(self) -> None:
        """The keyboard goes to the first field; without one there is nothing to ask."""
        if self._playbook.parameters:
            self.query(Input).first().focus()
        else:
            self.action_done()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in any field is done."""
        event.stop()
        self.action_done()

    def action_move(self, by: int) -> None:
        """To the next field, or the one before."""
        if by > 0:
            self.focus_next(Input)
        else:
            self.focus_previous(Input)

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    @work(exclusive=True, exit_on_error=False)
    async def action_done(self) -> None:
        """Answer, or say what is wrong and go there."""
        typed = self._typed()
        told = self.query_one("#playbook-wrong", Static)
        if wrong := problems_of(self._playbook, typed):
            name, wanted = next(iter(wrong.items()))
            told.update(f"{name}: expected {wanted[:1].lower()}{wanted[1:]}")
            names = [one.name for one in self._playbook.parameters]
            field = self.query_one(f"#field-{names.index(name)}", Input)
            field.focus()
            field.action_select_all()
            return
        try:
            self.dismiss(fill(self._playbook, typed))
        except SocError as error:
            told.update(inert(str(error)))

    def _typed(self) -> dict[str, str]:
        """What the fields hold; one that was not touched holds its default, to the letter."""
        typed = {}
        for number, one in enumerate(self._playbook.parameters):
            held = self.query_one(f"#field-{number}", Input).value
            typed[one.name] = one.default if held == inert(one.default) else held
        return typed


def _label(one: Parameter) -> Text:
    label = Text(one.name, "bold", no_wrap=True, overflow="ellipsis")
    return label.append(f"  {one.kind.value}  {inert(one.description, 200)}", "not bold")
