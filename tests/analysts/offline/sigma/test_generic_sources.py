"""Public Sigma rules, written for Sysmon's fields, on the Defender tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from tests.analysts.offline.sigma.rows_by_hand import make_rows, read_rules


def public(category: str, detection: str, more: str = "") -> str:
    return (
        f"title: Public\nlogsource: {{category: {category}, product: windows}}\n"
        f"detection:\n{detection}\n  condition: s{more}\n"
    )


def one(category: str, detection: str, more: str = "") -> Rule:
    rules, problems = read_rules(public(category, detection, more), "public.yml")
    assert problems == []
    return rules[0]


def matched(rule: Rule, *records: Mapping[str, object]) -> list[int]:
    matcher = RuleMatcher(make_rows(records))
    try:
        return matcher.hits(rule)
    finally:
        matcher.close()


def test_a_process_and_its_parent_are_found_by_their_paths() -> None:
    rule = one(
        "process_creation",
        "  s:\n    Image|endswith: '\\cmd.exe'\n    ParentImage|endswith: ['\\winword.exe']\n"
        "  f: {User|contains: AUTHORI}",
        " and not f",
    )
    assert rule.table == "DeviceProcessEvents"
    row = {
        "FolderPath": r"C:\Windows\System32\cmd.exe",
        "InitiatingProcessFolderPath": r"C:\Program Files\Office\WINWORD.EXE",
        "AccountDomain": "halvorsen",
        "AccountName": "erik",
    }
    system = row | {"AccountDomain": "nt authority", "AccountName": "system"}
    assert matched(rule, row, system, row | {"FolderPath": r"C:\cmd.exe.txt"}) == [0]
    assert set(rule.quote) == {"FolderPath", "InitiatingProcessFolderPath"}
    assert rule.columns == set(row)


def test_one_field_of_several_columns() -> None:
    user = one("process_creation", "  s: {User: 'HALVORSEN\\erik'}")
    assert matched(
        user,
        {"AccountDomain": "halvorsen", "AccountName": "erik"},
        {"AccountDomain": None, "AccountName": "erik"},
    ) == [0]
    hashes = one("process_creation", "  s: {Hashes|contains: ['SHA256=ab', 'IMPHASH=cd']}")
    assert matched(
        hashes, {"MD5": "1", "SHA1": "2", "SHA256": "ab"}, {"MD5": "ab", "SHA1": "", "SHA256": ""}
    ) == [0]
    assert user.kql == ""


def test_registry_paths_values_and_actions_as_defender_writes_them() -> None:
    rule = one(
        "registry_set",
        "  s:\n    EventType: SetValue\n"
        "    TargetObject: 'HKLM\\System\\CurrentControlSet\\Control\\Lsa\\RunAsPPL'\n"
        "    Details: 'DWORD (0x00000010)'",
    )
    row = {
        "ActionType": "RegistryValueSet",
        "RegistryKey": r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Lsa",
        "RegistryValueName": "RunAsPPL",
        "RegistryValueData": "16",
    }
    others = (
        {"ActionType": "RegistryValueDeleted"},
        {"RegistryValueName": "Other"},
        {"RegistryValueData": "0"},
    )
    assert matched(rule, row, *(row | other for other in others)) == [0]
    key = one("registry_add", "  s: {TargetObject|endswith: '\\MiniNt'}")
    assert matched(
        key,
        {
            "ActionType": "RegistryKeyCreated",
            "RegistryKey": r"HKEY\MiniNt",
            "RegistryValueName": "",
        },
    ) == [0]


def test_the_value_that_sysmon_calls_default_has_no_name_here() -> None:
    rule = one(
        "registry_set",
        "  s: {TargetObject|endswith: '\\Names\\x$\\(Default)'}\n  t: {Details: y}",
        " or t",
    )
    row = {
        "ActionType": "RegistryValueSet",
        "RegistryKey": r"HKEY_LOCAL_MACHINE\SAM\Names\X$",
        "RegistryValueName": "",
        "RegistryValueData": "",
    }
    named = row | {"RegistryKey": r"HKEY_LOCAL_MACHINE\SAM\Names", "RegistryValueName": "X$"}
    told = row | {"RegistryValueName": "(Default)"}
    assert matched(rule, row, named, told) == [0, 2]
    anywhere = one("registry_set", "  s: {TargetObject|endswith: '\\(Default)'}")
    assert matched(anywhere, row, named, told) == [0, 2]


def test_outbound_connections_are_told_from_accepted_ones() -> None:
    rule = one("network_connection", "  s: {DestinationPort: [80, 443], Initiated: 'true'}")
    sent = {"RemotePort": 443, "ActionType": "ConnectionSuccess"}
    assert matched(rule, sent, sent | {"ActionType": "InboundConnectionAccepted"}) == [0]


@pytest.mark.parametrize(
    ("category", "action"),
    [("file_delete", "FileDeleted"), ("file_rename", "FileRenamed"), ("file_event", "FileCreated")],
)
def test_a_category_of_files_sees_what_was_done(category: str, action: str) -> None:
    rule = one(category, "  s: {TargetFilename|endswith: '.key'}")
    actions = ["FileCreated", "FileDeleted", "FileRenamed"]
    rows = [{"FolderPath": r"C:\x.KEY", "ActionType": one} for one in actions]
    assert matched(rule, *rows) == [actions.index(action)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (public("process_creation", "  s: {Whereabouts: x}"), "field Whereabouts"),
        (public("database", "  s: {QueryName: x}"), "category 'database'"),
        (
            "title: T\nlogsource: {product: okta, service: okta}\n"
            "detection: {s: {EventID: 4625}, condition: s}\n",
            "service 'okta'",
        ),
    ],
)
def test_what_has_no_table_or_column_is_named(text: str, said: str) -> None:
    rules, problems = read_rules(text, "public.yml")
    assert rules == []
    assert said in problems[0]


def test_rules_in_folders_of_the_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "windows").mkdir()
    (tmp_path / "windows" / "a.yml").write_text(public("file_event", "  s: {TargetFilename: x}"))
    book = RuleLibrary(tmp_path).load()
    assert any(rule.title == "Public" for rule in book.rules)
    (tmp_path / "windows" / "a.yml").write_text(public("file_event", "  s: {Nothing: x}"))
    assert "field Nothing" in RuleLibrary(tmp_path).load().problems[0]


def test_a_folder_full_of_rules_for_other_logs_does_not_flood_the_hunt(tmp_path: Path) -> None:
    for number in range(9):
        text = public("database", "  s: {QueryName: x}").replace("Public", f"Public {number}")
        (tmp_path / f"{number}.yml").write_text(text)
    rows = make_rows([{"DeviceName": "win-07", "FolderPath": "x"}])
    hunt = RuleHunt(rows, "DeviceProcessEvents", RuleLibrary(tmp_path).load())
    said = [notice.message for notice in hunt.notices()]
    assert sum("database" in line for line in said) == 5
    assert "4 more rules skipped: soc-tui rules list shows each." in said
