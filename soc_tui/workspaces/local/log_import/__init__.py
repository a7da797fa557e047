"""Reading log files into a local workspace: look, guess types, load."""
