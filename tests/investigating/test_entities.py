"""Entities out of cited rows, and the questions that they lead to."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.investigating.entities import cited_entities
from soc_tui.investigating.investigator import Ground, OfflineInvestigator, open_questions
from soc_tui.investigating.moves import TIME, all_moves
from soc_tui.model.case import Case, Entity, EntityKind, Lead, LeadKind
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import Confidence, Evidence, Finding, Ioc, Severity
from soc_tui.model.limits import Limits
from soc_tui.model.receipt import Extent
from soc_tui.model.rows import Rows

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
CATALOG = load_catalog()


def rows(*commands: str) -> Rows:
    table = pa.table({"DeviceName": ["a1"] * len(commands), "ProcessCommandLine": list(commands)})
    columns = (Column("DeviceName", KqlType.STRING), Column("ProcessCommandLine", KqlType.STRING))
    return Rows(table, columns)


def finding(count: int, *iocs: Ioc, grounded: bool = True) -> Finding:
    evidence = tuple(Evidence(f"r{n}") for n in range(1, count + 1))
    return Finding(
        "t", "d", Confidence.HIGH, Severity.HIGH, iocs=iocs, evidence=evidence, grounded=grounded
    )


@pytest.mark.parametrize(
    ("command", "host"),
    [
        (r"tool \\b2 -s cmd", "b2"),
        (r"dir \\b2.corp.test\c$", "b2"),
        ("wmic /node:b2 process call create x", "b2"),
        ("Invoke-Command -ComputerName b2 {x}", "b2"),
        (r"echo c:\\b2", ""),
    ],
)
def test_the_other_host_of_a_command_is_an_entity(command: str, host: str) -> None:
    found = cited_entities(finding(1), rows(command), "h/f", "T")
    named = {one.value for one in found if one.kind is EntityKind.HOST}
    assert named == {"a1", host} - {""}


def test_only_a_grounded_finding_gives_weight_and_many_of_a_kind_are_targets() -> None:
    (doubtful,) = cited_entities(finding(1, grounded=False), rows("x"), "h/f", "T")
    assert doubtful.weight == 0
    many = rows(*(rf"net use \\h{n}" for n in range(9)))
    assert {one.weight for one in cited_entities(finding(9), many, "h/f", "T")} == {1}


def test_one_hash_of_a_file_is_asked_about() -> None:
    iocs = (Ioc("md5", "a" * 32), Ioc("sha256", "b" * 64), Ioc("sha1", "c" * 40))
    found = cited_entities(finding(1, *iocs), rows("x"), "h/f", "T")
    assert [one.value for one in found if one.kind is EntityKind.HASH] == ["c" * 40]


def case(*entities: Entity) -> Case:
    return Case("c", NOW, "t", Lead(LeadKind.ENTITY, "t", entities), "w", "a")


def ground(**extents: Extent) -> Ground:
    return Ground(CATALOG, NOW, extents, 1000, 720)


async def test_every_question_passes_the_guardrails_whatever_the_entity_is_called() -> None:
    hostile = 'x" | take 5 // {value} \\'
    for kind in EntityKind:
        for step in open_questions(case(Entity(kind, hostile, "lead", 100)), ground()):
            assert judge_kql(step.kql, CATALOG, Limits(), NOW).allowed, step.kql
    first = await OfflineInvestigator().next(
        case(Entity(EntityKind.HOST, "a1", "lead", 100)), ground()
    )
    assert first[0].table == "DeviceProcessEvents"


def test_an_empty_table_is_not_asked_and_two_spellings_of_an_account_are_one() -> None:
    names = ("jo", "jo@corp.test", "CORP\\jo")
    entities = tuple(Entity(EntityKind.ACCOUNT, name, "lead", 100) for name in names)
    empty = Extent(exists=True, rows=0, rows_in_window=0)
    asked = [step.table for step in open_questions(case(*entities), ground(SigninLogs=empty))]
    assert "SigninLogs" not in asked
    assert len(asked) == len(set(asked))


def test_every_move_names_a_table_of_the_catalog() -> None:
    for move in all_moves():
        assert move.table in CATALOG.tables
        assert move.entity == TIME or move.entity in set(EntityKind)
