"""Unknown names become the nearest known ones; nothing else is touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.kql.editing.diff import Change, diff
from soc_tui.kql.editing.repair import nearest
from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec

CATALOG = Catalog(
    {
        name: TableSpec(name, tuple(Column(column, KqlType.STRING) for column in columns))
        for name, columns in {
            "DeviceProcessEvents": ("TimeGenerated", "DeviceName", "FileName", "AccountName"),
            "SigninLogs": ("TimeGenerated", "UserPrincipalName", "IPAddress"),
        }.items()
    }
)


@pytest.mark.parametrize(
    ("kql", "problem", "after"),
    [
        ("DeviceProcesEvents | take 1", "There is no table 'DeviceProcesEvents' in this workspace.",
         "DeviceProcessEvents | take 1"),
        ("signinlogs | take 1", "'signinlogs' is not a table of the catalog",
         "SigninLogs | take 1"),
        ("DeviceProcessEvents | where DeviceNam == 'DeviceNam' // DeviceNam",
         "Failed to resolve column or scalar expression named 'DeviceNam'",
         "DeviceProcessEvents | where DeviceName == 'DeviceNam' // DeviceNam"),
        ("DeviceProcessEvents | project Filename, devicename | where Filename has 'x'",
         "no columns 'Filename' and 'devicename'",
         "DeviceProcessEvents | project FileName, DeviceName | where FileName has 'x'"),
        ("DeviceProcessEvents | wher FileName == 'x' | summarise count() by FileName",
         "'wher' is not an operator",
         "DeviceProcessEvents | where FileName == 'x' | summarize count() by FileName"),
        ("DeviceProcessEvents | project-awy FileName", "syntax",
         "DeviceProcessEvents | project-away FileName"),
        ("DeviceProcessEvents | extend h = tolowr(DeviceName)", "Unknown function: 'tolowr'",
         "DeviceProcessEvents | extend h = tolower(DeviceName)"),
        ("DeviceProcessEvents | join (SignInLog) on AccountName", "no table SignInLog",
         "DeviceProcessEvents | join (SigninLogs) on AccountName"),
        ("DeviceProcessEvents | extend host = DeviceName | project hst", "no column 'hst'",
         "DeviceProcessEvents | extend host = DeviceName | project host"),
        ("SigninLogs | where UserPrincipalName == 'x' | project UserPrincipalName",
         "There is no column 'UserPrincipalName' in the tables of this query. Did you mean "
         "UserPrincipal or UserName?",
         "SigninLogs | where UserPrincipal == 'x' | project UserPrincipal"),
        ("let t = SigninLog; t | take 1", "no table 'SigninLog'",
         "let t = SigninLogs; t | take 1"),
    ],
)  # fmt: skip
def test_the_nearest_name_is_taken(kql: str, problem: str, after: str) -> None:
    repaired = nearest(kql, problem, CATALOG)
    assert repaired is not None
    assert repaired[0] == after
    assert "the nearest" in repaired[1]


@pytest.mark.parametrize(
    ("kql", "problem"),
    [
        ("DeviceProcessEvents | take 1", "The query took too long."),
        ("DeviceProcessEvents | where Zzyzx == 1", "no column named 'Zzyzx'"),
        ("DeviceProcessEvents | project DeviceName | where FileName has 'x'",
         "The column 'FileName' no longer exists where the query uses it."),
        ("DeviceProcessEvents | make-series count() on TimeGenerated step 1h",
         "The local workspace cannot run the operator make-series."),
        ("DeviceProcessEvents | where FileName == 'DeviceNam", "unclosed 'DeviceNam"),
        ("", "No query"),
    ],
)  # fmt: skip
def test_what_cannot_be_repaired_is_left(kql: str, problem: str) -> None:
    assert nearest(kql, problem, CATALOG) is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_raises(kql: str, problem: str) -> None:
    nearest(kql, problem, CATALOG)


@given(st.lists(st.sampled_from(["a", "b", "ab", "", "c d"]), max_size=8), st.data())
def test_a_diff_holds_both_texts(lines: list[str], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.sampled_from(["a", "b", "ac", "", "c e"]), max_size=8))
    found = diff("\n".join(lines), "\n".join(other))
    old = [line.text for line in found if line.change is not Change.ADDED]
    new = [line.text for line in found if line.change is not Change.REMOVED]
    assert old == "\n".join(lines).splitlines()
    assert new == "\n".join(other).splitlines()


def test_what_differs_in_a_line_is_marked() -> None:
    removed, added, kept = diff("T | wher a\n| take 1", "T | where a\n| take 1")
    assert (removed.change, added.change, kept.change) == ("-", "+", " ")
    assert removed.spans == ()
    assert [added.text[start:end] for start, end in added.spans] == ["e"]
