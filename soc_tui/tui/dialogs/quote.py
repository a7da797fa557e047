"""The quote of a hunt, which waits for a yes, and the choice of another model."""

import operator
from collections.abc import Callable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult

from soc_tui.model.inert import inert
from soc_tui.model.quote import (
    Alternative,
    Quote,
    calls_text,
    injection_text,
    masked_text,
    price_text,
)
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.dialogs.text_dialog import TextDialog, YesNoDialog
from soc_tui.tui.keys.dialogs import QUOTE
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import in_effect
from soc_tui.tui.terminal.key_queue import now

_KQL_CHARS = 200
_PROMPT_CHARS = 100_000
"""More of what is sent is not shown on the screen: it is millions of characters at times."""
_MODEL_KEYS = "123456789abcdefghijklmnopqrstuvwxyz"


class QuoteScreen(YesNoDialog):
    """What the hunt will take and what the model will not see. True when accepted.

    Args:
        tables: What of the query's tables is missing, a sentence part each.
        older: Whose rows will be hunted, when they are not those of the editor's text.
        older_kql: Their query.
        prompts: What will be sent, a text for each call.
    """

    BINDINGS: ClassVar[BindingList] = bindings(QUOTE)

    def __init__(
        self,
        quote: Quote,
        tables: tuple[str, ...] = (),
        older_kql: str = "",
        older: str = "",
        prompts: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        super().__init__()
        self._quote = quote
        self._tables = tables
        self._prompts = prompts
        self._older, self._older_kql = older, older_kql
        self.picks = False
        self.asked_at = now()
        """For `OneByOne`: a key from before is no answer."""

    def compose(self) -> ComposeResult:
        """The quote under the keys that answer it."""
        yes, no, other, _ = (in_effect(self.app).both(key) for key in QUOTE)
        pick = f", {other} picks another model" if self._quote.alternatives else ""
        self.heading = f"Quote: {yes} hunts, {no} declines{pick}"
        yield from super().compose()

    def action_pick(self) -> None:
        """Close without hunting; `picks` says that another model is wanted."""
        if self._quote.alternatives:
            self.picks = True
            self.dismiss(False)

    def _key_of_prompts(self) -> str:
        return in_effect(self.app).both(QUOTE[-1])

    def action_prompts(self) -> None:
        """Show what would be sent, above the quote."""
        if prompts := self._prompts():
            self.app.push_screen(PromptDialog(prompts))

    def text(self) -> Table:
        """The figures, then what stays unseen, then warnings."""
        quote = self._quote
        price = "free, nothing leaves this machine" if quote.free else price_text(quote.price)
        coverage = "Coverage" if quote.unseen.nothing else "Not seen"
        lines = [
            ("Model", quote.model),
            ("Why", quote.reason),
            ("Price", f"{price} (USD, input and assumed output)" if not quote.free else price),
            ("Tokens", f"{quote.tokens_in:,} in, {quote.tokens_out_assumed:,} out assumed"),
            ("Context", _share(quote.context_share)),
            ("Rate", f"{_share(quote.rate_share)} of the tier's tokens per minute"),
            ("Calls", calls_text(quote)),
            (coverage, quote.unseen.summary(ahead=True)),
            ("Masked", f"{masked_text(quote)} {self._key_of_prompts()} shows what would be sent."),
            *([("Tables", "; ".join(self._tables))] if self._tables else ()),
            *(("Warning", warning) for warning in quote.warnings),
        ]
        if quote.free:
            told = {"Model", "Why", "Price", coverage, "Tables", "Warning"}
            lines = [line for line in lines if line[0] in told]
        if injected := injection_text(quote):
            lines.append(("Injection", injected))
        if self._older:
            kql = " ".join(inert(line.strip()) for line in self._older_kql.splitlines())
            lines = [("Rows", self._older), ("Query", inert(kql, _KQL_CHARS)), *lines]
        table = Table.grid(padding=(0, 1))
        for name, value in lines:
            table.add_row(Text(name, "bold"), Text(inert(value)))
        return table


class PromptDialog(TextDialog):
    """What would be sent to a model, word for word."""

    def __init__(self, prompts: tuple[str, ...]) -> None:
        super().__init__()
        self._prompts = prompts
        calls = "1 call" if len(prompts) == 1 else f"{len(prompts)} calls"
        self.heading = f"What would be sent, {calls}"

    def text(self) -> Text:
        """All calls one after the other, as far as a screen can show them."""
        of = len(self._prompts)
        heads = (
            [f"— Call {number} of {of} —\n\n" for number in range(1, of + 1)] if of > 1 else [""]
        )
        whole = "\n\n".join(map(operator.add, heads, self._prompts))
        shown = "\n".join(inert(line) for line in whole[:_PROMPT_CHARS].splitlines())
        if len(whole) > _PROMPT_CHARS:
            rest = len(whole) - _PROMPT_CHARS
            shown += f"\n… {rest:,} more characters: soc-tui hunt --show-prompt prints them all."
        return Text(shown)


def model_choice(quote: Quote) -> tuple[ChoiceScreen, dict[str, str]]:
    """The other models of a quote to choose from, and the model of each key."""
    offered = dict(zip(_MODEL_KEYS, quote.alternatives, strict=False))
    lines = {key: _alternative(other) for key, other in offered.items()}
    return ChoiceScreen("Model", lines), {key: other.model for key, other in offered.items()}


def _alternative(other: Alternative) -> str:
    fits = "" if other.fits else "does not fit: "
    why = f"  {fits}{other.why}" if other.why else ""
    return inert(f"{other.model}  {price_text(other.price)}{why}", 200)


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"
