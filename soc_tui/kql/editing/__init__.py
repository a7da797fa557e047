"""What the editor asks of a query: colours, completion, layout, names, differences, repair."""
