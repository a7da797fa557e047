"""The same thing in two chunks is one finding with all its evidence, whatever the order."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.grounding.merge_findings import Merger, Part, _Cluster, merge, part_of
from soc_tui.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    Severity,
)
from tests.analysts.openai.cases import rows_of

POWERSHELL = Mitre("Execution", "T1059", "T1059.001")


def found(row: str, **changed: object) -> Finding:
    finding = Finding(
        f"Encoded PowerShell at {row}",
        f"Seen in {row}.",
        Confidence.MEDIUM,
        Severity.MEDIUM,
        mitre=(POWERSHELL,),
        evidence=(Evidence(row, (Quotation("FileName", "powershell.exe"),)),),
        grounded=True,
    )
    return replace(finding, **changed)  # type: ignore[arg-type]


def part(finding: Finding, chunk: int, host: str = "ws-01", account: str = "ann") -> Part:
    return Part(finding, chunk, frozenset({host} - {""}), frozenset({account} - {""}))


IOCS = st.sampled_from([Ioc("ip", "10.0.0.1"), Ioc("IP", "10.0.0.2 "), Ioc("file", "cmd.exe")])
FINDINGS = st.builds(
    Finding,
    title=st.sampled_from(["One", "two", "TWO"]),
    description=st.sampled_from(["", "a", "b"]),
    confidence=st.sampled_from(Confidence),
    severity=st.sampled_from(Severity),
    mitre=st.lists(
        st.builds(Mitre, st.just("Execution"), st.sampled_from(["T1059", "T1003", "T1021"])),
        max_size=2,
    ).map(tuple),
    iocs=st.lists(IOCS, max_size=2).map(tuple),
    evidence=st.lists(
        st.builds(
            Evidence,
            st.sampled_from(["r1", "r2", "r10", "nonsense"]),
            st.lists(st.sampled_from([Quotation("A", "x"), Quotation("B", "y")])).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    grounded=st.booleans(),
)
NAMES = st.frozensets(st.sampled_from("ab"), max_size=2)
PARTS = st.lists(st.builds(Part, FINDINGS, st.integers(1, 3), NAMES, NAMES), max_size=8)


@settings(deadline=None)
@given(PARTS, st.randoms())
def test_the_order_of_parts_does_not_matter(parts: list[Part], shuffle: random.Random) -> None:
    other = list(parts)
    shuffle.shuffle(other)
    assert sorted(map(repr, merge(parts))) == sorted(map(repr, merge(other)))


@settings(deadline=None)
@given(PARTS)
def test_no_two_findings_that_are_the_same_stay_apart(parts: list[Part]) -> None:
    merger = Merger()
    for one in parts:
        merger.add(one)
    clusters = list(merger._clusters.values())
    for number, cluster in enumerate(clusters):
        assert not any(cluster.is_same(other) for other in clusters[:number])


def test_what_has_nothing_in_common_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    is_same = _Cluster.is_same

    def counted(one: _Cluster, other: _Cluster) -> bool:
        nonlocal compared
        compared += 1
        return is_same(one, other)

    monkeypatch.setattr(_Cluster, "is_same", counted)
    merger = Merger()
    for number in range(1000):  # each host is seen in two chunks
        found_at = found(f"r{number}", iocs=(Ioc("ip", f"10.0.{number // 250}.{number % 250}"),))
        merger.add(part(found_at, number % 7, f"ws-{number % 500}", "" if number % 2 else "ann"))
    assert len(merger.findings) == 500
    assert compared < 3000


@settings(deadline=None)
@given(PARTS)
def test_what_is_there_already_changes_nothing(parts: list[Part]) -> None:
    assert merge(parts + parts) == merge(parts)


@settings(deadline=None)
@given(PARTS)
def test_nothing_of_a_finding_is_lost(parts: list[Part]) -> None:
    merged = merge(parts)
    for one in {part.finding for part in parts}:
        assert any(
            one.grounded == whole.grounded
            and {e.row_id for e in one.evidence} <= {e.row_id for e in whole.evidence}
            and {q for e in one.evidence for q in e.quotations}
            <= {q for e in whole.evidence for q in e.quotations}
            and {m.id for m in one.mitre} <= {m.id for m in whole.mitre}
            and {i.value.strip() for i in one.iocs} <= {i.value.strip() for i in whole.iocs}
            and list(Severity).index(one.severity) <= list(Severity).index(whole.severity)
            and list(Confidence).index(one.confidence) <= list(Confidence).index(whole.confidence)
            and one.description in whole.description
            for whole in merged
        )


@settings(deadline=None)
@given(PARTS)
def test_findings_of_one_chunk_stay_apart(parts: list[Part]) -> None:
    alone = {replace(part, chunk=1) for part in parts}
    assert len(merge(alone)) == len(alone)


def test_the_strongest_leads_and_all_evidence_stands_in_order_of_rows() -> None:
    weak = found("r20", confidence=Confidence.HIGH)
    strong = found("r3", severity=Severity.CRITICAL, confidence=Confidence.LOW)
    (one,) = merge([part(weak, 1), part(strong, 2)])
    assert one.title == strong.title
    assert (one.severity, one.confidence) == (Severity.CRITICAL, Confidence.HIGH)
    assert [evidence.row_id for evidence in one.evidence] == ["r3", "r20"]
    assert one.description == f"Seen in r3.\n\n{weak.title}: Seen in r20."


@pytest.mark.parametrize(
    ("other", "joined"),
    [
        (part(found("r2"), 2), True),
        (part(found("r2"), 2, host="ws-02"), False),
        (part(found("r2"), 2, account="bob"), False),
        (part(found("r2"), 2, account=""), False),
        (part(found("r2", mitre=()), 2), False),
        (part(found("r2", grounded=False), 2), False),
        (part(found("r2"), 1), False),
        (part(found("r2", iocs=(Ioc("ip", "192.0.2.1"),)), 2, host="ws-02"), True),
        (part(found("r2", iocs=(Ioc("file", "cmd.exe"),)), 2, host="ws-02"), False),
    ],
)
def test_what_is_the_same(other: Part, joined: bool) -> None:
    iocs = (Ioc("ip", "192.0.2.1"), Ioc("file", "cmd.exe"))
    assert len(merge([part(found("r1", iocs=iocs), 1), other])) == (1 if joined else 2)


def test_words_of_many_chunks_are_counted_and_their_evidence_is_kept() -> None:
    parts = [
        part(found(f"r{i}", recommendations=(f"Do {i}.",), notes=f"Note {i}."), i)
        for i in range(1, 31)
    ]
    (one,) = merge(parts)
    assert len(one.evidence) == 30
    assert one.description.endswith("Reported 25 more times, in other chunks.")
    assert (len(one.recommendations), len(one.notes.splitlines())) == (12, 5)


def test_findings_that_name_neither_host_nor_account_need_an_indicator() -> None:
    both = [part(found("r1"), 1, "", ""), part(found("r2"), 2, "", "")]
    assert len(merge(both)) == 2
    address = (Ioc("ip", "192.0.2.1"),)
    assert len(merge([replace(p, finding=replace(p.finding, iocs=address)) for p in both])) == 1


def test_a_part_that_joins_two_findings_takes_the_place_of_the_first() -> None:
    merger = Merger()
    address, hash_ = Ioc("ip", "192.0.2.1"), Ioc("sha256", "0a" * 32)
    assert merger.add(part(found("r1", mitre=(Mitre("Impact", "T1486"),)), 1, "x")) is None
    assert merger.add(part(found("r2", iocs=(address,)), 1, "ws-02")) is None
    assert merger.add(part(found("r3", iocs=(hash_,)), 2, "ws-03")) is None
    merged = merger.add(part(found("r4", iocs=(address, hash_)), 3, "ws-04"))
    assert merged is not None
    assert (merged.position, merged.absorbed) == (1, (2,))
    assert [evidence.row_id for evidence in merged.finding.evidence] == ["r2", "r3", "r4"]
    assert len(merger.findings) == 2


def test_hosts_and_accounts_come_from_the_cited_rows() -> None:
    rows = rows_of(["a", "b"])
    whose = part_of(found("r2", evidence=(Evidence("r2"), Evidence("r9"))), 4, rows)
    assert whose == Part(whose.finding, 4, frozenset({"ws-01"}))
