"""The KQL editor, its completions, the verdict below it, and its ways to files and editors."""
