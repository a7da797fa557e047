"""The key map: the single source for keys. Footer, hints and help come from it.

Every key survives SSH and tmux: function keys and control letters that no terminal, tmux or flow
control takes. Function keys that a terminal eats have a control-letter twin.
"""

from soc_tui.tui.keys import cockpit, dialogs

ALL = {
    "Everywhere": cockpit.MAIN,
    "Request": cockpit.REQUEST,
    "Query": cockpit.EDITOR,
    "Query menu (F9)": cockpit.EDIT_MENU,
    "File path": dialogs.PATH,
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
    "Delete a hunt": dialogs.DELETION,
    "Playbooks": dialogs.PLAYBOOKS,
    "Playbook values": dialogs.PLAYBOOK_FORM,
    "Save as playbook": dialogs.PLAYBOOK_KEEP,
    "Settings": dialogs.SETTINGS,
    "Choose a workspace": dialogs.PLACES,
    "Import": dialogs.IMPORTING,
    "Connection test": dialogs.CONNECTION,
    "Explanation": dialogs.EXPLAIN,
    "Detection": dialogs.DETECTION,
    "Column values": dialogs.STATISTICS,
    "Dialogs": dialogs.CLOSE,
    "Rejected query": dialogs.OFFER,
    "Repair": dialogs.DIFF,
    "Layout": dialogs.LAYOUT,
    "Help": dialogs.HELP,
}
"""Every scope, under the name of the place where it works."""
