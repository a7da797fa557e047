"""A forbidden table that is added to an allowed query in any form is found."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.model.limits import Limits
from tests.guardrails import allowed

CATALOG, LIMITS = load_catalog(), Limits()
PASSING = [q for table in (allowed.LOOSE, allowed.BOUNDED) for qs in table.values() for q in qs]
PIPED = [
    query.rstrip(";") for query in PASSING if "render" not in query and not query.endswith(";")
]

# What is added, and the rule that must refuse it.
FORBIDDEN = {
    "HiddenTable": "table",
    "['HiddenTable']": "table",
    '["HiddenTable"]': "table",
    "(HiddenTable)": "table",
    "(HiddenTable | take 5)": "table",
    "(union HiddenTable)": "table",
    "(search 'x')": "table",
    "(table('HiddenTable'))": "table",
    "(table(strcat('Hidden', 'Table')))": "reach",
    "(materialize(HiddenTable | take 5))": "table",
    "(database('x').HiddenTable)": "reach",
    "(workspace('w').DeviceProcessEvents)": "workspace",
    "(cluster('c').database('d').T)": "reach",
    "(_GetWatchlist('w'))": "reach",
    "(SecretFunction())": "function",
    "(externaldata(a: string)['https://x'])": "construct",
    "(evaluate sql_request('a', 'b'))": "plugin",
}
BEHIND = [
    "\n| union {}",
    "\n| union isfuzzy=true withsource=Source_ (print 1), {}",
    "\n| join {} on $left.x == $right.y",
    "\n| join kind=leftanti hint.strategy=broadcast {} on $left.x == $right.y",
    "\n| lookup {} on k",
    "\n| where 'x' in ({})",
    "\n| where 'x' !in~ ({})",
    "\n| where 'x' has_any ({})",
    "\n| where not('x' in ({}))",
    "\n| extend z_ = toscalar({})",
    "\n| extend z_ = iff(true, toscalar({} | count), 0)",
    "\n| union (print z_ = 1 | union {})",
    "\n| as Z_ | union {}",
    "\n| summarize z_ = countif('x' in ({}))",
    "\n| take toscalar({} | count)",
    "\n| evaluate ipv4_lookup({}, x, y)",
    "\n| mv-apply z_ = pack_array(1) on (join {} on $left.x == $right.y)",
    "\n| partition by x {{ {} }}",
    "\n| fork (where 'x' in ({})) (count)",
    "\n| facet by x with (where 'x' in ({}))",
]
BEFORE = [
    "let Z_ = {}; ",
    "let Z_ = materialize({}); ",
    "let Z_ = toscalar({} | count); ",
    "let Z_ = () {{ {} }}; ",
    "let Z_ = view () {{ {} | take 5 }}; ",
    "let Z_ = (T: (*)) {{ T | join {} on $left.x == $right.y }}; ",
    "let Z_ = () {{ let Y_ = {}; Y_ }}; ",
    "let Z_ = 'x' in ({}); ",
]
QUICK = settings(max_examples=150, deadline=None)


def refusing_rules(kql: str) -> set[str]:
    return {line.rule for line in judge_kql(kql, CATALOG, LIMITS).refusals}


@given(st.sampled_from(PIPED), st.sampled_from(BEHIND), st.sampled_from(sorted(FORBIDDEN)))
@QUICK
def test_behind_an_allowed_query(kql: str, form: str, forbidden: str) -> None:
    assert FORBIDDEN[forbidden] in refusing_rules(kql + form.format(forbidden))


@given(st.sampled_from(PASSING), st.sampled_from(BEFORE), st.sampled_from(sorted(FORBIDDEN)))
@QUICK
def test_before_an_allowed_query(kql: str, form: str, forbidden: str) -> None:
    assert FORBIDDEN[forbidden] in refusing_rules(form.format(forbidden) + kql)


def replaced(kql: str, number: int, name: str) -> str | None:
    """The query with the `number`th name of a catalog table replaced; None without one."""
    places = [
        piece
        for piece in lexemes(kql)
        if piece.kind is Kind.NAME and kql[piece.start : piece.end] in CATALOG.tables
    ]
    if not places or "let Device" in kql:
        return None
    place = places[number % len(places)]
    return kql[: place.start] + name + kql[place.end :]


NAMES: list[Callable[[str], str]] = [
    lambda kql: "HiddenTable",
    lambda kql: "['HiddenTable']",
    lambda kql: "deviceprocessevents",
    lambda kql: "['DeviceProcessEvents\u200b']",
]


@given(st.sampled_from(PASSING), st.integers(0, 10), st.sampled_from(NAMES))
@QUICK
def test_in_the_place_of_a_table(kql: str, number: int, name: Callable[[str], str]) -> None:
    changed = replaced(kql, number, name(kql))
    if changed is not None:
        assert "table" in refusing_rules(changed)
