"""Accounts where a table keeps them in its own way."""

from __future__ import annotations

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.writing.filters import caller_filter, user_filter

TABLES = load_catalog().tables


def test_an_account_inside_json_is_searched_for_as_a_whole_word() -> None:
    found = user_filter(TABLES["AuditLogs"], 'eve"@corp.test')
    assert found.condition == 'tostring(InitiatedBy) has "eve\\"@corp.test"'
    assert caller_filter(TABLES["AuditLogs"], "eve@corp.test").condition == (
        'tostring(InitiatedBy) has "eve@corp.test"'
    )


def test_windows_keeps_the_bare_name() -> None:
    found = user_filter(TABLES["SecurityEvent"], "CORP\\eve")
    assert found.condition == 'TargetUserName =~ "eve"'
    assert "contains no domain" in found.notes[0]
