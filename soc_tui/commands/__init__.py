"""The `soc-tui` subcommands, one module each."""
