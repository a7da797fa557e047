"""Private parts of Textual that this room uses: each only while it is as we know it.

`SOC_TUI_STOCK_TEXTUAL=1` uses none of them; then, or where a part is not there any more, Textual
does it in its own way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import unwrap
from typing import Any

VARIABLE = "SOC_TUI_STOCK_TEXTUAL"
_PART = re.compile(r"(?P<module>[\w.]+):(?P<path>[\w.]+)(?:\((?P<parameters>[\w, ]*)\))?")


def stock(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether Textual is to be used as it comes, without any of its private parts."""
    return environ.get(VARIABLE, "") not in ("", "0")


@dataclass(frozen=True)
class Internals:
    """What one thing of ours needs.

    Attributes:
        parts: `module:Class.attribute`, or `module:Class.method(its, parameters)`. An attribute
            stands in the class, in its slots, or is set by its `__init__`.
    """

    parts: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether they may be used, and all are as we know them."""
        return not stock() and all(map(_is_there, self.parts))


def _is_there(part: str) -> bool:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(f"not a part: {part}")
    try:
        owner: Any = import_module(found["module"])
    except ImportError:
        return False
    *classes, last = found["path"].split(".")
    for name in classes:
        owner = getattr(owner, name, None)
    if found["parameters"] is None:
        return hasattr(owner, last) or _sets(owner, last)
    code = getattr(unwrap(getattr(owner, last, None)), "__code__", None)  # type: ignore[arg-type]
    if code is None:
        return False
    taken: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return taken == tuple(re.findall(r"\w+", found["parameters"]))


def _sets(owner: Any, name: str) -> bool:
    begins = (vars(each).get("__init__") for each in getattr(owner, "__mro__", ()))
    codes = (getattr(each, "__code__", None) for each in begins)
    return any(name in code.co_names for code in codes if code is not None)
