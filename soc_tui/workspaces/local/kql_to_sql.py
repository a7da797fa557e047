"""KQL to DuckDB's SQL through duckdb_kql, with errors that an analyst can act on.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import duckdb_kql
from duckdb_kql import KqlSchemaError, KqlSyntaxError, KqlUnsupportedError, ir
from duckdb_kql.lower import lower
from duckdb_kql.schema import output_columns
from duckdb_kql.stored_functions import parse_functions

from soc_tui.kql.operators.entry import Local
from soc_tui.kql.operators.registry import BY_WORD, OFFERED
from soc_tui.kql.text.strings import simply_escaped
from soc_tui.model.catalog import Column
from soc_tui.model.errors import QueryError
from soc_tui.model.nearest_name import did_you_mean
from soc_tui.model.text_position import line_and_column
from soc_tui.workspaces.local.dialect import seams
from soc_tui.workspaces.local.rewrite.plugins import Peek
from soc_tui.workspaces.local.rewrite.query import in_plain_forms
from soc_tui.workspaces.local.rewrite.spellings import AS_WRITTEN, Spellings, unmarked

_LOG_ANALYTICS = "Rewrite the query without it, or run it on a Log Analytics workspace."


@dataclasses.dataclass(frozen=True, slots=True)
class Translation:
    """SQL for one KQL text.

    Attributes:
        parameters: Values to bind, by name.
        tables: Names of the stored tables that the SQL reads.
        said: Columns of the tables that have another name in the SQL; see `spellings`.
    """

    sql: str
    parameters: Mapping[str, object]
    tables: tuple[str, ...]
    said: Mapping[str, str] = dataclasses.field(default_factory=dict)


def translate(
    kql: str,
    stored: Mapping[str, tuple[Column, ...]],
    now: dt.datetime | None = None,
    peek: Peek | None = None,
) -> Translation:
    """Translate `kql` against stored tables with these columns.

    Args:
        now: What `now()` and `ago()` count from, UTC; None for the wall clock.
        peek: Looks at rows, for operators whose columns depend on them.

    Raises:
        QueryError: syntax error, unknown table, or something duckdb_kql cannot translate.
    """
    _refuse_commands(kql)
    seams.install()
    spellings = AS_WRITTEN
    while True:
        try:
            return _translated(kql, stored, spellings, now, peek)
        except KqlSchemaError as error:
            more = spellings.and_one_of(error.hint or "")
            if more is None:
                tables = {name: tuple(c.name for c in columns) for name, columns in stored.items()}
                raise _schema_error(kql, error, tables) from error
            spellings = more


def _translated(
    kql: str,
    stored: Mapping[str, tuple[Column, ...]],
    spellings: Spellings,
    now: dt.datetime | None,
    peek: Peek | None,
) -> Translation:
    """The same with names as they are said here. Raises KqlSchemaError too."""
    marked, text = stored, kql
    if spellings.said:
        marked = spellings.columns(stored)
        text = spellings.text(kql, {one.name for columns in stored.values() for one in columns})
    tables = {name: tuple(c.name for c in columns) for name, columns in marked.items()}
    try:
        plain = in_plain_forms(text, marked, spellings.peek(peek))
        simple = simply_escaped(plain.text)  # duckdb_kql takes the u of an escape for a letter
        functions = parse_functions([simply_escaped(function) for function in plain.functions])
        query = lower(simple, functions=functions)
        names = _stored_tables(kql, query, tables)
        schema = {name: list(columns) for name, columns in tables.items()}
        sql = duckdb_kql.to_sql(
            simple,
            schema=schema,
            allow_write=False,
            clusters={},
            entity_groups={},
            functions=functions,
            query_now=now,
        )
        _keep_apart(query, schema)
    except KqlSyntaxError as error:
        raise _syntax_error(kql, error) from error
    except KqlUnsupportedError as error:
        raise _unsupported_error(kql, error) from error
    except RecursionError:
        raise QueryError(
            "The query is nested too deeply to be translated.",
            next_step="Split it with `let`, or use fewer brackets.",
        ) from None
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise QueryError(
            "The query could not be translated for the local workspace.",
            f"The translator failed ({type(error).__name__}).",
            _LOG_ANALYTICS,
        ) from error
    return Translation(str(sql), dict(sql.parameters), names, spellings.said)


def _keep_apart(query: ir.Query, tables: dict[str, list[str]]) -> None:
    """Raise KqlSchemaError where columns of the answer differ in case only."""
    if not any(isinstance(one, ir.Union | ir.Join | ir.Lookup) for one in query.operators):
        return
    try:
        output_columns(query, tables)
    except KqlUnsupportedError:
        return
    except KqlSchemaError as error:
        if AS_WRITTEN.and_one_of(error.hint or "") is not None:
            raise


def _refuse_commands(kql: str) -> None:
    code = re.sub(r"\A(?:\s+|//[^\n]*(?:\n|\Z))+", "", kql)
    if not code:
        raise QueryError("The query is empty.", next_step="Write a query, for example T | take 10.")
    if code.startswith("."):
        line, column = line_and_column(kql, kql.index(code))
        raise QueryError(
            f"Management commands are not run ({code.split()[0]}).",
            next_step="Write a query that starts with a table name.",
            line=line,
            column=column,
        )


def _stored_tables(
    kql: str, query: ir.Query, tables: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    nodes = list(_walk(query))
    missing_is_fine = _fuzzy(nodes)
    bound = {name for node in nodes if isinstance(node, ir.Query) for name, _ in node.lets}
    found: dict[str, None] = {}
    for node in nodes:
        if isinstance(node, ir.TableRef | ir.WildcardTableRef) and node.database is not None:
            raise _at(
                kql,
                node.database,
                f"The local workspace has one database; `{node.database}` cannot be reached.",
                next_step="Use the table name alone.",
            )
        if isinstance(node, ir.WildcardTableRef):
            found.update((name, None) for name in tables if fnmatchcase(name, node.pattern))
        elif isinstance(node, ir.TableRef) and node.name in tables:
            found[node.name] = None
        elif isinstance(node, ir.TableRef) and node.name not in bound | missing_is_fine:
            raise unknown_table(kql, node.name, tables)
    return tuple(found)


def _fuzzy(nodes: Iterable[object]) -> set[str]:
    """Tables of unions with isfuzzy=true: those that are not there are left out."""
    found: set[str] = set()
    for query in nodes:
        if not isinstance(query, ir.Query):
            continue
        fuzzy = [one for one in query.operators if isinstance(one, ir.Union) and one.isfuzzy]
        below = [branch for one in fuzzy for branch in one.branches]
        if fuzzy and isinstance(query.source, ir.TableRef):
            found.add(query.source.name)
        found.update(one.name for one in _walk(below) if isinstance(one, ir.TableRef))
    return found


def _walk(root: object) -> Iterable[object]:
    """Every node of the IR, shared ones once."""
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if id(node) in seen or isinstance(node, str | bytes | int | float | type(None)):
            continue
        seen.add(id(node))
        if isinstance(node, list | tuple):
            stack.extend(node)
        elif isinstance(node, dict):
            stack.extend(node.values())
        elif dataclasses.is_dataclass(node) and not isinstance(node, type):
            yield node
            stack.extend(getattr(node, field.name) for field in dataclasses.fields(node))


def _at(kql: str, word: str, what: str, why: str = "", next_step: str = "") -> QueryError:
    """A QueryError at the first place where `word` stands by itself."""
    line, column = _place(kql, word, 0)
    return QueryError(what, why, next_step, line=line, column=column)


def _place(kql: str, word: str, occurrence: int) -> tuple[int | None, int | None]:
    found = list(re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", kql))
    return line_and_column(kql, found[occurrence].start()) if found else (None, None)


def needs_geoip(kql: str) -> QueryError:
    """The error for places of addresses where no file has them."""
    return _at(
        kql,
        "geo_info_from_ip_address",
        "geo_info_from_ip_address() needs a GeoIP file.",
        "The local workspace has no places by address of its own.",
        "Set workspace.geoip to a file in MaxMind's format, for example GeoLite2-City.mmdb.",
    )


def unknown_table(kql: str, name: str, tables: Iterable[str]) -> QueryError:
    """The error for a table that does not exist, with the nearest names that do."""
    hint = _nearest("tables", name, tables)
    return _at(
        kql,
        name,
        f"There is no table {name!r} in this workspace.",
        next_step=hint or "The workspace has no tables yet; import some with `soc-tui import`.",
    )


def unknown_column(kql: str, name: str, columns: Iterable[str]) -> QueryError:
    """The error for a column that does not exist (any more) where the query uses it."""
    known = set(columns)
    if name in known:
        line, column = _place(kql, name, -1)
        return QueryError(
            f"The column {name!r} no longer exists where the query uses it.",
            "An earlier operator, such as project or summarize, dropped it.",
            "Keep it in that operator, or move the filter before it.",
            line=line,
            column=column,
        )
    return _at(
        kql,
        name,
        f"There is no column {name!r} in the tables of this query.",
        next_step=_nearest("columns", name, known) or "Check the name.",
    )


def _nearest(kind: str, name: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    if question := did_you_mean(name, names):
        return question
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"The {kind} here are: {shown}." if names else ""


def _syntax_error(kql: str, error: KqlSyntaxError) -> QueryError:
    if not error.diagnostics:
        return QueryError("The query is not valid KQL.", next_step="Fix the query.")
    first = error.diagnostics[0]
    what, _, expected = first.message.partition(" expecting ")
    what = what.replace("'<EOF>'", "end of the query").replace("<EOF>", "end of the query")
    choices = expected.strip("{}").split(", ") if expected else []
    why = f"{what[:1].upper()}{what[1:200]}."
    if what.startswith("mismatched input '|'"):
        # ANTLR gives up at the pipe when it does not know the word behind it.
        word = re.match(r"\|\s*([\w-]+)", _from(kql, first.span.line, first.span.column))
        if word:
            return _operator_error(word[1], first.span.line, first.span.column + 1 + word.start(1))
    step = ""
    if 0 < len(choices) <= 6:
        step = f"Expected {' or '.join(choices)}.".replace("<EOF>", "the end")
    return QueryError(
        "The query is not valid KQL.",
        why,
        step or "Fix the query at this place.",
        line=first.span.line,
        column=first.span.column + 1,
    )


_RUNNING = [word for word in OFFERED if BY_WORD[word].local is not Local.NOT]


def _operator_error(word: str, line: int, column: int) -> QueryError:
    entry = BY_WORD.get(word)
    if entry is None:
        what, why = f"KQL has no operator {word!r}.", ""
        step = did_you_mean(word, _RUNNING, 1) or "Check its spelling."
    elif entry.local is Local.NOT:
        what, why = f"The local workspace cannot run the operator {word}.", entry.why_not
        step = _LOG_ANALYTICS
    else:
        what = f"The syntax of the operator {word} is not valid."
        why = "Part of it cannot be parsed, perhaps a KQL keyword used as a name."
        step = "Check its brackets, commas and names; write a keyword used as a name as ['name']."
    return QueryError(what, why, step, line=line, column=column)


def _from(kql: str, line: int, column: int) -> str:
    lines = kql.split("\n")
    return "\n".join([lines[line - 1][column:], *lines[line:]]) if line <= len(lines) else ""


def _unsupported_error(kql: str, error: KqlUnsupportedError) -> QueryError:
    kind, name = _construct(kql, error)
    what = f"The local workspace cannot run {kind} {name}.".replace("  ", " ")
    entry = BY_WORD.get(name) if kind in {"", "the operator"} else None
    why = _plain(error.hint or "") or (entry.why_not if entry is not None else "")
    if error.span is not None:
        return QueryError(
            what, why, _LOG_ANALYTICS, line=error.span.line, column=error.span.column + 1
        )
    return _at(kql, name, what, why, _LOG_ANALYTICS)


def _construct(kql: str, error: KqlUnsupportedError) -> tuple[str, str]:
    """What is not supported, in KQL's own words: ("operator", "make-series")."""
    label, _, rest = error.construct.partition(":")
    if label == "source" and rest:
        label, rest = rest, ""
    if re.fullmatch(r"([A-Z][a-z]+){2,}", rest):  # a rule of the grammar, not a word of KQL
        return "this", label
    if rest:
        return {"function": "the function", "aggregate": "the aggregate"}.get(label, label), rest
    if re.fullmatch(r"[A-Z]\w+", label) and error.span is not None:
        word = re.match(r"[\w-]+", _from(kql, error.span.line, error.span.column))
        if word:
            operator = "Operator" in label and "Expression" not in label
            return ("the operator" if operator else "", word[0])
        return "", re.sub(r"(?<!^)(?=[A-Z])", " ", label).lower()
    return "", label


def _plain(hint: str) -> str:
    """duckdb_kql's hint without words about its own source."""
    if "translate/functions.py" in hint or "Wave" in hint or "in this wave" in hint:
        return ""
    return f"{hint[:1].upper()}{hint[1:300]}".rstrip(".") + "." if hint else ""


def _schema_error(
    kql: str, error: KqlSchemaError, tables: Mapping[str, tuple[str, ...]]
) -> QueryError:
    hint, name = unmarked(error.hint or ""), unmarked(error.name)
    if "unknown table" in hint or "matched no table" in hint:
        return unknown_table(kql, name, tables)
    return _at(
        kql,
        name,
        f"The query does not match the tables in this workspace, at {name!r}.",
        _plain(hint.split("; known:")[0]),
        "Check the table and column names.",
    )
