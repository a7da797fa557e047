"""Values of columns that the catalog's notes name, and operations written as logs write them. Pure.

The notes of a table name its key values ("ActionType is for example AntivirusDetection"): a request
that says them, in one word or in several, is filtered by them. What is written like the name of an
operation ("ListUsers", "New-InboxRule", "RegistryValueSet") is looked for where the table keeps
those, whether or not the notes know it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from soc_tui.analysts.offline.planner.name_parts import NAME_PART
from soc_tui.analysts.offline.planner.narrowing import Filter
from soc_tui.analysts.offline.planner.per_catalog import per_catalog
from soc_tui.analysts.offline.planner.said_values import said_values
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.plan import Operator, Predicate

_OPERATIONS = (
    "ActionType", "EventName", "OperationName", "Operation", "OperationNameValue", "ActivityType",
    "RiskEventType", "Activity", "EventType",
)  # fmt: skip
# Names of products are written the same way: only what begins as operations do.
_BEGINS_TEXT = """
List Get Create Delete Put Attach Detach Describe Modify Update Add Remove Set Assume Console Enable
Disable Stop Start Terminate Run Invoke Authorize Revoke Reset Change Login Logon Logout Sign File
Folder Registry Connection Listening Inbound Outbound Process Mail Mailbox Antivirus Asr Usb Named
Sharing Anonymous User Member Site Page Dns Service Scheduled Account Password Role Policy Consent
Security Exploit Smart Browser Memory Driver Remote Image Open Bitlocker Upload Download Search
Query Read Write Copy Move Rename Message Secure Company Link Failed Unlikely Unfamiliar Anomalous
Risky Impossible Leaked Ldap Samr Task Wmi Pnp Screenshot Clipboard Tampering Controlled App
"""
_BEGINS = frozenset(_BEGINS_TEXT.split())
_HUMPS = r"[A-Z][a-z0-9]+(?:[A-Z]+[a-z0-9]+)+"
_VERB_NOUN = r"(?:New|Set|Add|Remove|Get|Enable|Disable|Update|Search|Export)-[A-Z][A-Za-z]+"
_OPERATION = re.compile(rf"(?<![\w.\\/@-])(?:{_HUMPS}|{_VERB_NOUN})(?![\w.@\\/-]*[\w@\\/])")
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MOST = 10


def noted(text: str, table: TableSpec, names: Collection[str]) -> tuple[Filter, ...]:
    """Filters for the values that a request names.

    Args:
        names: Of tables and columns: they are no values.
    """
    found: dict[str, list[str]] = {}
    for column, value, pattern in _noted(table):
        if pattern.search(text):
            found.setdefault(column, []).append(value)
    denied: dict[str, list[str]] = {}
    for one in said_values(text, table):
        (denied if one.denied else found).setdefault(one.column, []).append(one.value)
    operations = next((name for name in _OPERATIONS if table.column(name)), "")
    if operations:
        known = {value.casefold() for values in found.values() for value in values}
        for match in _OPERATION.finditer(text):
            begins = "-" in match[0] or NAME_PART.findall(match[0])[0] in _BEGINS
            if begins and match[0] not in names and match[0].casefold() not in known:
                found.setdefault(operations, []).append(match[0])
    return (
        *(_filter(column, tuple(dict.fromkeys(values))) for column, values in found.items()),
        *(_without(column, tuple(dict.fromkeys(values))) for column, values in denied.items()),
    )


def says_value(text: str, table: TableSpec) -> str:
    """The first value of the table's notes that a request names, or empty."""
    found = _noted(table)
    return next((value for _, value, pattern in found if pattern.search(text)), "")


@per_catalog
def all_names(catalog: Catalog) -> frozenset[str]:
    """Names of all tables and their columns."""
    tables = catalog.tables.values()
    return frozenset(name for table in tables for name in (table.name, *table.column_names))


def spans(text: str, table: TableSpec, found: Collection[Filter]) -> list[tuple[int, int]]:
    """Where the words of such values stand."""
    values = {value for one in found for value in one.predicate.values}
    patterns = (_in_words(value) for value in values)
    said = (one for one in said_values(text, table) if one.value in values)
    return [match.span() for say in patterns for match in say.finditer(text)] + [
        span for one in said for span in one.spans
    ]


def _filter(column: str, values: tuple[str, ...]) -> Filter:
    said = ", ".join(values[:_MOST])
    return Filter(
        Predicate((column,), Operator.IN, values[:_MOST]), f"Only those ({column} {said})."
    )


def _without(column: str, values: tuple[str, ...]) -> Filter:
    said = ", ".join(values[:_MOST])
    return Filter(
        Predicate((column,), Operator.NOT_IN, values[:_MOST]), f"Without {column} {said}."
    )


@per_catalog
def _noted_in(catalog: Catalog) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        found
        for table in catalog.tables.values()
        for found in _values(table.name, table.notes, frozenset(table.column_names))
    )


def _noted(table: TableSpec) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return _noted_in(Catalog({table.name: table}))


def _values(
    name: str, notes: str, columns: Collection[str]
) -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Column, value and how a request says it: names of several words after a column's name."""
    column = ""
    for sentence in re.split(r"(?<=[.;])\s", " ".join(notes.split())):
        column = ""
        for match in _TOKEN.finditer(sentence):
            word = match[0]
            if word in columns:
                column = word
            elif any(other.startswith(word) for other in columns):
                continue  # "InitiatingProcess…" are columns
            elif column and re.fullmatch(_HUMPS, word) and word != name:
                yield column, word, _in_words(word)


@cache
def _in_words(value: str) -> re.Pattern[str]:
    parts = [part for part in NAME_PART.findall(value) if part]
    words = r"[\s_-]?".join(f"{re.escape(part)}" for part in parts) or re.escape(value)
    return re.compile(rf"(?<![\w.-]){words}(?:s|es)?(?![\w-])", re.I)
