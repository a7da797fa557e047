"""What the service would reject is told before anything is sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.slips.find import find_slips
from soc_tui.kql.slips.signatures import forms
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.vocabulary import FUNCTIONS
from tests.guardrails import allowed

CATALOG = load_catalog()
F = "DeviceFileEvents | where TimeGenerated > ago(1d)"


def slips(kql: str) -> list[str]:
    return [slip.message for slip in find_slips(kql, read_query(kql, CATALOG))]


# What is at fault stands between « and ».
@pytest.mark.parametrize(
    ("marked", "message"),
    [
        (f"{F} | where «count()» > 1", "count() works on groups of rows"),
        (f"{F} | project «date» = TimeGenerated", "date is a word of the language"),
        (f"{F} | summarize «card» = count()", "card is a word of the language"),
        (f"{F} | extend a = AdditionalFields.«others»", "others is a word of the language"),
        (f"{F} | extend ['date'] = 1 | sort by «date»", "date is a word of the language"),
        (f"{F} | where «dcount»(FileName) > 1", "dcount() works on groups"),
        (f"{F} | extend m = «max»(TimeGenerated)", "max() works on groups"),
        (f"{F} | project m = «make_set»(FileName)", "make_set() works on groups"),
        (f"{F} | summarize count() by «max»(FileName)", "max() works on groups"),
        (f"{F} | sort by «max»(FileSize)", "max() works on groups"),
        (f"{F} | where «strlen(FileName)»", "where needs true or false, and this is a number"),
        (f"{F} | where «FileName = 'a.exe'»", "where compares with =="),
        (f"{F} | where FileName == 'a' and «'x'»", "and needs true or false"),
        (f"{F} | where FileName == 'a' or «FileSize»", "or needs true or false"),
        (f"{F} | extend a = «substring(FileName)»", "substring() takes 2 to 3 arguments"),
        (f"{F} | extend a = «strlen(FileName, 1)»", "strlen() takes 1 argument, and has 2"),
        (f"{F} | extend a = «bin(TimeGenerated)»", "bin() takes 2 arguments"),
        (f"{F} | where «isnotempty(FileName, FolderPath)»", "isnotempty() takes 1"),
        (f"{F} | extend a = «iff(FileName == 'a', 1)»", "iff() takes 3 arguments"),
        (f"{F} | extend a = «case(FileName == 'a', 1, true, 2)»", "case() ends with"),
        (f"{F} | where «TimeGenerated > '2024-01-01'»", "A time is compared with text"),
        (f"{F} | where «TimeGenerated > 1d»", "A time is compared with a length of time"),
        (f"{F} | where «TimeGenerated between ('2024-01-01' .. now())»", "A time is compared"),
        (f"{F} | where «TimeGenerated has '2024'»", "has works on text, and this is a time"),
        (f"{F} | where «TimeGenerated has_any ('2024')»", "has_any works on text"),
        (f"{F} | where TimeGenerated > ago(«'1d'»)", "ago() does not take text there"),
        (f"{F} | summarize countif(«FileName»)", "countif() does not take text"),
        (f"{F} | extend a = round(«FileName», 2)", "round() does not take text"),
        (f"{F} | serialize a = row_cumsum(«FileName»)", "row_cumsum() does not take text"),
        (f"{F} | extend a = «FileName» + 1", "Text cannot be computed with"),
        (f"{F} | extend a = 1 «+ now()»", "A time cannot be computed with numbers"),
        (f"{F} | extend a = «FileName.name»", "Parts are taken of text"),
        (f"{F} | extend a = «FileName[0]»", "Parts are taken of text"),
        (f"{F} | mv-expand «a = FileName»", "mv-expand takes an array or bag, and this is text"),
        (f"{F} | mv-expand «FileName»", "mv-expand takes an array or bag"),
        (f"{F} | summarize count() by «AdditionalFields»", "Rows are not grouped by"),
        (f"{F} | summarize count() by «a = parse_json(FileName)»", "Rows are not grouped by"),
        (f"{F} | distinct «AdditionalFields»", "Rows are not told apart by"),
        (f"{F} | distinct «*»", "as AdditionalFields is"),
        (f"{F} | sort by «AdditionalFields» desc", "Rows are not sorted by"),
        (f"{F} | summarize «count(FileName)»", "count() counts rows and takes no values"),
        (f"{F} | summarize arg_max(«*») by DeviceId", "arg_max() begins with what is largest"),
        (
            f"{F} | make-series n = «countif()» on TimeGenerated step 1h",
            "countif() takes 1 argument, and has 0",
        ),
        (f"{F} | evaluate bag_unpack(«todynamic(FileName)»)", "bag_unpack() takes the name of"),
        (f"{F} | summarize count() by «bin()»", "bin() takes 2 arguments"),
        (f"{F} | extend «first» = 1", "first is a word of the language"),
        (f"{F} | summarize count() by «timeline» = FileName", "timeline is a word"),
        (f"{F} | project FileName, «kind» = 1", "kind is a word of the language"),
        ("let «title» = 1; print a = 2", "title is a word of the language"),
        (f"{F} | extend title = 1 | where «title» == 1", "title is a word of the language"),
        ("union («materialize»(DeviceEvents)), DeviceInfo", "materialize() is the whole value"),
        ("let a = «materialize»(DeviceEvents) | take 1; a", "materialize() is the whole value"),
        (f"{F} | summarize m = max(FileSize), «m = min(FileSize)» by DeviceId", "'m' is made"),
        (f"{F} | project FileName, «FileName»", "'FileName' is made twice"),
        (f"{F} | summarize «tolower(FileName)» by DeviceId", "summarize needs an aggregate here"),
        (f"{F} | take «'a'»", "take needs a whole number"),
        (f"{F} | sample «0.5»", "sample needs a whole number"),
        (f"{F} | join (DeviceEvents) on «'DeviceId'»", "The key of a join is a column"),
        (f"{F} | where «$left» == 'a'", "$left stands behind the on of a join only"),
        (f"{F} | «evaluate bag_unpack()»", "bag_unpack() takes the name of a column"),
        ("print a = «max»(1)", "max() works on groups of rows"),
        (f"{F} | make-series count() on TimeGenerated from «1d» to now() step 1h", "make-series"),
        (f"{F} | join «kind=left» (DeviceEvents) on DeviceId", "left is no kind of join"),
        (
            f"{F} | join (DeviceEvents | take 5) on «$left.TimeGenerated == $right.DeviceId»",
            "The join's key is a time on the left and text on the right",
        ),
        (f"{F} | join (DeviceEvents | project FileName = now()) on «FileName»", "The join's key"),
        ("let d = 1d; let «d» = 2d; DeviceFileEvents | where TimeGenerated > ago(d)", "names 'd'"),
        ("let t = «ago(1d, 2)»; DeviceFileEvents | where TimeGenerated > t", "ago() takes 1"),
        ("«'x'» | where FileName == 'a'", "A table is needed here, and this is text"),
        ("let a = 1; «5» | take 1", "A table is needed here, and this is a number"),
        (f"{F} | join «5» on FileName", "A table is needed here"),
        (f"{F} | union («'x'»)", "A table is needed here"),
        (f"union ({F}), («1d»)", "A table is needed here, and this is a length of time"),
        (f"{F} | union «isfuzzy=yes» DeviceEvents", "isfuzzy is true or false"),
        (f"{F} | join (DeviceEvents) «on» | take 1", "join needs a key behind on"),
        (f"{F} | lookup (DeviceEvents) «on» | take 1", "lookup needs a key behind on"),
        (f"{F} | join (DeviceEvents) on «DeviceId == $right.DeviceId»", "The key of a join is"),
        (f"{F} | join (DeviceEvents) on «$right.FileName == $left.FileName»", "The key of a"),
        (f"{F} | project-rename a = «'FileName'»", "project-rename takes the name of a column"),
        (f"{F} | sample-distinct 5 of «100»", "sample-distinct takes the name of a column"),
        (f"{F} | top-hitters 5 of «tolower(FileName)»", "top-hitters takes the name of a column"),
        (f"{F} | evaluate pivot(«'a'», count())", "pivot() takes the name of a column"),
        (f"{F} | «evaluate pivot()»", "pivot() takes the column whose values"),
        (f"{F} | evaluate pivot(FileName, «max()»)", "max() takes 1 argument, and has 0"),
        (f"{F} | evaluate bag_unpack(«(AdditionalFields)»)", "bag_unpack() takes a name without"),
        (f"{F} | top-nested «'3'» of FileName by count()", "top-nested needs a number"),
        (f"{F} | top-nested 3 of FileName by «max()»", "max() takes 1 argument, and has 0"),
        (f"{F} | top-nested 3 of FileName by «strlen(FileName)»", "top-nested needs an aggregate"),
        (f"{F} | reduce «kind=x» by FileName", "reduce knows no kind but source"),
        (f"{F} | reduce by «FileSize»", "reduce works on text, and this is a number"),
        (f"{F} | make-series count() on TimeGenerated step «1»", "Steps over times are not"),
        (f"{F} | make-series count() on FileSize step «1h»", "Steps over numbers are not lengths"),
        (f"{F} | make-series count() on TimeGenerated from «1» to now() step 1h", "make-series"),
        ("find in (DeviceFileEvents) where TimeGenerated > «ago()»", "ago() takes 1 argument"),
        ("find in (DeviceFileEvents) where «TimeGenerated > 1d»", "A time is compared with a"),
        ("let f = (a: long, b: long = 2) { a + b }; print «f()»", "f() takes 1 to 2 arguments"),
        ("let f = (a: long, b: long = 2) { a + b }; print «f(1, 2, 3)»", "and has 3"),
        ("let f = (a: long, b: long) { a + b }; print f(1, «c=2»)", "f() has no parameter 'c'"),
        (f"let f = (T: (*), a: long) {{ T | take a }}; {F} | invoke «f()»", "f() takes 2"),
        (f"{F} | where «FileName > 1»", "Text is compared with a number"),
        (f"{F} | where «FileSize between ('1' .. '2')»", "A number is compared with text"),
        (f"{F} | where «AdditionalFields.a > now()»", "A dynamic value is compared with a time"),
        (f"{F} | where «AdditionalFields.a < 'b'»", "A dynamic value is compared with text"),
        (f"{F} | where «AdditionalFields.a»", "where needs true or false, and this is dynamic"),
        (f"{F} | where not(«AdditionalFields.a»)", "not() does not take a dynamic value"),
        (f"{F} | extend a = iff(«AdditionalFields.a», 1, 2)", "iff() does not take a dynamic"),
        (f"{F} | extend a = «-FileName»", "Text cannot be computed with"),
        (f"{F} | extend a = «1d» + 1", "A length of time and a number are not summed"),
        (f"{F} | extend a = 1, «a = 2»", "'a' is made twice"),
        (f"{F} | distinct FileName, «FileName»", "'FileName' is made twice"),
        (f"{F} | mv-expand «kind=x» AdditionalFields", "mv-expand makes bags or arrays"),
        (f"{F} | extend a = coalesce(FileName, «1»)", "coalesce() takes values of one type"),
        (f"{F} | where «FileSize in~ ('a')»", "in~ works on text, and this is a number"),
        (f"{F} | where «TimeGenerated > 2 * 1d»", "A time is compared with a length of time"),
        ("search in (DeviceFileEvents) 'a' and TimeGenerated > «ago()»", "ago() takes 1 argument"),
        ("search in (DeviceEvents) «TimeGenerated > 1d»", "A time is compared with a length"),
        (f"let ids = DeviceInfo | distinct DeviceId; {F} | where DeviceId == «ids»", "ids is a"),
        (f"let ids = DeviceInfo | count; {F} | where FileSize > «ids»", "ids is a table, and one"),
        (f"{F} | where FileName in ((DeviceEvents | where «strlen(FileName)» | project FileName))",
         "where needs true"),
    ],
)  # fmt: skip
def test_it_is_told_at_its_place(marked: str, message: str) -> None:
    kql = marked.replace("«", "").replace("»", "")
    found = find_slips(kql, read_query(kql, CATALOG))
    assert [slip.message for slip in found if message in slip.message] == [found[0].message]
    (slip,) = found
    assert slip.place.column == marked.index("«") + 1
    assert slip.place.length == marked.index("»") - marked.index("«") - 1


@pytest.mark.parametrize(
    "kql",
    [
        f"{F} | where FileSize == '5' or FileName == 5",
        f"{F} | where isnotempty(FileName) and not(FileName has 'a') and true",
        f"{F} | summarize count(), round(avg(FileSize)), strcat(max(FileName), 'a') by DeviceId",
        f"{F} | summarize arg_max(TimeGenerated, *), take_any(FileName) by DeviceId",
        f"{F} | where TimeGenerated - ago(1d) > 1h and TimeGenerated between (ago(1d) .. 1h)",
        f"{F} | extend d = parse_json(AdditionalFields) | where d.a > 1 and d.b and d.c has 'a'",
        f"{F} | mv-expand a = split(FileName, '.') | extend b = a[0], c = a.x",
        f"{F} | mv-expand todynamic(FileName) | extend b = FileName[0]",
        "let f = () { }; f() | take 1",
        "let f = () { let x = 1; }; print f()",
        f"{F} | mv-expand AdditionalFields to typeof(string) | distinct AdditionalFields",
        f"{F} | make-series count() on TimeGenerated step 1h | mv-expand TimeGenerated",
        "datatable(title: string, n: long)['a', 1]",
        f"{F} | distinct FileName, tostring(AdditionalFields) | sort by FileName",
        f"{F} | summarize ['first'] = min(TimeGenerated) by DeviceId | extend b = ['first']",
        f"{F} | extend tostring(FileSize) | where FileSize has '1'",
        f"{F} | extend a = extract('a', 1, FileName), b = extract('a', 1, FileName, typeof(long))",
        f"{F} | extend a = case(FileName == 'a', 1, FileName == 'b', 2, 3), b = coalesce(1, 2, 3)",
        f"{F} | make-series n = count() default=0 on TimeGenerated step 1h by DeviceId",
        f"{F} | top-nested 2 of FileName by max(FileSize)",
        f"{F} | join kind=leftouter (DeviceEvents) on DeviceId, $left.FileName == $right.FileName",
        "let max = (a: string) { tolower(a) }; DeviceFileEvents | extend b = max(FileName)",
        "let x = 5; DeviceFileEvents | where FileSize > x | take x",
        "let f = (n: long) { DeviceFileEvents | where FileSize > n }; f(5)",
        f"{F} | where AdditionalFields.a > 1 and AdditionalFields.b == now()",
        f"{F} | extend a = AdditionalFields.a | where a between (1 .. 2) or a > AdditionalFields.b",
        f"{F} | extend a = 1d / 2, b = now() - AdditionalFields.a, c = -1d, d = 2 * 1d",
        f"{F} | join (DeviceEvents) on DeviceId, $left.FileName == $right.FileName and FolderPath",
        "let f = (a: long, b: long = 2) { a + b }; print f(1), f(1, 2), f(b=1, a=3)",
        f"let f = (T: (*), a: long) {{ T | take a }}; f(({F}), 5); {F} | invoke f(5)",
        f"let n = 5; {F} | top-nested n of FileName by count(), top-nested of DeviceId by max(2)",
        f"{F} | evaluate pivot(FileName, sum(FileSize), DeviceId) | project-rename a = DeviceId",
        f"{F} | reduce kind=source by FileName | sample-distinct 5 of ['FileName']",
        "union isfuzzy=TRUE DeviceEvents, (print a = 1) | take 1",
        "find in (DeviceFileEvents) where TimeGenerated > ago(1d) and FileSize == '1'",
        "print 'x' | take 1",
        f"{F} | summarize a = hll(FileName) by DeviceId | summarize b = hll_merge(a)",
        "print range(datetime(2026-01-01), datetime(2026-01-03), 1d), range(1h, 3h), range(1, 5)",
        f"{F} | mv-expand kind=array AdditionalFields | extend a = coalesce(FileSize, 1, 2.5)",
        "search in (DeviceFileEvents) 'a' and ('b' or 5) and FileName:'c' and FileSize > 4",
        f"let n = toscalar(DeviceInfo | count); {F} | where FileSize > n and FileSize == n",
        f"let ids = DeviceInfo | distinct DeviceId; {F} | where DeviceId in (ids) and 2 * 1d > 1d",
        f"{F} | extend a = tolower(now()), b = strcat(now(), 1)",
        f"{F} | where ago(1d) < TimeGenerated and 1d < now() - TimeGenerated",
    ],
)
def test_what_the_service_takes_is_not_told(kql: str) -> None:
    assert slips(kql) == []


PASSING = [query for queries in allowed.BOUNDED.values() for query in queries]


@given(st.sampled_from(PASSING), st.integers(0, 400), st.sampled_from(["'", " ", "1", "(", "a"]))
@settings(max_examples=100, deadline=None)
def test_any_text_that_reads_is_looked_through(kql: str, at: int, more: str) -> None:
    text = kql[:at] + more + kql[at:]
    try:
        reading = read_query(text, CATALOG)
    except t.UNREADABLE:
        return
    for slip in find_slips(text, reading):
        assert slip.message and slip.place.line >= 1


def test_the_signatures_are_of_functions_that_are_allowed() -> None:
    assert set(forms()) <= FUNCTIONS
    assert len(forms()) > 400
