"""Conditions of a `where` from a plan's filters."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from soc_tui.kql.text.literals import identifier, literal, string
from soc_tui.model.catalog import Column, KqlType, TableSpec
from soc_tui.model.plan import Operator, Predicate

_LIST_OPERATORS = {
    Operator.EQUALS: "in",
    Operator.NOT_EQUALS: "!in",
    Operator.IN: "in~",
    Operator.NOT_IN: "!in~",
    Operator.HAS: "has_any",
    Operator.HAS_ANY: "has_any",
}
_TEXT_OPERATORS = frozenset(
    {
        Operator.HAS,
        Operator.NOT_HAS,
        Operator.HAS_ANY,
        Operator.CONTAINS,
        Operator.NOT_CONTAINS,
        Operator.STARTS_WITH,
        Operator.NOT_STARTS_WITH,
        Operator.ENDS_WITH,
        Operator.NOT_ENDS_WITH,
        Operator.REGEX,
        Operator.NOT_REGEX,
    }
)
_ORDER_OPERATORS = frozenset(
    {Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.LESS, Operator.LESS_OR_EQUAL}
)
_TEXT_TYPES = frozenset({KqlType.STRING, KqlType.DYNAMIC})
_NEGATIVE = frozenset(
    {
        Operator.NOT_EQUALS,
        Operator.NOT_HAS,
        Operator.NOT_IN,
        Operator.NOT_CONTAINS,
        Operator.NOT_STARTS_WITH,
        Operator.NOT_ENDS_WITH,
        Operator.NOT_REGEX,
    }
)
_EMPTINESS = frozenset({Operator.EMPTY, Operator.NOT_EMPTY})


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition (empty when there is nothing to filter by), and what to know of it."""

    condition: str = ""
    notes: tuple[str, ...] = ()


def device_filter(table: TableSpec, device: str) -> Filter:
    """Rows of one host, however it is stored: by its short or its full name, without case."""
    if not device:
        return Filter()
    column = table.device_column
    if not column:
        return _no_column(table, "device", device)
    name = identifier(column)
    conditions = [f"{name} =~ {string(device)}"]
    short, dot, _ = device.partition(".")
    if _is_address(device):
        pass
    elif dot and short:
        conditions.append(f"{name} =~ {string(short)}")
    elif not dot:
        conditions.append(f"{name} startswith {string(device + '.')}")
    if column.endswith("_s"):
        # Traffic analytics writes resource-group/name:
        # https://learn.microsoft.com/azure/network-watcher/traffic-analytics-schema
        conditions.append(f"{name} endswith {string('/' + device)}")
    return Filter(" or ".join(conditions))


def user_filter(table: TableSpec, account: str) -> Filter:
    """Rows of one account, given as a UPN, as a bare name or as DOMAIN\\name."""
    if not account:
        return Filter()
    if not table.user_column:
        return _no_column(table, "account", account)
    bare = account.rpartition("\\")[2].partition("@")[0] or account
    if _is_dynamic(table, table.user_column):
        return Filter(_within(table.user_column, account))
    if table.user_column.endswith(_BARE_NAMES):
        condition = f"{identifier(table.user_column)} =~ {string(bare)}"
        if bare == account:
            return Filter(condition)
        return Filter(
            condition, (f"{table.user_column} contains no domain: searching for {bare!r}.",)
        )
    conditions = _upn_conditions(table.user_column, account, bare)
    sibling = table.user_column.removesuffix("Upn") + "Name"
    if table.user_column.endswith("Upn") and table.column(sibling):
        conditions.append(f"{identifier(sibling)} =~ {string(bare)}")
    return Filter(" or ".join(conditions))


def caller_filter(table: TableSpec, caller: str) -> Filter:
    """Rows of one Azure caller: a UPN, or the id of a service principal."""
    if not caller:
        return Filter()
    if not table.caller_column:
        return _no_column(table, "caller", caller)
    if _is_dynamic(table, table.caller_column):
        return Filter(_within(table.caller_column, caller))
    return Filter(" or ".join(_upn_conditions(table.caller_column, caller, caller)))


def predicate_filter(table: TableSpec, predicate: Predicate) -> Filter:
    """One predicate: the row passes when any of its columns does."""
    notes: list[str] = []
    values = tuple(value for value in predicate.values if value.strip())
    columns = ", ".join(predicate.columns)
    if not values and predicate.operator not in _EMPTINESS:
        return Filter("", (f"The empty filter on {columns or 'no column'} was left out.",))
    if len(values) < len(predicate.values):
        notes.append(f"Empty values of the filter on {columns} were left out.")
    conditions: list[str] = []
    for name in predicate.columns:
        column = table.column(name)
        if column is None:
            notes.append(f"{table.name} has no column {name!r}: that filter was dropped.")
            continue
        condition = column_condition(column, predicate.operator, values)
        if condition is None:
            what = f"{name} {predicate.operator} {', '.join(map(repr, values))}"
            notes.append(f"Left out, since {name} is of type {column.type}: {what}.")
        else:
            conditions.append(condition)
    return Filter(" or ".join(conditions), tuple(notes))


def column_condition(column: Column, operator: Operator, values: tuple[str, ...]) -> str | None:
    """`column operator values` in KQL, or None when the column's type does not allow it."""
    name = identifier(column.name)
    kind = column.type
    if operator in _EMPTINESS:
        return f"{operator}({name})"
    if operator in _ORDER_OPERATORS and kind in _TEXT_TYPES | {KqlType.BOOL, KqlType.GUID}:
        return None
    as_text = operator in _TEXT_OPERATORS and kind is not KqlType.STRING
    if as_text or kind is KqlType.DYNAMIC:
        name, kind = f"tostring({name})", KqlType.STRING
    written = [literal(value, kind) for value in values]
    literals = [text for text in written if text is not None]
    if len(literals) < len(written):
        return None
    if operator in _LIST_OPERATORS and (len(literals) > 1 or operator not in _SINGLE):
        word = _LIST_OPERATORS[operator]
        if kind is not KqlType.STRING:
            word = word.removesuffix("~")
        return f"{name} {word} ({', '.join(literals)})"
    joined = " and " if operator in _NEGATIVE else " or "
    if operator is Operator.NOT_REGEX:
        conditions = [f"not({name} {Operator.REGEX} {value})" for value in literals]
    else:
        conditions = [f"{name} {operator} {value}" for value in literals]
    text = joined.join(conditions)
    return f"({text})" if len(literals) > 1 and joined == " and " else text


# Columns of account names without a domain: Defender's, and Windows' TargetUserName.
_BARE_NAMES = ("AccountName", "TargetUserName")
_SINGLE = frozenset({Operator.EQUALS, Operator.NOT_EQUALS, Operator.HAS})


def _upn_conditions(column: str, account: str, bare: str) -> list[str]:
    name = identifier(column)
    if "@" in account:
        return [f"{name} =~ {string(account)}"]
    return [f"{name} =~ {string(bare)}", f"{name} startswith {string(bare + '@')}"]


def _is_dynamic(table: TableSpec, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.type is KqlType.DYNAMIC


def _within(column: str, account: str) -> str:
    """The account somewhere in a JSON value, as AuditLogs' InitiatedBy holds it."""
    return f"tostring({identifier(column)}) has {string(account)}"


def _no_column(table: TableSpec, what: str, value: str) -> Filter:
    return Filter("", (f"{table.name} has no {what} column: the filter {value!r} was dropped.",))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
