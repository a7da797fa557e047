"""What is offered at the cursor, and what is not."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.kql.editing.completion import Sort, complete
from soc_tui.kql.editing.names import Names, made_in, tables_in
from soc_tui.kql.editing.seen import seen_values
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.model.rows import Rows

CATALOG = Catalog(
    {
        "DeviceEvents": TableSpec(
            "DeviceEvents",
            (Column("DeviceName", KqlType.STRING), Column("FileName", KqlType.STRING)),
        ),
        "SecurityEvent": TableSpec(
            "SecurityEvent",
            (Column("EventID", KqlType.INT), Column("DeviceAccount", KqlType.STRING)),
        ),
    }
)
NAMES = Names(
    CATALOG,
    scope=("DeviceEvents",),
    made=("Total",),
    result=(Column("Total", KqlType.LONG),),
    values={"FileName": ('"cmd.exe"', '"say \\"hi\\""'), "EventID": ("4688",)},
)


def offered(before: str) -> list[str]:
    return [item.text for item in complete(before, NAMES).items]


def test_tables_where_a_query_begins() -> None:
    for before in ("", "let x = 1; ", "DeviceEvents | union ", "DeviceEvents | join (", "let x = "):
        assert offered(before)[:2] == ["DeviceEvents", "SecurityEvent"]
    assert offered("DeviceEvents | join kind=inner ")[:1] == ["DeviceEvents"]
    assert offered("DeviceEvents | join ")[0] == "kind=inner"


def test_operators_behind_a_pipe_and_nothing_else() -> None:
    assert offered("DeviceEvents | su") == ["summarize"]
    assert offered("DeviceEvents\n// why\n|\n project-aw") == ["project-away"]
    assert "DeviceName" not in offered("DeviceEvents | ")
    assert "externaldata" not in offered("DeviceEvents | ")


def test_columns_of_the_tables_in_scope() -> None:
    assert offered("DeviceEvents | where ")[:2] == ["DeviceName", "FileName"]
    assert "EventID" not in offered("DeviceEvents | where ")
    assert "EventID" not in offered("SecurityEvent | take 1; DeviceEvents | where ")
    inner = offered("DeviceEvents | join (SecurityEvent | where Device")
    assert inner[:2] == ["DeviceAccount", "DeviceName"]
    joined = offered("DeviceEvents | join (SecurityEvent | take 5) on ")
    assert {"EventID", "FileName"} <= {*joined}


def test_scope_of_the_whole_text_where_no_table_is_near() -> None:
    assert offered("procs | where ")[:2] == ["DeviceName", "FileName"]


def test_words_behind_an_operand() -> None:
    behind = offered("DeviceEvents | where DeviceName ")
    assert {"has", "==", "!has", "and"} - {*behind} == {"=="}
    assert offered("DeviceEvents | summarize count() ")[0] == "by"
    assert offered("DeviceEvents | where DeviceName !con") == ["!contains", "!contains_cs"]
    assert offered("DeviceEvents ") == []


def test_functions_and_made_names() -> None:
    items = complete("DeviceEvents | summarize x = dcou", NAMES).items
    assert [item.inserted for item in items][:2] == ["dcount(", "dcountif("]
    assert offered("DeviceEvents | where tot")[0] == "Total"


def test_odd_column_names_are_written_in_quotes() -> None:
    odd = Column('a "b', KqlType.STRING)
    names = Names(CATALOG, result=(odd, Column("plain", KqlType.STRING)))
    items = complete("DeviceEvents | project ", names).items
    inserted = {item.text: item.inserted for item in items}
    assert inserted['a "b'] == '["a \\"b"]'
    assert inserted["plain"] == "plain"


def test_values_seen_in_the_column() -> None:
    assert offered("DeviceEvents | where FileName == ")[0] == '"cmd.exe"'
    assert offered('DeviceEvents | where FileName has "sa') == ['"say \\"hi\\""']
    assert offered("DeviceEvents | where FileName in (@'x', 'cm") == ['"cmd.exe"']
    assert offered("SecurityEvent | where EventID == ")[0] == "4688"
    assert offered('DeviceEvents | where DeviceName == "') == []


@pytest.mark.parametrize("before", ["// De", 'print "De"', "DeviceEvents | take 1", "T | take "])
def test_nothing_in_comments_strings_and_numbers(before: str) -> None:
    assert offered(before) == []


def test_offered_unasked_only_once_something_is_typed() -> None:
    assert complete("DeviceEvents | w", NAMES).eager
    assert not complete("DeviceEvents | ", NAMES).eager
    assert not complete("D", NAMES).eager
    assert complete('DeviceEvents | where FileName == "', NAMES).eager


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"|(){}[];=,.!-\"'\n ",
                "join",
                "kind",
                "in",
                "on",
                "DeviceEvents",
                "where",
                "Fi",
                "//",
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_any_text_can_be_completed_at_its_end(before: str) -> None:
    found = complete(before, NAMES)
    assert before.endswith(found.typed)
    assert all(item.sort in Sort for item in found.items)


def test_names_of_a_text() -> None:
    text = "let a = 1;\nSecurityEvent | extend b = x == y,c= 1 | join kind=inner X on z=~w | as d"
    assert tables_in(text, CATALOG) == ("SecurityEvent",)
    assert made_in(text) == ("a", "b", "c", "d")
    assert made_in("x" * 300_000 + " a = 1") == ("a",)  # from each place of it, that took minutes


def test_values_are_literals_the_most_frequent_first() -> None:
    columns = (
        Column("Name", KqlType.STRING),
        Column("Id", KqlType.INT),
        Column("When", KqlType.DATETIME),
    )
    table = pa.table(
        {
            "Name": ["a", 'x" | y', 'x" | y', "", None, "z" * 500],
            "Id": pa.array([1, 2, 2, None, 3, 2], pa.int32()),
            "When": pa.array([0] * 6, pa.timestamp("us", "UTC")),
        }
    )
    assert seen_values(Rows(table, columns)) == {
        "Name": ('"x\\" | y"', '"a"'),
        "Id": ("2", "1", "3"),
    }
