"""Model dataclasses to and from what JSON can hold, guided by their type hints."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import types
import typing
from decimal import Decimal
from typing import Any, TypeVar, cast

T = TypeVar("T")


def encode(value: object) -> Any:
    """`value` as dicts, lists, texts, numbers, booleans and None.

    Decimals become texts, times ISO 8601 with `Z`, enums their value (`Level` its name). Fields
    that take no part in comparison (a hunt's rows) are left out.
    """
    if dataclasses.is_dataclass(value):
        return {
            field.name: encode(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.compare
        }
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return _encode_scalar(value)


def _encode_scalar(value: object) -> Any:
    if isinstance(value, enum.Enum):
        return value.name if isinstance(value, enum.IntEnum) else value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.datetime):
        return time_text(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} cannot be recorded")


def decode(kind: type[T], data: object) -> T:
    """The inverse of `encode` for a value of type `kind`.

    Unknown keys are ignored and missing ones take the field's default, so that records of older
    and newer versions can be read.

    Raises:
        ValueError, TypeError, LookupError, ArithmeticError: the data is not of that type.
    """
    return cast("T", _decode(kind, data))


def time_text(value: dt.datetime) -> str:
    """UTC, ISO 8601 to the microsecond with `Z`: sorts as text as it does as time."""
    utc = value.astimezone(dt.UTC) if value.tzinfo else value
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _decode(kind: Any, data: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _decode_optional(kind, data)
    if origin is tuple:
        item = typing.get_args(kind)[0]
        return tuple(_decode(item, entry) for entry in _checked(data, list))
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, _checked(data, dict))
    return _decode_scalar(kind, data)


def _decode_scalar(kind: Any, data: Any) -> Any:
    if issubclass(kind, enum.IntEnum):
        return kind[data]
    if issubclass(kind, enum.StrEnum):
        return kind(data)
    if kind is Decimal:
        return Decimal(_checked(data, str))
    if kind is dt.datetime:
        return dt.datetime.fromisoformat(_checked(data, str)).astimezone(dt.UTC)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    return _checked(data, kind)


def _decode_optional(kind: Any, data: Any) -> Any:
    if data is None:
        return None
    (option,) = (item for item in typing.get_args(kind) if item is not types.NoneType)
    return _decode(option, data)


def _decode_dataclass(kind: Any, data: dict[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{name: _decode(hints[name], data[name]) for name in hints if name in data})


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.compare}


def _checked(data: Any, kind: Any) -> Any:
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise TypeError(f"expected {kind.__name__}, found {type(data).__name__}")
    return data
