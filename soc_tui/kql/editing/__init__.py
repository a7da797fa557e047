"""Query editing: colors, completion, formatting, names, diffs, repair."""
