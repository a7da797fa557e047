"""What `soc-tui SUB-COMMAND` does, one module each. The screen is the TUI's."""
