"""Terminals with missing features."""

from __future__ import annotations

from collections.abc import Mapping

_CONSOLE_SIGNS = str.maketrans(
    "╭╮╰╯━╸╺╋┃▊▎▏▕▔▁▂▃▅▆▇▍▋▉✓✗◆…“”‘’",
    "┌┐└┘───┼│││││─_▄▄▄█████√x♦.\"\"''",
)


def signs(environ: Mapping[str, str]) -> dict[int, int]:
    """Signs that stand in for others: the fonts of the Linux console hold little beyond CP437."""
    return _CONSOLE_SIGNS if environ.get("TERM", "").startswith("linux") else {}


def takes_mouse(environ: Mapping[str, str]) -> bool:
    """Whether the mouse may be asked for: GNU screen, with it, keeps Esc back until the next key.

    Seen in screen 4.9.0: Esc could be the start of a mouse report, so it waits for more.
    """
    return "STY" not in environ
