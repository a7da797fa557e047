from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.openai.plan_tools import tools
from soc_tui.analysts.packing.catalog_text import compact, folded
from soc_tui.analysts.packing.token_count import count_tokens
from soc_tui.guardrails.catalog import load_catalog
from tests.wire.scripted_model import PlanCall, unfolded

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
    system = {"role": "system", "content": compact(catalog)}
    parameters = tools(catalog)[0]["function"]["parameters"]
    call = PlanCall({"messages": [system], "tools": [{"function": {"parameters": parameters}}]})
    assert list(call.tables) == list(catalog.tables)
    for name, columns in call.tables.items():
        assert sorted(columns) == sorted(catalog.tables[name].column_names)
        assert catalog.tables[name].notes in system["content"]


def test_the_catalog_is_small() -> None:
    """Issue 4: given compactly. The whole of it is sent with each request."""
    assert count_tokens(compact(load_catalog())) <= 6_000
