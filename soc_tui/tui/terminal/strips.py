"""Strips that make a cache when it is first used.

Textual 8.2 makes seven caches for each of the strips of a repaint, and uses hardly any. To make
them takes two fifths of the time, and Python's collector has to look through them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.segment import Segment
from textual.cache import FIFOCache
from textual.strip import Strip

from soc_tui.tui.terminal.textual_internals import Internals

_CACHES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
"""Most entries of each, as in Textual."""
_PLAIN = ("_segments", "_cell_length", "_render_cache", "_link_ids", "_cell_count")
_TEXTUALS = Strip.__init__

INTERNALS = Internals(tuple(f"textual.strip:Strip.{name}" for name in (*_CACHES, *_PLAIN)))


def use() -> None:
    """Make strips so from now on; not in a Textual whose strips are others."""
    if INTERNALS.usable and {*Strip.__slots__} == {*_CACHES, *_PLAIN}:
        Strip.__init__ = _begin  # type: ignore[method-assign, assignment]
        Strip.__getattr__ = _cache  # type: ignore[attr-defined]
    elif Strip.__init__ is _begin:
        # `__getattr__` stays: strips that were made so far may lack a cache.
        Strip.__init__ = _TEXTUALS  # type: ignore[method-assign]


def _begin(strip: Strip, segments: Iterable[Segment], cell_length: int | None = None) -> None:
    strip._segments = list(segments)
    strip._cell_length = cell_length
    strip._render_cache = None
    strip._link_ids = None
    strip._cell_count = None


def _cache(strip: Strip, name: str) -> FIFOCache[Any, Any]:
    """Called for what is not there yet."""
    if name not in _CACHES:
        raise AttributeError(name)
    cache: FIFOCache[Any, Any] = FIFOCache(_CACHES[name])
    setattr(strip, name, cache)
    return cache
