"""Filter, order and hosts of findings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    Severity,
    TriageState,
)
from soc_tui.review.finding_list import Sort, Texts, arranged, hosts_of, parse_filter


def finding(number: int, title: str, **more: object) -> Finding:
    base = Finding(title, "", Confidence.LOW, Severity.LOW, id=f"f{number}")
    return replace(base, **more)  # type: ignore[arg-type]


FINDINGS = (
    finding(1, "Odd sign-in", mitre=(Mitre("Initial Access", "T1078"),)),
    finding(
        2,
        "Encoded PowerShell on win-09",
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        mitre=(Mitre("Execution", "T1059", "T1059.001", "PowerShell"),),
        evidence=(Evidence("r1", (Quotation("DeviceName", "win-07"),)),),
        grounded=True,
    ),
    finding(
        3,
        "Files encrypted",
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
        state=TriageState.TRUE_POSITIVE,
        mitre=(Mitre("Impact", "T1486"),),
        iocs=(Ioc("hostname", "fs-01"),),
    ),
    finding(4, "No technique", state=TriageState.CLOSED, notes="called the OWNER"),
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", "1 2 3 4"),
        ("severity:high", "2"),
        ("severity:high severity:crit", "2 3"),
        ("confidence:med", "3"),
        ("state:true-positive", "3"),
        ("state:new", "1 2"),
        ("verified:no", "1 3 4"),
        ("verified:yes", "2"),
        ("tactic:initial-access", "1"),
        ('tactic:"Initial Access"', "1"),
        ("technique:t1059", "2"),
        ("host:WIN", "2"),
        ("host:fs-01", "3"),
        ("owner", "4"),
        ("powershell execution", "2"),
        ("powershell nothing", ""),
        ("severity:", "1 2 3 4"),
        ("state:new severity:high host:win-07 encoded", "2"),
    ],
)
def test_a_typed_filter_keeps_what_fits(text: str, ids: str) -> None:
    assert " ".join(one.id[1:] for one in arranged(FINDINGS, text, Sort.FOUND)) == ids


@pytest.mark.parametrize(
    ("by", "ids"),
    [
        (Sort.FOUND, "1 2 3 4"),
        (Sort.SEVERITY, "3 2 1 4"),
        (Sort.CONFIDENCE, "2 3 1 4"),
        (Sort.TACTIC, "1 2 3 4"),
        (Sort.HOST, "3 2 1 4"),
        (Sort.STATE, "1 2 3 4"),
    ],
)
def test_orders(by: Sort, ids: str) -> None:
    assert " ".join(one.id[1:] for one in arranged(FINDINGS, "", by)) == ids


def test_tactics_are_in_the_order_of_an_intrusion_and_unlisted_ones_come_after() -> None:
    odd = finding(5, "x", mitre=(Mitre("Made up", "T1"),))
    shuffled = (FINDINGS[3], odd, FINDINGS[2], FINDINGS[1], FINDINGS[0])
    found = arranged(shuffled, "", Sort.TACTIC)
    assert [one.id for one in found] == ["f1", "f2", "f3", "f5", "f4"]


def test_hosts_come_from_cells_before_indicators_before_the_title() -> None:
    assert hosts_of(FINDINGS[1]) == ("win-07",)
    assert hosts_of(FINDINGS[2]) == ("fs-01",)
    assert hosts_of(finding(1, "Beacon on srv-2.corp.example to 203.0.113.7")) == (
        "srv-2.corp.example",
    )
    assert hosts_of(FINDINGS[3]) == ()
    assert hosts_of(finding(1, "Event log cleared: srv-file-01")) == ("srv-file-01",)
    assert hosts_of(finding(1, "Seen on Monday: T1059.001 from user7")) == ()
    twice = (Quotation("DeviceName", "A1"), Quotation("DeviceName", "b2"))
    again = Evidence("r2", (Quotation("DeviceName", "a1"),))
    assert hosts_of(finding(1, "x", evidence=(Evidence("r1", twice), again))) == ("A1", "b2")


def test_what_is_not_understood_is_said() -> None:
    assert parse_filter("severity:bad").problems == (
        "Unknown severity bad; known: informational, low, medium, high, critical.",
    )
    assert parse_filter("verified:maybe").problems


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(Sort))
def test_any_text_is_a_filter_and_loses_nothing_but_what_does_not_fit(text: str, by: Sort) -> None:
    found = arranged(FINDINGS, text, by)
    assert set(found) == set(arranged(FINDINGS, text, Sort.FOUND)) <= set(FINDINGS)


def test_what_words_are_looked_for_in_is_made_once_for_each_state_of_a_finding() -> None:
    texts = Texts()
    texts.keep(FINDINGS)
    assert texts.of(FINDINGS[0]) is texts.of(FINDINGS[0])
    changed = replace(FINDINGS[0], notes="Called HER")
    assert arranged((changed, *FINDINGS[1:]), "her", Sort.FOUND, texts) == (changed,)
    texts.keep(FINDINGS[1:])
    assert arranged(FINDINGS, "owner", Sort.FOUND, texts) == (FINDINGS[3],)
