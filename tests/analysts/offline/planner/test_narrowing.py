"""Every entry of narrowing.toml can be asked of its table."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from soc_tui.analysts.offline.planner.countries import countries
from soc_tui.analysts.offline.planner.narrowing import _entries, narrowing
from soc_tui.analysts.offline.planner.tables import well_known
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.writing.filters import predicate_filter
from soc_tui.model.plan import Predicate

CATALOG = load_catalog()
TABLES = sorted(name for name in _entries() if CATALOG.table(name))


def test_entries_are_of_known_tables() -> None:
    assert set(_entries()) <= {*CATALOG.tables, *well_known()}


@pytest.mark.parametrize("name", TABLES)
def test_entries_fit_the_catalog(name: str) -> None:
    table = CATALOG.table(name)
    assert table is not None
    for entry in _entries()[name]:
        values = tuple("1" if value == "$value" else value for value in entry.values)
        made = predicate_filter(table, Predicate((entry.column,), entry.operator, values))
        assert made.condition and not made.notes, (entry.column, made.notes)
        captures = {"value", "value2"} & set(entry.say.groupindex)
        assert bool(captures) == ("$value" in entry.values)


def test_entries_have_no_unknown_keys() -> None:
    text = (resources.files("soc_tui.analysts.offline.planner") / "narrowing.toml").read_text(
        "utf-8"
    )
    for entries in tomllib.loads(text).values():
        for entry in entries:
            assert set(entry) <= {"say", "not", "column", "op", "values", "means"}


def test_words_on_one_column_are_put_together() -> None:
    table = CATALOG.table("DeviceLogonEvents")
    assert table is not None
    (one,) = narrowing("failed or successful logons", table)
    assert set(one.predicate.values) == {"LogonFailed", "LogonSuccess"}
    assert narrowing("logons", table) == ()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("from Norway or the United Kingdom", ("NO", "GB")),
        ("from the US", ("US",)),
        ("tell us more", ()),
        ("norway@contoso.com", ()),
        ("türkiye", ("TR",)),
    ],
)
def test_countries(text: str, codes: tuple[str, ...]) -> None:
    assert countries(text) == codes
