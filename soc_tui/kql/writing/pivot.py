"""Pivot queries from a cell or indicator: narrower here, or the same entity elsewhere.

Every text made here is judged like any other before it runs.
"""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from soc_tui.kql.text.literals import hours_text, identifier, string
from soc_tui.kql.writing.filters import caller_filter, device_filter, user_filter
from soc_tui.model.catalog import Catalog, KqlType, TableSpec
from soc_tui.model.limits import Limits

AROUND_MINUTES = 15

_HASH = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
_ID = re.compile(r"I[dD](?:_s|_g)?$")
"""Ends the name of a column whose hexadecimal digits are no hash: a DeviceId has 40 of them."""
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
"""An id in a directory: no table that is pivoted to has accounts or hosts by it."""


class Entity(StrEnum):
    """What a value names."""

    HOST = "host"
    ACCOUNT = "account"
    ADDRESS = "address"
    HASH = "hash"
    FILE = "file"
    DOMAIN = "domain"


_COLUMNS: Mapping[Entity, tuple[tuple[re.Pattern[str], str], ...]] = {
    Entity.ADDRESS: (
        (re.compile(r"(?:IP|Ip)(?:Address)?(?:_s)?$"), "=="),
        (re.compile(r"IPs_s$"), "has"),
    ),
    Entity.HASH: ((re.compile(r"(?:SHA1|SHA256|MD5|FileHash)$"), "=~"),),
    Entity.FILE: ((re.compile(r"(?:FileName|ProcessName)$"), "=~"),),
    Entity.DOMAIN: ((re.compile(r"(?:Url|URL|DomainName|DestinationHostName)$"), "has"),),
}
"""Columns of an entity by their names, and how a value is looked for in them."""


_NAMES: tuple[tuple[Entity, re.Pattern[str]], ...] = (
    (Entity.FILE, re.compile(r"(?:FileName|ProcessName)$")),
    (Entity.DOMAIN, re.compile(r"(?:Url|URL|DomainName)$")),
    (Entity.HOST, re.compile(r"(?:DeviceName|Computer|HostName|VM\d?)(?:_s)?$")),
    (
        Entity.ACCOUNT,
        re.compile(
            r"(?:Account|AccountName|User|UserName|UserId|Upn|PrincipalName|Caller|Address)$"
        ),
    ),
)
"""What a column of such a name holds, where the value's own form does not say."""

_LONGEST_TAIL = 40
"""Characters at a name's end that tell what it holds; a name may be a megabyte."""

_LONGEST_ADDRESS = 100
"""Characters; an IPv6 address has 45 at most, and a zone."""


def entity_of(name: str, kind: KqlType, value: object) -> Entity | None:
    """What the value of a column of that name is, by its form and the name; None if nothing."""
    if kind is not KqlType.STRING or not isinstance(value, str) or not value.strip():
        return None
    if is_address(value):
        return Entity.ADDRESS
    if _HASH.fullmatch(value):
        return None if _ID.search(name[-_LONGEST_TAIL:]) else Entity.HASH
    return None if _GUID.fullmatch(value) else entity_named(name)


def entity_named(name: str) -> Entity | None:
    """What a column of that name holds, where the value's own form does not say."""
    return _by_tail(name[-_LONGEST_TAIL:])


@functools.lru_cache
def _by_tail(tail: str) -> Entity | None:
    return next((entity for entity, names in _NAMES if names.search(tail)), None)


def is_address(value: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    stripped = value.strip()
    if len(stripped) > _LONGEST_ADDRESS:
        return False
    try:
        ipaddress.ip_address(stripped)
    except ValueError:
        return False
    return True


def narrowed(kql: str, condition: str) -> str:
    """`kql` with one more `where`, before its last order and cap.

    Raises:
        NotKqlError, TooComplexError: it cannot be read.
    """
    from soc_tui.kql.reading.read import main_pipeline  # only when one narrows a query

    offset = main_pipeline(kql).narrow_at
    return f"{kql[:offset]}\n| where {condition}{kql[offset:]}"


def everywhere(
    entity: Entity, value: str, catalog: Catalog, limits: Limits, hours: float | None = None
) -> str:
    """Rows of every table in which the host, account or address stands.

    Of a large catalog, the tables that are often asked for: a query over all would be too long.

    Empty when no table has a column for it.

    Args:
        hours: Time range, hours; the limits' default when None.
    """
    span = hours_text(min(hours or limits.default_hours, limits.max_hours))
    return _union(
        catalog.often.tables.values(),
        lambda table: [f"{identifier(table.time_column)} > ago({span})"],
        lambda table: _condition(entity, value, table),
        limits,
    )


def around(
    moment: dt.datetime, entity: Entity | None, value: str, catalog: Catalog, limits: Limits
) -> str:
    """Rows of every table within AROUND_MINUTES of a moment, of one host, account or address.

    Without an entity: of all, which may be many; the cap holds.
    """
    minutes = dt.timedelta(minutes=AROUND_MINUTES)
    first, last = (_datetime(moment - minutes), _datetime(moment + minutes))
    return _union(
        catalog.often.tables.values(),
        lambda table: [f"{identifier(table.time_column)} between ({first} .. {last})"],
        lambda table: "true" if entity is None else _condition(entity, value, table),
        limits,
    )


def here(
    entity: Entity, value: str, table: TableSpec, limits: Limits, hours: float | None = None
) -> str:
    """Rows of one table of one host, account or address; empty when it has no column for it."""
    condition = _condition(entity, value, table)
    if not condition:
        return ""
    span = hours_text(min(hours or limits.default_hours, limits.max_hours))
    time = identifier(table.time_column)
    return "\n".join(
        [
            identifier(table.name),
            f"| where {time} > ago({span})",
            f"| where {condition}",
            f"| project {_fields(table)}",
            f"| order by {time} desc",
            f"| take {limits.max_rows}",
        ]
    )


def between(
    entity: Entity,
    value: str,
    table: TableSpec,
    window: tuple[dt.datetime, dt.datetime],
    most: int,
) -> str:
    """All columns of the rows of one table of one entity in a time window (UTC), at most `most`.

    Empty when the table has no column for it, or no time.
    """
    condition = _condition(entity, value, table)
    if not condition or not table.time_column:
        return ""
    time = identifier(table.time_column)
    first, last = map(_datetime, window)
    return "\n".join(
        [
            identifier(table.name),
            f"| where {time} between ({first} .. {last})",
            f"| where {condition}",
            f"| order by {time} desc",
            f"| take {most}",
        ]
    )


def _union(
    tables: Iterable[TableSpec],
    bounds: Callable[[TableSpec], Sequence[str]],
    condition: Callable[[TableSpec], str],
    limits: Limits,
) -> str:
    legs = []
    times = set()
    for table in tables:
        held = condition(table)
        if not held or not table.time_column:
            continue
        times.add(table.time_column)
        conditions = [*bounds(table), *([] if held == "true" else [held])]
        wheres = " ".join(f"| where {text}" for text in conditions)
        # withsource names bracketed legs union_arg0, union_arg1 …
        source = f"SourceTable = {string(table.name)}"
        legs.append(f"    ({identifier(table.name)} {wheres} | project {source}, {_fields(table)})")
    if not legs:
        return ""
    order = f"\n| order by {identifier(times.pop())} desc" if len(times) == 1 else ""
    joined = ",\n".join(legs)
    return f"union isfuzzy=true\n{joined}{order}\n| take {limits.max_rows}"


def _fields(table: TableSpec) -> str:
    names = dict.fromkeys([table.time_column, *(table.default_fields or table.column_names[:8])])
    return ", ".join(map(identifier, names))


def _condition(entity: Entity, value: str, table: TableSpec) -> str:
    match entity:
        case Entity.HOST:
            return device_filter(table, value).condition
        case Entity.ACCOUNT:
            found = [user_filter(table, value).condition, caller_filter(table, value).condition]
            return " or ".join(dict.fromkeys(text for text in found if text))
        case _:
            return " or ".join(_column_conditions(entity, value.strip(), table))


def _column_conditions(entity: Entity, value: str, table: TableSpec) -> list[str]:
    return [
        f"{identifier(column.name)} {operator} {string(value)}"
        for columns, operator in _COLUMNS[entity]
        for column in table.columns
        if column.type is KqlType.STRING and columns.search(column.name)
    ]


def _datetime(moment: dt.datetime) -> str:
    utc = moment.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    return f"datetime({utc.isoformat()}Z)"
