"""Public Sigma rules, written for Sysmon's fields, on the tables of Microsoft Defender.

A rule of a generic log source (`category: process_creation`) names Sysmon's fields. Here its parsed
condition gets the columns that hold the same. What one field of Sysmon holds stands in several
columns at times (`User` is domain and account): then the field's name is a template of columns in
braces, which no column is called.

pySigma's own pipeline for these tables (pySigma-backend-kusto 0.4 and 1.0) is for pySigma 1.
Source: https://sigmahq.io/docs/basics/log-sources.html and
https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
)
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNumber,
    SigmaString,
)

_ACTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "process_creation": ("DeviceProcessEvents", ()),
    "network_connection": ("DeviceNetworkEvents", ()),
    "file_event": ("DeviceFileEvents", ("FileCreated", "FileModified")),
    "file_change": ("DeviceFileEvents", ("FileModified",)),
    "file_rename": ("DeviceFileEvents", ("FileRenamed",)),
    "file_delete": ("DeviceFileEvents", ("FileDeleted",)),
    "registry_event": ("DeviceRegistryEvents", ()),
    "registry_set": ("DeviceRegistryEvents", ("RegistryValueSet",)),
    "registry_add": ("DeviceRegistryEvents", ("RegistryKeyCreated",)),
    "registry_delete": ("DeviceRegistryEvents", ("RegistryKeyDeleted", "RegistryValueDeleted")),
}
"""Table of each category, and what its rows did."""
_VERSION = "InitiatingProcessVersionInfo"
_ACTING = {
    "Image": "InitiatingProcessFolderPath",
    "CommandLine": "InitiatingProcessCommandLine",
    "ParentImage": "\\{InitiatingProcessParentFileName}",
    "ProcessId": "InitiatingProcessId",
    "User": "{InitiatingProcessAccountDomain}\\{InitiatingProcessAccountName}",
    "IntegrityLevel": "InitiatingProcessIntegrityLevel",
    "OriginalFileName": f"{_VERSION}OriginalFileName",
    "Description": f"{_VERSION}FileDescription",
    "Product": f"{_VERSION}ProductName",
    "Company": f"{_VERSION}CompanyName",
    "FileVersion": f"{_VERSION}ProductVersion",
    "Computer": "DeviceName",
}
"""Of the process that did it, in tables whose rows are about something else."""
_HASHES = {
    "Hashes": "MD5={MD5},SHA1={SHA1},SHA256={SHA256}",
    "md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "MD5": "MD5", "SHA1": "SHA1",
    "SHA256": "SHA256",
}  # fmt: skip
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "DeviceProcessEvents": {
        "Image": "FolderPath",
        "NewProcessName": "FolderPath",
        "CommandLine": "ProcessCommandLine",
        "ProcessId": "ProcessId",
        "User": "{AccountDomain}\\{AccountName}",
        "LogonId": "LogonId",
        "IntegrityLevel": "ProcessIntegrityLevel",
        "OriginalFileName": "ProcessVersionInfoOriginalFileName",
        "Description": "ProcessVersionInfoFileDescription",
        "Product": "ProcessVersionInfoProductName",
        "Company": "ProcessVersionInfoCompanyName",
        "FileVersion": "ProcessVersionInfoProductVersion",
        "ParentImage": "InitiatingProcessFolderPath",
        "ParentProcessName": "InitiatingProcessFolderPath",
        "ParentCommandLine": "InitiatingProcessCommandLine",
        "ParentProcessId": "InitiatingProcessId",
        "ParentUser": _ACTING["User"],
        "GrandParentImage": "\\{InitiatingProcessParentFileName}",
        "Computer": "DeviceName",
        **_HASHES,
    },
    "DeviceNetworkEvents": {
        **_ACTING,
        "DestinationIp": "RemoteIP",
        "DestinationPort": "RemotePort",
        "DestinationHostname": "RemoteUrl",
        "SourceIp": "LocalIP",
        "SourcePort": "LocalPort",
        "SourceHostname": "DeviceName",
        "Protocol": "Protocol",
    },
    "DeviceFileEvents": {
        **_ACTING,
        "TargetFilename": "FolderPath",
        "SourceFilename": "{PreviousFolderPath}\\{PreviousFileName}",
        **_HASHES,
    },
    "DeviceRegistryEvents": {
        **_ACTING,
        "TargetObject": "{RegistryKey}\\{RegistryValueName}",
        "Details": "RegistryValueData",
        "EventType": "ActionType",
    },
}
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
_DWORD = re.compile(r"[DQ]WORD \(0x(?:[0-9a-f]+-0x)?(?P<low>[0-9a-f]+)\)", re.I)
_PRODUCTS = (None, "windows", "linux", "macos")


def table_of(category: str | None, product: str | None, service: str | None) -> str:
    """The table of a generic log source; empty when none here holds such events."""
    if product not in _PRODUCTS or service or category not in _ACTIONS:
        return ""
    return _ACTIONS[category or ""][0]


def categories() -> tuple[str, ...]:
    """Categories that have a table here."""
    return tuple(sorted(_ACTIONS))


def on_columns(tree: Any, category: str) -> Any:
    """The condition on the columns of the category's table.

    Raises:
        ValueError: a field has no column; the text names it.
    """
    table, actions = _ACTIONS[category]
    missing = sorted(set(_unknown(tree, table)))
    if missing:
        names = ", ".join(missing)
        raise ValueError(f"{table} has no column for the field {names} of {category}")
    mapped = _mapped(tree, table)
    if not actions:
        return mapped
    return ConditionAND([mapped, _any_of("ActionType", actions)])


def _unknown(tree: Any, table: str) -> Iterator[str]:
    if isinstance(tree, ConditionFieldEqualsValueExpression):
        names = [tree.field]
        if isinstance(tree.value, SigmaFieldReference):
            names.append(tree.value.field)
        known = (*_FIELDS[table], *(("Initiated",) if table == "DeviceNetworkEvents" else ()))
        yield from (name for name in names if name not in known)
    for arg in getattr(tree, "args", ()):
        if not isinstance(tree, ConditionFieldEqualsValueExpression):
            yield from _unknown(arg, table)


def _mapped(tree: Any, table: str) -> Any:
    if isinstance(tree, (ConditionAND, ConditionOR, ConditionNOT)):
        return type(tree)([_mapped(arg, table) for arg in tree.args])
    if not isinstance(tree, ConditionFieldEqualsValueExpression):
        return tree
    if tree.field == "Initiated":
        accepted = _is("ActionType", SigmaString("InboundConnectionAccepted"))
        outbound = str(tree.value).lower() in ("true", "1")
        return ConditionNOT([accepted]) if outbound else accepted
    column, value = _FIELDS[table][tree.field], tree.value
    if tree.field == "EventType":
        actions = _EVENT_TYPES.get(str(value).lower(), (str(value),))
        return _any_of(column, actions)
    if isinstance(value, SigmaFieldReference):
        value = SigmaFieldReference(_FIELDS[table][value.field], value.starts_with, value.ends_with)
    elif table == "DeviceRegistryEvents":
        value = _as_defender(value, tree.field)
    return _is(column, value)


def _is(column: str, value: Any) -> ConditionFieldEqualsValueExpression:
    made = ConditionFieldEqualsValueExpression(column, value)
    made.source = None  # pySigma's parser sets it, its backends read it
    return made


def _any_of(column: str, texts: Sequence[str]) -> ConditionOR:
    return ConditionOR([_is(column, SigmaString(text)) for text in texts])


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
