"""Rules on the tables, functions and statements a query refers to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from soc_tui.guardrails.lines import MOST_LINES, did_you_mean, ok, refuse, warn
from soc_tui.kql.reading.result import CheckedColumns, LooseName, UnknownColumn
from soc_tui.kql.references.types import Reference, ReferenceKind
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.vocabulary import (
    DEFENDER_FUNCTIONS,
    FUNCTIONS,
    PLUGINS,
    REACHING_FUNCTIONS,
)
from soc_tui.kql.writing.dialect import in_the_other_dialect
from soc_tui.model.catalog import Catalog
from soc_tui.model.inert import inert
from soc_tui.model.limits import Limits
from soc_tui.model.verdict import Place, VerdictLine


def judge_references(
    found: Iterable[Reference], columns: CheckedColumns, catalog: Catalog, limits: Limits
) -> list[VerdictLine]:
    """A refusal for each thing that may not be referred to; one line that all is well without."""
    refused: list[Reference] = []
    tables: dict[str, None] = {}
    for reference in found:
        if reference.kind is ReferenceKind.WORKSPACE:
            is_refused = reference.name not in limits.workspaces
        elif reference.kind is not ReferenceKind.TABLE:
            is_refused = True
        elif catalog.table(reference.name):
            tables[reference.name] = None
            is_refused = False
        else:
            is_refused = not (reference.maybe_column and reference.place in columns.listed)
        if is_refused:
            refused.append(reference)
    if not refused:
        all_tables = f"{', '.join(tables)}: in the catalog" if tables else "no table is read"
        return [ok("table", all_tables), ok("function", "all functions and operators are allowed")]
    lines = [_refusal(reference, catalog, limits) for reference in refused[:MOST_LINES]]
    return lines + _more("table", refused)


def _refusal(reference: Reference, catalog: Catalog, limits: Limits) -> VerdictLine:
    if reference.kind is ReferenceKind.WORKSPACE:
        return _other_workspace(reference, limits)
    if reference.kind is not ReferenceKind.TABLE:
        return _not_allowed(reference, catalog)
    if reference.maybe_column:
        return _neither(reference, catalog)
    return unknown_table(reference.name, catalog, reference.place)


def _more(rule: str, refused: Sequence[object]) -> list[VerdictLine]:
    """A line that counts the refusals that have none of their own."""
    more = len(refused) - MOST_LINES
    return [refuse(rule, f"{more} more refusals of this kind")] if more > 0 else []


def _neither(reference: Reference, catalog: Catalog) -> VerdictLine:
    message = f"{reference.name!a} is neither a column nor a table of the catalog"
    columns = {name for table in catalog.tables.values() for name in table.column_names}
    hint = did_you_mean(reference.name, {*catalog.tables, *columns} - {reference.name})
    return refuse("table", message, reference.place, hint)


def judge_loose_names(names: Iterable[LooseName], catalog: Catalog) -> list[VerdictLine]:
    """A refusal for each name that may be a column of the rows or a table outside the catalog."""
    lines: dict[VerdictLine, None] = {}
    columns = {name for table in catalog.tables.values() for name in table.column_names}
    for one in names:
        name = t.name(one.node)
        if catalog.table(name) is None and name not in columns:
            message = f"{name!a} may be a table outside the catalog: the columns here are not told"
            hint = f"If it is a column, write column_ifexists('{inert(name, 60)}', '')."
            lines[refuse("table", message, t.place(one.node), hint)] = None
    return list(lines)[:MOST_LINES]


def unknown_table(name: str, catalog: Catalog, place: Place | None) -> VerdictLine:
    """The refusal of a table that is not in the catalog."""
    hint = did_you_mean(name, catalog.tables)
    return refuse("table", f"{name!a} is not a table of the catalog", place, hint)


def judge_denied(found: Iterable[Reference], catalog: Catalog) -> list[VerdictLine]:
    """A line for each table whose denied columns the query may show or test."""
    lines: dict[VerdictLine, None] = {}
    for reference in found:
        table = catalog.table(reference.name) if reference.kind is ReferenceKind.TABLE else None
        if table is None or not table.denied or reference.closed_off:
            continue
        names = ", ".join(column.name for column in table.denied)
        if reference.alone is None:
            message = f"{table.name} has columns that the catalog denies: {names}"
            hint = f"Read it as ({table.name} | project-away {names}), or name columns."
            lines[refuse("column", message, reference.place, hint)] = None
        else:
            message = f"{table.name} has columns that no query may show or test"
            added = f"| project-away {names}"
            lines[warn("column", message, reference.place, added=added)] = None
    return list(lines)[:MOST_LINES]


def judge_columns(checked: CheckedColumns, catalog: Catalog) -> list[VerdictLine]:
    """A refusal for each name that is no column where it stands; one line without any."""
    if not checked.unknown:
        some = "; columns only the workspace knows are not checked" if checked.open else ""
        return [ok("column", f"all are known{some}")]
    times = [column for column in checked.unknown if _other_time(column)]
    told = {column.name for column in times}
    others = [column for column in checked.unknown if column.name not in told]
    lines = [_of_other_dialect(column) for column in times[:1]]
    lines += [_unknown_column(column, catalog) for column in others[:MOST_LINES]]
    return lines + _more("column", others)


def _other_time(column: UnknownColumn) -> str:
    """The time column that there is, where the query names that of the other dialect."""
    _, other = in_the_other_dialect(column.name)
    return other if other in column.known else ""


def _of_other_dialect(column: UnknownColumn) -> VerdictLine:
    where, other = in_the_other_dialect(column.name)
    message = f"{column.name} is what {where.value.title()} calls {other}"
    hint = f"Did you mean {other}? The query menu turns all of them."
    return refuse("column", message, column.place, hint)


def _unknown_column(column: UnknownColumn, catalog: Catalog) -> VerdictLine:
    if any(column.name == one.name for spec in catalog.tables.values() for one in spec.denied):
        message = f"The catalog denies the column {column.name!a}"
        return refuse("column", message, column.place, "Leave it out.")
    hint = did_you_mean(column.name, column.known)
    return refuse("column", f"{column.name!a} is not a column here", column.place, hint)


def _other_workspace(reference: Reference, limits: Limits) -> VerdictLine:
    hint = did_you_mean(reference.name, limits.workspaces)
    return refuse(
        "workspace",
        f"The workspace {reference.name!a} is not allowed",
        reference.place,
        hint or "Query the tables of this workspace, or allow it in limits.workspaces.",
    )


def _not_allowed(reference: Reference, catalog: Catalog) -> VerdictLine:
    name = inert(reference.name, 60)
    if reference.kind is ReferenceKind.FUNCTION and name.lower() in DEFENDER_FUNCTIONS:
        message = f"{name}() is only in Defender's advanced hunting, in no workspace"
        return refuse("function", message, reference.place, "Remove it, or run the query there.")
    rule, message, hint = _REFUSALS[reference.kind]
    if reference.kind is ReferenceKind.WILDCARD:
        hint = hint.format(tables=catalog.told)
    elif reference.kind is ReferenceKind.FUNCTION:
        hint = did_you_mean(reference.name, FUNCTIONS)
    elif reference.kind is ReferenceKind.PLUGIN:
        hint = f"Allowed are: {', '.join(sorted(PLUGINS))}."
    reached = REACHING_FUNCTIONS.get(reference.name.lower(), "")
    return refuse(rule, message.format(name=name, reached=reached), reference.place, hint)


_REFUSALS: dict[ReferenceKind, tuple[str, str, str]] = {
    ReferenceKind.WILDCARD: (
        "table",
        "{name} reads tables by pattern, which can match tables outside the catalog",
        "List the tables by name: {tables}.",
    ),
    ReferenceKind.PATH: (
        "table",
        "{name} reads another database or table by path",
        "Use a table of this workspace.",
    ),
    ReferenceKind.REACHING: (
        "reach",
        "{name}() reaches {reached}",
        "Query the tables of this workspace by name.",
    ),
    ReferenceKind.FUNCTION: ("function", "{name}() is not an allowed function", ""),
    ReferenceKind.OPERATOR: ("operator", "{name} is not an allowed operator", "Remove it."),
    ReferenceKind.PLUGIN: ("plugin", "evaluate {name} is not an allowed plugin", ""),
    ReferenceKind.CONSTRUCT: ("construct", "{name} is not allowed", "Remove it."),
    ReferenceKind.OPTION: (
        "statement",
        "set {name} is not an allowed option",
        "Remove it: it can change what the query reads or means.",
    ),
    ReferenceKind.STATEMENT: (
        "statement",
        "{name} is not allowed",
        "Use only let statements and one query.",
    ),
}
