"""Every operator of the grammar has its entry, and what the entry says is so."""

from collections.abc import Iterator
from typing import Any

import pytest
from antlr4.atn.Transition import RuleTransition
from duckdb_kql._antlr.KqlParser import KqlParser

from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.explain.passages import explain
from soc_tui.kql.operators.entry import Operator, Rows, Written, unexplained
from soc_tui.kql.operators.registry import ALL, BEGINNINGS, BY_WORD, KEYWORDS, OFFERED, OPERATORS
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import CONSTRUCTS, NO_OPERATORS
from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.limits import Limits
from tests.kql.operators.examples import EXAMPLES

_TABLES = {
    "T": {"a": KqlType.LONG, "b": KqlType.STRING, "t": KqlType.DATETIME, "d": KqlType.DYNAMIC},
    "U": {"a": KqlType.LONG, "c": KqlType.STRING},
}
CATALOG = Catalog(
    {
        table: TableSpec(table, tuple(Column(*one) for one in columns.items()))
        for table, columns in _TABLES.items()
    }
)
UNEXPLAINED = {
    "assert-schema": "in no documentation",
    "graph-mark-components": "a sentence on a graph needs its picture",
    "graph-match": "a sentence on a graph needs its picture",
    "graph-shortest-paths": "a sentence on a graph needs its picture",
    "graph-to-table": "a sentence on a graph needs its picture",
    "make-graph": "a sentence on a graph needs its picture",
    "macro-expand": "refused",
    "__executeAndCache": "refused",
    "__partitionby": "refused",
}
_CHOICES = ("afterPipeOperator", "beforeOrAfterPipeOperator", "forkPipeOperator")
"""Rules of the grammar of which each way is an operator."""


def rule_name(rule: str) -> str:
    return rule[0].upper() + rule[1:]


def rules_called_by(rule: str) -> Iterator[str]:
    """The rules that a rule of the grammar can go on with, from its transition network."""
    atn: Any = KqlParser.atn
    pending, seen = [atn.ruleToStartState[KqlParser.ruleNames.index(rule)]], set()
    while pending:
        state = pending.pop()
        if state in seen:
            continue
        seen.add(state)
        for transition in state.transitions:
            if isinstance(transition, RuleTransition):
                yield KqlParser.ruleNames[transition.target.ruleIndex]
                pending.append(transition.followState)
            elif transition.target.ruleIndex == state.ruleIndex:
                pending.append(transition.target)


def nodes(root: Any) -> Iterator[Any]:
    yield root
    for below in t.children(root):
        yield from nodes(below)


def test_every_operator_of_the_grammar_has_an_entry() -> None:
    named = {rule_name(rule) for rule in KqlParser.ruleNames if rule.endswith("Operator")}
    chosen = {rule_name(rule) for choice in _CHOICES for rule in rules_called_by(choice)}

    assert len(chosen) > 40
    assert chosen - NO_OPERATORS <= OPERATORS.keys()
    missing = named - OPERATORS.keys() - NO_OPERATORS
    assert missing == {"ContextualPipeExpressionPipedOperator"}  # inside of __partitionby only


def test_everything_that_begins_a_pipe_has_an_entry_or_is_refused() -> None:
    begins = {rule_name(rule) for rule in rules_called_by("beforePipeExpression")}
    begins |= {rule_name(rule) for rule in rules_called_by("beforeOrAfterPipeOperator")}
    begins |= {rule_name(rule) for rule in rules_called_by("primaryExpression")}
    tables = {
        one for one in begins if "Table" in one or one.endswith(("Operator", "RangeExpression"))
    }

    assert "DataTableExpression" in tables
    assert tables - NO_OPERATORS - CONSTRUCTS.keys() <= OPERATORS.keys()


def test_each_word_belongs_to_one_operator() -> None:
    words = [word for one in ALL for word in one.words]
    assert len(words) == len(set(words))
    assert set(EXAMPLES) == set(words)
    assert {*OFFERED} <= KEYWORDS
    assert {*BEGINNINGS} <= KEYWORDS


@pytest.mark.parametrize("word", EXAMPLES)
def test_the_entry_of_a_word_is_that_of_its_rule(word: str) -> None:
    rules = {t.kind(node) for node in nodes(t.parse(EXAMPLES[word]))}
    assert rules & {BY_WORD[word].rule, BY_WORD[word].part_rule}


@pytest.mark.parametrize("word", EXAMPLES)
def test_a_word_is_one_piece_of_the_text(word: str) -> None:
    (piece,) = lexemes(word)
    assert piece.kind is Kind.NAME


@pytest.mark.parametrize("word", EXAMPLES)
def test_operators_are_refused_that_say_so_and_no_others(word: str) -> None:
    refused = [line.message for line in judge_kql(EXAMPLES[word], CATALOG, Limits()).refusals]
    assert bool(refused) is bool(BY_WORD[word].refused), refused
    assert all(word in message for message in refused)


@pytest.mark.parametrize("word", EXAMPLES)
def test_an_operator_is_explained_or_says_why_not(word: str) -> None:
    said = " ".join(passage.words for passage in explain(EXAMPLES[word], CATALOG).passages)
    entry = BY_WORD[word]

    assert (entry.phrase is unexplained) is (word in UNEXPLAINED)
    assert ("not explained" in said) is (word in UNEXPLAINED or "make-graph" in EXAMPLES[word])


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.rule)
def test_what_can_be_typed_at_an_operator_is_said_of_its_words(one: Operator) -> None:
    completing = one.completing
    assert len(completing.ranks) <= len(one.words)
    assert {*completing.old} <= {*one.words}
    offered = one.written is Written.WORD and not {*one.words} <= {*completing.old}
    assert offered is bool({*one.words} & {*OFFERED})


@pytest.mark.parametrize("word", [word for word, one in BY_WORD.items() if one.rows is Rows.CAPPED])
def test_the_cap_of_an_operator_is_the_number_in_it(word: str) -> None:
    cap = read_query(EXAMPLES[word], CATALOG).pipeline.cap
    assert cap is not None
    assert cap.rows == 2


def test_what_an_entry_does_not_walk_is_walked_all_the_same() -> None:
    """A call that no entry looks at is refused wherever an operator lets it stand."""
    hidden = "toscalar(Secret | count)"
    for kql in (
        f"T | scan order by a asc partition by b with (step s: {hidden} > 0;)",
        f"T | make-graph a --> b | graph-match (x)-[e]->(y) where {hidden} > 0 project e.a",
        f"T | top-hitters 1 of b by {hidden}",
        f"T | render table with (title = {hidden})",
        f"T | mv-apply d on (take 1 | where a > {hidden})",
        f"T | fork (where a > {hidden})",
        f"T | facet by b with (where a > {hidden})",
        f"T | summarize count() by bin(a, {hidden})",
        f"T | join kind=inner (U) on $left.a == $right.a | take {hidden}",
    ):
        try:
            found = read_query(kql, CATALOG).references
        except t.NotKqlError:
            continue
        assert "Secret" in {one.name for one in found}, kql
