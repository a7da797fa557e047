"""The KQL editor and the verdict on its text."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import OptionList

from soc_tui.kql.editing.names import made_in, tables_in
from soc_tui.model.errors import HistoryError, SocError
from soc_tui.tui.editor.marks import location
from soc_tui.tui.editor.popup import CompletionList
from soc_tui.tui.editor.text import KqlEditor
from soc_tui.tui.editor.verdict import VerdictList
from soc_tui.tui.keys.cockpit import EDIT_MENU
from soc_tui.tui.keys.keymap import in_effect, worded
from soc_tui.tui.panes.pane_message import PaneMessage
from soc_tui.tui.worker_errors import ShowsWorkerErrors

if TYPE_CHECKING:
    from pathlib import Path

    from soc_tui.history.store import History
    from soc_tui.model.catalog import Catalog
    from soc_tui.model.rows import Rows
    from soc_tui.model.verdict import Verdict

JUDGE_AFTER_SECONDS = 0.3


class QueryPane(ShowsWorkerErrors, Vertical):
    """An editor whose text is what will run."""

    class Typed(PaneMessage):
        """The text rests after a change and wants to be judged."""

        def __init__(self, kql: str) -> None:
            super().__init__()
            self.kql = kql

    class Changed(PaneMessage):
        """The text is another one now."""

    _rest: Timer | None = None
    _history: History | None = None
    _past: tuple[str, ...] = ()
    _back = 0
    """Steps back in the queries that were run; 0 is the text that was being written."""
    _draft = ""
    _draft_cursor = (0, 0)
    _planned = ("", "")
    """The planned text, and what of its request it does not hold."""
    _around = ("", "")
    """What stands before and behind the query that was taken out of a text of several."""
    _file: Path | None = None
    """Where the query was last opened from or saved to."""

    def compose(self) -> ComposeResult:
        """Editor above, verdict below, completions over both."""
        popup = CompletionList()
        yield KqlEditor(popup)
        yield VerdictList(id="verdict")
        yield popup

    def on_mount(self) -> None:
        """Name the pane and its keys."""
        self.border_title = worded(self, "KQL (F3)  F5 runs it")
        self.border_subtitle = worded(self, "F9 edit  Tab verdict")

    @property
    def editor(self) -> KqlEditor:
        """The text and its cursor."""
        return self.query_one(KqlEditor)

    @property
    def kql(self) -> str:
        """The text as it stands."""
        return self.editor.text

    @kql.setter
    def kql(self, text: str) -> None:
        self.editor.rewrite(text)

    def take_query(self) -> str:
        """The query to run: the one that the cursor is in, where the text holds several."""
        from soc_tui.kql.editing.several import query_at

        text = self.kql
        part = query_at(text, self._cursor_offset())
        self._around = (text[: part.start], text[part.end :])
        return text[part.start : part.end]

    def shows(self, query: str) -> bool:
        """Whether the text is this query, as it stands where one was taken out."""
        return self.kql in {query, query.join(self._around)}

    def amend_taken(self, query: str) -> None:
        """Put the query that was taken out back, with changes; all around it stays."""
        before, behind = self._around
        is_there = self.kql.startswith(before) and self.kql.endswith(behind)
        self.amend(query.join(self._around) if is_there else query)

    def for_verdict(self) -> str:
        """The text to judge: of several queries all are blanked out but the cursor's."""
        from soc_tui.kql.editing.several import alone, query_at

        return alone(self.kql, query_at(self.kql, self._cursor_offset()))

    def _cursor_offset(self) -> int:
        return len(self.editor.document.get_text_range((0, 0), self.editor.cursor_location))

    def amend(self, text: str) -> None:
        """The same query with changes: the cursor stays where it is."""
        self.editor.rewrite(text, self.editor.cursor_location)

    # -- what the editor knows ---------------------------------------------------------------------

    def use(self, catalog: Catalog, history: History | None) -> None:
        """Complete from this catalog; step back through the queries of this history."""
        self._history = history
        self.editor.know(replace(self.editor.names, catalog=catalog))
        if self.kql.strip():
            self._rested()

    @work(exclusive=True, group="seen", exit_on_error=False)
    async def see(self, rows: Rows | None) -> None:
        """Complete with the columns and values of these rows."""
        from soc_tui.kql.editing.seen import seen_values

        values = await asyncio.to_thread(seen_values, rows) if rows else {}
        result = rows.columns if rows else ()
        self.editor.know(replace(self.editor.names, result=result, values=values))

    def _learn_names(self) -> None:
        """Look for the names that the text uses and makes."""
        names, kql = self.editor.names, self.kql
        scope, made = tables_in(kql, names.catalog), made_in(kql)
        self.editor.know(replace(names, scope=scope, made=made))

    # -- the verdict -------------------------------------------------------------------------------

    def on_text_area_changed(self) -> None:
        """Tell it, and wait for the typing to rest."""
        self.post_message(self.Changed())
        if self._rest:
            self._rest.stop()
        self._rest = self.set_timer(JUDGE_AFTER_SECONDS, self._rested)

    def _rested(self) -> None:
        from soc_tui.model.verdict import Verdict

        self._learn_names()
        if not self.kql.strip():
            self.show_verdict(Verdict(()))
        self.post_message(self.Typed(self.kql))

    def note_plan(self, kql: str, not_applied: str) -> None:
        """What the planner did not apply: shown beside the verdict while its text stands."""
        self._planned = (kql, not_applied)

    def _with_plan(self, verdict: Verdict) -> Verdict:
        from soc_tui.model.verdict import Level, VerdictLine

        planned, words = self._planned
        if not words or planned != self.kql:
            return verdict
        return replace(verdict, lines=(*verdict.lines, VerdictLine("plan", Level.WARN, words)))

    def show_verdict(self, verdict: Verdict) -> bool:
        """Show a verdict and mark what it is about; False when the text has changed since."""
        if verdict.kql and verdict.kql != self.kql:
            return False
        self.query_one(VerdictList).show(self._with_plan(verdict))
        self.editor.mark(verdict.lines)
        return True

    def on_verdict_list_place_chosen(self, message: VerdictList.PlaceChosen) -> None:
        """Put the cursor where the line of the verdict points to."""
        if message.place is not None:
            row, column, _ = location(message.place, self.editor.document.lines)
            self.editor.move_cursor((row, column))
        if message.go:
            self.editor.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click on a completion."""
        event.stop()
        self.editor.accept(event.option_index)

    # -- past queries, files, the analyst's own editor ---------------------------------------------

    def choose_action(self) -> None:
        """The menu of what can be done with the query."""
        self.editor.popup.close()
        self._choose_action()

    @work(exclusive=True, group="menu", exit_on_error=False)
    async def _choose_action(self) -> None:
        from soc_tui.tui.dialogs.choice import ChoiceScreen

        keys = {in_effect(self.app).first(key): key for key in EDIT_MENU}
        meanings = {letter: key.meaning for letter, key in keys.items()}
        chosen = await self.app.push_screen_wait(ChoiceScreen("Query", meanings))
        self.editor.focus()
        if chosen:
            self._act(keys[chosen].action)

    def on_kql_editor_asked(self, message: KqlEditor.Asked) -> None:
        """The editor asks for something beyond its text."""
        self._act(message.action)

    def action_act(self, action: str) -> None:
        """Do what the menu offers."""
        self._act(action)

    def _act(self, action: str) -> None:
        match action:
            case "earlier":
                self._step(1)
            case "later":
                self._step(-1)
            case "open":
                self._open()
            case "save":
                self._save()
            case "external":
                self._edit_outside()
            case "turn":
                self._turn()
            case _:
                self.editor.call_later(self.editor.run_action, action)

    @work(exclusive=True, group="past", exit_on_error=False)
    async def _step(self, back: int) -> None:
        if self._back == 0 or self._past[self._back - 1] != self.kql:
            # Start over from the text on screen.
            self._draft, self._draft_cursor, self._back = self.kql, self.editor.cursor_location, 0
            self._past = await self._queries()
        wanted = self._back + back
        if 0 <= wanted <= len(self._past):
            self._back = wanted
            if wanted:
                self.kql = self._past[wanted - 1]
            else:
                self.editor.rewrite(self._draft, self._draft_cursor)
        else:
            self.notify("No earlier query." if back > 0 else "No later query.")

    async def _queries(self) -> tuple[str, ...]:
        """The queries that were run, newest first, but for the one on screen."""
        if self._history is None:
            return ()
        try:
            found = await asyncio.to_thread(self._history.queries)
        except HistoryError as error:
            self._say(error)
            return ()
        # As the editor holds them, so that they can be told from a text that was changed.
        held = ("\n".join(kql.splitlines()) for kql in found)
        return tuple(kql for kql in held if kql != self.kql)

    @work(exclusive=True, group="file", exit_on_error=False)
    async def _open(self) -> None:
        from soc_tui.tui.dialogs.query_files import OpenScreen

        opened = await self.app.push_screen_wait(OpenScreen(self._file))
        if opened:
            self._file, self.kql = opened
            self.editor.focus()

    @work(exclusive=True, group="file", exit_on_error=False)
    async def _save(self) -> None:
        from soc_tui.tui.dialogs.query_files import SaveScreen

        if not self.kql.strip():
            self.notify("No query to save.")
            return
        saved = await self.app.push_screen_wait(SaveScreen(self._file, self.kql))
        if saved:
            self._file = saved
            self.notify(f"Saved to {saved}.", markup=False)

    def _turn(self) -> None:
        """Turn the query from Defender's dialect into Sentinel's, or back."""
        from soc_tui.kql.writing.dialect import in_the_other

        done = in_the_other(self.kql, self.editor.names.catalog)
        self.amend(done.kql)
        self.notify(done.note, markup=False)

    def _edit_outside(self) -> None:
        """Hand the screen to the analyst's editor until it ends."""
        from soc_tui.tui.editor.external import edited, editor_command

        if any(worker.group == "step" and worker.is_running for worker in self.app.workers):
            self.notify("A step is running. Esc cancels it.")
            return
        try:
            outcome = self._outside(editor_command(os.environ), edited)
        except SuspendNotSupported:
            outcome = SocError("An external editor cannot be opened here.")
        except SocError as error:
            outcome = error
        if isinstance(outcome, SocError):
            self._say(outcome)
        else:
            self.amend(outcome)

    def _outside(self, command: list[str], edit: Callable[[str, list[str]], str]) -> str | SocError:
        """The text as the other editor left it, or why there is none."""
        with self.app.suspend():
            # Nothing may leave this block: Textual takes the screen back only at its end.
            try:
                return edit(self.kql, command)
            except SocError as error:
                return error

    def _say(self, error: SocError) -> None:
        self.notify(str(error), severity="error", markup=False)
