"""Each word is coloured as what it is to its reader, also where its line does not say it."""

from soc_tui.kql.editing.highlight import Words, line_spans
from soc_tui.kql.text.lexer import fences

WORDS = Words(frozenset({"DeviceEvents", "SecurityEvent"}), frozenset({"DeviceName", "EventID"}))


def coloured(text: str) -> dict[str, str]:
    """Colour of each piece; the last one wins."""
    lines = text.split("\n")
    at = fences(lines)
    return {
        lines[row][span.start : span.end]: span.colour.value
        for row in range(len(lines))
        for span in line_spans(lines, at, row, WORDS)
    }


def test_a_query() -> None:
    found = coloured(
        "DeviceEvents // what\n| where DeviceName has_cs \"x\" and tolower(Other) !in~ ('y')\n"
        "| summarize count() by EventID, bin(When, 1h)"
    )
    assert found == {
        **dict.fromkeys(["DeviceEvents"], "table"),
        **dict.fromkeys(["where", "summarize"], "operator"),
        **dict.fromkeys(["has_cs", "and", "!in~", "by"], "keyword"),
        **dict.fromkeys(["DeviceName", "EventID"], "column"),
        **dict.fromkeys(["tolower", "count", "bin"], "function"),
        **dict.fromkeys(["Other", "When"], "name"),
        **dict.fromkeys(['"x"', "'y'"], "string"),
        **dict.fromkeys(["|", "(", ")", ","], "symbol"),
        "1h": "number",
        "// what": "comment",
    }


def test_words_are_known_by_their_neighbours_on_other_lines() -> None:
    found = coloured("Unknown |\n// why\n  where a == 1 | join (\nOther\n// why\n| take 1) on a")
    assert found["where"] == "operator"
    assert found["Unknown"] == "table"
    assert found["Other"] == "table"


def test_strings_of_several_lines_and_open_ones() -> None:
    found = coloured("print ```a\n| where b\n``` , 'x\n| take 1")
    assert found["```a"] == found["| where b"] == found["```"] == "string"
    assert found["'x"] == "error"
    assert found["take"] == "operator"


def test_an_operator_name_elsewhere_is_none() -> None:
    assert coloured("T | extend a = T.count")["count"] == "name"
    assert coloured("T | summarize n = count()")["count"] == "function"
