"""The main screen, and a part for each thing that is done on it."""
