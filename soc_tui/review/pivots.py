"""Pivots from a cell or an indicator, and the trail back and forward."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Any

from soc_tui.kql.syntax.tree import NotKqlError, TooComplexError
from soc_tui.kql.text.literals import identifier
from soc_tui.kql.writing.pivot import (
    AROUND_MINUTES,
    Entity,
    around,
    entity_of,
    everywhere,
    narrowed,
)
from soc_tui.model.catalog import Catalog, KqlType
from soc_tui.model.errors import SocError
from soc_tui.model.finding import Ioc
from soc_tui.model.hunt import Hunt
from soc_tui.model.limits import Limits
from soc_tui.model.rows import Rows
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.rows.arranging import View
from soc_tui.rows.copying import condition
from soc_tui.rows.values import datetime_text

MOST_STOPS = 30
_LONGEST, _SHORT = 60, 30
"""Characters of a value, at the end of a label and within one: a dialog shows 66 of the label."""
_KEYS = {
    Entity.HOST: "h",
    Entity.ACCOUNT: "u",
    Entity.ADDRESS: "a",
    Entity.HASH: "s",
    Entity.FILE: "f",
    Entity.DOMAIN: "n",
}
_IOC_ENTITIES = {
    "account": Entity.ACCOUNT,
    "domain": Entity.DOMAIN,
    "file": Entity.FILE,
    "host": Entity.HOST,
    "ip": Entity.ADDRESS,
    "ipv4": Entity.ADDRESS,
    "ipv6": Entity.ADDRESS,
    "md5": Entity.HASH,
    "process": Entity.FILE,
    "sha1": Entity.HASH,
    "sha256": Entity.HASH,
    "url": Entity.DOMAIN,
    "user": Entity.ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class Pivot:
    """One way on.

    Attributes:
        key: The key that takes it.
        label: What it does, as shown; holds log content, so it is made inert by who shows it.
        kql: The text it puts into the editor.
    """

    key: str
    label: str
    kql: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What ways on are made for.

    Attributes:
        now: Current time, UTC; time ranges are wide enough to hold the event itself.
    """

    catalog: Catalog
    limits: Limits
    now: dt.datetime


def cell_pivots(hunt: Hunt, rows: Rows, index: int, name: str, ground: Ground) -> tuple[Pivot, ...]:
    """The ways on from the cell of the column `name` in the row with that 0-based index.

    None of them is by a value that makes a longer query than may run.
    """
    places = enumerate(rows.columns)
    row = {column.name: rows.table.column(place)[index].as_py() for place, column in places}
    kinds = {column.name: column.type for column in rows.columns}
    row = {column: value for column, value in row.items() if _fits(value, ground.limits)}
    found: list[Pivot] = []
    if name in row and _fits(hunt.kql, ground.limits):
        found += _narrowing(hunt.kql, name, kinds[name], row[name])
    moment = _moment(row, kinds)
    hours = _hours(moment, ground.now)
    entities = _entities(row, kinds, first=name)
    for entity, value in entities.items():
        made = everywhere(entity, value, ground.catalog, ground.limits, hours)
        if made:
            label = f"{entity} {_short(value)} in {_tables(ground)}, last {hours:g} h"
            found.append(Pivot(_KEYS[entity], label, made))
    if moment is not None:
        found += _around(moment, entities, ground)
    return tuple(found)


def ioc_pivots(iocs: tuple[Ioc, ...], ground: Ground, hours: float) -> tuple[Pivot, ...]:
    """The ways on from the indicators of a finding, over so many hours, on the keys 1 to 9."""
    found: list[Pivot] = []
    for ioc in iocs:
        entity = _IOC_ENTITIES.get(ioc.type.lower())
        made = everywhere(entity, ioc.value, ground.catalog, ground.limits, hours) if entity else ""
        if made and len(found) < 9:
            label = f"{ioc.type} {_short(ioc.value)} in {_tables(ground)}, last {hours:g} h"
            found.append(Pivot(str(len(found) + 1), label, made))
    return tuple(found)


def span_pivot(kql: str, column: str, span: tuple[dt.datetime, dt.datetime]) -> Pivot:
    """The same query, narrowed to a span of time of one of its columns.

    Raises:
        SocError: the query cannot be read.
    """
    name, first, last = identifier(column), datetime_text(span[0]), datetime_text(span[1])
    held = f"{name} >= datetime({first}) and {name} < datetime({last})"
    try:
        return Pivot("t", f"{column} from {first} to {last}", narrowed(kql, held))
    except (NotKqlError, TooComplexError, RecursionError) as error:
        raise SocError("The query cannot be read.", "", "Fix it in the editor.") from error


def _fits(value: Any, limits: Limits) -> bool:
    return not isinstance(value, str) or len(value) < limits.max_query_chars


def _narrowing(kql: str, name: str, kind: KqlType, value: Any) -> list[Pivot]:
    shown = "an empty value" if value in {None, ""} else str(value)[:_LONGEST]
    try:
        return [
            Pivot("k", f"keep {name}: {shown}", narrowed(kql, condition(name, kind, value))),
            Pivot(
                "d",
                f"drop {name}: {shown}",
                narrowed(kql, condition(name, kind, value, keep=False)),
            ),
        ]
    except (NotKqlError, TooComplexError, RecursionError):
        return []


def _entities(row: dict[str, Any], kinds: dict[str, KqlType], first: str) -> dict[Entity, str]:
    """One value of each entity in the row; that of the column `first` before others."""
    found: dict[Entity, str] = {}
    for name in sorted(row, key=lambda column: column != first):
        entity = entity_of(name, kinds[name], row[name])
        if entity is not None:
            found.setdefault(entity, row[name])
    return found


def _around(moment: dt.datetime, entities: dict[Entity, str], ground: Ground) -> list[Pivot]:
    whose = (Entity.HOST, Entity.ACCOUNT, Entity.ADDRESS)
    entity = next((one for one in whose if one in entities), None)
    value = entities[entity] if entity else ""
    made = around(moment, entity, value, ground.catalog, ground.limits)
    named = f"{entity} {_short(value)}" if entity else "everything"
    return [Pivot("t", f"{named} within {AROUND_MINUTES} min of this event", made)] if made else []


def _tables(ground: Ground) -> str:
    return "main tables" if ground.catalog.seldom.tables else "every table"


def _short(value: str) -> str:
    return value if len(value) <= _SHORT else f"{value[: _SHORT - 1]}…"


def _moment(row: dict[str, Any], kinds: dict[str, KqlType]) -> dt.datetime | None:
    times = [name for name, kind in kinds.items() if kind is KqlType.DATETIME]
    times.sort(key=lambda name: name not in TIME_COLUMNS)
    return next((row[name] for name in times if row[name] is not None), None)


def _hours(moment: dt.datetime | None, now: dt.datetime) -> float:
    if moment is None:
        return 24
    return max(24, math.ceil((now - moment).total_seconds() / 3600) + 1)


@dataclass(frozen=True, slots=True)
class Stop:
    """A query that was in the editor, and the hunt that was open with it, if any.

    Attributes:
        view: How the rows were looked at.
        shown: The hunt whose rows and findings were looked at; None where it is `hunt`.
    """

    kql: str
    hunt: Hunt | None = None
    view: View | None = None
    shown: Hunt | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """The stops, as a browser keeps its pages. Keeps the newest MOST_STOPS."""

    stops: tuple[Stop, ...] = ()
    at: int = 0

    def on(self, left: Stop, next_stop: Stop) -> Trail:
        """From `left`, which is what is on screen, to a new stop; what was ahead is forgotten."""
        stops = (*self.stops[: self.at], left, next_stop)[-MOST_STOPS:]
        return Trail(stops, len(stops) - 1)

    def back(self, left: Stop) -> tuple[Trail, Stop] | None:
        """One stop back, or None at the first; `left` is remembered for the way forward."""
        return self._go(-1, left)

    def forward(self, left: Stop) -> tuple[Trail, Stop] | None:
        """One stop forward, or None at the last."""
        return self._go(1, left)

    def _go(self, by: int, left: Stop) -> tuple[Trail, Stop] | None:
        target = self.at + by
        if not 0 <= target < len(self.stops):
            return None
        stops = (*self.stops[: self.at], left, *self.stops[self.at + 1 :])
        return replace(self, stops=stops, at=target), stops[target]
