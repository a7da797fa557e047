"""What a query does, in words: names, filters, times, and the parts that cannot be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.kql.explain.passages import explain
from soc_tui.kql.operators.registry import TABULAR_OPERATORS
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec

CATALOG = Catalog(
    {
        "DeviceProcessEvents": TableSpec(
            "DeviceProcessEvents",
            (Column("TimeGenerated", KqlType.DATETIME), Column("FileName", KqlType.STRING)),
            notes="Processes as they start. And more.",
        )
    }
)

QUERY = """\
let win = 7d; // how far back
DeviceProcessEvents
| where TimeGenerated > ago(win) and not(isempty(AccountName))
| join kind=leftanti (
    SigninLogs
    | where ResultType == "0"
  ) on AccountName, $left.DeviceName == $right.Host
| project TimeGenerated, host = tolower(DeviceName)
| order by TimeGenerated desc
| take 1000
"""


def words_of(operator: str) -> str:
    """What is said of one operator behind a table."""
    explanation = explain(f"T\n| {operator}")
    assert explanation.problem == ""
    return explanation.passages[1].words


def test_a_query_is_explained_line_by_line() -> None:
    explanation = explain(QUERY, CATALOG)
    assert explanation.problem == ""
    assert explanation.summary == (
        "Reads DeviceProcessEvents (the last 7 days) and SigninLogs (no time bound). "
        "Gives at most 1,000 rows."
    )
    assert [(one.line, one.depth, one.words) for one in explanation.passages] == [
        (1, 0, "win stands for 7 days."),
        (2, 0, "Read DeviceProcessEvents: Processes as they start."),
        (
            3,
            0,
            "Keep only rows where TimeGenerated is within the last win and "
            "not (AccountName is empty).",
        ),
        (
            4,
            0,
            "Join with the query in brackets where AccountName is the same and the left DeviceName "
            "is the right Host. Kept are, as leftanti: rows of the left side that have no match on "
            "the right.",
        ),
        (5, 1, "Read SigninLogs."),
        (6, 1, 'Keep only rows where ResultType is "0".'),
        (
            8,
            0,
            "Show only the column TimeGenerated, and make host: DeviceName in lower case. "
            "All other columns are gone.",
        ),
        (9, 0, "Sort by TimeGenerated (newest first)."),
        (10, 0, "Keep the first 1,000 rows."),
    ]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ('a == "x"', 'a is "x"'),
        ('a !~ "x"', 'a is not "x" (any letter case)'),
        ("a <> 3", "a is not 3"),
        ("a > 5 or 5 > b", "a is above 5 or b is below 5"),
        ("TimeGenerated >= ago(1h)", "TimeGenerated is within the last 1 hour"),
        ("t < datetime(2026-11-24)", "t is earlier than 2026-11-24 UTC"),
        ("TimeGenerated between (ago(2d) .. now())", "is between 2 days ago and now, both"),
        ("a !between (1 .. 5)", "a is not between 1 and 5"),
        ('a in~ ("x", "y", "z")', 'a is one of "x", "y" or "z" (any letter case)'),
        ('a !in ("x")', 'a is none of "x"'),
        ('a has_any (dynamic(["x","y"]))', 'a holds any of the terms "x" or "y"'),
        ("a in (1,2,3,4,5,6,7,8)", "a is one of 8 values: 1, 2, 3, 4, 5, 6 …"),
        ("a in ((L | project m))", "a is one of the values of L | project m"),
        ('a !has "x"', 'a does not hold the term "x"'),
        ('a contains_cs "x"', 'a contains "x" (letter case counts)'),
        ('a !startswith "x"', 'a does not start with "x"'),
        ('a matches regex "x.y"', 'a matches the regular expression "x.y"'),
        ('* has "x"', 'any column holds the term "x"'),
        ('S : "x"', 'S holds the term "x"'),
        ("isnotempty(a)", "a is not empty"),
        ('ipv4_is_in_range(ip, "10.0.0.0/8")', 'ip is an IPv4 address in "10.0.0.0/8"'),
        ("a", "a is true"),
        ("a == 1 or b == 2 and c == 3", "a is 1 or (b is 2 and c is 3)"),
        ("(a == 1 or b == 2) and c == 3", "(a is 1 or b is 2) and c is 3"),
        ('x.y["z"] == 1', 'x.y["z"] is 1'),
        ("a == toscalar(L | count)", "a is the single value of (L | count)"),
        ("my_function(a, 1)", "my_function(a, 1) is true"),
    ],
)
def test_conditions(condition: str, words: str) -> None:
    assert words in words_of(f"where {condition}")


@pytest.mark.parametrize(
    ("operator", "words"),
    [
        ("take 1", "Keep at most 1 row, whichever come first."),
        ("top 5 by n", "Keep the first 5 rows when sorted by n (highest first)."),
        ("sort by a asc, b", "Sort by a (lowest first) then b (highest first)."),
        ("count", "Count the rows"),
        ("distinct a, b", "each different combination of a and b once"),
        ("distinct *", "Give each different row once."),
        ("extend a = 1, b = c has 'x'", "Add columns: a: 1; b: c holds the term 'x'."),
        ("project-away a, b*", "Leave out the columns a and b*."),
        ("project-rename n = o", "Rename o to n."),
        ("summarize n = count() by bin(TimeGenerated, 1h), a", "TimeGenerated in steps of 1 hour"),
        ("summarize n = count() by a", "n: the number of rows"),
        ("summarize dcount(a), max(b)", "Make one row of all rows: the number of different value"),
        ("summarize", "Make one row of all rows"),
        ("summarize by a", "Give each different combination of a once."),
        ("summarize arg_max(t, *) by a", "all columns of the row with the highest t"),
        ("summarize countif(a == 1) by b", "the number of rows where a is 1"),
        ("join B on x", "innerunique (KQL's default)"),
        ("lookup B on x", "Add the columns of B where x is the same; rows without a match stay."),
        ("union B, C*", "Add the rows of B and every table named C*"),
        ("mv-expand a = b", "Make a row of each element of b (as a)."),
        ("parse c with 'a' b:long *", "Read b:long out of the text of c"),
        ("make-series n = count() on t from ago(1d) to now() step 1h by a", "1 day ago to now in"),
        ("render timechart", "Draw the answer as timechart"),
        ("evaluate bag_unpack(d)", "make a column of each key of a property bag"),
        ("as X", "Name these rows X"),
        ("serialize r = row_number()", "add columns: r: the number of the row"),
        ("top-hitters 3 of a by n", "the 3 most frequent values of a, weighted by n"),
        ("facet by a, b", "for each of a and b"),
    ],
)
def test_operators(operator: str, words: str) -> None:
    assert words in words_of(operator)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("union withsource=s A, (B | take 1)", "Put together the rows of A and a query in brack"),
        ('search in (A, B) "x" and y == 1', 'Search the rows of A and B: keep those where any'),
        ("find in (A, B) where x == 1", "Find rows in A and B where x is 1"),
        ('print a = 1, "b"', 'Give one row: a: 1; "b".'),
        ("range x from 1 to 5 step 1", "Give one column, x, from 1 to 5 in steps of 1."),
        ('datatable(a:string, b:long)["x", 1, "y", 2]', "Give 2 rows that are written here"),
        ('workspace("x").T', "may be in another workspace"),
        ("f(1)", "Take the rows that f(1) gives."),
    ],
)  # fmt: skip
def test_sources(source: str, words: str) -> None:
    assert words in explain(source).passages[0].words


def test_inner_queries_are_explained_below_their_operator() -> None:
    for query in (
        "T | mv-apply x = y on (where x > 1 | take 2)",
        "T | fork (where x > 1 | take 2)",
        "T | partition by a (where x > 1 | take 2)",
    ):
        outer, inner, last = explain(query).passages[1:]
        assert (outer.depth, inner.depth, last.depth) == (0, 1, 1)
        assert inner.words == "Keep only rows where x is above 1."
        assert last.words.startswith("Keep at most 2 rows")


def test_let_functions_and_tables() -> None:
    explanation = explain("let f = (x:string) { T | where a == x }; let v = f('b'); v | count")
    assert [one.words for one in explanation.passages] == [
        "f is a function that can be used below. It takes x:string. It does this:",
        "Read T.",
        "Keep only rows where a is x.",
        "v stands for the rows of this query:",
        "Take the rows that f('b') gives.",
        "Take the rows of v.",
        "Count the rows: one row with one number, Count.",
    ]


def test_what_cannot_be_read_is_said_and_the_rest_explained() -> None:
    explanation = explain("T\n| where a == 1\n| wher b == 2\n| take 5")
    assert explanation.problem == "Line 3, column 3: wher does not fit here."
    assert [(one.line, "cannot be read" in one.words) for one in explanation.passages] == [
        (1, False), (2, False), (3, True), (4, False),
    ]  # fmt: skip
    assert explanation.summary == ""


def test_a_broken_let_does_not_hide_the_query() -> None:
    explanation = explain("let a = ;\nT | take 1")
    assert [one.line for one in explanation.passages] == [1, 2, 2]
    assert "Line 1" in explanation.problem


@pytest.mark.parametrize("kql", ["", "  \n", "// only words", ")", "T |", "((((", ".show tables"])
def test_no_query_is_no_explanation(kql: str) -> None:
    assert explain(kql).problem


def test_deep_nesting_is_told() -> None:
    assert explain("T | where " + "(" * 3_000 + "1" + ")" * 3_000).problem


@pytest.mark.parametrize(
    ("kql", "words"),
    [
        ("let x = T | take 1;\n// and then\nlet y = x;\ny | take 1", "Take the rows of y."),
        ("T\n| as Seen\n| union Seen\n| join (Seen | take 1) on a", "Take the rows of Seen."),
        ("let f = (S: (*)) {\nS\n| take 1 };\nT | invoke f()", "Take the rows of S."),
        ("let x = T | ;\nlet y = x;\ny\n| take 1", "Take the rows of y."),
    ],
)
def test_the_query_s_own_names_are_no_tables(kql: str, words: str) -> None:
    assert words in [passage.words for passage in explain(kql).passages]


_PIECES = st.sampled_from(
    [*sorted(TABULAR_OPERATORS), "T", "a", "|", "(", ")", ",", "==", '"x"', "by", "on", ";", "let",
     "=", "ago(1d)", "1", "in", "has", "\n", "kind=inner", "with", "//c\n", "to", "from", "'"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECES, max_size=14).map(" ".join) | st.text(max_size=40))
def test_no_text_raises(kql: str) -> None:
    explain(kql, CATALOG)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(sorted(TABULAR_OPERATORS)), min_size=1, max_size=4))
def test_no_part_of_a_broken_text_is_passed_over(operators: list[str]) -> None:
    kql = "T" + "".join(f"\n| {operator} =" for operator in operators)
    lines = {one.line for one in explain(kql).passages}
    assert lines == set(range(1, len(operators) + 2))
