"""The main keys in one line, always in the same order."""

from typing import ClassVar

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from soc_tui.tui.keys.cockpit import MAIN
from soc_tui.tui.keys.key import Key
from soc_tui.tui.keys.keymap import in_effect


class KeyStrip(Widget):
    """Textual's footer orders keys by the focused widget; an eye that looks for F6 does not.

    One widget for all keys: Textual's has one for each, which the first paint waits for.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-strip--key"}
    DEFAULT_CSS = """
    KeyStrip {
        dock: bottom;
        height: 1;
        text-wrap: nowrap;
        background: $footer-background;
        color: $footer-description-foreground;
        & > .key-strip--key { color: $footer-key-foreground; text-style: bold; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.set_reactive(Widget.auto_links, False)  # clickable items keep their colors

    def render(self) -> Content:
        """The keys that work everywhere, in the order of the key map; each can be clicked.

        As many as fit, those first that 80 columns hold.
        """
        shown: dict[Key, Content] = {}
        room = self.size.width + 1
        for key in sorted(MAIN, key=lambda key: not key.footer):
            told = self._shown(key)
            if key.action != "cancel" and len(told) < room:
                shown[key] = told
                room -= len(told) + 1
        return Content(" ").join(shown[key] for key in MAIN if key in shown)

    def _shown(self, key: Key) -> Content:
        keys = in_effect(self.app)
        name = (keys.first(key), self.get_visual_style("key-strip--key"))
        shown = Content.assemble(name, f" {key.label}")
        click = f"app.simulate_key({keys.keys(key)[0]!r})"
        return shown.stylize(Style.from_meta({"@click": click}))
