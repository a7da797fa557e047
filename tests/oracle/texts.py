"""Texts to hold against the parser: our tables of cases, words as names, calls, mutations."""

from __future__ import annotations

import random
from collections.abc import Iterator

from soc_tui.kql.operators.registry import KEYWORDS
from soc_tui.kql.syntax.vocabulary import FUNCTIONS, PLUGINS, REACHING_FUNCTIONS
from soc_tui.kql.text.lexer import Kind, lexemes
from tests.guardrails import allowed, refused

SECRET = "SecretTable"
_B = "DeviceFileEvents | where TimeGenerated > ago(1d)"
WORDS = sorted(
    KEYWORDS
    | FUNCTIONS
    | PLUGINS
    | REACHING_FUNCTIONS.keys()
    | {"binary", "boolean", "byte", "float", "object", "single", "uniqueid", "uuid", "GUID"}
)
_AS_NAMES = (
    "let {w} = (T: (*)) {{ T }}; {w}(SecretTable)",
    "let {w} = (T: (*)) {{ toscalar(T | count) }}; print {w}(SecretTable)",
    "let {w} = (x: string) {{ table(x) }}; {w}('SecretTable')",
    "let ['{w}'] = (x: string) {{ toscalar(table(x) | count) }}; print {w}('SecretTable')",
    "let {w} = SecretTable; {w} | take 1",
    "let {w} = () {{ SecretTable }}; {w}()",
    "let {w} = 'SecretTable'; table({w})",
    f"{_B} | extend x = {{w}} (SecretTable | count)",
    f"{_B} | as {{w}} | union {{w}}, SecretTable",
)
_CALLED = (
    "all",
    "any",
    "bin",
    "count",
    "f",
    "labels",
    "max",
    "node_id",
    "prev",
    "tostring",
    "uuid",
)
_CALLS = (
    ("let {n} = (x: string) {{ toscalar(table(x) | count) }};", "{n}('SecretTable')"),
    ("let {n} = (T: (*)) {{ toscalar(T | count) }};", "{n}(SecretTable)"),
    ("let {n} = (T: (*)) {{ T }};", "{n}(SecretTable)"),
)
_PLACES = (
    "{c}", "print {c}", "{b} | extend n = {c}", "{b} | where {c} > 1",
    "{b} | where DeviceId in ({c})", "{b} | summarize n = {c}",
    "{b} | summarize count() by m = {c}",
    "{b} | make-series n = {c} on TimeGenerated step 1h",
    "{b} | make-series kind = {c} on TimeGenerated step 1h",
    "{b} | make-series n = count() default={c} on TimeGenerated step 1h",
    "{b} | make-series n = count() on TimeGenerated from {c} to now() step 1h",
    "{b} | top {c} by FileName", "{b} | take {c}", "{b} | sort by {c}", "{b} | distinct a = {c}",
    "{b} | mv-expand a = {c}", "{b} | mv-apply a = dynamic([1]) on (extend m = {c})",
    "{b} | invoke {c}", "{b} | evaluate bag_unpack({c})",
    "{b} | evaluate bag_unpack(AdditionalFields) | extend n = {c}",
    "{b} | join kind=inner ({c}) on DeviceId", "{b} | lookup {c} on DeviceId", "union {c}, ({b})",
    "{b} | partition by DeviceId {{ {c} }}", "{b} | fork (extend n = {c}) (count)",
    "{b} | facet by DeviceId with (extend n = {c})",
    "{b} | scan declare (n: long) with (step s: true => n = {c};)",
    "{b} | top-nested 2 of FileName by {c}", "{b} | reduce by {c}", "{b} | search {c} > 1",
    "range i from 1 to {c} step 1", "let v = {c}; print v", "let g = () {{ {c} }}; g()",
    "{b} | make-graph DeviceId --> FileName with {c} on DeviceId | graph-to-table nodes",
    "{b} | make-graph DeviceId --> FileName | graph-match (a)-[e]->(b) project z = {c}",
    "{b} | extend n = {c}.a", "{b} | render table with (title={c})", "toscalar({c})",
)  # fmt: skip

_UNTOLD = ("evaluate bag_unpack(AdditionalFields)", "evaluate pivot(FileName)", "project-keep *")
_VALUES = (
    "where X == {c}", "where {c} != X", "where X.a > {c}", "where X has {c}", "where {c} has X",
    "where X between (1 .. {c})", "where X and {c}", "where {c} or X", "where {c}",
    "where X in ({c})", "where X has_any ({c})", "where X matches regex {c}", "where not({c})",
    "where AdditionalFields == {c}", "where todynamic(FileName) == {c}", "where X + 1 == {c}",
    "where FileName == {c}", "where * has {c}", "search X == {c}", "search {c}",
    "extend a = {c}", "extend a = X + {c}", "extend a = {c} * X", "extend a = -{c}",
    "extend a = X[{c}]", "extend a = {c}.b", "extend a = {c}['b']", "extend a = tostring({c})",
    "extend a = iff(X == {c}, 1, 2)", "extend a = bag_pack('k', {c})", "project a = {c}",
    "project {c}", "project-rename b = {c}", "summarize countif(X == {c})", "summarize max({c})",
    "summarize count() by {c}", "sort by {c}", "sort by X == {c}", "top 5 by {c}", "take {c}",
    "distinct {c}", "distinct a = {c}", "mv-expand {c}", "mv-apply X on (where X == {c})",
    "mv-apply a = {c} on (take 1)", "parse {c} with * 'a' b", "parse-kv {c} as (a: string)",
    "join kind=inner (DeviceInfo) on {c}", "lookup {c} on DeviceId", "union {c}",
    "evaluate bag_unpack({c})", "evaluate ipv4_lookup({c}, X, Y)", "evaluate autocluster(0.1, {c})",
    "make-series count() default={c} on TimeGenerated step 1h",
    "make-series count() on TimeGenerated from {c} to now() step {c}",
    "make-series count() on TimeGenerated step 1h by {c}", "top-nested 2 of {c} by count()",
    "top-hitters 2 of FileName by {c}", "reduce by {c}", "sample-distinct 2 of {c}",
    "partition by {c} (take 1)", "partition by X (where Y == {c})", "facet by {c}",
    "facet by X with (where Y == {c})", "fork (where X == {c})", "scan with (step s: {c};)",
    "scan declare (a: long) with (step s: X == {c} => a = {c};)",
    "scan partition by {c} with (step s: true;)", "scan order by {c} with (step s: true;)",
    "make-graph {c} --> FileName", "make-graph DeviceId --> FileName with {c} on DeviceId",
    "make-graph DeviceId --> FileName | graph-match (a)-[e]->(b) where a.x == {c} project x = {c}",
)  # fmt: skip


def untold() -> Iterator[str]:
    """The table where a value stands, behind what does not tell the columns."""
    for named in (SECRET, f"({SECRET})", f"['{SECRET}']"):
        for value in _VALUES:
            for source in _UNTOLD:
                yield f"{_B} | {source} | {value.format(c=named)}"


def cases() -> Iterator[str]:
    """The tables of cases of the guardrails."""
    for table in (allowed.LOOSE, allowed.BOUNDED, allowed.UNSURE, allowed.REJECTED):
        for queries in table.values():
            yield from queries
    for rules in (refused.TABLES, refused.WORDS, refused.COLUMNS):
        for queries in rules.values():
            yield from (query.replace("«", "").replace("»", "") for query in queries)


def words() -> Iterator[str]:
    """Every word of the language as the name of what reads a table outside the catalog."""
    yield from (form.format(w=word) for word in WORDS for form in _AS_NAMES)


def calls() -> Iterator[str]:
    """A function that reads the table it is handed, called wherever a call can stand."""
    for name in _CALLED:
        for declared, call in _CALLS:
            for place in _PLACES:
                called = place.format(b=_B, c=call.format(n=name))
                yield f"{declared.format(n=name)} {called}"


def mutations(count: int, seed: int) -> Iterator[str]:
    """Cases with a word dropped, doubled, or replaced by another or a table outside the catalog."""
    made = random.Random(seed)
    bases = [kql for kql in cases() if len(kql) < 400]
    pieces = sorted({kql[p.start : p.end] for kql in bases for p in lexemes(kql)})
    for _ in range(count):
        kql = made.choice(bases)
        found = [piece for piece in lexemes(kql) if piece.kind is not Kind.COMMENT]
        if not found:
            continue
        piece = made.choice(found)
        word = kql[piece.start : piece.end]
        new = made.choice(("", f"{word} {word}", SECRET, f"({SECRET})", made.choice(pieces)))
        yield f"{kql[: piece.start]} {new} {kql[piece.end :]}"
