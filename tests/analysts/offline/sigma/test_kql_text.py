"""The KQL shown beside a finding gives the very rows that the rule matched."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import ANY_TABLE, Rule
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.workspaces.local.workspace import LocalWorkspace
from tests.analysts.offline.sigma.rows_by_hand import one_rule, read_rules, rule_text

# Text, regular expressions and numbers; the other tables are the same translation.
RULES = [
    rule
    for rule in RuleLibrary().load().rules
    if rule.kql
    and rule.table in {"AzureActivity", "AzureNetworkAnalytics_CL", "DeviceRegistryEvents"}
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
async def test_kql_and_rule_agree_on_the_demo(rule: Rule, demo_database: Path) -> None:
    workspace = LocalWorkspace(demo_database)
    columns = ", ".join(dict.fromkeys(("TimeGenerated", *sorted(rule.columns))))
    by_kql = await workspace.query(f"{rule.kql} | project {columns}")
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
    assert rule.kql == (
        "DeviceProcessEvents | where (RemotePort == 22 or RemotePort == 3389)"
        " and IsLocalAdmin == true"
    )


@pytest.mark.parametrize(
    "test", ["{F: 'a*b'}", "{F|cased: a}", "{F: null}", "{F|fieldref: G}", "[word]"]
)
def test_what_kql_would_say_otherwise_is_not_said(test: str) -> None:
    assert one_rule(f"  s: {test}\n  condition: s").kql == ""


def test_rules_of_every_table_and_correlations_have_none() -> None:
    rules = RuleLibrary().load().rules
    assert load_catalog().tables
    for rule in rules:
        if rule.correlation or rule.table == ANY_TABLE:
            assert rule.kql == ""
    test = "  s: {FileName: x}\n  condition: s"
    assert one_rule(test).kql == 'DeviceProcessEvents | where FileName =~ "x"'
    assert one_rule(test, service="any").kql == ""


def test_a_public_rule_of_many_spellings_is_written_too() -> None:
    """Its values had lost where they come from, which the backend reads: the hunt ended there."""
    text = rule_text("  s: {CommandLine|windash|contains: ' -enc '}\n  condition: s")
    text = text.replace("service: deviceprocessevents", "category: process_creation")
    rules, problems = read_rules(text, "public.yml")
    assert problems == []
    assert 'ProcessCommandLine contains " -enc "' in rules[0].kql
    assert 'ProcessCommandLine contains " /enc "' in rules[0].kql
