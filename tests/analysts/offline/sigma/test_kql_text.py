"""The KQL shown beside a finding gives the very rows that the rule matched."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pyarrow as pa
import pytest

from soc_tui.analysts.offline.sigma import kql_text, rulebook
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.workspaces.local.workspace import LocalWorkspace
from tests.analysts.offline.sigma.rows_by_hand import one_rule

# Text, regular expressions and numbers; the other tables are the same translation.
RULES = [
    rule
    for rule in rulebook.load().rules
    if kql_text.where(rule)
    and rule.table in {"AzureActivity", "AzureNetworkAnalytics_CL", "DeviceRegistryEvents"}
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
async def test_kql_and_rule_agree_on_the_demo(rule: rulebook.Rule, demo_database: Path) -> None:
    workspace = LocalWorkspace(demo_database)
    columns = ", ".join(dict.fromkeys(("TimeGenerated", *sorted(rule.columns))))
    by_kql = await workspace.query(f"{kql_text.where(rule)} | project {columns}")
    everything = await workspace.query(f"{rule.table} | project {columns}")
    matcher = RuleMatcher(everything)
    hits = matcher.hits(rule)
    matcher.close()
    by_rule = everything.table.take(pa.array(hits, pa.int64())).to_pylist()

    def key(row: dict[str, object]) -> str:
        return str(sorted(row.items(), key=str))

    assert sorted(map(key, by_kql.table.to_pylist())) == sorted(map(key, by_rule))


def test_numbers_and_booleans_are_not_written_as_text() -> None:
    rule = one_rule("  s: {RemotePort: [22, 3389], IsLocalAdmin: true}\n  condition: s")
    assert kql_text.where(rule) == (
        "DeviceProcessEvents | where (RemotePort == 22 or RemotePort == 3389)"
        " and IsLocalAdmin == true"
    )


@pytest.mark.parametrize(
    "test", ["{F: 'a*b'}", "{F|cased: a}", "{F: null}", "{F|fieldref: G}", "[word]"]
)
def test_what_kql_would_say_otherwise_is_not_said(test: str) -> None:
    assert kql_text.where(one_rule(f"  s: {test}\n  condition: s")) == ""


def test_rules_of_every_table_and_correlations_have_none() -> None:
    rules = rulebook.load().rules
    assert load_catalog().tables
    for rule in rules:
        if rule.correlation or rule.table == rulebook.ANY_TABLE:
            assert kql_text.where(rule) == ""
    plain = next(rule for rule in rules if kql_text.where(rule))
    assert kql_text.where(dataclasses.replace(plain, table="any")) == ""
