"""The settings screen: a list with an input line; tests and saves the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from soc_tui.config.changing import (
    changed_places,
    choices,
    default_of,
    is_secret,
    text_of,
    value_of,
    with_text,
    with_value,
)
from soc_tui.config.endpoint import without_credentials
from soc_tui.config.items import TIERS, Item, item_at, place_named, sections
from soc_tui.config.settings import Settings
from soc_tui.model.errors import ConfigError, SocError
from soc_tui.model.inert import inert
from soc_tui.tui.dialogs.connection import ConnectionScreen
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.keys.dialogs import SETTINGS
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.worker_errors import ShowsWorkerErrors

OpenAndSave = Callable[[Settings, tuple[str, ...]], Awaitable[None]]
"""Opens what the settings mean and keeps these places of them. Raises SocError."""

_LABEL = 17
_VALUE = 34


class SettingsScreen(ShowsWorkerErrors, ModalScreen[str]):
    """Answers "saved", "places" when other logs are wanted, or an empty text.

    Args:
        settings: That hold now.
        open_and_save: What saving does.
        fixed: The variable that sets each place; such a place cannot be changed here.
        themes: Names to choose from.
        draft: Settings to begin with in place of those that hold.
        at: Place to begin at.
    """

    BINDINGS: ClassVar[BindingList] = bindings(SETTINGS)

    def __init__(
        self,
        settings: Settings,
        open_and_save: OpenAndSave,
        *,
        fixed: Mapping[str, str],
        themes: Sequence[str],
        draft: Settings | None = None,
        at: str = "",
    ) -> None:
        super().__init__()
        self._before = settings
        self.draft = draft or settings
        self._open_and_save = open_and_save
        self._fixed = fixed
        self._themes = tuple(themes)
        self._at = at
        self._warned = False

    def compose(self) -> ComposeResult:
        """The list, what the line under the cursor is, the line to type in, the keys."""
        with Vertical(classes="dialog wide tall") as frame:
            frame.border_title = "Settings: Enter edits, Esc closes"
            yield OptionList(id="settings-list")
            yield Static(id="settings-about")
            yield Input(id="settings-entry")
            yield Hints(SETTINGS)

    def on_mount(self) -> None:
        """Begin at the place that was asked for."""
        self._list(self._at)
        self.query_one(OptionList).focus()

    # -- the list ----------------------------------------------------------------------------------

    def _list(self, at: str) -> None:
        lines = self.query_one(OptionList)
        lines.clear_options()
        for section, items in sections(self.draft).items():
            shown = [item for item in items if item.shown(self.draft)]
            if shown:
                lines.add_option(Option(Text(section, "bold underline"), disabled=True))
                lines.add_options(Option(self._line(item), id=item.place) for item in shown)
        places = [option.id for option in lines.options]
        lines.highlighted = places.index(at) if at in places else 1

    def _line(self, item: Item) -> Text:
        place = item.place
        if is_secret(self.draft, place):
            value = "set" if value_of(self.draft, place) else "not set"
        else:
            value = without_credentials(text_of(self.draft, place)) or "not set"
        shown = inert(value, _VALUE).ljust(_VALUE)
        return Text.assemble(
            f"  {item.label:<{_LABEL}}", (shown, "bold"), " ", (self._origin(place), "italic")
        )

    def _origin(self, place: str) -> str:
        if place in self._fixed:
            return self._fixed[place]
        if value_of(self.draft, place) != value_of(self._before, place):
            return "not saved yet"
        value = value_of(self.draft, place)
        return "default" if value and value == default_of(self.draft, place) else ""

    @property
    def place(self) -> str:
        """Of the line under the cursor."""
        lines = self.query_one(OptionList)
        at = lines.highlighted
        return "" if at is None else lines.get_option_at_index(at).id or ""

    def on_option_list_option_highlighted(self) -> None:
        """Say what the line is."""
        item = item_at(self.draft, self.place)
        if item is None:
            return
        note = ""
        if item.place in self._fixed:
            note = f" Set by the environment variable {self._fixed[item.place]}; change it there."
        self._say(Text(f"{item.place}: {item.meaning}.{note}"))

    def _say(self, text: Text) -> None:
        self.query_one("#settings-about", Static).update(text)

    def _say_error(self, error: SocError) -> None:
        self._say(Text(inert(str(error)), "bold red"))

    def _say_fixed(self, place: str) -> None:
        text = f"Set by the environment variable {self._fixed[place]}; change it there."
        self._say(Text(text, "bold red"))

    # -- changing ----------------------------------------------------------------------------------

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Choose or type another value."""
        event.stop()
        place = event.option_id or ""
        if place in self._fixed:
            self._say_fixed(place)
        elif words := self._words(place):
            self._choose(place, words)
        else:
            self._type(place)

    def _words(self, place: str) -> tuple[str, ...]:
        if place == "theme":
            return self._themes
        return TIERS if place == "openai.tier" else choices(self.draft, place)

    @work(exclusive=True, group="choose", exit_on_error=False)
    async def _choose(self, place: str, words: tuple[str, ...]) -> None:
        now = text_of(self.draft, place)
        lines = [Text(f"{word}{'  (now)' if word == now else ''}") for word in words]
        at = words.index(now) if now in words else 0
        colourless = place == "theme" and self.app.no_color
        heading = f"{place} (NO_COLOR is set: themes show no colors)" if colourless else place
        number = await self.app.push_screen_wait(PickScreen(heading, lines, at))
        if number >= 0:
            self._change(with_text(self.draft, place, words[number]), place)

    def _type(self, place: str) -> None:
        entry = self.query_one(Input)
        text, secret = text_of(self.draft, place), is_secret(self.draft, place)
        entry.password = secret or without_credentials(text) != text
        entry.placeholder = "Type or paste; never shown" if secret else ""
        entry.value = text
        entry.cursor_position = len(entry.value)
        entry.add_class("asking")
        entry.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed, if it can be used; a secret that is left empty stays as it was."""
        event.stop()
        place = self.place
        if is_secret(self.draft, place) and not event.value.strip():
            self._stop_typing()
            return
        try:
            draft = with_text(self.draft, place, event.value)
        except ConfigError as error:
            self._say_error(error)
            return
        self._stop_typing()
        self._change(draft, place)

    def _stop_typing(self) -> None:
        entry = self.query_one(Input)
        entry.remove_class("asking")
        entry.value = ""
        self.query_one(OptionList).focus()

    def _change(self, draft: Settings, place: str) -> None:
        self.draft, self._warned = draft, False
        self._list(place)

    def action_default(self) -> None:
        """Set the line under the cursor back; of a secret, forget it."""
        place = self.place
        if place in self._fixed:
            self._say_fixed(place)
        elif place:
            self._change(with_value(self.draft, place, default_of(self.draft, place)), place)

    # -- trying, saving, leaving -------------------------------------------------------------------

    def action_test(self) -> None:
        """Try the settings as they stand."""
        self.app.push_screen(ConnectionScreen(self.draft))

    @work(exclusive=True, group="save", exit_on_error=False)
    async def action_save(self) -> None:
        """Open what the settings mean, keep what was changed, and leave; or say why not."""
        self._say(Text("Opening …", "bold"))
        try:
            await self._open_and_save(self.draft, changed_places(self._before, self.draft))
        except SocError as error:
            item = item_at(self.draft, place_named(self.draft, str(error)))
            if item is not None and item.shown(self.draft):
                self._list(item.place)
            self.call_after_refresh(self._say_error, error)
        else:
            self.dismiss("saved")

    def action_places(self) -> None:
        """Go to the choice of logs."""
        if self._leaves():
            self.dismiss("places")

    def action_leave(self) -> None:
        """Leave what is being typed, or the screen; once more when something is not saved."""
        if self.query_one(Input).has_class("asking"):
            self._stop_typing()
        elif self._leaves():
            self.workers.cancel_group(self, "save")
            self.dismiss("")

    def _leaves(self) -> bool:
        unsaved = changed_places(self._before, self.draft)
        if unsaved and not self._warned:
            self._warned = True
            self._say(Text("Not saved. s saves; the same key again discards.", "bold red"))
            return False
        return True
