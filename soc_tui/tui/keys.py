"""The key map: the one place that says which key does what. Footer, hints and help come from it.

Every key survives SSH and tmux: function keys and control letters that no terminal, tmux or flow
control takes. Function keys that a terminal eats have a control-letter twin.
"""

import re
from dataclasses import dataclass, replace

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Key:
    """One entry: keys (comma-separated twins), action, label in the footer, meaning in the help.

    `id` is its name in the setting `[keys]`; by default made from scope and action.
    """

    keys: str
    action: str
    label: str
    meaning: str
    footer: bool = True
    id: str = ""


def _scope(name: str, *keys: Key) -> tuple[Key, ...]:
    """Keys that work together; their ids begin with the name: `rows.sort`, `main.show_ask`."""
    return tuple(replace(key, id=f"{name}.{key.id or _words(key.action)}") for key in keys)


def _words(action: str) -> str:
    bare = action.removeprefix("app.").removeprefix("screen.")
    return re.sub(r"\W+", "_", bare).strip("_")


MAIN = _scope(
    "main",
    Key("f1", "help", "Help", "Show all keys"),
    Key("f2,ctrl+t", "show('ask')", "Ask", "Go to the request"),
    Key("f3,ctrl+e", "show('query')", "KQL", "Go to the KQL editor"),
    Key("f4,ctrl+l", "show('results')", "Rows", "Go to the rows"),
    Key("f5,ctrl+r", "run_query", "Run", "Judge the KQL in the editor and run it"),
    Key("f6,ctrl+g", "hunt", "Hunt", "Quote a hunt through the rows, then hunt"),
    Key("f7,ctrl+f", "show('findings')", "Find", "Go to the findings"),
    Key("f8,ctrl+o", "show('history')", "Past", "Go to the history of hunts"),
    # Ctrl+D deletes to the right in editors; so does Delete.
    Key("f11,ctrl+d", "explain", "Explain", "Say what the query does, or repair it", footer=False),
    Key("f9", "edit_menu", "Edit", "Choose what to do with the query", footer=False),
    Key("f12", "show('timeline')", "Time", "Go to the timeline of the rows"),
    Key("ctrl+backslash", "settings", "Settings", "Settings, other logs, import", footer=False),
    Key(
        "ctrl+right_square_bracket",
        "layout",
        "Layout",
        "Sizes of the panes, one pane alone, colours",
        footer=False,
    ),
    Key("ctrl+p", "app.command_palette", "Palette", "Choose any action by name", footer=False),
    Key("escape", "cancel", "Cancel", "Cancel what is running", footer=False),
    Key("f10,ctrl+q", "app.quit", "Quit", "Leave soc_tui"),
)

REQUEST = _scope(
    "request",
    Key("enter", "ask", "Ask", "Plan a query for the request", footer=False),
    Key("up", "examples", "Examples", "Choose an example", footer=False),
)

# Ctrl+Space arrives as Ctrl+@, Ctrl+/ as Ctrl+_; terminals with the Kitty protocol send the keys
# themselves. What the arrows and Ctrl+S do is in the F9 menu too, for where they get lost.
EDITOR = _scope(
    "editor",
    Key("ctrl+n,ctrl+space,ctrl+@", "complete", "Complete", "Complete the word at the cursor"),
    Key("ctrl+slash,ctrl+underscore", "comment", "Comment", "Comment lines out, or in again"),
    Key("ctrl+up", "earlier", "Earlier query", "Go back to the query that was run before"),
    Key("ctrl+down", "later", "Later query", "Go forward again to the query run after it"),
    Key("ctrl+s", "save", "Save", "Save the query in a file"),
    Key("ctrl+home", "top", "Top", "Go to the first line"),
    Key("ctrl+end", "bottom", "Bottom", "Go behind the last line"),
)

EDIT_MENU = _scope(
    "edit_menu",
    Key("f", "format", "Format", "Lay the query out, one operator a line"),
    Key("c", "comment", "Comment", "Comment the lines out, or in again"),
    Key("w", "complete", "Complete", "Complete the word at the cursor"),
    Key("p", "earlier", "Earlier query", "Go back to the query that was run before"),
    Key("n", "later", "Later query", "Go forward again to the query run after it"),
    Key("o", "open", "Open", "Open a query from a file"),
    Key("s", "save", "Save", "Save the query in a file"),
    Key("e", "external", "Own editor", "Edit the query in $VISUAL or $EDITOR"),
    Key("u", "undo", "Undo", "Undo (Ctrl+Z), rewrites by the model too"),
    Key("r", "redo", "Redo", "Do again what was undone (Ctrl+Y)"),
    Key("x", "screen.explain", "Explain", "Say what the query does, line by line (Ctrl+D)"),
    Key("m", "screen.repair", "Mend", "Ask the analyst to correct a query that was rejected"),
    Key("b", "screen.playbooks", "Playbooks", "Choose a playbook and give it values"),
    Key("k", "screen.keep_playbook", "Keep", "Save the query as a playbook"),
    Key("left_square_bracket", "screen.pivot_back", "Pivot back", "Back to before the last pivot"),
    Key("right_square_bracket", "screen.pivot_forward", "Pivot forward", "Forward again"),
)

PATH = _scope(
    "path",
    Key("escape", "close", "Close", "Leave without a file", footer=False),
    Key("down", "files", "Files", "Go to the files of the folder", footer=False),
    Key("tab", "first", "First", "Complete the path with the first of the files", footer=False),
)

VERDICT = _scope(
    "verdict",
    Key("enter", "select", "Go", "Go to the place in the query", footer=False),
    Key("escape", "leave", "Back", "Go back to the query", footer=False),
)

RESULTS = _scope(
    "rows",
    Key("enter", "open_row", "Open", "Show the row in full", footer=False),
    Key("slash", "filter", "Filter", "Show only rows that hold the words", footer=False),
    Key("f", "find", "Find", "Find words in the rows", footer=False),
    Key(
        "p",
        "pivot",
        "Pivot",
        "Go on from the cell, in a new query",
        footer=False,
    ),
    Key("s", "sort", "Sort", "Sort by the column: up, down, as it came", footer=False),
    Key("i", "statistics", "Figures", "Figures and top values of the column", footer=False),
    Key("c", "columns", "Columns", "Choose and order the columns", footer=False),
    Key("y", "copy", "Copy", "Copy cell, row, column or KQL predicate", footer=False),
    Key("x", "export", "Export", "Write the shown rows to a file", footer=False),
    Key(
        "left_square_bracket",
        "screen.pivot_back",
        "Back",
        "Back to before the last pivot",
        footer=False,
    ),
    Key("right_square_bracket", "screen.pivot_forward", "Forward", "Forward again", footer=False),
    Key("n", "find_next", "Next", "Go to the next row found", footer=False),
    Key("N", "find_previous", "Before", "Go to the row found before", footer=False),
    Key("h", "hide_column", "Hide", "Hide the column", footer=False),
    Key(
        "less_than_sign",
        "move_column(-1)",
        "Left",
        "Move the column left",
        footer=False,
        id="move_left",
    ),
    Key(
        "greater_than_sign",
        "move_column(1)",
        "Right",
        "Move the column right",
        footer=False,
        id="move_right",
    ),
)

COLUMNS = _scope(
    "columns",
    Key("space", "show_or_hide", "Show or hide", "Show or hide the column", footer=False),
    Key("u", "move(-1)", "Up", "Move the column up", footer=False, id="move_up"),
    Key("d", "move(1)", "Down", "Move the column down", footer=False, id="move_down"),
    Key("a", "everything", "All", "Show all columns", footer=False),
    Key("enter", "done", "Done", "Show them so", footer=False),
    Key("escape", "leave", "Leave", "Leave them as they were", footer=False),
)

FINDINGS = _scope(
    "findings",
    Key("t", "triage", "Triage", "Next triage state of the finding", footer=False),
    Key("m", "notes", "Notes", "Write notes on the finding", footer=False),
    Key("u", "undo", "Undo", "Take back the last state, notes, merge or split", footer=False),
    Key("e", "evidence", "Row", "Go to the next cited row", footer=False),
    Key("p", "pivot", "Pivot", "Go on from an indicator of the finding", footer=False),
    Key("slash", "filter", "Filter", "Show only findings that fit what is typed", footer=False),
    Key("s", "sort", "Sort", "Sort by the next of severity, tactic, host ...", footer=False),
    Key("v", "matrix", "ATT&CK", "What was found, by tactic and technique", footer=False),
    Key("enter", "cited_rows", "Rows", "Choose one of the cited rows", footer=False),
    Key("1", "state(1)", "New", "Triage: new", footer=False),
    Key("2", "state(2)", "Investigating", "Triage: investigating", footer=False),
    Key("3", "state(3)", "True", "Triage: true positive", footer=False),
    Key("4", "state(4)", "Benign", "Triage: benign", footer=False),
    Key("5", "state(5)", "False", "Triage: false positive", footer=False),
    Key("6", "state(6)", "Closed", "Triage: closed", footer=False),
    Key("r", "report", "Report", "Write a report of the marked findings, or of all", footer=False),
    Key("space", "mark", "Mark", "Mark the finding, to merge or report it", footer=False),
    Key("M", "merge", "Merge", "Merge the marked findings into one", footer=False),
    Key("S", "split", "Split", "Take a merged finding apart", footer=False),
    Key("w", "ask_why", "Why", "Ask why the finding is suspicious", footer=False),
    Key("n", "ask_next", "Next", "Ask what to do next", footer=False),
    Key("c", "ask_query", "Confirm", "Write a query to confirm or refute it", footer=False),
    Key("a", "ask", "Ask", "Ask a question of your own about it", footer=False),
)

TIMELINE = _scope(
    "timeline",
    Key("enter", "zoom_in", "Zoom in", "Zoom into the line's time", footer=False),
    Key("backspace", "zoom_out", "Zoom out", "Back to the wider time", footer=False),
    Key("n", "next_finding", "Next finding", "Go to the next line with a finding", footer=False),
    Key("k", "keep_span", "Keep", "Write a query for the line's time", footer=False),
)

NOTES = _scope(
    "notes",
    Key("f5,ctrl+r", "save", "Save", "Keep the notes", footer=False),
    Key("escape", "leave", "Leave", "Leave the notes as they were", footer=False),
)

HISTORY = _scope(
    "history",
    Key("enter", "reopen", "Open", "Open the hunt again as it was", footer=False),
    Key("slash", "filter", "Filter", "List only hunts that fit what is typed", footer=False),
    Key("a", "again", "Again", "Run the hunt again", footer=False),
    Key("c", "compare", "Compare", "Compare the hunt with another run of it", footer=False),
    Key("r", "report", "Report", "Write a report of the hunt", footer=False),
    Key("g", "trends", "Trends", "Figures of the listed hunts by day", footer=False),
    Key("b", "keep", "Book", "Save the hunt as a playbook", footer=False),
    Key("d", "delete", "Delete", "Delete the hunt with all that is kept of it", footer=False),
)

COMPARISON = _scope(
    "comparison",
    Key("enter", "open", "Open", "Open the hunt of the finding", footer=False),
    Key("escape", "leave", "Close", "Close", footer=False),
)

DELETION = _scope(
    "deletion",
    Key("y", "answer(True)", "Delete", "Delete the hunt", footer=False, id="delete"),
    Key("n,escape", "answer(False)", "Keep", "Keep the hunt", footer=False, id="keep"),
)

PLAYBOOKS = _scope(
    "playbooks",
    Key("enter", "choose", "Choose", "Choose the playbook", footer=False),
    Key(
        "down",
        "move(1)",
        "Next",
        "Go to the next playbook while one types",
        footer=False,
        id="next",
    ),
    Key("up", "move(-1)", "Before", "Go to the playbook before", footer=False, id="previous"),
    Key("escape", "close", "Close", "Leave", footer=False),
)

PLAYBOOK_FORM = _scope(
    "playbook_form",
    Key("enter", "done", "Done", "Put the query into the editor", footer=False),
    Key("down", "move(1)", "Next", "Go to the next field", footer=False, id="next"),
    Key("up", "move(-1)", "Before", "Go to the field before", footer=False, id="previous"),
    Key("escape", "close", "Close", "Leave", footer=False),
)

PLAYBOOK_KEEP = _scope(
    "playbook_keep",
    Key("enter", "save", "Save", "Save the playbook", footer=False),
    Key("space", "tick", "Tick", "Make the value a parameter, or not", footer=False),
    Key("down", "move(1)", "Next", "Go to the next field", footer=False, id="next"),
    Key("up", "move(-1)", "Before", "Go to the field before", footer=False, id="previous"),
    Key("escape", "close", "Close", "Leave", footer=False),
)

SETTINGS = _scope(
    "settings",
    Key("t", "test", "Test", "Try logs and model with these settings, for free", footer=False),
    Key("s", "save", "Save", "Keep the settings and work with them", footer=False),
    Key("d", "default", "Default", "Set it back to its default", footer=False),
    Key("w", "places", "Other logs", "Demo, a file, Azure, or an import", footer=False),
    Key("escape", "leave", "Leave", "Leave everything as it was", footer=False),
)

IMPORTING = _scope(
    "importing",
    Key("escape", "leave", "Leave", "Stop the import, or leave", footer=False),
)

PLACES = _scope(
    "places",
    Key("escape", "leave", "Leave", "Leave everything as it was", footer=False),
)

CONNECTION = _scope(
    "connection",
    Key("r", "again", "Again", "Try once more", footer=False),
    Key("y", "copy", "Copy code", "Copy the code to sign in with", footer=False),
    Key("escape", "leave", "Leave", "Stop trying, and leave", footer=False),
)

QUOTE = _scope(
    "quote",
    Key("enter,y", "answer(True)", "Hunt", "Accept the quote and hunt", id="accept"),
    Key("n,escape", "answer(False)", "No", "Do not hunt; nothing is sent", id="decline"),
    Key("m", "pick", "Model", "Choose another model"),
)

ROW = _scope(
    "row",
    Key("n", "turn(1)", "Next row", "Show the next row", id="next"),
    Key("p", "turn(-1)", "Previous row", "Show the row before", id="previous"),
    Key("y", "copy", "Copy", "Copy the row as JSON"),
    Key("escape", "dismiss", "Close", "Back to the rows"),
)

ATTACK = _scope(
    "attack",
    Key("left", "column(-1)", "Left", "Go to the tactic on the left", id="left"),
    Key("right", "column(1)", "Right", "Go to the tactic on the right", id="right"),
    Key("escape,v", "leave", "Close", "Back to the findings"),
)

LAYOUT = _scope(
    "layout",
    Key("left", "arrange('narrower')", "Narrower", "Fewer columns to the conversation", id="left"),
    Key("right", "arrange('wider')", "Wider", "More columns to the conversation", id="right"),
    Key("up", "arrange('up')", "Rows higher", "Fewer lines to the query", id="up"),
    Key("down", "arrange('down')", "Query higher", "More lines to the query", id="down"),
    Key("z", "arrange('zoom')", "Zoom", "Show one pane alone, or all again", id="zoom"),
    Key("c", "arrange('conversation')", "Conversation", "Hide or show it", id="conversation"),
    Key("t", "arrange('theme')", "Theme", "Change the colours", id="theme"),
    Key("0", "arrange('usual')", "Usual", "Sizes as at the beginning", id="usual"),
    Key("escape,enter", "leave", "Done", "Leave it so"),
)

HELP = _scope(
    "help",
    Key("slash", "filter", "Filter", "Show only keys that fit what is typed", footer=False),
    Key("escape", "leave", "Close", "Close", footer=False),
)

CLOSE = _scope(
    "close",
    Key("escape", "close", "Close", "Close without a choice", footer=False, id="no"),
)

EXPLAIN = _scope(
    "explain",
    Key("m", "answer('model')", "Model", "Ask the model what the query does", footer=False),
    Key("r", "answer('repair')", "Repair", "Ask for a correction of the query", footer=False),
)

OFFER = _scope(
    "offer",
    Key("enter,y", "answer('ask')", "Ask", "Ask for a correction of the query", footer=False),
    Key("n", "answer('')", "No", "Correct it by hand", footer=False, id="no"),
)

DIFF = _scope(
    "diff",
    Key("y", "answer('run')", "Run", "Accept the correction and run it", footer=False),
    Key("e", "answer('edit')", "Edit", "Put the correction in the editor", footer=False),
    Key("n", "answer('')", "No", "Decline the correction", footer=False, id="no"),
)

ALL = {
    "Everywhere": MAIN,
    "Request": REQUEST,
    "Query": EDITOR,
    "Query, after F9": EDIT_MENU,
    "Path of a file": PATH,
    "Verdict": VERDICT,
    "Rows": RESULTS,
    "Columns": COLUMNS,
    "Row": ROW,
    "Quote": QUOTE,
    "Findings": FINDINGS,
    "ATT&CK matrix": ATTACK,
    "Notes": NOTES,
    "Timeline": TIMELINE,
    "History": HISTORY,
    "Comparison": COMPARISON,
    "Deletion": DELETION,
    "Playbooks": PLAYBOOKS,
    "Values of a playbook": PLAYBOOK_FORM,
    "Saving a playbook": PLAYBOOK_KEEP,
    "Settings": SETTINGS,
    "Places of logs": PLACES,
    "Import": IMPORTING,
    "Connection test": CONNECTION,
    "Explanation": EXPLAIN,
    "Texts and choices": CLOSE,
    "A rejected query": OFFER,
    "Repair": DIFF,
    "Layout": LAYOUT,
    "Help": HELP,
}


BindingList = list[Binding | tuple[str, str] | tuple[str, str, str]]


def bindings(keys: tuple[Key, ...]) -> BindingList:
    """Textual bindings of some keys; of twins the footer shows the first."""
    return [
        Binding(
            twin,
            key.action,
            key.label,
            tooltip=key.meaning,
            show=key.footer and number == 0,
            priority=_first(key),
            id=key.id,
        )
        for key in keys
        for number, twin in enumerate(key.keys.split(","))
    ]


def _first(key: Key) -> bool:
    """Function keys and their twins work wherever the focus is, as does the yes to a quote."""
    return key.id == "quote.accept" or (key in MAIN and key.keys.startswith("f"))
