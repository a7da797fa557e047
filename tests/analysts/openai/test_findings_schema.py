"""Findings are cut out of a stream wherever its pieces end."""

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.openai.findings_schema import (
    FindingStream,
    UnreadableFindingError,
    read_finding,
    schema,
)
from soc_tui.model.finding import Confidence, Severity
from tests.wire.openai_rules import strict_problem
from tests.wire.scripted_model import finding

ELEMENTS = st.lists(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.text(alphabet='{}[]",\\ab\n', max_size=8) | st.integers() | st.none(),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=6,
        ),
        max_size=4,
    ),
    max_size=5,
)


@settings(deadline=None)
@given(ELEMENTS, st.integers(1, 40), st.sampled_from([None, 1]), st.booleans())
def test_pieces_do_not_matter(
    elements: list[dict[str, Any]], size: int, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps({"findings": elements}, indent=indent, ensure_ascii=ascii_only)
    stream = FindingStream()
    seen: list[dict[str, Any]] = []
    for start in range(0, len(text), size):
        seen += cast("Iterator[dict[str, Any]]", stream.feed(text[start : start + size]))
    assert seen == elements
    assert stream.closed
    assert stream.text == text


@settings(deadline=None)
@given(ELEMENTS, st.integers(0, 400))
def test_a_cut_answer_gives_only_whole_elements(elements: list[dict[str, Any]], end: int) -> None:
    text = json.dumps({"findings": elements})
    stream = FindingStream()
    seen = list(stream.feed(text[:end]))
    assert seen == elements[: len(seen)]
    if not stream.closed:
        assert end < len(text)


def test_an_element_is_there_with_its_last_brace() -> None:
    stream = FindingStream()
    assert list(stream.feed('{"findings":[{"a":1')) == []
    assert list(stream.feed("}")) == [{"a": 1}]
    assert not stream.closed
    assert list(stream.feed("]}")) == []
    assert stream.closed


def test_the_schema_is_strict() -> None:
    assert strict_problem(schema()) == ""


def test_a_finding_is_read_whole() -> None:
    raw = finding("T", "r1", "C", "text") | {"iocs": [{"type": "ip", "value": "1.2.3.4"}]}
    read = read_finding(raw)
    assert (read.confidence, read.severity) == (Confidence.HIGH, Severity.HIGH)
    assert read.mitre[0].id == "T1059.001"
    assert read.iocs[0].value == "1.2.3.4"
    assert read.evidence[0].quotations[0].text == "text"
    assert not read.grounded


def test_a_sub_technique_in_the_wrong_place_is_put_right() -> None:
    mitre = {"tactic": "Execution", "technique": "T1059.001", "sub_technique": ""}
    read = read_finding(finding("T", "r1", "C", "x") | {"mitre": [mitre]})
    assert (read.mitre[0].technique, read.mitre[0].sub_technique) == ("T1059", "T1059.001")


def test_no_control_character_of_the_model_gets_through() -> None:
    evil = "a\x1b]0;x\x07\u202eb\ud800"
    raw = finding(evil, evil, evil, evil) | {
        "description": f"one\ntwo {evil}",
        "notes": evil,
        "tags": [evil],
        "recommendations": [evil],
        "iocs": [{"type": evil, "value": evil}],
        "mitre": [{"tactic": evil, "technique": evil, "name": evil, "description": evil}],
    }
    read = read_finding(raw)
    assert not set(repr(read)) & {"\x1b", "\x07", "\u202e", "\ud800"}
    assert "\\x1b" not in repr(read)
    assert read.description.startswith("one\ntwo ")


@pytest.mark.parametrize("element", [None, 1, "x", [], {}, {"title": "t"}])
def test_what_is_no_finding_is_said(element: object) -> None:
    with pytest.raises(UnreadableFindingError):
        read_finding(element)
