"""Small widgets and lines of text that panes and dialogs share."""
