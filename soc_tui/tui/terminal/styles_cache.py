"""Widgets that are closed are let go.

The cache of one method of Textual 8.2 holds the `self` of each call: up to 1,024 widgets that are
long closed (dialogs, grids), each with all lines it drew. Python's collector stops the screen to
go through them. What is cached is quick to make.
"""

from __future__ import annotations

from inspect import unwrap
from typing import Any

from soc_tui.tui.terminal.textual_internals import Internals

INTERNALS = Internals(
    ("textual._styles_cache:StylesCache.get_inner_outer(cls, base_background, background)",)
)
_textuals: list[Any] = []
"""Textual's own method, while another stands in its place."""


def use() -> None:
    """Cache nothing there from now on."""
    if INTERNALS.usable and not _textuals:
        from textual._styles_cache import StylesCache

        _textuals.append(StylesCache.get_inner_outer)
        StylesCache.get_inner_outer = unwrap(_textuals[0])  # type: ignore[method-assign]
    elif not INTERNALS.usable and _textuals:
        from textual._styles_cache import StylesCache

        StylesCache.get_inner_outer = _textuals.pop()  # type: ignore[method-assign]
