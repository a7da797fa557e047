"""The main keys in one line, always the same ones in the same order."""

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from soc_tui.tui.keymap import in_effect
from soc_tui.tui.keys import MAIN


class KeyStrip(Footer):
    """Textual's footer orders keys by the focused widget; an eye that looks for F6 does not."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)

    def compose(self) -> ComposeResult:
        """The keys that work everywhere, in the order of the key map."""
        keys = in_effect(self.app)
        for key in MAIN:
            if key.footer:
                yield FooterKey(
                    keys.keys(key)[0], keys.first(key), key.label, key.action, tooltip=key.meaning
                ).data_bind(compact=Footer.compact)
