"""All texts of a value, changed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")


def changed(value: T, change: Callable[[str], str], keep: frozenset[str] = frozenset()) -> T:
    """The value with every text in it changed: of dataclasses, tuples and mappings, all the way.

    Words of a fixed list (enums), numbers and times stay.

    Args:
        keep: Names of fields that stay as they are.
    """
    return _changed(value, change, keep)  # type: ignore[no-any-return]


def _changed(value: Any, change: Callable[[str], str], keep: frozenset[str]) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_changed(one, change, keep) for one in value)
    if isinstance(value, Mapping):
        return {name: _changed(one, change, keep) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changes = {}
        for one in fields(value):
            if one.init and one.name not in keep:
                before = getattr(value, one.name)
                after = _changed(before, change, keep)
                if after is not before:
                    changes[one.name] = after
        return replace(value, **changes) if changes else value
    return value
