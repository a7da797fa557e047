"""Parameters: a value that is put in is the value that is read back, never more."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.text.lexer import lexemes
from soc_tui.kql.writing.parameter_suggestions import is_free, parameterised, suggestions
from soc_tui.kql.writing.parameters import let_literals, list_text, replaced, written
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.limits import Limits
from soc_tui.model.playbook import ParameterKind

TEMPLATE = """let host = "win-07";
let span = 7d;
let least = 3;
let moment = datetime(2026-11-24);
DeviceEvents
| where TimeGenerated > ago(span) and TimeGenerated > moment
| where DeviceName =~ host or FileName has "x"
| summarize n = count() by DeviceName
| where n >= least
| take 50"""
NAMES = {
    "host": ParameterKind.HOST,
    "span": ParameterKind.SPAN,
    "least": ParameterKind.NUMBER,
    "moment": ParameterKind.MOMENT,
}
CATALOG = Catalog(
    {
        "DeviceEvents": TableSpec(
            "DeviceEvents",
            (
                Column("TimeGenerated", KqlType.DATETIME),
                Column("DeviceName", KqlType.STRING),
                Column("FileName", KqlType.STRING),
            ),
        )
    }
)
# What a value may try: to close its literal, begin a statement, a comment, a raw string.
HOSTILE = st.text(
    st.sampled_from(list("\"'`~@\\/;|().,{}[] \n\r\t\u2028\u202eahu0x22é😀")), max_size=40
)
ANY_TEXT = st.text(max_size=60) | HOSTILE


def pieces(kql: str) -> list[str]:
    return [kql[piece.start : piece.end] for piece in lexemes(kql)]


@settings(max_examples=150, deadline=None)
@given(ANY_TEXT, st.sampled_from([ParameterKind.TEXT, ParameterKind.HOST, ParameterKind.USER]))
def test_a_text_put_in_is_read_back_and_changes_nothing_else(
    typed: str, kind: ParameterKind
) -> None:
    made = written(kind, typed)
    if made is None:
        assert not typed.strip()
        return
    kql = replaced(TEMPLATE, {"host": made})
    literals = let_literals(kql)
    assert literals["host"].value == (typed if kind is ParameterKind.TEXT else typed.strip())
    others = let_literals(TEMPLATE)
    assert {n: one.value for n, one in literals.items() if n != "host"} == {
        n: one.value for n, one in others.items() if n != "host"
    }
    expected = pieces(TEMPLATE)
    expected[expected.index('"win-07"')] = made
    assert pieces(kql) == expected


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT | st.from_regex(r"[-+0-9.:dhmsTZe ()\"]{1,20}"), st.sampled_from(ParameterKind))
def test_whatever_is_typed_is_one_literal_of_its_kind_or_is_refused(
    typed: str, kind: ParameterKind
) -> None:
    made = written(kind, typed)
    if made is None:
        return
    name = next((name for name, held in NAMES.items() if held is kind), "host")
    kql = replaced(TEMPLATE, {name: made})
    literal = let_literals(kql)[name]
    assert literal.suits(kind)
    assert kql[literal.start : literal.end] == made
    # What was read back is the same value again.
    assert written(kind, literal.value) == made
    assert len(let_literals(kql)) == len(NAMES)


@given(st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=60, deadline=None)
def test_numbers_keep_their_worth(number: float) -> None:
    made = written(ParameterKind.NUMBER, str(number))
    assert made is not None
    held = let_literals(replaced(TEMPLATE, {"least": made}))["least"].value
    assert float(held) == float(number)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (ParameterKind.NUMBER, "1e999"),
        (ParameterKind.NUMBER, "nan"),
        (ParameterKind.NUMBER, "3; T"),
        (ParameterKind.SPAN, "0h"),
        (ParameterKind.SPAN, "-1d"),
        (ParameterKind.SPAN, "7 weeks"),
        (ParameterKind.MOMENT, "ago(7d)"),
        (ParameterKind.MOMENT, "yesterday"),
        (ParameterKind.ADDRESS, "10.0.0"),
        (ParameterKind.ADDRESS, "10.0.0.0/8"),
        (ParameterKind.TEXT, "  \n"),
        (ParameterKind.HOST, ""),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: ParameterKind, typed: str) -> None:
    assert written(kind, typed) is None


@pytest.mark.parametrize(
    ("typed", "kql"), [("36", "36h"), ("1.5d", "36h"), ("48h", "2d"), ("90m", "90m"), ("7D", "7d")]
)
def test_a_length_of_time_is_hours_unless_it_says_so(typed: str, kql: str) -> None:
    assert written(ParameterKind.SPAN, typed) == kql


def test_only_lets_of_one_literal_are_parameters() -> None:
    kql = (
        'let a = "x" "y"; let b = 2 + 3; let c = int(null); let d = dynamic([]);'
        "let e = ago(1d); "
        'let f = (h:string) { print h }; let g = "1"; let g = "2"; let h = -5; let i = @"C:\\q""x";'
        "let j = h'se\\u0041'; let k = timespan(1.12:00:00); let l = real(-1e+300); print h"
    )
    held = {name: literal.value for name, literal in let_literals(kql).items()}
    assert held == {"h": "-5", "i": 'C:\\q"x', "j": "seA", "k": "36h", "l": "-1e+300"}


QUERY = """DeviceProcessEvents
| where TimeGenerated > ago(7d)
| where DeviceName =~ "win-07" or DeviceName startswith "win-07."
| where AccountUpn =~ "anna@x.example" or AccountName =~ "anna" or AccountUpn startswith "anna@"
| where ProcessCommandLine has_any ("powershell", "-enc") and RemoteIP != "10.0.0.1"
| where LogonType in (3, 10) and ActionType != "x" and Count > 3
| take 50"""


def test_likely_parameters_are_the_time_and_what_names_somebody() -> None:
    likely = {one.name: one.value for one in suggestions(QUERY) if one.likely}
    assert likely == {"span": "7d", "host": "win-07", "user": "anna@x.example"}
    others = {one.value for one in suggestions(QUERY) if not one.likely}
    assert others == {"powershell, -enc", "10.0.0.1", "3, 10", "3", "x"}


def test_all_forms_of_a_host_and_a_user_follow_the_parameter() -> None:
    chosen = [(one, one.name) for one in suggestions(QUERY) if one.likely]
    kql = parameterised(QUERY, chosen)
    assert 'let host = "win-07";' in kql
    assert 'DeviceName =~ host or DeviceName startswith strcat(host, ".")' in kql
    assert 'AccountName =~ tostring(split(user, "@")[0])' in kql
    assert "win-07" not in kql.partition("DeviceProcessEvents")[2]
    assert "anna" not in kql.partition("DeviceProcessEvents")[2]
    # And again: what is a let already is offered under its name, and left where it is.
    again = suggestions(kql)
    assert {one.name for one in again if one.let} == {"span", "host", "user"}
    assert parameterised(kql, [(one, one.name) for one in again if one.let]) == kql


def test_equal_numbers_of_two_columns_are_two_parameters() -> None:
    query = QUERY.replace("LogonType in (3, 10)", "LogonType == 3")
    values = [(one.column, one.value) for one in suggestions(query) if one.value == "3"]
    assert values == [("LogonType", "3"), ("Count", "3")]


def test_a_name_is_one_that_the_query_does_not_use() -> None:
    kql = 'DeviceEvents | extend host = 1 | where DeviceName == "win-07" and user == "a"'
    assert {one.name for one in suggestions(kql)} == {"host_2", "user_2"}
    assert not is_free("host", kql)
    assert not is_free("between", kql)
    assert not is_free("a b", kql)
    assert is_free("device", kql)


def test_a_long_list_is_no_parameters_and_many_values_are_cut() -> None:
    listed = ", ".join(f'"10.0.{n // 250}.{n % 250}"' for n in range(1_500))
    kql = f"DeviceNetworkEvents | where RemoteIP in ({listed}) | take 5"
    assert suggestions(kql) == ()
    some = " or ".join(f'DeviceName == "h{n}"' for n in range(300))
    assert len(suggestions(f"DeviceEvents | where {some} | take 5")) == 60


LISTS = r"""SecurityEvent
| where TimeGenerated > ago(7d)
| where Computer in~ ("win-07", @'C:\x, y') and EventID in (4624, 4625)
| where Account !in ("one") and Activity has_any (dynamic(["a", "b"])) and Process in ("x", Account)
| take 50"""


def test_a_list_of_values_is_one_parameter() -> None:
    found = {one.name: one for one in suggestions(LISTS)}
    assert {name: one.value for name, one in found.items()} == {
        "span": "7d",
        "hosts": '["win-07", "C:\\\\x, y"]',
        "event_id": "4624, 4625",
        "user": "one",
        "activity": "a, b",
        "process": "x",
    }
    assert found["hosts"].likely
    kql = parameterised(LISTS, [(one, name) for name, one in found.items()])
    assert r'let hosts = dynamic(["win-07", "C:\\x, y"]);' in kql
    assert "Computer in~ (hosts) and EventID in (event_id)" in kql
    assert {name: one.value for name, one in let_literals(kql).items()} == {
        name: one.value for name, one in found.items()
    }
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    assert judge_kql(kql, load_catalog(), Limits(), now).allowed


@pytest.mark.parametrize(
    ("kind", "typed", "kql"),
    [
        (ParameterKind.TEXTS, "win-07,win-08 ,", 'dynamic(["win-07", "win-08"])'),
        (ParameterKind.TEXTS, '["a, b", " "]', 'dynamic(["a, b", " "])'),
        (ParameterKind.TEXTS, "anna", 'dynamic(["anna"])'),
        (ParameterKind.TEXTS, '"]); T', r'dynamic(["\"]); T"])'),
        (ParameterKind.NUMBERS, "4624, 4625", "dynamic([4624, 4625])"),
        (ParameterKind.NUMBERS, "-1, 2.5", "dynamic([-1, 2.5])"),
        (ParameterKind.TEXTS, " , ", None),
        (ParameterKind.TEXTS, "[1, 2]", None),
        (ParameterKind.TEXTS, '["a"', None),
        (ParameterKind.TEXTS, '[" "]', None),
        (ParameterKind.NUMBERS, "1, x", None),
        (ParameterKind.NUMBERS, "1e300", None),
        (ParameterKind.NUMBERS, '["1"', None),
    ],
)
def test_what_is_typed_for_a_list(kind: ParameterKind, typed: str, kql: str | None) -> None:
    assert written(kind, typed) == kql


@given(st.lists(ANY_TEXT, min_size=1, max_size=4).filter(lambda v: any(t.strip() for t in v)))
@settings(max_examples=100, deadline=None)
def test_any_list_stays_in_its_literal_and_is_read_back(values: list[str]) -> None:
    text = list_text(values)
    literal = written(ParameterKind.TEXTS, text)
    assert literal is not None
    before, after = 'let h = dynamic(["a"]); T | where Host in (', 'h) | where FileName has "x"'
    kql = replaced(before + after, {"h": literal})
    assert pieces(kql)[-len(pieces(after)) :] == pieces(after)
    assert {name: (one.kind, one.value) for name, one in let_literals(kql).items()} == {
        "h": (ParameterKind.TEXTS, text)
    }


def test_what_a_function_does_is_no_parameter() -> None:
    kql = 'DeviceEvents | where split(FileName, ".")[0] == "cmd" and extract("a(b)", 1, X) == "q"'
    assert {one.value for one in suggestions(kql)} == {"cmd", "q"}


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY_TEXT.filter(lambda text: bool(text.strip())), min_size=1, max_size=3))
def test_a_query_with_parameters_is_judged_as_it_was(values: list[str]) -> None:
    filters = " or ".join(f"DeviceName == {written(ParameterKind.TEXT, v)}" for v in values)
    kql = f"DeviceEvents | where TimeGenerated > ago(1d) | where {filters} | take 5"
    made = parameterised(kql, [(one, one.name) for one in suggestions(kql)])
    now = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    verdicts = [judge_kql(text, CATALOG, Limits(), now).allowed for text in (kql, made)]
    assert verdicts == [True, True]
    held = {literal.value for literal in let_literals(made).values()} | {
        re.sub(r"[.@]$", "", value) for value in values
    }
    assert {re.sub(r"[.@]$", "", value) for value in values} <= held
