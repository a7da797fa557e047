"""The walk that the guardrails judge by and the local translation read the same tables."""

import re
from pathlib import Path

import duckdb

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.reading.read import references
from soc_tui.kql.references.types import ReferenceKind
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import QueryError
from soc_tui.model.limits import Limits
from soc_tui.workspaces.local.kql_to_sql import translate
from tests.guardrails import allowed, refused
from tests.guardrails.cases import unmarked
from tests.kql.operators.examples import EXAMPLES

CATALOG = load_catalog()
STORED = {name: table.columns for name, table in CATALOG.tables.items()}
for hidden in ("SecretTable", "T", "U", "V"):
    STORED[hidden] = tuple(Column(name, KqlType.STRING) for name in ("DeviceId", "a", "b", "c"))
TESTS = Path(__file__).parents[2]
_NAMES_SEVERAL = re.compile(r"\b(?:let|union|join|lookup|find|search|table|as|in|invoke|fork)\b")
QUERIES = [
    *(
        q
        for table in (allowed.LOOSE, allowed.BOUNDED)
        for queries in table.values()
        for q in queries
    ),
    *(unmarked(q)[0] for queries in refused.TABLES.values() for q in queries),
    *EXAMPLES.values(),
    *(
        text
        for path in sorted((TESTS / "kql").rglob("test_*.py"))
        for text in re.findall(r'"([^"\n\\]+ \| [^"\n\\]+)"', path.read_text(encoding="utf-8"))
        if _NAMES_SEVERAL.search(text)
    ),
]


def test_both_read_the_same_tables() -> None:
    compared, database = 0, duckdb.connect()
    for kql in dict.fromkeys(QUERIES):
        try:
            translation = translate(kql, STORED)
            read = set(database.get_table_names(translation.sql)) & STORED.keys()
        except (QueryError, duckdb.Error):
            continue
        compared += 1
        found = [one for one in references(kql) if one.kind is ReferenceKind.TABLE]
        told = {one.name for one in found}
        sure = {one.name for one in found if not one.maybe_column} & STORED.keys()
        is_allowed = judge_kql(kql, CATALOG, Limits()).allowed
        # A name that is spelled oddly is taken for a table that there is not, and refused.
        assert read <= told or not is_allowed, kql
        # A let that nothing uses is in the translation, but not in what DuckDB reads.
        assert sure <= {*translation.tables} or not is_allowed, kql
    assert compared > 250
