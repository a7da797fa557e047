"""Tables and columns that may be asked for: the built-in catalog, and what a user makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from soc_tui.guardrails.toml_files import Place, known_keys, read_toml, texts, value
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec

FILE_NAME = "catalog.toml"
_BUILT_IN = Path(__file__).with_name(FILE_NAME)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOP_KEYS = frozenset({"allow", "tables"})
_TABLE_KEYS = frozenset(
    {
        "caller_column",
        "columns",
        "date",
        "default_fields",
        "device_column",
        "notes",
        "source",
        "time_column",
        "user_column",
    }
)
# Older spellings of the same types: https://learn.microsoft.com/kusto/query/scalar-data-types/
_ALIASES = {
    "boolean": KqlType.BOOL,
    "date": KqlType.DATETIME,
    "double": KqlType.REAL,
    "time": KqlType.TIMESPAN,
    "uuid": KqlType.GUID,
    "uniqueid": KqlType.GUID,
}


def load_catalog(config_dir: Path | None = None) -> Catalog:
    """The built-in catalog, extended or narrowed by `catalog.toml` in `config_dir`, if there.

    A table in the user's file is added, or replaces the built-in one of that name; `allow` at its
    top leaves only the tables that it names.

    Raises:
        ConfigError: the user's file cannot be used; the text names the file and the place.
    """
    tables = _tables(read_toml(_BUILT_IN), Place(str(_BUILT_IN)))
    users = config_dir / FILE_NAME if config_dir else None
    if users is None or not users.exists():
        return Catalog(tables)
    content = read_toml(users)
    place = Place(str(users))
    known_keys(content, _TOP_KEYS, place)
    tables |= _tables(content, place)
    return Catalog(_narrowed(tables, content, place))


def _narrowed(
    tables: Mapping[str, TableSpec], content: Mapping[str, Any], place: Place
) -> dict[str, TableSpec]:
    if "allow" not in content:
        return dict(tables)
    allowed = texts(content, "allow", place)
    for name in allowed:
        if name not in tables:
            raise place.at("allow").error(
                f"there is no table {name!r} in the catalog.",
                "Describe it under [tables.<name>.columns], or leave it out.",
            )
    return {name: spec for name, spec in tables.items() if name in allowed}


def _tables(content: Mapping[str, Any], place: Place) -> dict[str, TableSpec]:
    found = value(content, "tables", dict, {}, place)
    return {name: _table(name, found[name], place.at(f"tables.{name}")) for name in found}


def _table(name: str, content: object, place: Place) -> TableSpec:
    _check_identifier(name, place)
    if not isinstance(content, dict):
        raise place.error("must be a table.")
    known_keys(content, _TABLE_KEYS, place)
    columns = _columns(content, place)
    spec = TableSpec(
        name=name,
        columns=columns,
        time_column=value(content, "time_column", str, "TimeGenerated", place),
        default_fields=texts(content, "default_fields", place),
        device_column=value(content, "device_column", str, "", place),
        user_column=value(content, "user_column", str, "", place),
        caller_column=value(content, "caller_column", str, "", place),
        notes=value(content, "notes", str, "", place),
    )
    _check_columns(spec, place)
    return spec


def _columns(content: Mapping[str, Any], place: Place) -> tuple[Column, ...]:
    found = value(content, "columns", dict, {}, place)
    place = place.at("columns")
    if not found:
        raise place.error("no column is named.", 'Write at least TimeGenerated = "datetime".')
    for name in found:
        _check_identifier(name, place.at(name))
    return tuple(Column(name, _type(found[name], place.at(name))) for name in found)


def _type(name: object, place: Place) -> KqlType:
    if name in _ALIASES:
        return _ALIASES[str(name)]
    try:
        return KqlType(str(name))
    except ValueError:
        kinds = ", ".join(KqlType)
        raise place.error(f"{name!r} is not a KQL type.", f"Types are: {kinds}.") from None


def _check_identifier(name: str, place: Place) -> None:
    if not _IDENTIFIER.fullmatch(name):
        raise place.error(
            f"{name!r} is not a name that KQL can write.", "Use letters, digits and underscores."
        )


def _check_columns(spec: TableSpec, place: Place) -> None:
    """Raise ConfigError when the table's settings name a column that it does not have."""
    settings = [
        ("time_column", spec.time_column),
        ("device_column", spec.device_column),
        ("user_column", spec.user_column),
        ("caller_column", spec.caller_column),
        *(("default_fields", field) for field in spec.default_fields),
    ]
    for key, column in settings:
        if column and spec.column(column) is None:
            raise place.at(key).error(
                f"the table has no column {column!r}.", "Add it under columns, or change it."
            )
    time = spec.column(spec.time_column)
    if time is not None and time.type is not KqlType.DATETIME:
        raise place.at("time_column").error(f"{time.name!r} is no datetime column.")
