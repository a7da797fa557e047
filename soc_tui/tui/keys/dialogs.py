"""Keys of the dialogs."""

from soc_tui.tui.keys.key import Key, scope

PATH = scope(
    "path",
    Key("escape", "close", "Close", "Cancel", footer=False),
    Key("down", "files", "Files", "Go to the file list", footer=False),
    Key("tab", "first", "First", "Complete the path with the first match", footer=False),
)

COLUMNS = scope(
    "columns",
    Key("space", "show_or_hide", "Show or hide", "Show or hide the column", footer=False),
    Key("u", "move(-1)", "Up", "Move the column up", footer=False, id="move_up"),
    Key("d", "move(1)", "Down", "Move the column down", footer=False, id="move_down"),
    Key("a", "everything", "All", "Show all columns", footer=False),
    Key("enter", "done", "Done", "Apply", footer=False),
    Key("escape", "leave", "Cancel", "Cancel", footer=False),
)

NOTES = scope(
    "notes",
    Key("enter,ctrl+s,f5,ctrl+r", "save", "Save", "Save the notes", footer=False),
    Key("ctrl+n", "new_line", "New line", "Begin a new line", footer=False),
    Key("escape", "leave", "Cancel", "Leave; asks before changes are lost", footer=False),
)

COMPARISON = scope(
    "comparison",
    Key("enter", "open", "Open", "Open the finding's hunt", footer=False),
    Key("escape", "leave", "Close", "Close", footer=False),
)

DELETION = scope(
    "deletion",
    Key("y", "answer(True)", "Delete", "Delete the hunt", footer=False, id="delete"),
    Key("n,escape", "answer(False)", "Keep", "Keep the hunt", footer=False, id="keep"),
)

PLAYBOOKS = scope(
    "playbooks",
    Key("enter", "choose", "Choose", "Choose the playbook", footer=False),
    Key(
        "down",
        "move(1)",
        "Next",
        "Go to the next playbook",
        footer=False,
        id="next",
    ),
    Key("up", "move(-1)", "Prev", "Go to the previous playbook", footer=False, id="previous"),
    Key("delete", "delete", "Delete", "Delete a playbook of your own", footer=False),
    Key("f2", "rename", "Rename", "Rename a playbook of your own", footer=False),
    Key("escape", "close", "Close", "Cancel", footer=False),
)

PLAYBOOK_FORM = scope(
    "playbook_form",
    Key("enter", "done", "Done", "Put the query in the editor", footer=False),
    Key("down", "move(1)", "Next", "Go to the next field", footer=False, id="next"),
    Key("up", "move(-1)", "Prev", "Go to the previous field", footer=False, id="previous"),
    Key("escape", "close", "Close", "Cancel", footer=False),
)

PLAYBOOK_KEEP = scope(
    "playbook_keep",
    Key("enter", "save", "Save", "Save the playbook", footer=False),
    Key("space", "tick", "Select", "Make the value a parameter, or not", footer=False),
    Key("n", "name", "Rename", "Rename the parameter", footer=False),
    Key("down", "move(1)", "Next", "Go to the next field", footer=False, id="next"),
    Key("up", "move(-1)", "Prev", "Go to the previous field", footer=False, id="previous"),
    Key("escape", "close", "Close", "Cancel", footer=False),
)

SETTINGS = scope(
    "settings",
    Key("t", "test", "Test", "Test the workspace and model, free of charge", footer=False),
    Key("s", "save", "Save", "Save the settings and apply them now", footer=False),
    Key("d", "default", "Default", "Reset to the default", footer=False),
    Key("w", "places", "Workspace", "Demo, a file, Azure, or an import", footer=False),
    Key("escape", "leave", "Cancel", "Cancel", footer=False),
)

IMPORTING = scope(
    "importing",
    Key("escape", "leave", "Cancel", "Stop the import, or cancel", footer=False),
)

PLACES = scope(
    "places",
    Key("escape", "leave", "Cancel", "Cancel", footer=False),
)

CONNECTION = scope(
    "connection",
    Key("r", "again", "Retry", "Test again", footer=False),
    Key("y", "copy", "Copy code", "Copy the sign-in code", footer=False),
    Key("escape", "leave", "Close", "Stop the test and close", footer=False),
)

QUOTE = scope(
    "quote",
    Key("enter,y", "answer(True)", "Hunt", "Accept the quote and hunt", id="accept"),
    Key("n,escape", "answer(False)", "No", "Decline; nothing is sent", id="decline"),
    Key("m", "pick", "Model", "Choose another model"),
    Key("s", "prompts", "Sent", "Read what would be sent to the model"),
)

ROW = scope(
    "row",
    Key("enter", "open", "Open", "Expand or collapse the line"),
    Key("n", "turn(1)", "Next row", "Show the next row", id="next"),
    Key("p", "turn(-1)", "Previous row", "Show the previous row", id="previous"),
    Key("y", "copy", "Copy", "Copy the row as JSON"),
    Key("escape", "leave", "Close", "Back to the rows", id="dismiss"),
)

ATTACK = scope(
    "attack",
    Key("left", "column(-1)", "Left", "Go to the tactic on the left", id="left"),
    Key("right", "column(1)", "Right", "Go to the tactic on the right", id="right"),
    Key("escape,v", "leave", "Close", "Back to the findings"),
)

LAYOUT = scope(
    "layout",
    Key("left", "arrange('narrower')", "Narrower", "Narrow the conversation", id="left"),
    Key("right", "arrange('wider')", "Wider", "Widen the conversation", id="right"),
    Key("up", "arrange('up')", "Taller rows", "Make the rows pane taller", id="up"),
    Key("down", "arrange('down')", "Taller query", "Make the query pane taller", id="down"),
    Key("z", "arrange('zoom')", "Zoom", "Show one pane, or all of them", id="zoom"),
    Key(
        "c",
        "arrange('conversation')",
        "Conversation",
        "Hide or show the conversation",
        id="conversation",
    ),
    Key("t", "arrange('theme')", "Theme", "Change the theme", id="theme"),
    Key("0", "arrange('usual')", "Reset", "Reset the sizes", id="usual"),
    Key("escape,enter", "leave", "Done", "Close"),
)

HELP = scope(
    "help",
    Key("slash", "filter", "Filter", "Show only keys that match", footer=False),
    Key("escape", "leave", "Close", "Close", footer=False),
)

CLOSE = scope(
    "close",
    Key("escape", "close", "Close", "Close without choosing", footer=False, id="no"),
)

STATISTICS = scope(
    "statistics",
    Key("enter,equals_sign", "choose(True)", "Keep", "Show only rows with it", id="keep"),
    Key("minus", "choose(False)", "Leave out", "Show only rows without it", id="leave_out"),
    Key("escape", "close", "Close", "Back to the rows", id="dismiss"),
)

EXPLAIN = scope(
    "explain",
    Key("m", "answer('model')", "Model", "Ask the model what the query does", footer=False),
    Key("r", "answer('repair')", "Repair", "Ask for a repaired query", footer=False),
)

DETECTION = scope(
    "detection",
    Key("s,enter", "answer('save')", "Save", "Save the drafted rule", footer=False),
)

OFFER = scope(
    "offer",
    Key("enter,y", "answer('ask')", "Ask", "Ask for a repaired query", footer=False),
    Key("n", "answer('')", "No", "Fix it yourself", footer=False, id="no"),
)

DIFF = scope(
    "diff",
    Key("y", "answer('run')", "Run", "Accept the repair and run it", footer=False),
    Key("e", "answer('edit')", "Edit", "Put the repaired query in the editor", footer=False),
    Key("n", "answer('')", "No", "Decline the repair", footer=False, id="no"),
)
