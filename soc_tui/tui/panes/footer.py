"""The main keys in one line, always the same ones in the same order."""

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from soc_tui.tui.keys import MAIN

_ORDER = {key.action: number for number, key in enumerate(MAIN)}


class KeyStrip(Footer):
    """Textual's footer orders keys by the focused widget; an eye that looks for F6 does not."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)

    def compose(self) -> ComposeResult:
        """The keys that are bound now, in the order of the key map."""
        shown = {
            binding.action: binding
            for _, binding, _, _ in self.screen.active_bindings.values()
            if binding.show and binding.action in _ORDER
        }
        for action in sorted(shown, key=_ORDER.__getitem__):
            binding = shown[action]
            yield FooterKey(
                binding.key,
                self.app.get_key_display(binding),
                binding.description,
                action,
                tooltip=binding.tooltip,
            ).data_bind(compact=Footer.compact)
