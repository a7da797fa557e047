"""ATT&CK ids are what the list says they are, not what a model or a rule calls them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.grounding import attack_ids
from soc_tui.model.finding import Mitre

VERSION = f"MITRE ATT&CK {attack_ids.version()}"


def test_the_list_is_there_whole_and_without_the_network() -> None:
    assert re.fullmatch(r"\d+\.\d+", attack_ids.version())
    assert attack_ids.count() > 600


def test_name_tactic_and_version_come_from_the_list() -> None:
    found, doubts = attack_ids.checked(Mitre("execution", "T1059", "T1059.001"))
    assert doubts == ()
    assert (found.tactic, found.name) == ("Execution", "PowerShell")
    assert found.version == attack_ids.version()
    assert found.label == f"{VERSION}: T1059.001 PowerShell (Execution)."


@pytest.mark.parametrize(
    ("technique", "tactic", "shown"),
    [
        ("T1550.002", "lateral-movement", "Lateral Movement"),
        ("T1078", "Persistence", "Persistence"),
        ("T1027", "Defense Evasion", "Stealth"),  # the tactic's old name
        ("T1110", "Impact", "Credential Access"),  # a wrong one
        ("T1110", "", "Credential Access"),
    ],
)
def test_a_tactic_is_one_of_its_technique(technique: str, tactic: str, shown: str) -> None:
    assert attack_ids.reference(technique, [tactic]).tactic == shown
    assert shown in attack_ids.tactics_of(technique)


@pytest.mark.parametrize(
    ("technique", "sub", "doubt"),
    [
        ("T9999", "", f"T9999 is not in {VERSION}"),
        ("T1059", "T1059.999", f"T1059.999 is not in {VERSION}"),
        ("T1064", "", "T1064 (Scripting) is deprecated"),
        ("T1059", "T1027.001", "is not a sub-technique of"),
        ("T1059", "T1059.1", "is not a sub-technique id"),
        ("1059", "", "is not a MITRE ATT&CK technique id"),
        ("T１０５９", "", "is not a MITRE ATT&CK technique id"),
        ("", "", "is not a MITRE ATT&CK technique id"),
    ],
)
def test_ids_that_are_not_in_force_are_doubted(technique: str, sub: str, doubt: str) -> None:
    cited = Mitre("Execution", technique, sub)
    found, doubts = attack_ids.checked(cited)
    assert found == cited, "nothing is filled in for it"
    assert len(doubts) == 1
    assert doubt in doubts[0]
    assert "not confirmed" in found.label


def test_a_revoked_id_gives_way_to_its_successor_and_says_so() -> None:
    found, doubts = attack_ids.checked(
        Mitre("Execution", "T1086", "", "PowerShell", "It ran encoded.")
    )
    assert doubts == ()
    assert (found.technique, found.sub_technique) == ("T1059", "T1059.001")
    assert found.description == f"Cited as T1086 PowerShell, which {VERSION} replaced. " + (
        "It ran encoded."
    )


@pytest.mark.parametrize(
    ("technique", "name", "agrees"),
    [
        ("T1059.001", "Command and Scripting Interpreter: PowerShell", True),
        ("T1059.001", "Command and Scripting Interpreter", True),
        ("T1505.003", "Web Shells", True),
        ("T1036.005", "Match Legitimate Name or Location", True),  # its name before ATT&CK 17
        ("T1021.004", "Secure Shell", True),  # "SSH" has no word to compare with
        ("T1110", "", True),
        ("T1110", "Phishing", False),
        ("T1059.001", "Kerberoasting", False),
    ],
)
def test_a_name_that_belongs_to_something_else_is_doubted(
    technique: str, name: str, agrees: bool
) -> None:
    sub = technique if "." in technique else ""
    found, doubts = attack_ids.checked(Mitre("", technique[:5], sub, name))
    assert (found.version == attack_ids.version()) is agrees
    assert (doubts == ()) is agrees
    assert agrees or f"not «{name}»" in doubts[0]


def test_references_of_sigma_tags() -> None:
    (found,) = attack_ids.references(["attack.lateral-movement", "attack.t1550.002", "cve.2024-1"])
    assert (found.tactic, found.technique, found.id) == ("Lateral Movement", "T1550", "T1550.002")
    assert attack_ids.reference("T9999").name == ""
    assert attack_ids.ids_in('["LSASS Memory (T1003.001)", "t1059"]') == ("T1003.001", "T1059")


@settings(deadline=None)
@given(st.builds(Mitre, *(st.text(max_size=12) | st.just("T1059"),) * 5))
def test_a_reference_is_confirmed_or_doubted(mitre: Mitre) -> None:
    found, doubts = attack_ids.checked(mitre)
    assert bool(doubts) or (found.name and found.tactic and found.version)
    assert attack_ids.checked(found) == (found, doubts)


@pytest.mark.parametrize(
    ("technique", "tactic"),
    [
        ("T1059.001", "Execution"),
        ("T1059.001", "execution"),
        ("T1059.001", "TA0002"),
        ("T1059.001", "Execution (TA0002)"),
        ("T1053.005", "Execution, Persistence"),
        ("T1071.001", "Command & Control"),
        ("T1027", "Defense Evasion"),
        ("T1027", "Stealth"),
        ("T1562.001", "Defense Evasion"),  # replaced by one of Defense Impairment
        ("T1078", "Defense Evasion"),
        ("T1110", ""),
    ],
)
def test_a_technique_may_be_cited_under_any_tactic_that_is_or_was_its_own(
    technique: str, tactic: str
) -> None:
    parent, _, sub = technique.partition(".")
    found, doubts = attack_ids.checked(Mitre(tactic, parent, technique if sub else ""))
    assert doubts == ()
    assert found.tactic in attack_ids.tactics_of(found.id)
    assert attack_ids.checked(found) == (found, ())


@pytest.mark.parametrize(
    ("technique", "tactic"),
    [
        ("T1486", "Execution"),
        ("T1059.001", "Impact"),
        ("T1059.001", "Execution, Impact"),
        ("T1059.001", "TA0040"),
        ("T1059.001", "Powershell"),
        ("T1110", "Lateral Movement"),
        ("T1003.001", "Credential Dumping"),
        ("T1027", "Execution"),
    ],
)
def test_a_technique_under_a_tactic_that_is_not_its_own_is_doubted_again_and_again(
    technique: str, tactic: str
) -> None:
    parent, _, sub = technique.partition(".")
    cited = Mitre(tactic, parent, technique if sub else "")
    found, doubts = attack_ids.checked(cited)
    assert len(doubts) == 1
    assert doubts[0].startswith(technique)
    assert attack_ids.checked(found) == (found, doubts)


@pytest.mark.parametrize(
    ("technique", "name"),
    [("T1053.005", "Scheduled Transfer"), ("T1078.004", "Domain Accounts"), ("T1021.001", "SSH")],
)
def test_the_whole_name_of_another_technique_is_doubted_though_words_agree(
    technique: str, name: str
) -> None:
    _, doubts = attack_ids.checked(Mitre("", technique[:5], technique, name))
    assert len(doubts) == 1
