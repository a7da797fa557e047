"""Textual's log without a look at the attrs library, whose import costs more than the log's own.

Rich's `pretty`, which the log brings along, imports attrs where it is installed, to print its
classes. Nothing here prints any.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _not_installed(name: str) -> Iterator[None]:
    """Let an optional import fail, unless it was imported already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


with _not_installed("attr"):
    from textual.widgets import RichLog

__all__ = ["RichLog"]
