"""Dialogs over the main screen, one per file."""
