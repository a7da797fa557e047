"""How the tables of a workspace differ from the catalog. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec

HIDDEN = frozenset({"_BilledSize", "_IsBillable", "_ResourceId", "_SubscriptionId"})
"""Standard columns that Log Analytics has without listing them in a table's schema.

Source: https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One catalog table compared with the same table of a workspace.

    Attributes:
        there: The workspace has the table at all.
        missing: Columns of the catalog that the workspace's table does not have.
        extra: Columns of the workspace's table that the catalog does not have.
        other_types: Name, type in the catalog, type in the workspace.
    """

    table: str
    there: bool = True
    missing: tuple[str, ...] = ()
    extra: tuple[Column, ...] = ()
    other_types: tuple[tuple[str, KqlType, KqlType], ...] = ()

    @property
    def none(self) -> bool:
        """True when the workspace's table is as the catalog says."""
        return self.there and not (self.missing or self.extra or self.other_types)


def differences(
    catalog: Catalog, schema: Mapping[str, tuple[Column, ...]]
) -> tuple[Difference, ...]:
    """One entry for each table of the catalog, in its order."""
    return tuple(_difference(spec, schema.get(spec.name)) for spec in catalog.tables.values())


def _difference(spec: TableSpec, columns: tuple[Column, ...] | None) -> Difference:
    if columns is None:
        return Difference(spec.name, there=False)
    there = {column.name: column.type for column in columns}
    known = {column.name: column.type for column in (*spec.columns, *spec.denied)}
    return Difference(
        spec.name,
        missing=tuple(name for name in known if name not in there and name not in HIDDEN),
        extra=tuple(column for column in columns if column.name not in known),
        other_types=tuple(
            (name, kind, there[name])
            for name, kind in known.items()
            if name in there and there[name] is not kind
        ),
    )
