"""What the list of findings looks like when rules hit much: ranked, grouped, folded."""

from __future__ import annotations

import datetime as dt

import pytest

from soc_tui.analysts.offline import run_rules
from soc_tui.model.finding import Confidence, Finding, Severity
from tests.analysts.offline.sigma.rows_by_hand import START, book_of, make_rows, rule_text

PROCESS = "DeviceProcessEvents"


def rule(title: str, detection: str, *, level: str = "high", tactic: str = "execution") -> str:
    text = rule_text(f"  s: {{{detection}}}\n  condition: s", title=title)
    number = f"{sum(title.encode()):04x}"
    text = text.replace("level: high", f"level: {level}").replace("0d11", number)
    technique = {"execution": "t1059.001", "impact": "t1490", "discovery": "t1082"}[tactic]
    return text.replace("execution, attack.t1059.001", f"{tactic}, attack.{technique}")


def row(
    name: str, host: str, hours: float = 0, line: str = "x", **more: object
) -> dict[str, object]:
    return {
        "TimeGenerated": START + dt.timedelta(hours=hours), "DeviceName": host, "FileName": name,
        "ProcessCommandLine": line, "InitiatingProcessFileName": "y.exe", **more,
    }  # fmt: skip


def found(rows: list[dict[str, object]], *rules: str) -> list[Finding]:
    book = book_of("---\n".join(rules))
    return [one for one in run_rules(make_rows(rows), PROCESS, book) if isinstance(one, Finding)]


BAD = rule("Bad", "FileName: bad.exe, ProcessCommandLine|contains: x")


def test_nine_hundred_rows_of_one_host_are_one_finding() -> None:
    (one,) = found([row("bad.exe", "pc-1", line=f"x {n}") for n in range(900)], BAD)
    assert one.title == "Bad: pc-1" and "900 rows match" in one.description


def test_what_runs_everywhere_for_days_is_one_unsure_finding_and_the_odd_one_stands_alone() -> None:
    rows = [row("bad.exe", f"pc-{n}", n * 4, f"x /job:{n} C:\\Users\\u{n}\\a") for n in range(40)]
    odd, usual = found([*rows, row("bad.exe", "pc-3", 9, "x --steal")], BAD)
    assert odd.title == "Bad: pc-3" and odd.confidence is Confidence.MEDIUM
    assert [one.row_id for one in odd.evidence] == ["r41"]
    assert (usual.title, usual.severity) == ("Bad: 40 hosts", Severity.LOW)
    assert usual.confidence is Confidence.LOW


def test_the_same_on_many_hosts_within_an_hour_is_no_ordinary_software() -> None:
    (one,) = found([row("bad.exe", f"pc-{n}", n / 50, "x") for n in range(40)], BAD)
    assert one.title == "Bad: 40 hosts" and one.confidence is Confidence.MEDIUM


def test_many_hosts_with_something_of_their_own_are_one_finding() -> None:
    rows = [row("bad.exe", f"pc-{n}", 0, f"x {'q' * (n + 1)}") for n in range(13)]
    (one,) = found(rows, BAD)
    assert one.title == "Bad: 13 hosts"


def test_low_findings_are_one_line_that_can_be_opened() -> None:
    low = [rule(name, f"FileName: {name}.exe", level="low") for name in ("aa", "bbb")]
    rows = [
        row(name, f"pc-{n}", line=f"{n}{'q' * n}") for name in ("aa.exe", "bbb.exe") for n in (1, 2)
    ]
    bad, folded = found([*rows, row("bad.exe", "pc-9")], BAD, *low)
    assert bad.severity is Severity.HIGH
    assert folded.title == "4 low findings by 2 rules" and folded.severity is Severity.LOW
    assert [one.title for one in folded.parts] == ["aa: pc-1", "aa: pc-2", "bbb: pc-1", "bbb: pc-2"]
    assert folded.grounded and {one.row_id for one in folded.evidence} == {"r1", "r2", "r3", "r4"}


def test_one_low_finding_stays_as_it_is() -> None:
    low = rule("aa", "FileName: aa.exe", level="low")
    assert [one.title for one in found([row("aa.exe", "pc-1")], low)] == ["aa: pc-1"]


def test_low_findings_about_somebody_whom_a_grave_rule_names_are_one_line_of_their_own() -> None:
    low = [rule(name, f"FileName: {name}.exe", level="low") for name in ("aa", "bbb")]
    rows = [row("bad.exe", "pc-1"), row("aa.exe", "pc-1", 2), row("bbb.exe", "pc-1", 3),
            row("aa.exe", "pc-2"), row("bbb.exe", "pc-1", 40)]  # fmt: skip
    _, near, rest = found(rows, BAD, *low)
    assert near.title == "2 low findings by 2 rules around something grave: pc-1"
    assert [one.row_id for one in near.evidence] == ["r2", "r3"]
    assert rest.title == "2 low findings by 2 rules"


def test_a_low_finding_about_somebody_whom_a_grave_rule_names_is_told_apart() -> None:
    low = rule("aa", "FileName: aa.exe", level="low")
    rows = [row("bad.exe", "pc-1", 9), *(row("aa.exe", f"pc-{n}", n * 8) for n in range(9))]
    titles = [one.title for one in found(rows, BAD, low)]
    assert titles == ["Bad: pc-1", "aa: pc-1", "aa: 8 hosts"]


STEPS = [
    rule("one", "FileName: one.exe"),
    rule("two", "FileName: two.exe", tactic="impact"),
    rule("three", "FileName: three.exe", tactic="discovery"),
]
ONE, TWO, THREE = (row(f"{name}.exe", "pc-1", n) for n, name in enumerate(("one", "two", "three")))


def later(step: dict[str, object], hours: float) -> dict[str, object]:
    return step | {"TimeGenerated": START + dt.timedelta(hours=hours)}


@pytest.mark.parametrize(
    ("rows", "rules", "told"),
    [
        ([ONE, TWO, THREE], STEPS, True),
        ([ONE, later(TWO, 40), later(THREE, 90)], STEPS, False),
        ([ONE, TWO, THREE], [text.replace("level: high", "level: low") for text in STEPS], False),
        ([ONE, TWO, THREE],
         [STEPS[0], *(text.replace("level: high", "level: low") for text in STEPS[1:])], False),
        ([ONE, TWO, THREE], [STEPS[0], *(text.replace("status: test", "status: experimental")
                                         for text in STEPS[1:])], False),
        ([ONE, later(ONE, 3), later(ONE, 5)], STEPS, False),
        ([ONE, TWO, THREE, *(row(f"{name}.exe", f"pc-{n}", n * 9) for n in range(2, 9)
                             for name in ("one", "two", "three"))], STEPS, False),
    ],
    ids=["chain", "far apart", "low", "one grave", "unsure rules", "one rule", "everywhere"],
)  # fmt: skip
def test_a_likely_intrusion_is_told_where_independent_evidence_chains(
    rows: list[dict[str, object]], rules: list[str], told: bool
) -> None:
    titles = [one.title for one in found(rows, *rules)]
    assert any(title.startswith("Likely intrusion on pc-1") for title in titles) is told
