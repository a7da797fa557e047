"""The tables and columns that may be queried: the built-in catalog and the user's changes.

The built-in one is in `tables/*.toml`: Microsoft's documented columns and KQL types, in the order
of the Azure Monitor Logs reference (TimeGenerated first, then the alphabet). Each table names its
page and that page's date. Where the page's text at that date keeps the columns in an include that
is not public, they are from copies of the same reference: github.com/oshezaf/sentinelninja
(Solutions Docs/tables) and github.com/MicrosoftDocs/azure-reference-other
(azure-monitor-ref/tables/includes). TenantId, the id of the workspace, is in every table
(azure-monitor/logs/log-standard-columns); some pages lack it. Where Defender documents more columns
of a table than Azure Monitor, it has them too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from soc_tui.guardrails.toml_files import Place, date, known_keys, read_toml, texts, value
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec

FILE_NAME = "catalog.toml"
_BUILT_IN = Path(__file__).with_name("tables")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ROLES = ("device_column", "user_column", "caller_column")
_FLAGS = ("in_defender", "more_columns", "seldom")
_TOP_KEYS = frozenset({"allow", "deny", "replace", "tables"})
_TABLE_KEYS = frozenset(
    {
        "allow_columns",
        "columns",
        "columns_of_type",
        "date",
        "default_fields",
        "deny_columns",
        "notes",
        "replace",
        "source",
        "time_column",
        *_FLAGS,
        *_ROLES,
    }
)


def load_catalog(config_dir: Path | None = None) -> Catalog:
    """The built-in catalog, extended or narrowed by `catalog.toml` in `config_dir`, if there.

    In the user's file, `[tables.NAME]` adds a table, or changes the built-in one: its columns are
    added, its settings replace the built-in ones. `allow_columns` and `deny_columns` narrow a
    table, `allow` and `deny` at the top narrow the tables. `replace = true` in a table drops the
    built-in one of that name, at the top the whole built-in catalog.

    Raises:
        ConfigError: the user's file cannot be used; the text names the file and the place.
    """
    users = config_dir / FILE_NAME if config_dir else None
    if users is None or not users.exists():
        return Catalog(_built_in())
    content = read_toml(users)
    place = Place(str(users))
    known_keys(content, _TOP_KEYS, place)
    base = {} if value(content, "replace", bool, False, place) else dict(_built_in())
    return Catalog(_narrowed(base | _tables(content, place, base), content, place))


def catalog_toml(tables: Iterable[TableSpec], *, whole: bool = True) -> str:
    """Tables as the text of a catalog.toml that gives exactly them when it is loaded.

    Args:
        whole: These are all tables: the file replaces the built-in catalog. Otherwise each of them
            replaces the built-in table of its name.
    """
    import tomli_w

    written = {spec.name: _document(spec, whole) for spec in tables}
    head: dict[str, Any] = {"replace": True} if whole else {}
    return tomli_w.dumps({**head, "tables": written})


@functools.cache
def _built_in() -> Mapping[str, TableSpec]:
    """Tables that are often asked for first."""
    found: dict[str, TableSpec] = {}
    for file in sorted(_BUILT_IN.glob("*.toml")):
        found |= _tables(read_toml(file), Place(str(file)), {})
    return dict(sorted(found.items(), key=lambda one: one[1].seldom))


def _narrowed(
    tables: Mapping[str, TableSpec], content: Mapping[str, Any], place: Place
) -> dict[str, TableSpec]:
    allowed = texts(content, "allow", place) if "allow" in content else tuple(tables)
    denied = texts(content, "deny", place)
    for key, names in (("allow", allowed), ("deny", denied)):
        for name in names:
            if name not in tables:
                raise place.at(key).error(
                    f"there is no table {name!r} in the catalog.{_alike(name, tables)}",
                    "Describe it under [tables.<name>.columns], or leave it out.",
                )
    return {name: spec for name, spec in tables.items() if name in allowed and name not in denied}


def _tables(
    content: Mapping[str, Any], place: Place, base: Mapping[str, TableSpec]
) -> dict[str, TableSpec]:
    found = value(content, "tables", dict, {}, place)
    return {name: _table(name, found[name], place.at(f"tables.{name}"), base) for name in found}


def _table(name: str, content: object, place: Place, base: Mapping[str, TableSpec]) -> TableSpec:
    _check_identifier(name, place)
    if not isinstance(content, dict):
        raise place.error("must be a table.")
    known_keys(content, _TABLE_KEYS, place)
    replaced = value(content, "replace", bool, False, place)
    known = None if replaced else base.get(name)
    if known is None and name not in base and (alike := _alike(name, base)):
        raise place.error(f"there is no table {name!r}.{alike}", "KQL is case-sensitive.")
    spec = known or TableSpec(name, ())
    spec = replace(
        spec,
        columns=_columns(content, place, spec),
        time_column=value(content, "time_column", str, spec.time_column, place),
        notes=value(content, "notes", str, spec.notes, place),
        source=value(content, "source", str, spec.source, place),
        **{key: value(content, key, bool, getattr(spec, key), place) for key in _FLAGS},
        date=date(content, "date", place) if "date" in content else spec.date,
        **{role: value(content, role, str, getattr(spec, role), place) for role in _ROLES},
    )
    if "default_fields" in content:
        spec = replace(spec, default_fields=texts(content, "default_fields", place))
    _check_columns(spec, place)
    return _fewer_columns(spec, content, place)


def _columns(content: Mapping[str, Any], place: Place, known: TableSpec) -> tuple[Column, ...]:
    found = value(content, "columns", dict, {}, place)
    listed = _listed(content, place, value(content, "time_column", str, known.time_column, place))
    place = place.at("columns")
    if not found and not listed and not known.columns:
        raise place.error("no column is named.", 'Write at least TimeGenerated = "datetime".')
    for name in found:
        _check_identifier(name, place.at(name))
    types = {column.name: column.type for column in known.columns}
    types |= listed
    types |= {name: _type(found[name], place.at(name)) for name in found}
    return tuple(Column(name, kind) for name, kind in types.items())


def _listed(content: Mapping[str, Any], place: Place, time: str) -> dict[str, KqlType]:
    """Columns written as a list of names for each type: the time first, then by the alphabet."""
    by_type = value(content, "columns_of_type", dict, {}, place)
    place = place.at("columns_of_type")
    found: dict[str, KqlType] = {}
    for kind in by_type:
        names = value(by_type, kind, str, "", place).split()
        for name in names:
            _check_identifier(name, place.at(kind))
        found |= dict.fromkeys(names, _type(kind, place.at(kind)))
    order = sorted(found, key=lambda name: (name != time, name.lstrip("_").casefold()))
    return {name: found[name] for name in order}


def _fewer_columns(spec: TableSpec, content: Mapping[str, Any], place: Place) -> TableSpec:
    """The table without the columns that it may not be asked for."""
    names = spec.column_names
    allowed = texts(content, "allow_columns", place) if "allow_columns" in content else names
    denied = texts(content, "deny_columns", place)
    for key, listed in (("allow_columns", allowed), ("deny_columns", denied)):
        for name in listed:
            if name not in names:
                raise place.at(key).error(
                    f"the table has no column {name!r}.{_alike(name, names)}",
                    "Fix the name, or leave it out.",
                )
    kept = set(allowed) - set(denied)

    def role(column: str) -> str:
        return column if column in kept else ""

    if spec.time_column and spec.time_column not in kept:
        raise place.error(
            f"{spec.time_column!r} bounds the time range of every query: it cannot be left out.",
            "Allow it, or leave the whole table out with `deny` at the top.",
        )
    return replace(
        spec,
        columns=tuple(column for column in spec.columns if column.name in kept),
        denied=tuple(column for column in spec.columns if column.name not in kept),
        default_fields=tuple(name for name in spec.default_fields if name in kept),
        device_column=role(spec.device_column),
        user_column=role(spec.user_column),
        caller_column=role(spec.caller_column),
    )


def _type(name: object, place: Place) -> KqlType:
    found = KqlType.named(name) if isinstance(name, str) else None
    if found is None:
        raise place.error(f"{name!r} is not a KQL type.", f"Types are: {', '.join(KqlType)}.")
    return found


def _check_identifier(name: str, place: Place) -> None:
    if not _IDENTIFIER.fullmatch(name):
        raise place.error(
            f"{name!r} is not a valid KQL name.", "Use letters, digits and underscores."
        )


def _check_columns(spec: TableSpec, place: Place) -> None:
    """Raise ConfigError when the table's settings name a column that it does not have."""
    settings = [
        *((role, getattr(spec, role)) for role in ("time_column", *_ROLES)),
        *(("default_fields", field) for field in spec.default_fields),
    ]
    for key, column in settings:
        if column and spec.column(column) is None:
            raise place.at(key).error(
                f"the table has no column {column!r}.{_alike(column, spec.column_names)}",
                "Add it under columns, or change it.",
            )
    time = spec.column(spec.time_column)
    if time is not None and time.type is not KqlType.DATETIME:
        raise place.at("time_column").error(f"{time.name!r} is not a datetime column.")


def _alike(name: str, names: Iterable[str]) -> str:
    """A hint at the name that differs in case only."""
    found = next((one for one in names if one.casefold() == name.casefold()), None)
    return f" Its name is {found}." if found else ""


def _document(spec: TableSpec, whole: bool) -> dict[str, Any]:
    settings = {
        "time_column": spec.time_column,
        **{role: getattr(spec, role) for role in _ROLES},
        "notes": spec.notes,
        "source": spec.source,
        "date": spec.date,
        "default_fields": list(spec.default_fields),
    }
    # An empty time_column means something: the table has none.
    written = {key: text for key, text in settings.items() if text or key == "time_column"}
    return {
        **({} if whole else {"replace": True}),
        **written,
        **{key: True for key in _FLAGS if getattr(spec, key)},
        **({"deny_columns": [column.name for column in spec.denied]} if spec.denied else {}),
        "columns": {column.name: column.type.value for column in (*spec.columns, *spec.denied)},
    }
