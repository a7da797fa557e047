"""Which columns there are behind each operator."""

import pytest

from soc_tui.kql.columns.schema import MOST_COLUMNS
from soc_tui.kql.reading.read import read_query
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec


def table(name: str, **columns: KqlType) -> TableSpec:
    return TableSpec(name, tuple(Column(one, kind) for one, kind in columns.items()))


S, L, D = KqlType.STRING, KqlType.LONG, KqlType.DYNAMIC
TABLES = [
    table("T", a=S, b=L, d=D),
    table("U", a=S, c=S),
    table("V", a=L, b=L),
    table("Wide", **{f"c{number}": S for number in range(MOST_COLUMNS)}),
]
CATALOG = Catalog({spec.name: spec for spec in TABLES})


def columns_behind(kql: str) -> list[str] | None:
    """The columns behind a query; None where any name passes."""
    checked = read_query(f"{kql} | where Nope_ == 1", CATALOG).columns
    unknown = [found for found in checked.unknown if found.name == "Nope_"]
    assert len(checked.unknown) == len(unknown)
    return list(unknown[0].known) if unknown else None


@pytest.mark.parametrize(
    ("kql", "columns"),
    [
        ("T", "a b d"),
        ("T | where a == '' | sort by b | take 5 | top 3 by b | sample 2", "a b d"),
        ("T | extend x = 1, a = 2", "a b d x"),
        ("T | project b, x = a", "b x"),
        ("T | project a, tostring(b), b + 1", "a b Column3"),
        ("T | project d.p.q, d['r']", "d_p_q d_r"),
        ("T | project-away a, d*", "b"),
        ("T | project-keep d, a*", "a d"),
        ("T | project-rename x = a", "x b d"),  # in its place, the page of project-rename says
        ("T | project-reorder d, b", "d b a"),
        ("T | distinct b, a", "b a"),
        ("T | summarize n = count(), max(b), make_set(a) by d", "d n max_b set_a"),
        ("T | summarize by bin(b, 10)", "b"),
        ("T | summarize arg_max(b, *) by a", "a b d"),
        ("T | summarize arg_min(b, x = d) by a", "a b x"),
        ("T | summarize percentiles(b, 5, 99.9)", "percentile_b_5 percentile_b_99_9"),
        ("T | count", "Count"),
        ("T | join U on a", "a b d a1 c"),
        ("T | join U on a | join U on a", "a b d a1 c a2 c1"),
        ("T | join kind=leftsemi U on a", "a b d"),
        ("T | join kind=rightanti U on a", "a c"),
        ("T | lookup U on a", "a b d c"),
        ("T | lookup (U | project k = a, c) on $left.a == $right.k", "a b d c"),
        ("union T, U", "a b d c"),
        ("union kind=inner T, U", "a"),
        ("union withsource=Src T, U", "a b d c Src"),
        ("T | union (U | extend x = 1)", "a b d c x"),
        ("T | mv-expand x = d, b", "a b d x"),
        ("T | mv-expand with_itemindex=i d", "a b d i"),
        ("T | mv-apply x = d on (summarize n = count())", "a b d n"),
        ("T | parse a with * 'k=' k:long ' ' rest", "a b d k rest"),
        ("T | parse-kv a as (k: string, l: long)", "a b d k l"),
        ("T | make-series n = count() on b step 1 by a", "n b a"),
        ("T | make-series avg(b) on b step 1", "avg_b b"),
        ("T | top-nested 2 of a by n = count(), top-nested of b by max(b)", "a n b aggregated_b"),
        ("T | top-hitters 2 of a", "a approximate_count_a"),
        ("T | sample-distinct 2 of a", "a"),
        ("T | reduce by a", "Pattern Count Representative"),
        ("T | getschema", "ColumnName ColumnOrdinal DataType ColumnType"),
        ("T | evaluate autocluster()", "SegmentId Count Percent a b d"),
        ("T | evaluate narrow()", "Row Column Value"),
        ("T | evaluate ipv4_lookup(U, a, c)", "a b d a1 c"),
        ("T | evaluate bag_unpack(d) : (x: string)", "a b d x"),
        ("T | serialize r = row_number()", "a b d r"),
        ("T | partition by a (project b)", "b"),
        ("T | partition by a { U | where a == 'x' }", "a c"),
        ("T | scan declare (s: long) with (step one: true => s = b;)", "a b d s"),
        ("search in (T, U) 'x'", "a b d c $table"),
        ("find in (T) where a == 'x' project b", "source_ pack_ b"),
        ("datatable(x: string, ['y z']: long)['', 1]", "x y z"),
        ("print x = 1, 2", "x print_1"),
        ("range i from 1 to 5 step 1", "i"),
        ("let f = () { T | project a }; f()", "a"),
        ("let f = (t: (*)) { t }; f(T)", "a b d"),
        ("let f = (t: (*)) { t | extend x = 1 }; T | invoke f()", "a b d x"),
        ("let f = (t: (*)) { t | project a }; f(T)", "a"),
        ("let f = (t: (a: string)) { t | project x = a }; T | invoke f()", "x"),
        ("let x = T | project a; x", "a"),
        ("let x = materialize(T); x | as y", "a b d"),
        ("workspace('w').T", "a b d"),
        ("T datascope=all", "a b d"),
    ],
)
def test_columns_that_are_told(kql: str, columns: str) -> None:
    assert " ".join(columns_behind(kql) or ()) == columns


@pytest.mark.parametrize(
    "kql",
    [
        "T | evaluate bag_unpack(d)",
        "T | evaluate pivot(a, count())",
        "T | extend series_fit_line(d)",
        "T | fork (count) (take 1)",
        "T | facet by a",
        "T | make-graph a --> b with U on a",
        "T | union NotInTheCatalog",
        "NotInTheCatalog",
        "database('x').T",
        "search 'x'",
        "Wide | join Wide on c1",
    ],
)
def test_columns_that_only_the_workspace_knows(kql: str) -> None:
    assert columns_behind(kql) is None


@pytest.mark.parametrize("name", ["a_string", "a_long"])
def test_a_column_of_two_types_is_split_by_union(name: str) -> None:
    assert not read_query(f"union T, V | where {name} == 1", CATALOG).columns.unknown
    assert read_query(f"union T, V | where b_{name} == 1", CATALOG).columns.unknown


def test_names_of_lists_are_told_apart_from_tables() -> None:
    kql = "T | where a in (b, Other, 'x')"
    listed = read_query(kql, CATALOG).columns.listed
    assert [place.column for place in listed] == [kql.find("b,") + 1]
