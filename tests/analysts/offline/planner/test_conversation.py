"""Follow-ups, answers and questions of the offline analyst."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.conversation import outcome
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql, judge_plan
from soc_tui.kql.writing.build import build
from soc_tui.model.hunt import Turn
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Reply
from tests.analysts.offline.planner.hunted_columns import hunted_columns

NOW = dt.datetime(2026, 11, 24, 13, 30, tzinfo=dt.UTC)
CATALOG = load_catalog()
LIMITS = Limits()


def converse(*requests: str, before: tuple[Turn, ...] = ()) -> Plan | Reply:
    """What the last request comes to after the others."""
    turns = before
    found: Plan | Reply = Reply("")
    for request in requests:
        found = outcome(PlanRequest(request, CATALOG, LIMITS, NOW, previous=turns), hunted_columns)
        turns = (*turns, turn(request, found))
    return found


def turn(request: str, found: Plan | Reply) -> Turn:
    if isinstance(found, Reply):
        return Turn(request, reply=found)
    return Turn(request, found, found.kql or build(found, CATALOG, LIMITS).kql, 10)


def plan(*requests: str, before: tuple[Turn, ...] = ()) -> Plan:
    found = converse(*requests, before=before)
    assert isinstance(found, Plan), found
    return found


def filters(found: Plan) -> set[str]:
    return {
        f"{column} {one.operator} {','.join(one.values)}"
        for one in found.predicates
        for column in one.columns
    }


def test_a_filter_is_added_and_the_rest_kept() -> None:
    found = plan("sign-ins of alice@contoso.com in the last 3 days", "only failed ones")
    assert found.follows_up
    assert (found.table_name, found.time_range_hours) == ("SigninLogs", 72)
    assert found.user_principal_name == "alice@contoso.com"
    assert filters(found) == {"ResultType != 0"}
    assert "Kept: table SigninLogs, the last 72 hours, alice@contoso.com" in found.rationale


@pytest.mark.parametrize("words", ["widen to 7 days", "last 7 days", "make it 7 days", "7d"])
def test_the_time_is_changed(words: str) -> None:
    found = plan("failed logons on win-07 yesterday between 8 and 10", words)
    assert found.follows_up
    assert found.time_range_hours == 168
    assert found.device_name == "win-07"
    assert filters(found) == {"ActionType in~ LogonFailed"}  # no moments any more


@pytest.mark.parametrize(
    "words", ["same for win-08", "now on win-08", "win-08", "what about win-08?"]
)
def test_the_host_is_changed(words: str) -> None:
    found = plan("powershell on win-07 in the last 2 days", words)
    assert (found.device_name, found.time_range_hours) == ("win-08", 48)
    assert "FileName has powershell" in filters(found)


def test_the_other_host_is_the_one_of_the_conversation() -> None:
    start = "failed logons on win-07 and win-08"
    assert plan(start, "only win-07", "same for the other host").device_name == "win-08"
    asked = converse("failed logons on win-07", "same for the other host")
    assert isinstance(asked, Reply) and asked.question
    answered = plan("failed logons on win-07", "same for the other host", "win-09")
    assert answered.device_name == "win-09"
    assert answered.follows_up and filters(answered) == {"ActionType in~ LogonFailed"}


def test_a_host_is_added() -> None:
    found = plan("processes on win-07", "also win-08")
    assert found.device_name == ""
    assert "DeviceName has_any win-07,win-08" in filters(found)


def test_the_account_is_changed_and_lifted() -> None:
    start = ("failed sign-ins of alice@contoso.com", "now for bob@contoso.com")
    assert plan(*start).user_principal_name == "bob@contoso.com"
    assert plan(*start, "everyone, but only from Norway").user_principal_name == ""
    lifted = plan(*start, "all users")
    assert lifted.user_principal_name == ""
    assert filters(lifted) == {"ResultType != 0"}


def test_a_word_takes_the_place_of_its_opposite() -> None:
    found = plan("denied NSG flows on port 22", "allowed ones instead")
    assert filters(found) == {"FlowStatus_s in~ A", "DestPort_d in~ 22"}
    more = plan("denied NSG flows on port 22", "and port 3389")
    assert "DestPort_d in~ 22,3389" in filters(more)


def test_things_are_left_out() -> None:
    found = plan("processes on win-07", "without chrome.exe", "also exclude svc-backup")
    assert filters(found) == {"FileName !in~ chrome.exe", "AccountName !has svc-backup"} | {
        "AccountUpn !has svc-backup"
    }


def test_the_table_is_changed_and_host_and_time_kept() -> None:
    found = plan("processes on win-07 in the last 2 days", "now the network connections")
    assert found.follows_up
    assert found.table_name == "DeviceNetworkEvents"
    assert (found.device_name, found.time_range_hours) == ("win-07", 48)
    assert "Now DeviceNetworkEvents instead of DeviceProcessEvents." in found.rationale
    assert set(found.fields) <= set(CATALOG.tables["DeviceNetworkEvents"].column_names)


def test_columns_are_added() -> None:
    start = "alerts in the last day"
    assert "SourceSystem" not in plan(start).fields
    assert "SourceSystem" in plan(start, "show SourceSystem too").fields


def test_what_was_counted_is_counted_again() -> None:
    found = plan("top 5 accounts by failed sign-ins", "widen to 7 days", "only from Norway")
    assert "top 5 by Records" in found.kql
    assert "ago(7d)" in found.kql and 'Location in~ ("NO")' in found.kql


@pytest.mark.parametrize(
    "words",
    [
        "role assignments in Azure this week",
        "now show me failed logons on dc-01 in the last 3 days",
        "registry persistence with run keys",
    ],
)
def test_another_subject_begins_anew(words: str) -> None:
    found = plan("sign-ins of alice@contoso.com in the last 3 days", words)
    assert not found.follows_up
    assert replace(found, instead="") == plan(words)


def test_edits_by_hand_are_said_to_be_lost() -> None:
    first = plan("failed sign-ins")
    edited = Turn("failed sign-ins", first, "SigninLogs | where ResultType == 50126", 3)
    found = plan("widen to 3 days", before=(edited,))
    assert "Your edits" in found.rationale
    untouched = plan("failed sign-ins", "widen to 3 days")
    assert "Your edits" not in untouched.rationale


def test_a_query_written_by_hand_gives_its_table() -> None:
    by_hand = Turn("", kql="SecurityEvent | where EventID == 4625 | take 9", row_count=9)
    found = plan("only on srv-01", before=(by_hand,))
    assert (found.table_name, found.device_name) == ("SecurityEvent", "srv-01")
    assert "Only the table of that query is kept" in found.rationale


def test_a_change_that_cannot_be_read_is_said() -> None:
    said = converse("failed sign-ins", "only the purple ones")
    assert isinstance(said, Reply) and not said.question
    assert "what to change" in said.text


def test_an_answer_in_between_does_not_break_the_thread() -> None:
    found = plan("failed sign-ins in the last 3 days", "what is T1110?", "only from Norway")
    assert found.follows_up and "Location in~ NO" in filters(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello", "offline analyst"),
        ("what can you do?", "offline analyst"),
        ("tell me a joke", "offline analyst"),
        ("what is 2+2", "offline analyst"),
        ("", "offline analyst"),
        ("thanks!", "next hunt"),
        ("what is T1059?", "Command and Scripting Interpreter"),
        ("explain t1059.001", "PowerShell"),
        ("what is password spraying?", "T1110.003"),
        ("what is T9999?", "not a technique"),
        ("what does 50126 mean?", "wrong user name or password"),
        ("what is event id 4625", "failed to log on"),
        ("what is logon type 10?", "remote desktop"),
        ("which tables are there?", "DeviceProcessEvents: "),
        ("what is SigninLogs?", "Entra"),
        ("columns of AlertInfo", "AttackTechniques"),
    ],
)
def test_what_is_not_for_logs_is_answered(text: str, words: str) -> None:
    said = converse(text)
    assert isinstance(said, Reply) and not said.question
    assert words in said.text


@pytest.mark.parametrize(
    "text", ["T1059 in processes", "event 4625 on dc-01", "what is running on win-07?", "mimikatz"]
)
def test_what_is_for_logs_is_planned(text: str) -> None:
    plan(text)


def test_a_request_without_a_subject_is_asked_back_once() -> None:
    asked = converse("anything suspicious?")
    assert isinstance(asked, Reply) and asked.question
    tables = {plan("anything suspicious?", choice).table_name for choice in asked.choices}
    assert len(tables) == len(asked.choices) > 2
    number = str(asked.choices.index("logons") + 1)
    answered = plan("anything suspicious?", number)
    assert answered.table_name == "DeviceLogonEvents" and answered.follows_up
    assert plan("anything suspicious?", "no idea").table_name == "DeviceProcessEvents"


_WORDS_TEXT = """
only failed ones same for the other host win-07 win-08 alice@contoso.com without svc-scan all users
last 3 days yesterday network connections registry and also top 5 hosts per port 22 . 203.0.113.9
show SHA256 too not from Norway powershell instead 2 what is T1059
"""
WORDS = _WORDS_TEXT.split()


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_conversation_keeps_to_the_guardrails(requests: list[str]) -> None:
    found = converse(*requests)
    if isinstance(found, Plan):
        assert judge_plan(found, CATALOG, LIMITS).allowed
        assert judge_kql(found.kql or build(found, CATALOG, LIMITS).kql, CATALOG, LIMITS).allowed
