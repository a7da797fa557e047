"""A finding that cannot be read is counted and told; those beside it are kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from soc_tui.analysts import Unreadable
from soc_tui.analysts.openai.findings_schema import (
    FindingStream,
    UnreadableFindingError,
    read_finding,
)
from soc_tui.hunting.finding_events import Arrivals
from soc_tui.model.quote import Unseen
from tests.analysts.openai.cases import AnalystFactory, rows_of, task_of
from tests.analysts.openai.test_hunt import SUSPICIOUS, collect
from tests.history.hunts import example_hunt
from tests.wire import openai_faults as wire
from tests.wire.openai_server import OpenAIServer
from tests.wire.scripted_model import finding

GOOD = finding("Whole", "r1", "ProcessCommandLine", "powershell")
WHOLE = json.dumps(GOOD)


def changed(name: str, value: str) -> str:
    """The good finding with other JSON under a name."""
    return json.dumps(GOOD | {name: "@"}).replace('"@"', value, 1)


UNREADABLE = {
    "a number for a title": changed("title", "7"),
    "a list for a title": changed("title", "[]"),
    "no title": json.dumps({name: GOOD[name] for name in GOOD if name != "title"}),
    "null": changed("description", "null"),
    "NaN": changed("extra", "NaN"),
    "NaN as severity": changed("severity", "NaN"),
    "Infinity": changed("extra", "-Infinity"),
    "a float over all floats": changed("extra", "1e999"),
    "5,000 digits": changed("extra", "9" * 5_000),
    "5,000 digits behind a point": changed("extra", "0." + "9" * 5_000),
    "nested 1,000 deep": changed("extra", "[" * 1_000 + "]" * 1_000),
    "nested 100,000 deep": changed("extra", "[" * 100_000 + "]" * 100_000),
    "objects 1,000 deep": changed("extra", '{"a":' * 1_000 + "1" + "}" * 1_000),
    "a key twice": WHOLE[:-1] + ', "title": "Another"}',
    "an inner key twice": changed("iocs", '[{"type":"ip","value":"a","value":"b"}]'),
    "an unknown severity": changed("severity", '"apocalyptic"'),
    "evidence that is text": changed("evidence", '"r1"'),
    "a row id that is a number": changed("evidence", '[{"row_id": 1, "quotations": []}]'),
    "a text": '"finding"',
    "a word": "NaN",
    "a number": "12",
    "a list": "[]",
    "brackets that do not match": '{"title": ["x"}]',
    "a bad escape": changed("title", '"\\q"'),
    "a line break in a text": changed("title", '"a\nb"'),
}


@pytest.mark.parametrize("piece", [1, 7, 1_000_000])
@pytest.mark.parametrize("name", UNREADABLE)
def test_it_is_told_once_and_its_neighbours_are_read(name: str, piece: int) -> None:
    if piece < 1_000 and len(UNREADABLE[name]) > 20_000:
        pytest.skip("nothing more to see in small pieces, and slow")
    text = f'{{"findings": [{WHOLE}, {UNREADABLE[name]}, {WHOLE}]}}'
    stream = FindingStream()
    seen: list[object] = []
    for start in range(0, len(text), piece):
        seen += stream.feed(text[start : start + piece])
    assert stream.closed
    first, odd, last = seen
    assert first == last == GOOD
    with pytest.raises(UnreadableFindingError, match=r".+"):
        read_finding(odd)


@pytest.mark.parametrize("name", [name for name in UNREADABLE if "100,000" not in name])
async def test_a_hunt_keeps_what_can_be_read_and_counts_the_rest(
    name: str, analyst_of: AnalystFactory
) -> None:
    with OpenAIServer() as server:
        server.next(wire.says(f'{{"findings": [{WHOLE}, {UNREADABLE[name]}, {WHOLE}]}}'))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, _, notices, problem = await collect(prepared.run())
        assert len(server.requests) == 1
    assert problem is None
    assert [one.title for one in findings] == ["Whole"]  # the same finding twice is one
    assert len([notice for notice in notices if "could not be read" in notice]) == 1


async def test_findings_of_one_title_on_one_row_are_all_kept(analyst_of: AnalystFactory) -> None:
    other: dict[str, Any] = GOOD | {"description": "Another thing in that row."}
    elsewhere = GOOD | {"evidence": [{"row_id": "r2", "quotations": []}]}
    answer = json.dumps({"findings": [GOOD, other, elsewhere]})
    with OpenAIServer() as server:
        server.next(wire.says(answer))
        prepared = await analyst_of(server).prepare(task_of(rows_of(SUSPICIOUS)))
        findings, _, _, problem = await collect(prepared.run())
    assert problem is None
    assert [one.title for one in findings] == ["Whole"] * 3


def test_the_hunt_has_the_count_and_is_no_proof_that_nothing_is_there() -> None:
    from dataclasses import replace

    hunt = replace(example_hunt(), unseen=Unseen(10, 10))
    assert hunt.unseen is not None and hunt.unseen.nothing
    arrivals = Arrivals()
    for _ in range(2):
        hunt = arrivals.event(hunt, Unreadable("One finding could not be read: x.")).hunt
    assert hunt.unseen is not None
    assert hunt.unseen.findings_unread == 2
    assert not hunt.unseen.nothing
    assert "2 findings of the answer could not be read" in hunt.unseen.summary()
    assert not hunt.coverage.whole
