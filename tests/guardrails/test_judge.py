"""The words of a verdict, and the limits."""

import datetime as dt

import pytest

from soc_tui.commands.report import verdict_lines
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql, judge_plan
from soc_tui.guardrails.surface import MAX_DEPTH
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.model.verdict import Level, Place, VerdictLine

CATALOG, LIMITS = load_catalog(), Limits()
P = "DeviceProcessEvents"
BOUNDED = f"{P} | where TimeGenerated > ago(1d) | take 5"


def refusal(kql: str, limits: Limits = LIMITS) -> VerdictLine:
    (line,) = judge_kql(kql, CATALOG, limits).refusals
    return line


def test_each_rule_has_a_line_also_when_it_is_kept() -> None:
    lines = judge_kql(BOUNDED, CATALOG, LIMITS).lines
    assert [line.rule for line in lines] == ["table", "function", "column", "time bound", "row cap"]
    assert all(line.level is Level.OK and line.message for line in lines)


@pytest.mark.parametrize(
    ("kql", "message", "hint"),
    [
        ("DeviceProcesEvents", "'DeviceProcesEvents' is not a table", P),
        (f"{P} | where AcountName == ''", "'AcountName' is not a column here", "AccountName"),
        (f"{P} | wher AccountName == ''", "'wher' is not an operator", "where"),
        (
            f"{P} | where Timestamp > ago(1d) | project Timestamp",
            "Timestamp is what Defender calls TimeGenerated",
            "Did you mean TimeGenerated?",
        ),
        (
            f"{P} | join {P} on DeviceId | project-away Timestamp1, DeviceId1",
            "Timestamp1 is what Defender calls TimeGenerated1",
            "The query menu turns all of them.",
        ),
        (
            f"{P} | summarize max(TimeGenerated) by DeviceId | sort by max_Timestamp",
            "max_Timestamp is what Defender calls max_TimeGenerated",
            "Did you mean max_TimeGenerated?",
        ),
        (f"{P} | invoke FileProfile(SHA1, 100)", "FileProfile() is only in Defender's", "Remove"),
        (f"{P} | invoke FileProfile(SHA1) | where GlobalPrevalence < 5", "only in Defender's", ""),
        ("DeviceFromIP('10.0.0.1')", "DeviceFromIP() is only in Defender's advanced hunting", ""),
        (f"{P} | invoke SeenBy()", "SeenBy() is only in Defender's advanced hunting", "run the"),
        ("AssignedIPAddresses('a')", "AssignedIPAddresses() is only in Defender's", ""),
        (f"{P} | take 5\n\n {P} | take 5", "'DeviceProcessEvents' is not allowed", "second query"),
        (f"{P} | extend x = tolwer(FileName)", "tolwer() is not an allowed", "tolower"),
        (f"{P} | evaluate bag_unpck(FileName)", "bag_unpck is not an allowed", "bag_unpack"),
        ("database('x').T", "database() reaches another database", "by name"),
        ("_GetWatchlist('x')", "reaches a watchlist", "by name"),
        ("union Device*", "reads tables by pattern", P),
        (
            "set query_now = datetime(2020-01-01); print 1",
            "set query_now is not an allowed option",
            "Remove it",
        ),
        (".drop table T", "Management commands are not allowed", "Write a query"),
        (" . . drop table T", "Management commands are not allowed", "Write a query"),
        (f"{P} | where FileName == ", "The query is incomplete", "Finish it"),
        ("\u0405igninLogs", "'\\u0405' (CYRILLIC CAPITAL LETTER DZE)", "Retype the name"),
        ("['\u0405igninLogs']", "'\\u0405igninLogs' is not a table", "SigninLogs"),
        ("   ", "No query", "KQL"),
    ],
)
def test_what_is_refused_is_named_with_what_to_do(kql: str, message: str, hint: str) -> None:
    line = refusal(kql)
    assert message in line.message
    assert hint in line.hint
    assert line.message.isascii()


def test_a_text_that_is_too_long_or_too_deep_is_refused() -> None:
    assert refusal(BOUNDED, Limits(max_query_chars=20)).rule == "length"
    assert refusal("print " + "1," * 9_000 + "1").rule == "length"
    assert judge_kql(f"print {'(' * MAX_DEPTH}1{')' * MAX_DEPTH}", CATALOG, LIMITS).allowed
    line = refusal(f"print {'(' * 40}1{')' * 40}")
    assert (line.rule, line.place) == ("depth", Place(1, 7 + 39))
    assert "over the limit" in refusal(BOUNDED, Limits(max_query_chars=20)).message


def test_fixed_dates_are_measured_from_now() -> None:
    kql = f"{P} | where TimeGenerated > datetime(2026-10-01) | take 5"
    later = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    assert not judge_kql(kql, CATALOG, LIMITS, later).allowed
    assert judge_kql(kql, CATALOG, LIMITS, later - dt.timedelta(days=40)).level is Level.OK
    assert judge_kql(kql, CATALOG, LIMITS).level is Level.OK


@pytest.mark.parametrize(
    "kql",
    [
        f"workspace('soc-eu').{P} | where TimeGenerated > ago(1d) | take 5",
        f'workspace("soc-eu").{P} | where TimeGenerated > ago(1d) | take 5',
        f"union {P}, workspace('soc-eu').{P} | where TimeGenerated > ago(1d) | take 5",
        f"let t = workspace('soc-eu').{P}; t | where TimeGenerated > ago(1d) | take 5",
        f"{BOUNDED} | join (workspace('soc-eu').{P} | where TimeGenerated > ago(1d)) on DeviceId"
        " | take 5",
    ],
)
def test_named_workspaces_can_be_allowed(kql: str) -> None:
    assert judge_kql(kql, CATALOG, Limits(workspaces=("soc-eu",))).level is Level.OK
    assert refusal(kql).rule == "workspace"
    assert not judge_kql(kql, CATALOG, Limits(workspaces=("other",))).allowed


@pytest.mark.parametrize(
    ("kql", "rule"),
    [
        ("workspace('soc-eu').SecretTable", "table"),
        ("union workspace('soc-eu').*", "reach"),
        (f"workspace('soc-eu ').{P}", "workspace"),
        (f"workspace('SOC-EU').{P}", "workspace"),
        (f"workspace('soc\\x2deu').{P}", "workspace"),
        (f"workspace('soc' '-eu').{P}", "workspace"),
        (f"workspace('soc-eu').database('x').{P}", "reach"),
        (f"database('soc-eu').{P}", "reach"),
        (f"app('soc-eu').{P}", "reach"),
    ],
)
def test_an_allowed_workspace_opens_nothing_else(kql: str, rule: str) -> None:
    refusals = judge_kql(kql, CATALOG, Limits(workspaces=("soc-eu",))).refusals
    assert rule in [line.rule for line in refusals]


def test_hidden_characters_in_strings_are_warned_of() -> None:
    kql = f"{P} | where TimeGenerated > ago(1d) and FileName == 'a\u202eb' | take 5"
    (line,) = [one for one in judge_kql(kql, CATALOG, LIMITS).lines if one.level is Level.WARN]
    assert line.place == Place(1, kql.find("\u202e") + 1)
    assert "RIGHT-TO-LEFT OVERRIDE" in line.message


def plan(**changes: object) -> Plan:
    values: dict[str, object] = {
        "table_name": P,
        "fields": ("FileName",),
        "time_range_hours": 24,
        "rationale": "",
    }
    return Plan(**{**values, **changes})  # type: ignore[arg-type]


def test_a_plan_is_judged_like_its_query() -> None:
    assert judge_plan(plan(), CATALOG, LIMITS).level is Level.OK
    assert (
        "AccountName" in judge_plan(plan(fields=("AcountName",)), CATALOG, LIMITS).refusals[0].hint
    )
    assert judge_plan(plan(table_name="Nope"), CATALOG, LIMITS).refusals[0].rule == "table"
    for hours in (721, 0, -1, float("nan"), float("inf")):
        refused = judge_plan(plan(time_range_hours=hours), CATALOG, LIMITS).refusals
        assert [line.rule for line in refused] == ["time range"]


def test_the_verdict_names_no_key_and_the_command_line_its_own_way() -> None:
    verdict = judge_kql("DeviceEvents | where ActionType has 'x'", CATALOG, LIMITS)
    assert [line.added for line in verdict.lines if line.level is Level.WARN] == [
        "one",
        f"| take {LIMITS.max_rows}",
    ]
    assert [line.split(". ")[-1] for line in verdict_lines(verdict) if "WARN" in line] == [
        "Running it adds one.",
        f"Running it adds | take {LIMITS.max_rows}.",
    ]
