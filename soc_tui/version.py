"""The version of soc_tui; the wheel is built with it."""

__version__ = "0.1.0"
