"""Entities taken out of rows and findings. Pure."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from soc_tui.kql.writing.pivot import Entity as Named
from soc_tui.kql.writing.pivot import entity_named, entity_of
from soc_tui.model.case import Entity, EntityKind, joined
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import Finding, Ioc, Severity
from soc_tui.model.rows import Rows, row_index
from soc_tui.model.time_columns import time_column

_WEIGHT = {
    Severity.INFORMATIONAL: 0,
    Severity.LOW: 1,
    Severity.MEDIUM: 2,
    Severity.HIGH: 3,
    Severity.CRITICAL: 4,
}
TARGETS = 4
"""A finding that names more entities of one kind than this tells of targets, not of who did it."""
_MOST_ROWS = 400
_MOST_OF_A_KIND = 12
_LONGEST = 300
_INDICATORS = {
    "ip": EntityKind.ADDRESS,
    "domain": EntityKind.DOMAIN,
    "file": EntityKind.FILE,
}
_HASHES = ("sha1", "sha256", "md5")
"""One of them is asked about: Defender fills SHA1 in more tables than the others.

https://learn.microsoft.com/defender-xdr/advanced-hunting-deviceprocessevents-table
"""
_TARGET = re.compile(
    r"(?:(?<![\\\w:])\\\\|/node:[\"']?|-(?:computername|cn)\s+[\"']?)([a-z0-9][a-z0-9-]{1,62})"
    r"(?:\.[a-z0-9.-]+)?(?![\w])",
    re.IGNORECASE,
)
"""The other host in a command: \\\\HOST, /node:HOST, -ComputerName HOST."""
_COMMANDS = ("ProcessCommandLine", "InitiatingProcessCommandLine", "CommandLine")
_LONGEST_COMMAND = 20_000
_OF_EVERY_HOST = frozenset(
    {
        "system",
        "local service",
        "network service",
        "localservice",
        "networkservice",
        "local system",
        "anonymous logon",
        "root",
        "-",
        "n/a",
        "unknown",
        "localhost",
    }
)
_FROM_CELLS = frozenset({Named.HOST, Named.ACCOUNT, Named.ADDRESS})


def cited_entities(finding: Finding, rows: Rows, origin: str, table: str) -> tuple[Entity, ...]:
    """Whom and what a finding is about, by the rows that it cites and its indicators.

    Only a finding that is grounded gives weight to what it names.
    """
    indices = [row_index(one.row_id, rows.count) for one in finding.evidence[:_MOST_ROWS]]
    kept = [index for index in indices if index is not None]
    weight = _WEIGHT[finding.severity] if finding.grounded else 0
    found = [
        *_of_cells(rows, kept, table),
        *_of_commands(rows, kept, table),
        *_of_indicators(finding.iocs, table),
    ]
    return _weighed(joined(found), origin, weight)


def entities_in(rows: Rows, table: str, origin: str, weight: int) -> tuple[Entity, ...]:
    """Whom and what a few rows are about, as a lead."""
    indices = range(min(rows.count, _MOST_ROWS))
    return _weighed(joined(_of_cells(rows, list(indices), table)), origin, weight)


def window_of(rows: Rows, indices: Iterable[int]) -> tuple[dt.datetime, dt.datetime] | None:
    """First and last time of these rows, UTC; None when they have none."""
    timed = time_column(rows.columns)
    kept = list(indices)
    if timed is None or not kept:
        return None
    values = [one for one in rows.table.column(timed).take(kept).to_pylist() if one is not None]
    moments = [one for one in values if isinstance(one, dt.datetime)]
    return (min(moments), max(moments)) if moments else None


def _weighed(found: Iterable[Entity], origin: str, weight: int) -> tuple[Entity, ...]:
    by_kind: dict[EntityKind, list[Entity]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one)
    kept = []
    for same in by_kind.values():
        own = weight if len(same) <= TARGETS else min(weight, 1)
        same.sort(key=lambda one: -one.rows)
        kept += [replace(one, origin=origin, weight=own) for one in same[:_MOST_OF_A_KIND]]
    return tuple(kept)


def _of_cells(rows: Rows, indices: list[int], table: str) -> Iterator[Entity]:
    if not indices:
        return
    cells = rows.table.take(indices)
    timed = time_column(rows.columns)
    times = cells.column(timed).to_pylist() if timed else [None] * len(indices)
    for position, column in enumerate(rows.columns):
        if column.type is not KqlType.STRING or not _may_name(column):
            continue
        for value, moment in zip(cells.column(position).to_pylist(), times, strict=True):
            one = _entity(column, value)
            if one is not None:
                when = moment if isinstance(moment, dt.datetime) else None
                yield replace(one, tables=(table,) if table else (), first=when, last=when)


def _may_name(column: Column) -> bool:
    named = entity_named(column.name)
    return named in _FROM_CELLS or column.name.casefold().endswith(("ip", "ipaddress", "ip_s"))


def _entity(column: Column, value: Any) -> Entity | None:
    named = entity_of(column.name, column.type, value)
    if named not in _FROM_CELLS or named is None or not isinstance(value, str):
        return None
    plain = value.strip()
    if plain.casefold() in _OF_EVERY_HOST or len(plain) > _LONGEST or _is_nowhere(plain):
        return None
    return Entity(EntityKind(named.value), plain, rows=1)


def _is_nowhere(value: str) -> bool:
    """Whether it is an address that names no one: loopback, unspecified, link-local, multicast."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return (
        address.is_loopback
        or address.is_unspecified
        or address.is_link_local
        or address.is_multicast
    )


def _of_commands(rows: Rows, indices: list[int], table: str) -> Iterator[Entity]:
    """Other hosts that the cited commands were aimed at."""
    names = [column.name for column in rows.columns if column.name in _COMMANDS]
    for name in names:
        for text in rows.table.column(name).take(indices).to_pylist():
            for host in _TARGET.findall((text or "")[:_LONGEST_COMMAND]):
                if host.casefold() not in _OF_EVERY_HOST:
                    yield Entity(EntityKind.HOST, host, rows=1, tables=(table,) if table else ())


def _of_indicators(iocs: Iterable[Ioc], table: str) -> Iterator[Entity]:
    by_type: dict[str, list[str]] = {}
    for ioc in iocs:
        if ioc.value.casefold() not in _OF_EVERY_HOST and len(ioc.value) <= _LONGEST:
            by_type.setdefault(ioc.type, []).append(ioc.value)
    hashes = next((by_type[one] for one in _HASHES if one in by_type), [])
    found = [(kind, value) for one, kind in _INDICATORS.items() for value in by_type.get(one, [])]
    for kind, value in (*found, *((EntityKind.HASH, value) for value in hashes)):
        yield Entity(kind, value, rows=1, tables=(table,) if table else ())
