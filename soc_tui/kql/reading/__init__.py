"""One walk through a query: its tables, names, columns, time bounds and row cap."""
