"""Keys of the cockpit: everywhere in it, and in each of its panes."""

from soc_tui.tui.keys.key import Key, scope

MAIN = scope(
    "main",
    Key("f1", "help", "Help", "Show all keys"),
    Key("f2,ctrl+t", "show('ask')", "Ask", "Go to the request"),
    Key("f3,ctrl+e", "show('query')", "KQL", "Go to the KQL editor"),
    Key("f4,ctrl+l", "show('results')", "Rows", "Go to the rows"),
    Key("f5,ctrl+r", "run_query", "Run", "Check the KQL in the editor and run it"),
    Key("f6,ctrl+g", "hunt", "Hunt", "Price a hunt through the rows, then hunt"),
    Key("f7,ctrl+f", "show('findings')", "Findings", "Go to the findings"),
    Key("f8,ctrl+o", "show('history')", "History", "Go to the hunt history"),
    # Ctrl+D deletes to the right in editors; so does Delete.
    Key("f11,ctrl+d", "explain", "Explain", "Explain the query, or repair it", footer=False),
    Key("f9", "edit_menu", "Edit", "Query actions", footer=False),
    Key("f12", "show('timeline')", "Timeline", "Go to the timeline", footer=False),
    Key("ctrl+p", "app.command_palette", "Palette", "Find any action by name", footer=False),
    Key("ctrl+backslash", "settings", "Settings", "Settings, workspace, import", footer=False),
    Key(
        "ctrl+right_square_bracket",
        "layout",
        "Layout",
        "Pane sizes, single pane, theme",
        footer=False,
    ),
    Key("escape", "cancel", "Cancel", "Cancel the running step", footer=False),
    Key("f10,ctrl+q", "app.quit", "Quit", "Quit soc_tui"),
)

REQUEST = scope(
    "request",
    Key("enter", "ask", "Ask", "Plan a query for this request", footer=False),
    Key(
        "up",
        "before",
        "Previous",
        "Pick an example; later, recall earlier requests",
        footer=False,
        id="examples",
    ),
    Key("down", "after", "Next", "Recall the next request", footer=False),
    Key("ctrl+b", "anew", "New hunt", "Begin a hunt of its own with this request", footer=False),
    Key("ctrl+y", "instead", "Instead", "Take the other reading that is offered", footer=False),
    Key("pageup", "scroll(-1)", "Back", "Scroll the conversation up", footer=False, id="back"),
    Key("pagedown", "scroll(1)", "Forward", "Scroll the conversation down", footer=False, id="on"),
)

# Ctrl+Space arrives as Ctrl+@, Ctrl+/ as Ctrl+_; terminals with the Kitty protocol send the keys
# themselves. What the arrows and Ctrl+S do is in the F9 menu too, for where they get lost.
EDITOR = scope(
    "editor",
    Key("ctrl+n,ctrl+space,ctrl+@", "complete", "Complete", "Complete the word at the cursor"),
    Key("ctrl+slash,ctrl+underscore", "comment", "Comment", "Comment or uncomment the lines"),
    Key("ctrl+up", "earlier", "Previous query", "Recall the previous query"),
    Key("ctrl+down", "later", "Next query", "Recall the next query"),
    Key("ctrl+s", "save", "Save", "Save the query to a file"),
    Key("ctrl+home", "top", "Top", "Go to the first line"),
    Key("ctrl+end", "bottom", "Bottom", "Go to the end of the query"),
)

EDIT_MENU = scope(
    "edit_menu",
    Key("f", "format", "Format", "Format the query, one operator per line"),
    Key("c", "comment", "Comment", "Comment or uncomment the lines"),
    Key("w", "complete", "Complete", "Complete the word at the cursor"),
    Key("t", "turn", "Defender", "Turn Defender's Timestamp into TimeGenerated, or back"),
    Key("p", "earlier", "Previous query", "Recall the previous query"),
    Key("n", "later", "Next query", "Recall the next query"),
    Key("o", "open", "Open", "Open a query from a file"),
    Key("s", "save", "Save", "Save the query to a file"),
    Key("e", "external", "External editor", "Edit the query in $VISUAL or $EDITOR"),
    Key("u", "undo", "Undo", "Undo (Ctrl+Z), model rewrites included"),
    Key("r", "redo", "Redo", "Redo (Ctrl+Y)"),
    Key("x", "screen.explain", "Explain", "Explain the query line by line (Ctrl+D)"),
    Key("m", "screen.repair", "Repair", "Ask the analyst to repair a rejected query"),
    Key("b", "screen.playbooks", "Playbooks", "Choose a playbook and fill in its values"),
    Key("k", "screen.keep_playbook", "Save playbook", "Save the query as a playbook"),
    Key(
        "left_square_bracket",
        "screen.pivot_back",
        "Pivot back",
        "Back to the query before the pivot",
    ),
    Key(
        "right_square_bracket",
        "screen.pivot_forward",
        "Pivot forward",
        "Forward to the pivot again",
    ),
)

VERDICT = scope(
    "verdict",
    Key("enter", "select", "Go", "Go to the text in the query", footer=False),
    Key("escape", "leave", "Back", "Go back to the query", footer=False),
)

RESULTS = scope(
    "rows",
    Key("enter", "open_row", "Open", "Show the full row", footer=False),
    Key("slash", "filter", "Filter", "Show only rows that contain these words", footer=False),
    Key("f", "find", "Find", "Find words in the rows", footer=False),
    Key(
        "p",
        "pivot",
        "Pivot",
        "Pivot from this cell to a new query",
        footer=False,
    ),
    Key("s", "sort", "Sort", "Sort by the column: ascending, descending, off", footer=False),
    Key(
        "i", "statistics", "Values", "Top values of the column, to keep or leave out", footer=False
    ),
    Key("c", "columns", "Columns", "Choose and reorder columns", footer=False),
    Key("y", "copy", "Copy", "Copy the cell, row, column or a KQL filter", footer=False),
    Key("x", "export", "Export", "Export the shown rows to a file", footer=False),
    Key(
        "left_square_bracket",
        "screen.pivot_back",
        "Back",
        "Back to the query before the pivot",
        footer=False,
    ),
    Key(
        "right_square_bracket",
        "screen.pivot_forward",
        "Forward",
        "Forward to the pivot again",
        footer=False,
    ),
    Key("n", "find_next", "Next", "Go to the next match", footer=False),
    Key("N", "find_previous", "Previous", "Go to the previous match", footer=False),
    Key(
        "equals_sign",
        "facet(True)",
        "Keep",
        "Show only rows with this cell's value",
        footer=False,
        id="keep",
    ),
    Key(
        "minus",
        "facet(False)",
        "Leave out",
        "Show only rows without this cell's value",
        footer=False,
        id="leave_out",
    ),
    Key(
        "backspace",
        "drop_facet",
        "Take back",
        "Take back the last value kept or left out",
        footer=False,
        id="drop_facet",
    ),
    Key("e", "empty_columns", "Empty", "Show or fold columns without any value", footer=False),
    Key("h", "hide_column", "Hide", "Hide the column", footer=False),
    Key("z", "freeze", "Freeze", "Freeze or unfreeze columns up to the cursor", footer=False),
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
    Key("t", "triage", "Triage", "Set the next triage state", footer=False),
    Key("m", "notes", "Notes", "Write notes on the finding", footer=False),
    Key("u", "undo", "Undo", "Undo the last state, notes, merge or split", footer=False),
    Key("e", "evidence", "Row", "Go to the next cited row", footer=False),
    Key("p", "pivot", "Pivot", "Pivot from an indicator of the finding", footer=False),
    Key("slash", "filter", "Filter", "Show only findings that match", footer=False),
    Key("s", "sort", "Sort", "Sort by the next key: severity, tactic, host ...", footer=False),
    Key("tab", "read", "Read", "Move into the finding's text to scroll it, and back", footer=False),
    Key("v", "matrix", "ATT&CK", "Show findings by tactic and technique", footer=False),
    Key("i", "coverage", "Coverage", "Show what was seen and what not, by table", footer=False),
    Key("w", "ask_why", "Why", "Ask why the finding is suspicious", footer=False),
    Key("n", "ask_next", "Next", "Ask for next steps", footer=False),
    Key("c", "ask_query", "Confirm", "Write a query to confirm or refute it", footer=False),
    Key("a", "ask", "Ask", "Ask your own question about it", footer=False),
    Key("r", "report", "Report", "Report the marked findings, or all of them", footer=False),
    Key("D", "draft_rule", "Rule", "Draft a Sigma rule and a Sentinel rule from it", footer=False),
    Key("x", "exclude", "Not again", "Leave findings like it out of later hunts", footer=False),
    Key("space", "mark", "Mark", "Mark the finding, to merge or report it", footer=False),
    Key("M", "merge", "Merge", "Merge the marked findings into one", footer=False),
    Key("S", "split", "Split", "Split a merged finding", footer=False),
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
    Key("enter", "zoom_in", "Zoom in", "Zoom into this bin, or open its only row", footer=False),
    Key("backspace", "zoom_out", "Zoom out", "Back to the wider time range", footer=False),
    Key("n", "next_finding", "Next finding", "Go to the next bin with a finding", footer=False),
    Key("k", "keep_span", "Query", "Write a query for this bin's time range", footer=False),
    Key("c", "clock", "Clock", "Count time from now, or from the end of the logs", footer=False),
    Key("t", "time_column", "Column", "Choose which column tells the time", footer=False),
)

HISTORY = scope(
    "history",
    Key("enter", "reopen", "Open", "Reopen the hunt", footer=False),
    Key("slash", "filter", "Filter", "Show only hunts that match", footer=False),
    Key("a", "again", "Again", "Run the hunt again", footer=False),
    Key("c", "compare", "Compare", "Compare the hunt with another of its runs", footer=False),
    Key("r", "report", "Report", "Report this hunt", footer=False),
    Key("g", "trends", "Trends", "Trends of the listed hunts", footer=False),
    Key("d", "delete", "Delete", "Delete the hunt and everything stored with it", footer=False),
    Key("i", "coverage", "Coverage", "Show what the hunt saw and what not, by table", footer=False),
    Key("b", "keep", "Playbook", "Save the hunt as a playbook", footer=False),
)
