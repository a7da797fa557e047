"""soc_tui: threat hunting in the terminal, with every finding checked against its rows."""

from soc_tui.version import __version__

__all__ = ["__version__"]
