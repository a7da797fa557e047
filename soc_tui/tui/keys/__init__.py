"""The key map: the one place that says which key does what. Footer, hints and help come from it.

Every key survives SSH and tmux: function keys and control letters that no terminal, tmux or flow
control takes. Function keys that a terminal eats have a control-letter twin.
"""

from soc_tui.tui.keys import cockpit, dialogs

ALL = {
    "Everywhere": cockpit.MAIN,
    "Request": cockpit.REQUEST,
    "Query": cockpit.EDITOR,
    "Query, after F9": cockpit.EDIT_MENU,
    "Path of a file": dialogs.PATH,
    "Verdict": cockpit.VERDICT,
    "Rows": cockpit.RESULTS,
    "Columns": dialogs.COLUMNS,
    "Row": dialogs.ROW,
    "Quote": dialogs.QUOTE,
    "Findings": cockpit.FINDINGS,
    "ATT&CK matrix": dialogs.ATTACK,
    "Notes": dialogs.NOTES,
    "Timeline": cockpit.TIMELINE,
    "History": cockpit.HISTORY,
    "Comparison": dialogs.COMPARISON,
    "Deletion": dialogs.DELETION,
    "Playbooks": dialogs.PLAYBOOKS,
    "Values of a playbook": dialogs.PLAYBOOK_FORM,
    "Saving a playbook": dialogs.PLAYBOOK_KEEP,
    "Settings": dialogs.SETTINGS,
    "Places of logs": dialogs.PLACES,
    "Import": dialogs.IMPORTING,
    "Connection test": dialogs.CONNECTION,
    "Explanation": dialogs.EXPLAIN,
    "Texts and choices": dialogs.CLOSE,
    "A rejected query": dialogs.OFFER,
    "Repair": dialogs.DIFF,
    "Layout": dialogs.LAYOUT,
    "Help": dialogs.HELP,
}
"""Every scope, under the name of the place where it works."""
