"""Keys of the dialogs."""

from soc_tui.tui.keys.key import Key, scope

PATH = scope(
    "path",
    Key("escape", "close", "Close", "Leave without a file", footer=False),
    Key("down", "files", "Files", "Go to the files of the folder", footer=False),
    Key("tab", "first", "First", "Complete the path with the first of the files", footer=False),
)

COLUMNS = scope(
    "columns",
    Key("space", "show_or_hide", "Show or hide", "Show or hide the column", footer=False),
    Key("u", "move(-1)", "Up", "Move the column up", footer=False, id="move_up"),
    Key("d", "move(1)", "Down", "Move the column down", footer=False, id="move_down"),
    Key("a", "everything", "All", "Show all columns", footer=False),
    Key("enter", "done", "Done", "Show them so", footer=False),
    Key("escape", "leave", "Leave", "Leave them as they were", footer=False),
)

NOTES = scope(
    "notes",
    Key("f5,ctrl+r", "save", "Save", "Keep the notes", footer=False),
    Key("escape", "leave", "Leave", "Leave the notes as they were", footer=False),
)

COMPARISON = scope(
    "comparison",
    Key("enter", "open", "Open", "Open the hunt of the finding", footer=False),
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
        "Go to the next playbook while one types",
        footer=False,
        id="next",
    ),
    Key("up", "move(-1)", "Before", "Go to the playbook before", footer=False, id="previous"),
    Key("delete", "delete", "Delete", "Delete the playbook, one of yours", footer=False),
    Key("f2", "rename", "Rename", "Give the playbook another name, one of yours", footer=False),
    Key("escape", "close", "Close", "Leave", footer=False),
)

PLAYBOOK_FORM = scope(
    "playbook_form",
    Key("enter", "done", "Done", "Put the query into the editor", footer=False),
    Key("down", "move(1)", "Next", "Go to the next field", footer=False, id="next"),
    Key("up", "move(-1)", "Before", "Go to the field before", footer=False, id="previous"),
    Key("escape", "close", "Close", "Leave", footer=False),
)

PLAYBOOK_KEEP = scope(
    "playbook_keep",
    Key("enter", "save", "Save", "Save the playbook", footer=False),
    Key("space", "tick", "Tick", "Make the value a parameter, or not", footer=False),
    Key("n", "name", "Name", "Give the parameter another name", footer=False),
    Key("down", "move(1)", "Next", "Go to the next field", footer=False, id="next"),
    Key("up", "move(-1)", "Before", "Go to the field before", footer=False, id="previous"),
    Key("escape", "close", "Close", "Leave", footer=False),
)

SETTINGS = scope(
    "settings",
    Key("t", "test", "Test", "Try logs and model with these settings, for free", footer=False),
    Key("s", "save", "Save", "Keep the settings and work with them", footer=False),
    Key("d", "default", "Default", "Set it back to its default", footer=False),
    Key("w", "places", "Other logs", "Demo, a file, Azure, or an import", footer=False),
    Key("escape", "leave", "Leave", "Leave everything as it was", footer=False),
)

IMPORTING = scope(
    "importing",
    Key("escape", "leave", "Leave", "Stop the import, or leave", footer=False),
)

PLACES = scope(
    "places",
    Key("escape", "leave", "Leave", "Leave everything as it was", footer=False),
)

CONNECTION = scope(
    "connection",
    Key("r", "again", "Again", "Try once more", footer=False),
    Key("y", "copy", "Copy code", "Copy the code to sign in with", footer=False),
    Key("escape", "leave", "Leave", "Stop trying, and leave", footer=False),
)

QUOTE = scope(
    "quote",
    Key("enter,y", "answer(True)", "Hunt", "Accept the quote and hunt", id="accept"),
    Key("n,escape", "answer(False)", "No", "Do not hunt; nothing is sent", id="decline"),
    Key("m", "pick", "Model", "Choose another model"),
)

ROW = scope(
    "row",
    Key("enter", "open", "Open", "Open or close what stands below the line"),
    Key("n", "turn(1)", "Next row", "Show the next row", id="next"),
    Key("p", "turn(-1)", "Previous row", "Show the row before", id="previous"),
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

HELP = scope(
    "help",
    Key("slash", "filter", "Filter", "Show only keys that fit what is typed", footer=False),
    Key("escape", "leave", "Close", "Close", footer=False),
)

CLOSE = scope(
    "close",
    Key("escape", "close", "Close", "Close without a choice", footer=False, id="no"),
)

EXPLAIN = scope(
    "explain",
    Key("m", "answer('model')", "Model", "Ask the model what the query does", footer=False),
    Key("r", "answer('repair')", "Repair", "Ask for a correction of the query", footer=False),
)

OFFER = scope(
    "offer",
    Key("enter,y", "answer('ask')", "Ask", "Ask for a correction of the query", footer=False),
    Key("n", "answer('')", "No", "Correct it by hand", footer=False, id="no"),
)

DIFF = scope(
    "diff",
    Key("y", "answer('run')", "Run", "Accept the correction and run it", footer=False),
    Key("e", "answer('edit')", "Edit", "Put the correction in the editor", footer=False),
    Key("n", "answer('')", "No", "Decline the correction", footer=False, id="no"),
)
