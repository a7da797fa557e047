"""Prompt files: versions that hunts record, and guidance on the table hunted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from soc_tui.analysts import prompts
from soc_tui.analysts.openai import hunt_prompt
from soc_tui.analysts.packing.pack import pack
from soc_tui.guardrails.catalog import load_catalog
from tests.analysts.openai.cases import ENCODED, rows_of, task_of

# Issue 3 names them; the catalog holds the first ten at least.
LATER = (
    "SecurityEvent SecurityAlert SecurityIncident AuditLogs AADNonInteractiveUserSignInLogs"
    " OfficeActivity CommonSecurityLog Syslog EmailEvents IdentityLogonEvents DeviceEvents"
    " NTANetAnalytics Heartbeat"
)


def test_prompts_have_versions_and_no_gap() -> None:
    hunter = prompts.load("hunter")
    assert hunter.version >= 1
    assert "T $x" in hunter.render(boundary="LOGS-1", guidance="T $x")
    assert "LOGS-1" in hunter.render(boundary="LOGS-1", guidance="")
    with pytest.raises(KeyError):
        hunter.render(boundary="LOGS-1")


def test_every_prompt_has_a_label_that_changes_with_its_words() -> None:
    labels = prompts.labels()
    assert {"hunter", "planner", "tables"} <= set(labels)
    for prompt in prompts.every():
        assert labels[prompt.name].startswith(f"{prompt.version}+")
        assert replace(prompt, text=prompt.text + "!").label != prompt.label


def test_each_table_of_the_catalog_has_guidance() -> None:
    for name in {*load_catalog().tables, *LATER.split()}:
        text = prompts.guidance(name)
        assert name in text and "Worth a look: " in text, name
    assert prompts.guidance("NoSuchTable") == ""


def test_the_hunter_is_told_of_the_table_hunted_and_no_other() -> None:
    task = task_of(rows_of([ENCODED]))
    system = hunt_prompt.messages(task, pack(task.rows))[0]["content"]
    assert prompts.guidance("DeviceProcessEvents") in system
    assert prompts.guidance("SigninLogs") not in system
    other = hunt_prompt.messages(replace(task, table_name=""), pack(task.rows))[0]["content"]
    assert "Worth a look" not in other
