import json
import re
from dataclasses import replace

import pytest
from hypothesis import given

from soc_tui.history.reports.formats import FORMATS
from soc_tui.history.reports.markdown_and_json import to_json, to_markdown
from soc_tui.history.reports.write_report import report_text
from soc_tui.model.finding import Evidence, Ioc, Quotation, Remark
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.inert import inert
from tests.history.hunts import HUNT, example_finding, example_hunt

HOSTILE = "\x1b[31m <script>alert(1)</script> [x](http://evil.example) ![i](//e) `c` *b* \u202e"


def hostile_hunt() -> Hunt:
    finding = replace(
        example_finding(HOSTILE),
        description=f"# Title\n{HOSTILE}\n1. item\n- item\n---",
        iocs=(Ioc("url", HOSTILE),),
        evidence=(Evidence("r1", (Quotation("Cell", "``" + HOSTILE + "\n# x"),)),),
        recommendations=(HOSTILE,),
    )
    return replace(
        example_hunt(1, finding, request=HOSTILE), kql="print '```'\n# x\x1b", notes=(HOSTILE,)
    )


def test_json_holds_the_hunt_as_it_is_in_plain_ascii() -> None:
    hunt = hostile_hunt()
    text = to_json(hunt)
    assert text.isascii()
    assert "\x1b" not in text
    data = json.loads(text)
    assert data["request"] == HOSTILE
    assert data["findings"][0]["mitre"][0]["id"] == "T1059.001"
    assert data["usage"]["price"] == "0.0123"


def test_markdown_reads_as_a_report() -> None:
    text = to_markdown(example_hunt(1, example_finding()))
    assert text.startswith("# Hunt: odd powershell\n")
    assert "- Used: 100 tokens in, 20 out, \\$0.0123 (gpt)" in text
    assert "```kql\nDeviceProcessEvents | take 10\n```" in text
    assert "### 1. Encoded PowerShell" in text
    assert "- Indicator (ip): `203.0.113.7`" in text
    assert "  - ProcessCommandLine: `powershell -enc AAAA`" in text


def test_markdown_of_several_findings_begins_with_a_table() -> None:
    piped = replace(example_finding("One | two", 2), mitre=())
    text = to_markdown(example_hunt(1, example_finding(), piped))
    table = text.partition("## Findings (2)\n\n")[2].partition("\n\n")[0].splitlines()
    assert table[0] == "| No. | Severity | Check | State | ATT&CK | Title |"
    assert table[2].endswith("| new | T1059.001 | Encoded PowerShell |")
    assert table[3].endswith("| new |  | One \\| two |")


def test_markdown_has_what_was_asked_about_a_finding() -> None:
    finding = example_finding()
    remark = Remark(finding.id, "Why?", "It is *odd*.", "print 1\n| take 1", ("One [note].",))
    other = Remark("f9", "And?", "Nothing.")
    text = to_markdown(replace(example_hunt(1, finding), remarks=(remark, other)))
    assert "Asked: Why?\n\nIt is \\*odd\\*.\n\n- Note: One \\[note\\]." in text
    assert "```kql\nprint 1\n| take 1\n```" in text
    assert "And?" not in text


def test_markdown_says_when_nothing_was_found() -> None:
    hunt = replace(example_hunt(1), status=Status.NO_ROWS, row_count=0)
    assert "None (no rows)." in to_markdown(hunt)


def test_github_links_no_address_and_names_nobody() -> None:
    text = to_markdown(example_hunt(1, example_finding("anna@evil.example, `@@root`")))
    assert "### 1. anna`@`evil.example, \\``@@`root\\`" in text


def test_hostile_text_is_no_markup() -> None:
    text = to_markdown(hostile_hunt())
    prose = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.S)
    assert "<script>" not in prose
    assert "[x](" not in prose
    assert "http://" not in prose
    assert "*b*" not in prose
    assert "````kql\nprint '```'\n# x\\x1b\n````" in text
    headings = [line for line in text.split("\n") if line.startswith("#")]
    assert [line[:8] for line in headings] == [
        "# Hunt: ",
        "## Query",
        "# x\\x1b",
        "## Findi",
        "### 1. \\",
    ]
    assert "\n1\\. item" in text
    assert "\n\\- item" in text
    assert "\n\\---" in text


@given(HUNT)
def test_exports_never_hold_a_character_that_acts(hunt: Hunt) -> None:
    assert to_json(hunt).isascii()
    json.loads(to_json(hunt))
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", to_markdown(hunt)
    )


@pytest.mark.parametrize("form", [one.name for one in FORMATS])
def test_no_format_holds_what_acts(form: str) -> None:
    text = report_text(hostile_hunt(), form)
    assert text.replace("\n", " ").replace("\t", " ") == inert(
        text.replace("\n", " ").replace("\t", " ")
    )
