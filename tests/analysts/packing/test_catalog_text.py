from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.openai.plan_tools import tools
from soc_tui.analysts.packing.catalog_text import asked_about, compact, folded
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


CATALOG = load_catalog()


def test_each_column_stands_in_the_text() -> None:
    told = f"{compact(CATALOG.often)}\n{compact(CATALOG.seldom, with_sets=False)}"
    system = {"role": "system", "content": told}
    parameters = tools(CATALOG)[0]["function"]["parameters"]
    call = PlanCall({"messages": [system], "tools": [{"function": {"parameters": parameters}}]})
    assert list(call.tables) == list(CATALOG.tables)
    for name, columns in call.tables.items():
        assert sorted(columns) == sorted(CATALOG.tables[name].column_names)
        assert CATALOG.tables[name].notes in system["content"]


def test_the_catalog_is_small() -> None:
    """Issue 4: given compactly. The whole of it is sent with each request."""
    assert count_tokens(compact(CATALOG.often)) <= 6_000


@pytest.mark.parametrize(
    ("request_", "table"),
    [
        ("who clicked on the phishing link", "UrlClickEvents"),
        ("vulnerable chrome versions on devices", "DeviceTvmSoftwareInventory"),
        ("aws console login without mfa", "AWSCloudTrail"),
        ("dns tunnels", "DnsEvents"),
        ("service principals that signed in from new countries", "AADServicePrincipalSignInLogs"),
        ("AADRiskyUsers at high", "AADRiskyUsers"),
        ("take 5 of aadriskyusers and of IntuneDevices", "IntuneDevices"),
        ("web shells on IIS", "W3CIISLog"),
    ],
)
def test_a_seldom_table_is_told_when_a_request_is_about_it(request_: str, table: str) -> None:
    found = asked_about(request_, CATALOG.seldom)
    assert table in found.tables
    assert count_tokens(compact(found, with_sets=False)) <= 1_000


def test_a_request_may_be_about_no_seldom_table() -> None:
    assert not asked_about("", CATALOG.seldom).tables
    assert not asked_about("show all of the last 3 days", CATALOG.seldom).tables
