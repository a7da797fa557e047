"""A second reader: what duckdb_kql's SQL would read is what the judge knows of."""

import duckdb
import duckdb_kql
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.reading.read import references
from soc_tui.kql.references.types import ReferenceKind
from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.model.limits import Limits
from tests.guardrails import allowed, refused
from tests.guardrails.cases import unmarked

CATALOG, LIMITS = load_catalog(), Limits()
FAULTS = (AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What duckdb_kql raises on texts that it was not made for."""
SCHEMA = {name: list(spec.column_names) for name, spec in CATALOG.tables.items()}
SCHEMA["SecretTable"] = ["DeviceId", "FileName", "a"]
PASSING = [q for table in (allowed.LOOSE, allowed.BOUNDED) for qs in table.values() for q in qs]
SMUGGLING = [unmarked(query)[0] for queries in refused.TABLES.values() for query in queries]


def tables_of_sql(kql: str) -> set[str] | None:
    """The tables that the SQL of a query reads; None when there is no SQL for it."""
    try:
        sql = duckdb_kql.to_sql(
            kql, schema=SCHEMA, allow_write=False, clusters={}, entity_groups={}, functions=[]
        )
        return set(duckdb.connect().get_table_names(str(sql))) & SCHEMA.keys()
    except (duckdb_kql.KqlError, duckdb.Error, *FAULTS):
        return None


def test_all_tables_of_the_allowed_queries_are_known() -> None:
    translated = 0
    for kql in PASSING:
        read = tables_of_sql(kql)
        translated += read is not None
        found = {one.name for one in references(kql) if one.kind is ReferenceKind.TABLE}
        assert (read or set()) <= found, kql
    assert translated > len(PASSING) / 2


@given(st.sampled_from(PASSING + SMUGGLING), st.lists(st.integers(0, 50), min_size=1, max_size=2))
@settings(max_examples=200, deadline=None)
def test_no_allowed_text_reads_a_forbidden_table(kql: str, numbers: list[int]) -> None:
    pieces = list(lexemes(kql))
    texts = [kql[one.start : one.end] for one in pieces]
    names = [at for at, one in enumerate(pieces) if one.kind is Kind.NAME]
    for number in numbers if names else ():
        texts[names[number % len(names)]] = "SecretTable"
    mutated = " ".join(text for text in texts if not text.startswith("//"))
    if judge_kql(mutated, CATALOG, LIMITS).allowed:
        assert "SecretTable" not in (tables_of_sql(mutated) or ())
