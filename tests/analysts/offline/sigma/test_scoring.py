from __future__ import annotations

import duckdb
import pytest

from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.rule import Rule
from soc_tui.analysts.offline.sigma.scoring import ORDINARY, TableScore, score
from tests.analysts.offline.sigma.rows_by_hand import book_of, make_rows, rule_text

TABLE = "DeviceProcessEvents"
BOOK = book_of(
    rule_text("  s: {FileName: bad.exe}\n  condition: s", title="Bad")
    + "---\n"
    + rule_text("  s: {FileName: odd.exe}\n  condition: s", title="Odd").replace("0d11", "0d12")
)


def scored(labels: list[str] | None) -> TableScore:
    files = [("pc-1", "bad.exe"), ("pc-1", "bad.exe"), ("pc-2", "bad.exe"), ("pc-3", "fine.exe"),
             ("pc-4", "fine.exe")]  # fmt: skip
    rows = make_rows([{"DeviceName": host, "FileName": name} for host, name in files])
    return score(RuleHunt(rows, TABLE, BOOK), TABLE, labels)


def test_hits_and_findings_are_counted_without_labels() -> None:
    result = scored(None)
    bad, odd = sorted(result.scores, key=lambda one: one.rule.title)
    assert (bad.rows, bad.findings, bad.labelled, bad.false_findings) == (3, 2, None, None)
    assert (odd.rows, odd.findings) == (0, 0)
    assert (result.rows, result.findings, result.labelled, result.groups) == (5, 2, None, ())


def test_a_finding_is_false_when_none_of_its_rows_is_labelled() -> None:
    result = scored(["a", ORDINARY, ORDINARY, "b", ORDINARY])
    (bad, _) = sorted(result.scores, key=lambda one: one.rule.title)
    assert (bad.labelled, bad.findings, bad.false_findings) == (1, 2, 1)
    assert (result.labelled, result.labelled_hit, result.ordinary_hit) == (2, 1, 2)
    assert result.groups == (("a", True), ("b", False))


def test_a_rule_that_cannot_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(self: RuleMatcher, rule: Rule) -> list[int]:
        duckdb.connect(":memory:").execute("SELECT nothing FROM nowhere")
        return []

    monkeypatch.setattr(RuleMatcher, "hits", failing)
    assert all("nowhere" in one.problem for one in scored(None).scores)
