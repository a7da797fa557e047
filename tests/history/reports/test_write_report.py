import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import stix2
import stix2validator
from hypothesis import given, settings
from stix2validator import ValidationOptions

from soc_tui.history.reports.content import selection
from soc_tui.history.reports.formats import FORMATS
from soc_tui.history.reports.html import to_html
from soc_tui.history.reports.navigator import to_navigator
from soc_tui.history.reports.stix import to_stix
from soc_tui.history.reports.write_report import write_report
from soc_tui.model.coverage import Unseen
from soc_tui.model.errors import ConfigError
from soc_tui.model.finding import Evidence, Ioc, Mitre, Quotation, Remark, Severity, TriageState
from soc_tui.model.hunt import Hunt
from tests.history.hunts import HUNT, example_finding, example_hunt

pytestmark = pytest.mark.usefixtures("home")  # what is written is logged

HOSTILE = "\x1b[31m</pre></title><script>alert(1)</script> <img src=//e onerror=x> \" ' \u202e"


def full_hunt() -> Hunt:
    finding = replace(
        example_finding(),
        iocs=(
            Ioc("ip", "203.0.113.7"),
            Ioc("sha256", "ab" * 32),
            Ioc("domain", "evil.example"),
            Ioc("file", "C:\\Temp\\it's.exe"),
            Ioc("mood", "bad"),
        ),
        evidence=(
            Evidence(
                "r1",
                (
                    Quotation("TimeGenerated", "2026-11-24T08:00:00Z"),
                    Quotation("ProcessCommandLine", "powershell -enc AAAA"),
                ),
            ),
            Evidence("r9", (Quotation("TimeGenerated", "2026-11-24T09:30:00Z"),)),
        ),
    )
    doubtful = replace(example_finding("Odd", 2), grounded=False, doubts=("r7 does not exist.",))
    hunt = example_hunt(1, finding, doubtful)
    remark = Remark("f1", "Why?", "It decodes to a download.")
    return replace(hunt, unseen=Unseen(10, 8, rows_cut=2), remarks=(remark,))


def hostile_hunt() -> Hunt:
    finding = replace(
        example_finding(HOSTILE),
        description=HOSTILE,
        notes=HOSTILE,
        tags=(HOSTILE,),
        doubts=(HOSTILE,),
        mitre=(Mitre(HOSTILE, HOSTILE, "", HOSTILE, HOSTILE),),
        iocs=(
            Ioc(HOSTILE, HOSTILE),
            Ioc("url", HOSTILE),
            Ioc("file", HOSTILE),
            Ioc("ip", "1.2.3.4' OR '1'='1"),
        ),
        evidence=(Evidence(HOSTILE, (Quotation(HOSTILE, HOSTILE),)),),
        recommendations=(HOSTILE,),
    )
    remark = Remark("f1", HOSTILE, HOSTILE, HOSTILE, (HOSTILE,))
    hunt = example_hunt(1, finding, request=HOSTILE)
    return replace(
        hunt, kql=HOSTILE, notes=(HOSTILE,), workspace=HOSTILE, analyst=HOSTILE, remarks=(remark,)
    )


class Tags(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_page_says_all_of_the_hunt() -> None:
    words = "".join(Tags(to_html(full_hunt())).words)
    for text in (
        "DeviceProcessEvents | take 10",
        "$0.0123 (gpt)",
        "2 of 10 rows left out",
        "VERIFIED",
        "UNVERIFIED",
        "r7 does not exist.",
        "T1059.001 PowerShell",
        "203.0.113.7",
        "powershell -enc AAAA",
        "It decodes to a download.",
    ):
        assert text in words, text


def test_several_findings_have_an_overview_before_them() -> None:
    head, *articles = to_html(full_hunt()).split("<article>")
    assert head.count("<td>VERIFIED</td>") + head.count("<td>UNVERIFIED</td>") == len(articles)
    assert "<thead>" not in to_html(example_hunt(1, example_finding()))


@settings(max_examples=25, deadline=None)
@given(HUNT)
def test_no_text_becomes_part_of_a_page(hunt: Hunt) -> None:
    empty = {tag for tag, _ in Tags(to_html(full_hunt())).found}
    empty |= {"ul", "li", "pre", "h5", "thead"}
    page = to_html(hunt)
    assert page.isascii()
    assert {tag for tag, _ in Tags(page).found} <= empty


def test_hostile_text_is_text_and_nothing_can_load() -> None:
    page = to_html(hostile_hunt())
    tags = Tags(page)
    assert not {"script", "img", "a", "link", "iframe"} & {tag for tag, _ in tags.found}
    assert "\x1b" not in page
    allowed = {"class", "lang", "charset", "http-equiv", "content", "name", "scope", "colspan"}
    assert {name for _, attributes in tags.found for name in attributes} <= allowed
    (policy,) = (a["content"] for _, a in tags.found if "http-equiv" in a)
    assert policy and policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "<script>alert(1)</script>" in "".join(tags.words)


def parsed(text: str) -> dict[str, list[Any]]:
    """Objects of a bundle by type, as stix2 reads them."""
    by_type: dict[str, list[Any]] = {}
    for item in stix2.parse(text, allow_custom=False).objects:
        by_type.setdefault(item.type, []).append(item)
    return by_type


def test_a_bundle_passes_the_validator_of_oasis() -> None:
    for hunt in (full_hunt(), hostile_hunt()):
        results = stix2validator.validate_string(to_stix(hunt), ValidationOptions(version="2.1"))
        assert results.is_valid, [str(error) for error in results.errors]


def test_a_bundle_is_read_back_by_stix2() -> None:
    found = parsed(to_stix(full_hunt()))
    (report,) = found["report"]
    others = {item.id for name, items in found.items() if name != "report" for item in items}
    assert set(report.object_refs) == others
    assert "2 of 10 rows left out" in report.description
    assert "$0.0123 (gpt)" in report.description
    patterns = {item.pattern: item for item in found["indicator"]}
    assert {
        "[ipv4-addr:value = '203.0.113.7']",
        f"[file:hashes.'SHA-256' = '{'ab' * 32}']",
        "[domain-name:value = 'evil.example']",
        "[file:name = 'it\\'s.exe']",
    } <= set(patterns)
    assert {item.external_references[0].external_id for item in found["attack-pattern"]} == {
        "T1059.001"
    }
    assert [g.name for g in found["grouping"]] == ["Encoded PowerShell", "Odd"]
    assert found["grouping"][1].labels[0] == "unverified"
    (first, *_) = found["observed-data"]
    assert first.number_observed == 2
    assert (first.last_observed - first.first_observed).total_seconds() == 5400
    assert len(found["sighting"]) == 4  # of the verified finding only
    notes = "\n".join(note.content for note in found["note"])
    assert "mood" in notes
    assert "DeviceProcessEvents | take 10" in notes


def test_the_same_hunt_gives_the_same_bundle_and_triage_another() -> None:
    hunt = full_hunt()
    assert to_stix(hunt) == to_stix(hunt)
    first = replace(hunt.findings[0], state=TriageState.FALSE_POSITIVE)
    triaged = replace(hunt, findings=(first, hunt.findings[1]))
    before, after = parsed(to_stix(hunt)), parsed(to_stix(triaged))
    assert before["report"][0].id != after["report"][0].id
    assert before["attack-pattern"][0].id == after["attack-pattern"][0].id
    assert after["indicator"][0].indicator_types == ["benign"]


@settings(max_examples=15, deadline=None)
@given(HUNT.filter(lambda hunt: hunt.created.year >= 1970))
def test_any_hunt_makes_a_bundle(hunt: Hunt) -> None:
    text = to_stix(hunt)
    assert text.isascii()
    parsed(text)


def test_hostile_indicators_stay_inside_their_pattern() -> None:
    found = parsed(to_stix(hostile_hunt()))
    # The address is none, nor the URL, and the unknown type has no pattern.
    (indicator,) = found["indicator"]
    assert indicator.pattern.startswith("[file:name = '")
    assert "attack-pattern" not in found


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+05:00", "0999-01-01", "soon"])
def test_a_quoted_time_that_is_none_is_not_taken(time: str) -> None:
    evidence = (Evidence("r1", (Quotation("TimeGenerated", time),)),)
    hunt = example_hunt(1, replace(example_finding(), evidence=evidence))
    (observed,) = parsed(to_stix(hunt))["observed-data"]
    assert observed.first_observed == hunt.created


def test_a_navigator_layer_scores_each_technique_by_its_worst_open_finding() -> None:
    low = replace(example_finding("Low", 2), severity=Severity.LOW)
    harmless = replace(
        example_finding("Harmless", 3),
        mitre=(Mitre("Defense Impairment", "T1685", "T1685.005"),),
        state=TriageState.BENIGN,
    )
    layer = json.loads(to_navigator(example_hunt(1, example_finding(), low, harmless)))
    assert layer["versions"]["layer"] == "4.5"
    assert layer["domain"] == "enterprise-attack"
    cells = {(one["techniqueID"], one["tactic"]): one for one in layer["techniques"]}
    ours = example_finding().mitre[0]
    cell = cells[ours.id, ours.tactic.casefold().replace(" ", "-")]
    assert cell["score"] == list(Severity).index(example_finding().severity) + 1
    assert "Encoded PowerShell" in cell["comment"]
    assert "Low" in cell["comment"]
    dismissed = cells["T1685.005", "defense-impairment"]
    assert (dismissed["score"], dismissed["enabled"]) == (0, False)


@pytest.mark.parametrize("ending", [one.ending for one in FORMATS])
def test_a_report_is_a_private_file_of_the_chosen_findings(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"report{ending}"
    assert write_report(full_hunt(), path, ("f2",)) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert "Odd" in text
    assert "Encoded PowerShell" not in text
    if ending.endswith("json"):
        assert json.loads(text)


def test_an_unknown_ending_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape("report.pdf has no known file extension")):
        write_report(full_hunt(), tmp_path / "report.pdf")
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(ConfigError, match="is not a file"):
        write_report(full_hunt(), tmp_path / "folder.md")


def test_all_findings_are_chosen_when_none_is_named() -> None:
    hunt = full_hunt()
    assert selection(hunt, ()) is hunt
    assert selection(hunt, ("f2",)).remarks == ()
