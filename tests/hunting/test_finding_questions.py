"""Questions on a finding: answered from its rows, checked, guarded, recorded."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from soc_tui.analysts import Analyst
from soc_tui.analysts.offline import OfflineAnalyst
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.history.bundle_folder import BundleFolder
from soc_tui.history.store import History
from soc_tui.hunting.hunter import Hunter
from soc_tui.hunting.replay import BundleWorkspace
from soc_tui.model import events
from soc_tui.model.events import Discussed, Event, Noticed, SpendRecorded, StepFailed
from soc_tui.model.finding import CONFIRM, NEXT, WHY
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.limits import Limits
from tests.analysts.openai.cases import ENCODED, NOW, make_analyst, rows_of
from tests.wire import openai_faults as wire
from tests.wire.openai_server import OpenAIServer

KQL = "DeviceProcessEvents | where TimeGenerated > ago(2d) | take 100"
ROWS = rows_of(["notepad.exe", *(f"{ENCODED}{number:04d}" for number in range(3))])
DUMP = rows_of(
    ["notepad.exe", "rundll32.exe C:\\w\\comsvcs.dll, MiniDump 624 C:\\t\\lsass.dmp full"]
)


@asynccontextmanager
async def hunter_of(analyst: Analyst, folder: Path) -> AsyncIterator[Hunter]:
    hunter = Hunter(
        workspace=BundleWorkspace("memory"),
        analyst=analyst,
        catalog=load_catalog(),
        limits=Limits(),
        history=History(folder / "history.sqlite3"),
        bundles=BundleFolder(folder / "bundles", 64),
        now=lambda: NOW,
    )
    yield hunter
    await hunter.aclose()


async def hunted(hunter: Hunter) -> Hunt:
    rows = DUMP if hunter.analyst.offline else ROWS
    fresh = replace(
        hunter.new_hunt("odd powershell", KQL), rows=rows, row_count=rows.count, plan=None
    )
    fresh = replace(fresh, status=Status.QUERIED)
    quoted = [event async for event in hunter.quote(fresh)][-1].hunt
    found = [event async for event in hunter.hunt(quoted)][-1].hunt
    assert found.findings, found.problem
    return found


async def discussed(hunter: Hunter, hunt: Hunt, question: str) -> list[Event]:
    return [event async for event in hunter.discuss(hunt, hunt.findings[0].id, question)]


# -- a model ---------------------------------------------------------------------------------------


async def test_a_model_is_told_the_finding_and_its_rows_delimited(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        async with hunter_of(make_analyst(server), tmp_path) as hunter:
            hunt = await hunted(hunter)
            told = await discussed(hunter, hunt, WHY)
    spent, said = told
    assert isinstance(spent, SpendRecorded)
    assert isinstance(said, Discussed)
    assert said.remark.answer == "It is in r2."
    assert (said.remark.kql, said.verdict) == ("", None)
    assert said.hunt.remarks == (said.remark,)
    assert said.hunt.usage is not None
    assert hunt.usage is not None
    assert said.hunt.usage.calls == hunt.usage.calls + 1

    system, user = (message["content"] for message in server.requests[-1].body["messages"])
    boundary = next(word for word in system.split() if word.startswith("LOGS-")).rstrip(".")
    records = user.split(boundary)[1]
    assert f"ProcessCommandLine\t{ENCODED}0000" in records
    assert "notepad.exe" not in user, "only the cited rows are sent"
    assert user.endswith(WHY)


async def test_a_query_is_guarded_and_given_its_bounds(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        server.discuss = lambda body: {"answer": "Look.", "kql": "DeviceNetworkEvents"}
        async with hunter_of(make_analyst(server), tmp_path) as hunter:
            said = (await discussed(hunter, await hunted(hunter), CONFIRM))[-1]
    assert isinstance(said, Discussed)
    assert said.verdict is not None
    assert said.verdict.allowed
    assert said.verdict.kql == said.remark.kql
    assert "take" in said.remark.kql
    assert "ago(" in said.remark.kql
    assert said.remark.notes, "what was added is told"


async def test_a_refused_query_goes_back_once(tmp_path: Path) -> None:
    queries = iter(["SecretTable | take 1", "DeviceNetworkEvents | take 1"])
    with OpenAIServer() as server:
        server.discuss = lambda body: {"answer": "Look.", "kql": next(queries)}
        async with hunter_of(make_analyst(server), tmp_path) as hunter:
            told = await discussed(hunter, await hunted(hunter), CONFIRM)
    said = told[-1]
    assert isinstance(said, Discussed)
    assert said.verdict is not None
    assert said.verdict.allowed
    assert any(isinstance(event, Noticed) and "is repairing it" in event.message for event in told)
    assert sum(isinstance(event, SpendRecorded) for event in told) == 2
    assert "SecretTable" in str(server.requests[-1].body["messages"])


async def test_a_query_refused_twice_is_told_so_and_never_runs(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        server.discuss = lambda body: {"answer": "Look.", "kql": "SecretTable | take 1"}
        async with hunter_of(make_analyst(server), tmp_path) as hunter:
            said = (await discussed(hunter, await hunted(hunter), CONFIRM))[-1]
    assert isinstance(said, Discussed)
    assert said.verdict is not None
    assert not said.verdict.allowed
    assert "The guardrails refuse this query." in said.remark.notes


async def test_what_the_answer_invents_is_told(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        server.discuss = lambda body: {"answer": "It called 198.51.100.9.", "kql": ""}
        async with hunter_of(make_analyst(server), tmp_path) as hunter:
            said = (await discussed(hunter, await hunted(hunter), WHY))[-1]
    assert isinstance(said, Discussed)
    assert said.remark.notes == ("Its text names «198.51.100.9», which is in no cited row.",)


async def test_later_questions_know_the_earlier_ones(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        async with hunter_of(make_analyst(server), tmp_path) as hunter:
            hunt = await hunted(hunter)
            hunt = (await discussed(hunter, hunt, WHY))[-1].hunt
            hunt = (await discussed(hunter, hunt, NEXT))[-1].hunt
    messages = server.requests[-1].body["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[-1]["content"] == NEXT
    assert [remark.question for remark in hunt.remarks] == [WHY, NEXT]


@pytest.mark.parametrize(
    ("step", "what"),
    [
        (wire.refused(), "The model refused to answer"),
        (wire.stopped("length", 3), "ran out of output tokens"),
        (wire.stopped("content_filter", 3), "The content filter"),
        (wire.says('{"answer": " ", "kql": ""}'), "The model gave no answer"),
        (wire.unauthorized(), "key"),
    ],
)
async def test_a_failure_leaves_the_hunt_as_it_is(tmp_path: Path, step: Any, what: str) -> None:
    with OpenAIServer() as server:
        async with hunter_of(make_analyst(server), tmp_path) as hunter:
            hunt = await hunted(hunter)
            server.next(step)
            failed = (await discussed(hunter, hunt, WHY))[-1]
            assert hunter.history is not None
            stored = hunter.history.load(hunt.id)
    assert isinstance(failed, StepFailed)
    assert what in str(failed.error)
    assert (failed.hunt.status, failed.hunt.problem) == (Status.FOUND, "")
    assert stored.status is Status.FOUND
    assert len(stored.findings) == len(hunt.findings)


async def test_remarks_and_their_messages_are_kept(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        async with hunter_of(make_analyst(server), tmp_path) as hunter:
            hunt = (await discussed(hunter, await hunted(hunter), WHY))[-1].hunt
            kept = await hunter.keeper.reopen(hunt.id)
            assert hunter.keeper.bundles is not None
            bundle = hunter.keeper.bundles.load(hunt.id)
        # Another session goes on where this one ended, messages and all.
        async with hunter_of(make_analyst(server), tmp_path) as later:
            again = (await later.keeper.reopen(hunt.id)).hunt
            again = (await discussed(later, again, NEXT))[-1].hunt
            assert later.keeper.bundles is not None
            longer = later.keeper.bundles.load(hunt.id)
    assert kept.problem == ""
    assert kept.hunt.remarks == hunt.remarks
    assert bundle is not None
    assert json.loads(bundle.exchanges[-1].request)["messages"][-1]["content"].endswith(WHY)
    assert longer is not None
    assert len(longer.exchanges) == len(bundle.exchanges) + 1
    assert [remark.question for remark in again.remarks] == [WHY, NEXT]


async def test_a_finding_that_is_not_there_is_told(tmp_path: Path) -> None:
    async with hunter_of(OfflineAnalyst(), tmp_path) as hunter:
        hunt = await hunted(hunter)
        (failed,) = [event async for event in hunter.discuss(hunt, "f99", WHY)]
    assert isinstance(failed, StepFailed)
    assert "Its findings: " in str(failed.error)


# -- the offline analyst ---------------------------------------------------------------------------


async def test_offline_why_names_rule_cells_and_harmless_causes(tmp_path: Path) -> None:
    async with hunter_of(OfflineAnalyst(), tmp_path) as hunter:
        said = (await discussed(hunter, await hunted(hunter), WHY))[-1]
    assert isinstance(said, Discussed)
    assert "The rule " in said.remark.answer
    assert "r2: " in said.remark.answer
    assert "comsvcs.dll" in said.remark.answer
    assert "Possible false positive: " in said.remark.answer
    assert said.hunt.usage is not None
    assert said.hunt.usage.calls == 0


async def test_offline_next_steps_are_those_of_the_rule(tmp_path: Path) -> None:
    async with hunter_of(OfflineAnalyst(), tmp_path) as hunter:
        hunt = await hunted(hunter)
        said = (await discussed(hunter, hunt, NEXT))[-1]
    assert isinstance(said, Discussed)
    assert f"1. {hunt.findings[0].recommendations[0]}" in said.remark.answer
    assert "DeviceNetworkEvents" in said.remark.answer


async def test_offline_each_query_is_on_another_table(tmp_path: Path) -> None:
    async with hunter_of(OfflineAnalyst(), tmp_path) as hunter:
        hunt = await hunted(hunter)
        seen = []
        for _ in range(3):
            said = (await discussed(hunter, hunt, CONFIRM))[-1]
            assert isinstance(said, Discussed)
            assert said.verdict is not None
            assert said.verdict.allowed
            assert "ws-01" in said.remark.kql
            seen.append(said.remark.kql.split("\n")[0])
            hunt = said.hunt
    assert len(set(seen)) == 3
    assert seen[0] == "DeviceNetworkEvents"


async def test_offline_other_questions_are_told_what_can_be_asked(tmp_path: Path) -> None:
    async with hunter_of(OfflineAnalyst(), tmp_path) as hunter:
        said = (await discussed(hunter, await hunted(hunter), "Was it Tuesday?"))[-1]
    assert isinstance(said, Discussed)
    assert WHY in said.remark.answer
    assert isinstance(said, events.Discussed)
