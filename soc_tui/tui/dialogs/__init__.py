"""Dialogs over the main screen, one a file."""
