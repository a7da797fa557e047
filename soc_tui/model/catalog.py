"""Tables and columns that may be queried."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class KqlType(StrEnum):
    """KQL scalar types, under the names that the Log Analytics API puts in `columns[].type`.

    Source: https://learn.microsoft.com/kusto/query/scalar-data-types/
    """

    BOOL = "bool"
    DATETIME = "datetime"
    DECIMAL = "decimal"
    DYNAMIC = "dynamic"
    GUID = "guid"
    INT = "int"
    LONG = "long"
    REAL = "real"
    STRING = "string"
    TIMESPAN = "timespan"

    @classmethod
    def named(cls, name: str) -> KqlType | None:
        """The type of that name, also under its older spellings, without case; None if unknown."""
        known = cls.__members__.get(name.upper())
        return known or _OLDER_SPELLINGS.get(name.casefold())


_OLDER_SPELLINGS = {
    "boolean": KqlType.BOOL,
    "date": KqlType.DATETIME,
    "double": KqlType.REAL,
    "float": KqlType.REAL,
    "time": KqlType.TIMESPAN,
    "uniqueid": KqlType.GUID,
    "uuid": KqlType.GUID,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name as KQL spells it, and its KQL type."""

    name: str
    type: KqlType


@dataclass(frozen=True, slots=True)
class TableSpec:
    """What the catalog knows of one table.

    Attributes:
        columns: Every documented column, in Microsoft's order.
        time_column: The column that time bounds apply to (`TimeGenerated` or `Timestamp`).
        default_fields: Columns to project when the plan names none.
        device_column, user_column, caller_column: Where the plan's device_name,
            user_principal_name and caller filters apply; empty where the table has no such column.
        notes: For the planner: what the table holds, key values, what to filter on.
        in_defender: Defender's advanced hunting has the table too, with `Timestamp` in the place of
            `TimeGenerated`.
        more_columns: The table may have columns beside the documented ones (AzureDiagnostics).
        seldom: A model is told what the table holds, and its columns once a request is about it.
        denied: Columns that the table has, and no query may show or test.
        source, date: Where the columns are documented, and the date of that page.
    """

    name: str
    columns: tuple[Column, ...]
    time_column: str = "TimeGenerated"
    default_fields: tuple[str, ...] = ()
    device_column: str = ""
    user_column: str = ""
    caller_column: str = ""
    notes: str = ""
    source: str = ""
    date: dt.date | None = None
    denied: tuple[Column, ...] = ()
    in_defender: bool = False
    more_columns: bool = False
    seldom: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """The column of that exact name (KQL is case-sensitive), or None."""
        return next((column for column in self.columns if column.name == name), None)


_FEW_TABLES = 30


@dataclass(frozen=True, slots=True)
class Catalog:
    """All tables that may be asked for, by exact name."""

    tables: Mapping[str, TableSpec] = field(default_factory=dict)

    def table(self, name: str) -> TableSpec | None:
        """The table of that exact name, or None."""
        return self.tables.get(name)

    @property
    def often(self) -> Catalog:
        """The tables that are often asked for: all of them where there are few."""
        if len(self.tables) <= _FEW_TABLES:
            return self
        often = {name: table for name, table in self.tables.items() if not table.seldom}
        return Catalog(often) if often else self

    @property
    def seldom(self) -> Catalog:
        """The tables that are not in `often`."""
        often = self.often.tables
        return Catalog({name: one for name, one in self.tables.items() if name not in often})

    @property
    def told(self) -> str:
        """The names for a sentence: those that are often asked for, and how many more there are."""
        names = ", ".join(self.often.tables)
        more = len(self.tables) - len(self.often.tables)
        return f"{names}, and {more} more: see soc-tui config catalog" if more else names
