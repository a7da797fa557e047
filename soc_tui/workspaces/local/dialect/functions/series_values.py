"""Arrays of numbers as they travel to functions in Python and back."""

from __future__ import annotations

import json
import math

Number = float | int | None


def read(text: str) -> list[Number]:
    """The items of an array; null for what is no number."""
    value = json.loads(text)
    if not isinstance(value, list):
        raise TypeError(text)
    return [number(one) for one in value]


def number(one: object) -> Number:
    """An item as a number; null for what is none."""
    if isinstance(one, bool):
        return int(one)
    if isinstance(one, int | float):
        return one
    if isinstance(one, str) and one in {"NaN", "Infinity", "-Infinity"}:
        return float(one.lower().replace("infinity", "inf"))
    return None


def numbers(text: str) -> list[float]:
    """The numbers of an array, without nulls."""
    return [float(one) for one in read(text) if one is not None]


def plain(value: object) -> object:
    """A value with numbers that JSON cannot say as texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return list(map(plain, value)) if isinstance(value, list) else value


def as_text(value: object) -> str:
    """JSON as Kusto writes it."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
