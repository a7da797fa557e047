"""Past hunts, newest first."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.quote import cost_text
from soc_tui.tui.keys import HISTORY, BindingList, bindings, hints


class HistoryPane(Vertical):
    """A list of hunts; Enter opens one again."""

    BINDINGS: ClassVar[BindingList] = bindings(HISTORY[1:])

    class Chosen(Message):
        """Open this hunt again."""

        def __init__(self, hunt_id: str) -> None:
            super().__init__()
            self.hunt_id = hunt_id

    class KeepAsked(Message):
        """Save this hunt as a playbook."""

        def __init__(self, hunt_id: str) -> None:
            super().__init__()
            self.hunt_id = hunt_id

    def compose(self) -> ComposeResult:
        """A heading and the list."""
        yield Static("Time (UTC)        Status       Rows     Price     Request", classes="heading")
        yield OptionList(id="hunt-list")
        yield Static(hints(HISTORY), classes="hints")

    def show_hunts(self, hunts: tuple[Hunt, ...]) -> None:
        """Show these, in their order."""
        hunt_list = self.query_one("#hunt-list", OptionList)
        hunt_list.clear_options()
        hunt_list.add_options([Option(_line(hunt), id=hunt.id) for hunt in hunts])
        if hunts:
            hunt_list.highlighted = 0

    def focus_list(self) -> None:
        """Put the keyboard into the list."""
        self.query_one("#hunt-list").focus()

    def action_keep(self) -> None:
        """Ask to save the hunt under the cursor as a playbook."""
        hunt_list = self.query_one("#hunt-list", OptionList)
        if hunt_list.highlighted is not None:
            hunt_id = hunt_list.get_option_at_index(hunt_list.highlighted).id
            self.post_message(self.KeepAsked(hunt_id or ""))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Tell which hunt."""
        event.stop()
        if event.option_id:
            self.post_message(self.Chosen(event.option_id))


def _line(hunt: Hunt) -> Text:
    rows = "-" if hunt.row_count is None else f"{hunt.row_count:,}"
    price = cost_text(hunt.usage) if hunt.usage else "-"
    request = inert(hunt.request or hunt.kql, 300)
    return Text(
        f"{hunt.created:%Y-%m-%d %H:%M}  {hunt.status.value:<11}  {rows:<7}  {price:<8}  {request}",
        no_wrap=True,
        overflow="ellipsis",
    )
