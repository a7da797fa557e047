"""The conversation log and the request input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key, Paste
from textual.message import Message
from textual.widgets import Input, OptionList, ProgressBar
from textual.widgets.option_list import Option

from soc_tui.analysts.secrets.finder import hide_keys
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.tui.keys.cockpit import REQUEST
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation_log import ConversationLog
from soc_tui.tui.panes.pane_message import PaneMessage

if TYPE_CHECKING:
    from soc_tui.model.finding import Finding, Remark
    from soc_tui.model.plan import Reply

EXAMPLES = (
    "anything odd on win-07 in the last 12 hours?",
    "suspicious powershell in the last 7 days",
    "failed sign-ins in the last 3 days",
    "role assignments in Azure this week",
)

PLAYBOOKS = "Playbooks: hunts with parameters …"

WELCOME = (
    "Ask about your logs in plain words. I write the KQL, you edit it, the guardrails check it, "
    "and every finding is checked against the rows it cites.\n\n"
    "Type a request below, or pick an example (Up, Enter)."
)


_SAID_LIMIT = 20_000
"""Most characters of a line: to lay out a megabyte holds the screen up for seconds."""
LINE_BREAK = "⏎"
"""Between two lines that were pasted."""
_LINE_SIGN = re.compile(rf"\s*{LINE_BREAK}\s*")
_PLACEHOLDER = "Ask about your logs, then Enter"


class RequestInput(Input):
    """Where a request is typed; Up asks for the examples above it, later for what was asked."""

    BINDINGS: ClassVar[BindingList] = bindings(REQUEST)

    class EarlierAsked(Message):
        """Show what was asked so many requests before; after, when negative."""

        def __init__(self, back: int) -> None:
            super().__init__()
            self.back = back

    class AnewAsked(Message):
        """Begin a hunt of its own, whatever was asked before."""

    class InsteadAsked(Message):
        """Take the other reading of the last request."""

    class ScrollAsked(Message):
        """Scroll the conversation by so many pages; back when negative."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    @property
    def request(self) -> str:
        """What is typed, its lines parted as they were pasted."""
        return _LINE_SIGN.sub("\n", self.value).strip()

    def on_paste(self, event: Paste) -> None:
        """Keep every line that is pasted; a field of one line shows a sign between two."""
        lines = [line.strip() for line in event.text.splitlines() if line.strip()]
        if len(lines) > 1:
            event.prevent_default()
            event.stop()
            self.replace(f" {LINE_BREAK} ".join(lines), *self.selection)

    async def action_ask(self) -> None:
        """Plan a query for what is typed."""
        await self.action_submit()

    def action_before(self) -> None:
        """Ask for the examples, or what was asked before."""
        self.post_message(self.EarlierAsked(1))

    def action_after(self) -> None:
        """Ask for what was asked after that."""
        self.post_message(self.EarlierAsked(-1))

    def action_anew(self) -> None:
        """Ask for a hunt of its own."""
        self.post_message(self.AnewAsked())

    def action_instead(self) -> None:
        """Ask for the other reading."""
        self.post_message(self.InsteadAsked())

    def action_scroll(self, pages: int) -> None:
        """Ask to scroll the conversation."""
        self.post_message(self.ScrollAsked(pages))


class Conversation(Vertical):
    """Log of the hunt above, request input below."""

    class Asked(PaneMessage):
        """The user pressed Enter on a request.

        Attributes:
            instead: It takes the place of the last one: what was before that, it may follow up.
        """

        def __init__(self, request: str, *, instead: bool = False) -> None:
            super().__init__()
            self.request = request
            self.instead = instead

    class PlaybooksAsked(PaneMessage):
        """Choose a playbook."""

    class AskedAbout(PaneMessage):
        """The user pressed Enter on a question about a finding."""

        def __init__(self, finding: Finding, question: str) -> None:
            super().__init__()
            self.finding = finding
            self.question = question

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._about: Finding | None = None
        self._asked: list[str] = []
        self._back = 0
        """Steps back in what was asked; 0 is what was being typed."""
        self._draft = ""
        self._instead = ""
        """Another reading of the last request, as a request."""

    def compose(self) -> ComposeResult:
        """The log, the examples, the progress of opening, the input."""
        yield ConversationLog()
        yield OptionList(*(Option(Text(text)) for text in (*EXAMPLES, PLAYBOOKS)), id="examples")
        yield ProgressBar(total=1.0, id="opening", show_eta=False)
        yield RequestInput(placeholder=_PLACEHOLDER, id="request")

    def on_mount(self) -> None:
        """Greet."""
        self.border_title = worded(self, "Ask (F2)")
        self.say(WELCOME)
        self.query_one("#request", Input).focus()

    def say(self, text: str, style: str = "") -> None:
        """Add a line; control characters in it are made visible, a very long one is cut."""
        cut = "…" if len(text) > _SAID_LIMIT else ""
        lines = (inert(line) for line in f"{text[:_SAID_LIMIT]}{cut}".split("\n"))
        self.query_one(ConversationLog).say(Text("\n".join(lines), style=style))

    def say_remark(self, remark: Remark) -> None:
        """What the analyst said about a finding, and what is doubtful of it."""
        self.say(remark.answer)
        for note in remark.notes:
            self.say(f"! {note}", "yellow")

    def ask_about(self, finding: Finding | None) -> None:
        """The next request is a question on this finding; None: on the logs again."""
        self._about = finding
        field = self.query_one("#request", Input)
        field.placeholder = (
            f"About (Esc: your logs): {inert(finding.title, 60)}" if finding else _PLACEHOLDER
        )

    def say_error(self, error: SocError) -> None:
        """What happened, why, and what to do next."""
        self.say(f"✗ {error.what}", "bold red")
        if error.why:
            self.say(f"  Why: {error.why}")
        if error.next_step:
            self.say(f"  Next: {error.next_step}", "bold")

    def say_reply(self, reply: Reply) -> None:
        """An answer without a query, or a question with its likely answers by number."""
        if not reply.question:
            self.say(reply.text)
            return
        self.say(f"? {reply.text}", "bold")
        for number, choice in enumerate(reply.choices, start=1):
            self.say(f"  {number}. {choice}")
        self.say("Answer below, in words or with a number." if reply.choices else "Answer below.")

    def offer(self, request: str) -> None:
        """Offer another reading of the last request, to be taken by a key; empty for none."""
        self._instead = request
        if request:
            self.say(worded(self, f"Or, by Ctrl+Y: {request}"), "bold")

    def show_opening(self, share: float | None) -> None:
        """Share (0-1) of the opening that is done; None hides the bar."""
        bar = self.query_one("#opening", ProgressBar)
        bar.set_class(share is not None, "active")
        if share is not None:
            bar.update(progress=share)

    def on_request_input_earlier_asked(self, message: RequestInput.EarlierAsked) -> None:
        """Go to the last example, which is the nearest; without them, step through the requests."""
        examples = self.query_one("#examples", OptionList)
        if examples.display:
            if message.back > 0:
                examples.highlighted = len(EXAMPLES) - 1
                examples.focus()
            return
        request = self.query_one("#request", Input)
        if self._back == 0:
            self._draft = request.value
        wanted = self._back + message.back
        if 0 <= wanted <= len(self._asked):
            self._back = wanted
            earlier = self._asked[-wanted] if wanted else self._draft
            request.value = earlier.replace("\n", f" {LINE_BREAK} ")
            request.cursor_position = len(request.value)

    def on_request_input_anew_asked(self) -> None:
        """Put the word for a new hunt before what is typed, and send that."""
        request = self.query_one(RequestInput)
        if words := request.request:
            request.clear()
            self._ask(f"new: {words}")
        else:
            request.value = "new: "
            request.cursor_position = len(request.value)

    def on_request_input_instead_asked(self) -> None:
        """Send the other reading that was offered."""
        if self._instead:
            self._ask(self._instead, instead=True)
        else:
            self.say("There is no other reading of the last request.", "yellow")

    def on_request_input_scroll_asked(self, message: RequestInput.ScrollAsked) -> None:
        """Show what was said before, or go on."""
        log = self.query_one(ConversationLog)
        log.scroll_relative(y=message.pages * log.size.height, animate=False)

    def on_key(self, event: Key) -> None:
        """Back from the examples to the request: by Escape, or by typing."""
        if not self.query_one("#examples").has_focus:
            return
        if event.key == "escape" or (event.is_printable and event.character):
            event.stop()
            request = self.query_one("#request", Input)
            request.focus()
            if event.is_printable and event.character:
                request.insert_text_at_cursor(event.character)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand the request on."""
        event.stop()
        request, about = self.query_one(RequestInput).request, self._about
        self.ask_about(None)
        if not request:
            return
        event.input.clear()
        if about is None:
            self._ask(request)
        else:
            self._remember(request)
            self.post_message(self.AskedAbout(about, request))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Hand an example on."""
        event.stop()
        if event.option_index < len(EXAMPLES):
            self._ask(EXAMPLES[event.option_index])
        else:
            self.post_message(self.PlaybooksAsked())

    def _remember(self, request: str) -> None:
        self._asked.append(hide_keys(request))
        self._back = 0

    def _ask(self, request: str, *, instead: bool = False) -> None:
        self._remember(request)
        self._instead = ""
        self.query_one("#examples").display = False
        self.post_message(self.Asked(request, instead=instead))
