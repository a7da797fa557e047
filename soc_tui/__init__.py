"""soc_tui: threat hunting in the terminal, with every finding checked against its rows."""

__version__ = "0.1.0"
