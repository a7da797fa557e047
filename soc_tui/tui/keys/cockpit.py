"""Keys of the cockpit: everywhere in it, and in each of its panes."""

from soc_tui.tui.keys.key import Key, scope

MAIN = scope(
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
    Key("ctrl+p", "app.command_palette", "Palette", "Choose any action by name", footer=False),
    Key("ctrl+backslash", "settings", "Settings", "Settings, other logs, import", footer=False),
    Key(
        "ctrl+right_square_bracket",
        "layout",
        "Layout",
        "Sizes of the panes, one pane alone, colours",
        footer=False,
    ),
    Key("escape", "cancel", "Cancel", "Cancel what is running", footer=False),
    Key("f10,ctrl+q", "app.quit", "Quit", "Leave soc_tui"),
)

REQUEST = scope(
    "request",
    Key("enter", "ask", "Ask", "Plan a query for the request", footer=False),
    Key(
        "up",
        "before",
        "Before",
        "Choose an example; later, what was asked before",
        footer=False,
        id="examples",
    ),
    Key("down", "after", "After", "What was asked after it", footer=False),
    Key("pageup", "scroll(-1)", "Back", "Scroll the conversation back", footer=False, id="back"),
    Key("pagedown", "scroll(1)", "On", "Scroll it on again", footer=False, id="on"),
)

# Ctrl+Space arrives as Ctrl+@, Ctrl+/ as Ctrl+_; terminals with the Kitty protocol send the keys
# themselves. What the arrows and Ctrl+S do is in the F9 menu too, for where they get lost.
EDITOR = scope(
    "editor",
    Key("ctrl+n,ctrl+space,ctrl+@", "complete", "Complete", "Complete the word at the cursor"),
    Key("ctrl+slash,ctrl+underscore", "comment", "Comment", "Comment lines out, or in again"),
    Key("ctrl+up", "earlier", "Earlier query", "Go back to the query that was run before"),
    Key("ctrl+down", "later", "Later query", "Go forward again to the query run after it"),
    Key("ctrl+s", "save", "Save", "Save the query in a file"),
    Key("ctrl+home", "top", "Top", "Go to the first line"),
    Key("ctrl+end", "bottom", "Bottom", "Go behind the last line"),
)

EDIT_MENU = scope(
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

VERDICT = scope(
    "verdict",
    Key("enter", "select", "Go", "Go to the place in the query", footer=False),
    Key("escape", "leave", "Back", "Go back to the query", footer=False),
)

RESULTS = scope(
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
    Key("z", "freeze", "Freeze", "Keep columns up to the cursor in view, or not", footer=False),
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

FINDINGS = scope(
    "findings",
    Key("t", "triage", "Triage", "Next triage state of the finding", footer=False),
    Key("m", "notes", "Notes", "Write notes on the finding", footer=False),
    Key("u", "undo", "Undo", "Take back the last state, notes, merge or split", footer=False),
    Key("e", "evidence", "Row", "Go to the next cited row", footer=False),
    Key("p", "pivot", "Pivot", "Go on from an indicator of the finding", footer=False),
    Key("slash", "filter", "Filter", "Show only findings that fit what is typed", footer=False),
    Key("s", "sort", "Sort", "Sort by the next of severity, tactic, host ...", footer=False),
    Key("tab", "read", "Read", "Go into the finding's text, to scroll it, and back", footer=False),
    Key("v", "matrix", "ATT&CK", "What was found, by tactic and technique", footer=False),
    Key("w", "ask_why", "Why", "Ask why the finding is suspicious", footer=False),
    Key("n", "ask_next", "Next", "Ask what to do next", footer=False),
    Key("c", "ask_query", "Confirm", "Write a query to confirm or refute it", footer=False),
    Key("a", "ask", "Ask", "Ask a question of your own about it", footer=False),
    Key("r", "report", "Report", "Write a report of the marked findings, or of all", footer=False),
    Key("space", "mark", "Mark", "Mark the finding, to merge or report it", footer=False),
    Key("M", "merge", "Merge", "Merge the marked findings into one", footer=False),
    Key("S", "split", "Split", "Take a merged finding apart", footer=False),
    Key("enter", "cited_rows", "Rows", "Choose one of the cited rows", footer=False),
    Key("1", "state(1)", "New", "Triage: new", footer=False),
    Key("2", "state(2)", "Investigating", "Triage: investigating", footer=False),
    Key("3", "state(3)", "True", "Triage: true positive", footer=False),
    Key("4", "state(4)", "Benign", "Triage: benign", footer=False),
    Key("5", "state(5)", "False", "Triage: false positive", footer=False),
    Key("6", "state(6)", "Closed", "Triage: closed", footer=False),
)

TIMELINE = scope(
    "timeline",
    Key(
        "enter", "zoom_in", "Zoom in", "Zoom into the line's time; go to its only row", footer=False
    ),
    Key("backspace", "zoom_out", "Zoom out", "Back to the wider time", footer=False),
    Key("n", "next_finding", "Next finding", "Go to the next line with a finding", footer=False),
    Key("k", "keep_span", "Keep", "Write a query for the line's time", footer=False),
)

HISTORY = scope(
    "history",
    Key("enter", "reopen", "Open", "Open the hunt again as it was", footer=False),
    Key("slash", "filter", "Filter", "List only hunts that fit what is typed", footer=False),
    Key("a", "again", "Again", "Run the hunt again", footer=False),
    Key("c", "compare", "Compare", "Compare the hunt with another run of it", footer=False),
    Key("r", "report", "Report", "Write a report of the hunt", footer=False),
    Key("g", "trends", "Trends", "Figures of the listed hunts by day", footer=False),
    Key("d", "delete", "Delete", "Delete the hunt with all that is kept of it", footer=False),
    Key("b", "keep", "Playbook", "Save the hunt as a playbook", footer=False),
)
