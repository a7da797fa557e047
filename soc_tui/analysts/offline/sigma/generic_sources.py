"""Public Sigma rules, written for the fields of Sysmon and others, on Microsoft's tables.

A rule of a generic log source (`category: process_creation`) names Sysmon's fields. Here its parsed
condition gets the columns that hold the same: `log_sources.toml` says which. What one field of
Sysmon holds stands in several columns at times (`User` is domain and account): then the field's
name is a template of columns in braces, which no column is called.

pySigma's own pipeline for these tables (pySigma-backend-kusto 0.4 and 1.0) is for pySigma 1; the
channels of Windows' services are pySigma's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
)
from sigma.pipelines.common import windows_logsource_mapping
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNumber,
    SigmaString,
)

_ANY = "*"
_EVENT_TYPES = {
    "setvalue": ("RegistryValueSet",),
    "createkey": ("RegistryKeyCreated",),
    "deletekey": ("RegistryKeyDeleted",),
    "deletevalue": ("RegistryValueDeleted",),
    "renamekey": ("RegistryKeyRenamed",),
}
# Sysmon shortens hives and resolves the control set; the Defender tables do neither.
_REGISTRY = (
    (re.compile(r"^HKLM(?=\\)", re.I), "HKEY_LOCAL_MACHINE"),
    (re.compile(r"^HKCU(?=\\)", re.I), "HKEY_CURRENT_USER"),
    (re.compile(r"^HKU(?=\\)", re.I), "HKEY_USERS"),
    (re.compile(r"^HKCR(?=\\)", re.I), r"HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes"),
    (re.compile(r"\bCurrentControlSet\b", re.I), "ControlSet001"),
)
_DEFAULT = "\\(Default)"
_DWORD = re.compile(r"[DQ]WORD \(0x(?:[0-9a-f]+-0x)?(?P<low>[0-9a-f]+)\)", re.I)
_ENDPOINTS = (None, "windows", "linux", "macos")


@dataclass(frozen=True, slots=True)
class _Table:
    """How the fields of rules are called in a table (see `log_sources.toml`)."""

    fields: Mapping[str, str]
    inside: str = ""
    only: frozenset[str] = frozenset()
    free: bool = False

    def column(self, name: str) -> str:
        """The column of a field; empty where the table has none."""
        if name in self.fields:
            return self.fields[name]
        pieces = name.split(".")
        for length in range(len(pieces) - 1, 0, -1):
            outer = self.fields.get(".".join(pieces[:length]))
            if outer and "{" not in outer and "/" not in outer:
                return f"{outer}/{'.'.join(pieces[length:])}"
        if self.free:
            return name
        if self.inside and (not self.only or name in self.only):
            return f"{self.inside}/{name}"
        return ""


@dataclass(frozen=True, slots=True)
class LogSource:
    """The table of a log source, and what its rows have in which column."""

    table: str
    where: Mapping[str, Sequence[str | int]] = field(default_factory=dict)


@cache
def _data() -> Mapping[str, Any]:
    text = (resources.files(__package__) / "log_sources.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _table(name: str) -> _Table:
    about = _data()["tables"][name]
    fields: dict[str, str] = {}
    for part in about.get("with", ()):
        fields |= _data()[part]
    fields |= {column: column for column in about.get("columns", ())} | about.get("fields", {})
    return _Table(
        fields,
        about.get("inside", ""),
        frozenset(about.get("only", ())),
        about.get("free", False),
    )


def source_of(category: str | None, product: str | None, service: str | None) -> LogSource | None:
    """Where the events of a generic log source stand; None when no table here holds them."""
    for one in _data()["sources"]:
        if "category" in one and "product" not in one and product not in _ENDPOINTS:
            continue
        if one.get("category") != category or one.get("product", product) != product:
            continue
        wanted = one.get("service")
        if wanted == service or (wanted == _ANY and service):
            where = dict(one.get("where", {}))
            if one["table"] == "Event" and service:
                channels = windows_logsource_mapping.get(service)
                if channels is None:
                    return None
                where["EventLog"] = [channels] if isinstance(channels, str) else channels
            return LogSource(one["table"], where)
    return None


def categories() -> tuple[str, ...]:
    """Categories that have a table here."""
    return tuple(sorted({one["category"] for one in _data()["sources"] if "category" in one}))


def tables() -> dict[str, Mapping[str, str]]:
    """Tables of log sources, each with the columns of its fields."""
    return {name: _table(name).fields for name in _data()["tables"]}


def on_columns(tree: Any, source: LogSource) -> Any:
    """The condition on the columns of the log source's table.

    Raises:
        ValueError: a field has no column; the text names it.
    """
    table = _table(source.table)
    missing = sorted(set(_unknown(tree, source.table, table)))
    if missing:
        names = ", ".join(missing)
        raise ValueError(f"{source.table} has no column for the field {names}")
    mapped = _mapped(tree, source.table, table)
    given = [_any_of(column, values) for column, values in source.where.items()]
    return ConditionAND([mapped, *given]) if given else mapped


def _unknown(tree: Any, name: str, table: _Table) -> Iterator[str]:
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        names = [tree.field]
        if isinstance(tree.value, SigmaFieldReference):
            names.append(tree.value.field)
        if name == "DeviceNetworkEvents":
            names = [one for one in names if one != "Initiated"]
        yield from (one for one in names if not table.column(one))
        return
    for arg in getattr(tree, "args", ()):
        yield from _unknown(arg, name, table)


def _mapped(tree: Any, name: str, table: _Table) -> Any:
    if isinstance(tree, (ConditionAND, ConditionOR, ConditionNOT)):
        return type(tree)([_mapped(arg, name, table) for arg in tree.args])
    if not isinstance(tree, ConditionFieldEqualsValueExpression):
        return tree
    if tree.field == "Initiated" and name == "DeviceNetworkEvents":
        accepted = _is("ActionType", SigmaString("InboundConnectionAccepted"))
        outbound = str(tree.value).lower() in ("true", "1")
        return ConditionNOT([accepted]) if outbound else accepted
    column, value = table.column(tree.field), tree.value
    if name == "DeviceRegistryEvents":
        if tree.field == "EventType":
            actions = _EVENT_TYPES.get(str(value).lower(), (str(value),))
            return _any_of(column, actions)
        if not isinstance(value, SigmaFieldReference):
            value = _as_defender(value, tree.field)
        if tree.field == "TargetObject" and (key := _key_of_default(value)) is not None:
            unnamed = _is("RegistryValueName", SigmaString(""))
            of_key = ConditionAND([_is(column, key), unnamed]) if key.s else unnamed
            return ConditionOR([_is(column, value), of_key])
    if isinstance(value, SigmaFieldReference):
        other = table.column(value.field)
        value = SigmaFieldReference(other, value.starts_with, value.ends_with)
    return _is(column, value)


def _is(column: str, value: Any) -> ConditionFieldEqualsValueExpression:
    made = ConditionFieldEqualsValueExpression(column, value)
    made.source = None  # pySigma's parser sets it, its backends read it
    return made


def _any_of(column: str, values: Sequence[str | int]) -> ConditionOR:
    return ConditionOR(
        [
            _is(column, SigmaString(value) if isinstance(value, str) else SigmaNumber(value))
            for value in values
        ]
    )


def _key_of_default(value: Any) -> SigmaString | None:
    """The key of a value that Sysmon calls `(Default)`; the Defender tables leave it unnamed."""
    parts = list(value.s) if isinstance(value, SigmaString) else []
    if not parts or not isinstance(parts[-1], str) or not parts[-1].endswith(_DEFAULT):
        return None
    key = SigmaString("")
    last = parts[-1].removesuffix(_DEFAULT)
    key.s = [*parts[:-1], last] if last else [part for part in parts[:-1] if isinstance(part, str)]
    return key


def _as_defender(value: Any, field: str) -> Any:
    """A registry value of a rule as these tables write it."""
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_as_defender(one, field) for one in value.values])
    if isinstance(value, (SigmaBool, SigmaNumber)) or not isinstance(value, SigmaString):
        return value
    changed = type(value)("") if isinstance(value, SigmaCasedString) else SigmaString("")
    changed.s = [_text(part, field) if isinstance(part, str) else part for part in value.s]
    return changed


def _text(part: str, field: str) -> str:
    if field == "Details":
        return _DWORD.sub(lambda match: str(int(match["low"], 16)), part)
    for pattern, name in _REGISTRY:
        part = pattern.sub(name, part)
    return part
