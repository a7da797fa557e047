"""Rules and their scores as lines for a terminal, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from soc_tui.analysts.offline.sigma.rule import ANY_TABLE, TABLES, Rule
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.analysts.offline.sigma.scoring import RuleScore, TableScore, per_ten_thousand, share
from soc_tui.model.finding import Severity

_BY_SEVERITY = tuple(Severity)
_MOST_MISSED = 20


def list_lines(book: Rulebook, only: Sequence[str] = ()) -> Iterator[str]:
    """All rules by table, the gravest first; those that only feed a correlation are counted."""
    for table in (*TABLES, ANY_TABLE):
        rules = book.for_table(table, own=True)
        if not rules or (only and table not in only):
            continue
        yield f"{'Any table' if table == ANY_TABLE else table}: {len(rules)} rules"
        for rule in sorted(rules, key=lambda one: (-_BY_SEVERITY.index(one.severity), one.title)):
            about = f"{rule.severity.value:<9} {_techniques(rule):<22}"
            yield f"  {about} {rule.title}  ({rule.origin})"
    loud = sum(not rule.silent for rule in book.rules)
    yield (
        f"Together: {loud} rules, and {len(book.rules) - loud} more that only feed correlations."
    )


def table_lines(score: TableScore, *, everything: bool = False) -> Iterator[str]:
    """How each rule did on one table; those that hit nothing only with `everything`."""
    yield f"{score.table}: {score.rows:,} rows, {len(score.scores)} rules, {score.seconds:.2f} s"
    yield from (f"  note: {notice}" for notice in score.notices)
    shown = [one for one in score.scores if everything or one.rows or one.problem]
    if shown:
        labelled = " labelled" if score.labelled is not None else ""
        yield f"  {'rows':>8}{labelled} findings seconds  rule"
    yield from (_rule_line(one) for one in sorted(shown, key=_order))
    quiet = len(score.scores) - len(shown)
    if quiet:
        yield f"  {quiet} rules hit nothing."
    if score.timelines:
        yield f"  Hits made {_counted(score.timelines, 'timeline')} of one host or account."
    yield from (f"  {line}" for line in _label_lines([score]))


def summary_lines(scores: Sequence[TableScore]) -> Iterator[str]:
    """All tables together."""
    rules = {one.rule.id for score in scores for one in score.scores}
    hit = {one.rule.id for score in scores for one in score.scores if one.rows}
    yield (
        f"Together: {sum(score.rows for score in scores):,} rows of {len(scores)} tables in"
        f" {sum(score.seconds for score in scores):.1f} s. {len(hit)} of {len(rules)} rules hit;"
        f" {sum(score.findings for score in scores)} findings,"
        f" {sum(score.timelines for score in scores)} of them timelines."
    )
    labelled = [score for score in scores if score.labelled is not None]
    yield from _label_lines(labelled)
    if len(labelled) < len(scores):
        without = ", ".join(score.table for score in scores if score.labelled is None)
        if labelled:
            yield f"No labels, so not scored: {without}."
    groups = [
        (f"{score.table}: {name}", found) for score in labelled for name, found in score.groups
    ]
    if groups:
        missed = [name for name, found in groups if not found]
        yield f"Labels: rules hit {len(groups) - len(missed)} of {len(groups)} kinds."
        yield from (f"  missed: {name}" for name in missed[:_MOST_MISSED])


def to_json(scores: Sequence[TableScore]) -> str:
    """The same as one JSON object, with every rule."""
    return json.dumps({"tables": [_table(score) for score in scores]}, indent=2) + "\n"


def _label_lines(scores: Sequence[TableScore]) -> Iterator[str]:
    """Recall and false findings of the tables that have labels."""
    known = [score for score in scores if score.labelled is not None]
    if not known:
        return
    labelled = sum(score.labelled or 0 for score in known)
    found = sum(score.labelled_hit for score in known)
    ordinary = sum(score.rows for score in known) - labelled
    false = sum(score.false_findings for score in known)
    touched = sum(score.ordinary_hit for score in known)
    recall = share(found, labelled)
    yield (
        f"Labelled rows: {labelled:,}, of which rules hit {found:,}"
        + (f": recall {recall:.1%}." if recall is not None else ".")
    )
    rate = per_ten_thousand(false, ordinary)
    yield (
        f"Ordinary rows: {ordinary:,}, with {_counted(false, 'false finding')}"
        + (f": {rate:.2f} per 10,000." if rate is not None else ".")
        + f" Rules hit {touched:,} of these rows."
    )


def _rule_line(one: RuleScore) -> str:
    labelled = f" {one.labelled:>8,}" if one.labelled is not None else ""
    text = f"  {one.rows:>8,}{labelled} {one.findings:>8,} {one.seconds:>7.3f}  "
    text += f"{one.rule.severity.value}  {one.rule.title}"
    return f"{text}: could not run, {one.problem}" if one.problem else text


def _order(one: RuleScore) -> tuple[bool, int, str]:
    return (not one.problem, -_BY_SEVERITY.index(one.rule.severity), one.rule.title)


def _techniques(rule: Rule) -> str:
    ids = [mitre.id for mitre in rule.mitre]
    return ", ".join(ids[:2]) + (" …" if len(ids) > 2 else "") or (
        "as in the row" if rule.techniques_from else "-"
    )


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _table(score: TableScore) -> dict[str, Any]:
    ordinary = None if score.labelled is None else score.rows - score.labelled
    judged: dict[str, Any] = {}
    if score.labelled is not None and ordinary is not None:
        judged = {
            "labelled_rows": score.labelled,
            "labelled_rows_hit": score.labelled_hit,
            "recall": share(score.labelled_hit, score.labelled),
            "ordinary_rows": ordinary,
            "ordinary_rows_hit": score.ordinary_hit,
            "false_findings": score.false_findings,
            "false_findings_per_10000_ordinary_rows": per_ten_thousand(
                score.false_findings, ordinary
            ),
            "labels": dict(score.groups),
        }
    return {
        "table": score.table,
        "rows": score.rows,
        "seconds": round(score.seconds, 4),
        "findings": score.findings,
        "timelines": score.timelines,
        "notices": list(score.notices),
        **judged,
        "rules": [_rule(one) for one in score.scores],
    }


def _rule(one: RuleScore) -> dict[str, Any]:
    return {
        "id": one.rule.id,
        "title": one.rule.title,
        "file": one.rule.origin,
        "severity": one.rule.severity.value,
        "rows": one.rows,
        "labelled_rows": one.labelled,
        "findings": one.findings,
        "false_findings": one.false_findings,
        "seconds": round(one.seconds, 4),
        "problem": one.problem,
    }
