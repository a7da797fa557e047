from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.collection import SigmaCollection
from sigma.validation import SigmaValidator
from sigma.validators.core import validators

from soc_tui.analysts.grounding import attack_ids
from soc_tui.analysts.offline import sigma
from soc_tui.analysts.offline.sigma.rule import ANY_TABLE, Rule
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.demo import company, intrusion
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.finding import Severity
from tests.analysts.offline.sigma.rows_by_hand import read_rules, rule_text

BOOK = RuleLibrary().load()
CATALOG = load_catalog()
THE_TEN = (
    "AlertEvidence", "AlertInfo", "AzureActivity", "AzureNetworkAnalytics_CL", "DeviceFileEvents",
    "DeviceLogonEvents", "DeviceNetworkEvents", "DeviceProcessEvents", "DeviceRegistryEvents",
    "SigninLogs",
)  # fmt: skip
GOOD = rule_text("  s: {FileName: odd.exe}\n  condition: s", title="Mine")


def test_our_rules_have_no_problem_and_cover_the_ten_tables() -> None:
    assert BOOK.problems == ()
    assert sum(not rule.silent for rule in BOOK.rules) >= 120
    for name in THE_TEN:
        assert any(rule.table == name and not rule.silent for rule in BOOK.rules), name


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.title)
def test_each_rule_reads_columns_that_its_table_has(rule: Rule) -> None:
    if rule.table == ANY_TABLE:
        assert not rule.columns
        return
    table = CATALOG.table(rule.table)
    assert table is not None
    assert rule.columns <= set(table.column_names)
    assert set(rule.quote) <= set(table.column_names)
    assert set(rule.entity) <= set(table.column_names)


@pytest.mark.parametrize(
    "rule", [rule for rule in BOOK.rules if not rule.silent], ids=lambda rule: rule.title
)
def test_each_rule_says_what_to_do_and_names_known_techniques(rule: Rule) -> None:
    assert rule.recommendations and rule.falsepositives
    assert rule.mitre or rule.techniques_from
    assert rule.severity is not Severity.INFORMATIONAL
    for mitre in rule.mitre:
        assert mitre.version == attack_ids.version()
        assert mitre.name and mitre.tactic


def test_each_named_tactic_is_one_of_its_techniques() -> None:
    for rule in BOOK.rules:
        tactics = {tactic.lower() for one in rule.mitre for tactic in attack_ids.tactics_of(one.id)}
        path = Path(sigma.__file__).parent / "rules" / rule.origin
        assert path.is_file()
        assert {mitre.tactic.lower() for mitre in rule.mitre} <= tactics


def test_pysigma_s_own_checks_find_nothing() -> None:
    folder = Path(sigma.__file__).parent / "rules"
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.yml"))]
    rules = SigmaCollection.merge([SigmaCollection.from_yaml(text) for text in texts])
    # Numbers stand as text where the column is text; tags are checked against our own list.
    chosen = [
        check
        for name, check in validators.items()
        if name != "number_as_string" and "tag" not in name
    ]
    every: Any = iter(rules.rules)  # its type names single rules only, correlations are checked too
    assert SigmaValidator(chosen).validate_rules(every) == []


def test_ids_and_titles_are_unique() -> None:
    assert len({rule.id for rule in BOOK.rules}) == len(BOOK.rules)
    loud = [rule.title for rule in BOOK.rules if not rule.silent]
    assert len(set(loud)) == len(loud)


def test_no_rule_knows_the_demo() -> None:
    folder = Path(sigma.__file__).parent / "rules"
    text = "\n".join(path.read_text("utf-8") for path in folder.glob("*.yml")).lower()
    hosts = {host.name for host in company.hosts()}
    secrets = {
        *hosts,
        *(person.name for person in company.people()),
        *intrusion.ATTACKER_SIGN_IN_IPS,
        intrusion.C2_DOMAIN, intrusion.C2_IP, intrusion.EXFIL_DOMAIN, intrusion.EXFIL_IP,
        intrusion.PAYLOAD_NAME, intrusion.ATTACHMENT, intrusion.OPENED_RULE, intrusion.INJECTION,
        intrusion.ATTACKER_USER_AGENT, "edgesync", "halvorsen", "tidewater", "tidewatch",
        "keelsafe", "berth",
    }  # fmt: skip
    for secret in secrets:
        assert not re.search(rf"(?<![\w-]){re.escape(secret.lower())}(?![\w-])", text), secret


def test_rules_of_the_analyst_are_added_and_may_replace_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(GOOD, "utf-8")
    ours = BOOK.rules[0]
    replaced = GOOD.replace("5a52f8a9-1c4b-4f0e-8f2d-2a2f2c1f0d11", ours.id)
    (tmp_path / "replacing.yaml").write_text(replaced, "utf-8")
    book = RuleLibrary(tmp_path).load()
    assert book.problems == ()
    assert len(book.rules) == len(BOOK.rules) + 1
    assert [rule.title for rule in book.rules if rule.id == ours.id] == ["Mine"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: x\n foo: [", "line 2"),
        ("title: x\nlogsource: {service: signinlogs}\ndetection: {s: {a: b}}\nid: 7", "Sigma"),
        (GOOD.replace("condition: s", "condition: nope"), "nope"),
        (GOOD.replace("FileName:", "FileName|frob:"), "frob"),
        (GOOD.replace("service: deviceprocessevents", "service: okta"), "okta"),
        (GOOD.replace("FileName: odd.exe", "FileName|re: '['"), "Mine"),
        ("- 1\n- 2", "Sigma"),
        ("", "no Sigma rule"),
        ("just words", "Sigma"),
        ("\x00", "position"),
        (GOOD + "\nsoc_tui: {confidence: surely}", "surely"),
        (GOOD + "\nsoc_tui: [1]", "Mine"),
    ],
)
def test_a_broken_rule_is_a_problem_that_names_file_and_place(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "broken.yml").write_text(text, "utf-8")
    (tmp_path / "good.yml").write_text(
        GOOD.replace(
            "5a52f8a9-1c4b-4f0e-8f2d-2a2f2c1f0d11", "5a52f8a9-1c4b-4f0e-8f2d-2a2f2c1f0d12"
        ),
        "utf-8",
    )
    book = RuleLibrary(tmp_path).load()
    assert len(book.problems) == 1
    assert "broken.yml" in book.problems[0] and words in book.problems[0]
    assert len(book.rules) == len(BOOK.rules) + 1


def test_bytes_that_are_no_text_are_a_problem_and_a_missing_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00title")
    assert "bytes.yml" in RuleLibrary(tmp_path).load().problems[0]
    assert RuleLibrary(tmp_path / "none").load().problems == ()


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_rules_or_problems(text: str) -> None:
    rules, problems = read_rules(text, "any.yml")
    assert rules or problems


def test_a_bad_regex_prints_nothing_over_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    _, problems = read_rules(GOOD.replace("FileName: odd.exe", "FileName|re: '(?<!a)b'"), "my.yml")
    assert "my.yml" in problems[0] and "Mine" in problems[0]
    assert capfd.readouterr() == ("", "")


def test_yaml_cannot_run_code() -> None:
    rules, problems = read_rules("!!python/object/apply:os.system ['true']", "evil.yml")
    assert rules == [] and "evil.yml" in problems[0]
