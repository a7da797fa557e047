"""What the model did not see is a figure everywhere: quote, findings, exports, terminal."""

import json
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.commands import report
from soc_tui.commands.rows_json import hunt_json
from soc_tui.history.reports.markdown_and_json import to_json, to_markdown
from soc_tui.model.coverage import Unseen
from soc_tui.model.hunt import Hunt, Status, broken_off
from soc_tui.model.quote import Quote
from tests.history.hunts import example_hunt

SEEN = Unseen(rows_total=1_200, rows_sent=1_200)
LESS: list[tuple[dict[str, Any], str]] = [
    ({"rows_sent": 1_000, "rows_cut": 200}, "200 of 1,200 rows left out"),
    ({"rows_folded": 40}, "40 identical rows folded"),
    ({"columns_cut": ("A", "B")}, "2 columns left out (A, B)"),
    ({"columns_cut": tuple("ABCDEFG")}, "7 columns left out (A, B, C, D, E, …)"),
    ({"cells_cut": 3}, "3 cells shortened"),
    ({"partial": "time-out"}, "partial result: time-out"),
    ({"row_cap": 1_200}, "reached the cap of 1,200 rows, more may exist"),
    (
        {"rules": 60, "rules_not_run": 12, "columns_absent": ("A", "B")},
        "12 of 60 rules cannot run (absent: A, B)",
    ),
    ({"findings_unread": 2}, "2 findings of the answer could not be read"),
    ({"rules_broken": 2}, "2 rules could not be read"),
    ({"tables_unruled": ("EmailEvents",)}, "no rule is for EmailEvents"),
    ({"rows_unruled": 7}, "7 of 1,200 rows held against no rule of their own table"),
    ({"summarised": True}, "a row stands for several events"),
    ({"broke_off": "cancelled"}, "stopped early (cancelled), some rows may not have been read"),
]


def hunted(unseen: Unseen) -> Hunt:
    quote = Quote("m", 1, 1, Decimal(0), unseen)
    return replace(example_hunt(1), unseen=unseen, quote=quote)


def test_each_figure_of_what_is_unseen_is_tried_here() -> None:
    tried = {name for changed, _ in LESS for name in changed} | {"rows_total"}
    assert tried == {one.name for one in fields(Unseen)}


@pytest.mark.parametrize(("changed", "words"), LESS)
def test_what_is_unseen_is_told_everywhere(changed: dict[str, Any], words: str) -> None:
    unseen = replace(SEEN, **changed)
    assert not unseen.nothing
    hunt = hunted(unseen)
    assert hunt.quote is not None
    for lines in (report.quote_lines(hunt.quote, 500), report.end_lines(hunt, 500)):
        assert words in "\n".join(lines)
    assert words.replace("(", "\\(") in to_markdown(hunt) or words in to_markdown(hunt)
    for text in (to_json(hunt), hunt_json(hunt)):
        document = json.loads(text)
        for entry in (document["unseen"], document["quote"]["unseen"]):
            assert words in entry["summary"]
            for name, value in changed.items():
                assert entry[name] == (list(value) if isinstance(value, tuple) else value)


def test_that_all_was_seen_is_told_too() -> None:
    assert SEEN.nothing
    assert SEEN.summary() == "all 1,200 rows seen"
    assert "Analyst coverage: all 1,200 rows seen" in to_markdown(hunted(SEEN))


def test_a_partial_answer_that_was_never_hunted_is_told() -> None:
    hunt = replace(example_hunt(1), status=Status.QUERIED, unseen=None, partial="over 64 MB")
    assert "**Partial result** of the workspace: over 64 MB" in to_markdown(hunt)
    assert "Analyst coverage: nothing, no hunt was started" in to_markdown(hunt)
    assert json.loads(to_json(hunt))["partial"] == "over 64 MB"
    assert "over 64 MB" in "\n".join(report.end_lines(hunt, 200))
    assert "over 64 MB" in report.rows_text(hunt)


@given(st.sampled_from(Status))
def test_only_a_hunt_that_was_hunting_is_left_half_read(status: Status) -> None:
    ended = broken_off(replace(hunted(SEEN), status=status), Status.CANCELLED, "cancelled")
    assert ended.status is Status.CANCELLED
    assert ended.unseen is not None
    assert ended.unseen.nothing is (status is not Status.HUNTING)
