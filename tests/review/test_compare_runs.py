"""What came out the same, what is gone and what is new, of two hunts through the same rows."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from soc_tui.model.finding import Confidence, Evidence, Finding, Mitre, Severity
from soc_tui.review.compare_runs import compare, differences

ROWS = st.sets(st.sampled_from(["r1", "r2", "r3", "r4"]), max_size=3)


def finding(title: str, *rows: str, technique: str = "") -> Finding:
    return Finding(
        title,
        "",
        Confidence.HIGH,
        Severity.HIGH,
        evidence=tuple(Evidence(row) for row in sorted(rows)),
        mitre=(Mitre("", technique),) if technique else (),
    )


FINDINGS = st.lists(
    st.builds(
        lambda title, rows, technique: finding(title, *rows, technique=technique),
        st.sampled_from("abc"),
        ROWS,
        st.sampled_from(["", "T1059", "T1110"]),
    ),
    max_size=5,
).map(tuple)


def test_the_same_rows_under_another_title_are_the_same() -> None:
    one, other = finding("Encoded PowerShell", "r1", "r2"), finding("Obfuscation", "r1", "r2")
    found = compare((one,), (other,))
    assert found.same == ((one, other),)
    assert differences(one, other) == ()


def test_other_rows_are_another_finding() -> None:
    one, other = finding("Odd", "r1", technique="T1059"), finding("Odd too", "r2")
    found = compare((one,), (other,))
    assert (found.same, found.gone, found.new) == ((), (one,), (other,))


def test_the_most_alike_are_paired() -> None:
    whole, half = finding("a", "r1", "r2"), finding("b", "r1")
    again = finding("c", "r1", "r2")
    assert compare((half, whole), (again,)).same == ((whole, again),)


def test_differences_are_named() -> None:
    one = finding("a", "r1", technique="T1059")
    other = replace(finding("a", "r1", "r2"), severity=Severity.LOW, grounded=True)
    assert differences(one, other) == (
        "severity high → low",
        "UNVERIFIED (rows, words and technique not known) → verified",
        "ATT&CK T1059 → none",
        "rows 1 → 2",
    )


@given(FINDINGS)
def test_a_hunt_is_the_same_as_itself_where_findings_cite_rows(
    findings: tuple[Finding, ...],
) -> None:
    cited = tuple(one for one in findings if one.evidence)
    found = compare(cited, cited)
    assert (len(found.same), found.gone, found.new) == (len(cited), (), ())


@given(FINDINGS, FINDINGS)
def test_every_finding_is_in_one_place(
    earlier: tuple[Finding, ...], later: tuple[Finding, ...]
) -> None:
    found = compare(earlier, later)
    assert len(found.same) + len(found.gone) == len(earlier)
    assert len(found.same) + len(found.new) == len(later)
