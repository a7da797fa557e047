from __future__ import annotations

import re
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.catalog_text import compact, folded
from soc_tui.analysts.tokens import count_tokens
from soc_tui.guardrails.catalog import load_catalog
from tests.wire.scripted_model import unfolded

NAME = st.lists(
    st.sampled_from(["Initiating", "Process", "Account", "Id", "IP", "MD5", "_", "s", "2"]),
    min_size=1,
    max_size=5,
).map("".join)


@given(st.lists(NAME | st.text(string.ascii_letters, min_size=1, max_size=6), unique=True))
@settings(max_examples=200, deadline=None)
def test_folding_loses_and_invents_no_name(names: list[str]) -> None:
    assert sorted(unfolded(" ".join(folded(names)))) == sorted(names) or not names


def test_each_column_stands_in_the_text() -> None:
    catalog = load_catalog()
    text = compact(catalog)
    shared = set(text.rpartition("Every table also has: ")[2].split())
    for table in catalog.tables.values():
        match = re.search(rf"^{table.name} \(time field (\w+)\)\..*\n  (.*)$", text, re.MULTILINE)
        assert match
        found = {match[1], *unfolded(match[2]), *shared}
        assert found >= set(table.column_names)
        assert table.notes in text


def test_the_catalog_is_small() -> None:
    """Issue 4: given compactly. The whole of it is sent with each request."""
    assert count_tokens(compact(load_catalog())) <= 6_000
