"""Rules about processes on Windows' own record of them: event 4688 in SecurityEvent.

It has the command line, both paths and who did it; not the parent's command line, and no hashes.
Source: https://learn.microsoft.com/windows/security/threat-protection/auditing/event-4688
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

from soc_tui.analysts.offline.sigma import field_columns
from soc_tui.analysts.offline.sigma.rule import Condition, Rule

PROCESSES, SECURITY = "DeviceProcessEvents", "SecurityEvent"
_COLUMNS = {
    "ProcessCommandLine": "CommandLine",
    "FolderPath": "NewProcessName",
    "InitiatingProcessFolderPath": "ParentProcessName",
    "AccountName": "SubjectUserName",
    "AccountDomain": "SubjectDomainName",
    "DeviceName": "Computer",
    r"{AccountDomain}\{AccountName}": r"{SubjectDomainName}\{SubjectUserName}",
}
_FILES = {"FileName": "NewProcessName", "InitiatingProcessFileName": "ParentProcessName"}
_CREATED = Condition("number", column="EventID", values=("4688.0",))


class _UnseenError(Exception):
    """What an exception of the rule looks at does not stand in the event."""


def on_security_events(rule: Rule) -> Rule | None:
    """The rule for event 4688; None where the event does not hold what it looks at."""
    if rule.table != PROCESSES or rule.correlation is not None or rule.has_keywords:
        return None
    try:
        condition = _mapped(rule.condition)
    except _UnseenError:
        return None
    if condition is None:
        return None
    read = {
        column
        for test in condition.tests()
        for name in (test.column, *(test.values[:1] if test.op == "same" else ()))
        for column in field_columns.columns_in(name)
    }
    return replace(
        rule,
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"4688:{rule.id}")),
        table=SECURITY,
        condition=Condition("and", (_CREATED, condition)),
        columns=frozenset({"EventID", *read}),
        quote=("CommandLine", "NewProcessName", "ParentProcessName", "SubjectUserName"),
        entity=("Computer",),
        kql="",
    )


def _mapped(condition: Condition) -> Condition | None:
    """The condition on the event's columns; None where none of its rows can fulfil it."""
    if condition.op == "not":
        inner = _mapped(condition.parts[0])
        if inner is None:
            raise _UnseenError
        return Condition("not", (inner,))
    if condition.op in ("and", "or"):
        parts = [_mapped(part) for part in condition.parts]
        there = tuple(part for part in parts if part is not None)
        if not there or (condition.op == "and" and len(there) < len(parts)):
            return None
        return replace(condition, parts=there)
    if condition.op == "same":
        return None
    if condition.column in _FILES:
        return _of_path(condition, _FILES[condition.column])
    column = _COLUMNS.get(condition.column)
    return replace(condition, column=column) if column else None


def _of_path(test: Condition, column: str) -> Condition | None:
    """A test of a file's name, made of its path."""
    if "" in test.values:
        return None
    if test.op == "equals":
        values = tuple(f"\\{value}" for value in test.values)
        return replace(test, op="ends", column=column, values=values)
    if test.op in ("ends", "contains"):
        return replace(test, column=column)
    if test.op == "starts":
        patterns = tuple(rf"(?i)\\{re.escape(value)}[^\\]*\z" for value in test.values)
        return replace(test, op="regex", column=column, values=patterns)
    return None
