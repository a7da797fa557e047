"""Which rows of the demo are the intruder's, whether or not a stage names them."""

from __future__ import annotations

from collections.abc import Mapping

from soc_tui.demo.attack_commands import COMMANDS
from soc_tui.demo.intrusion import (
    ATTACKER_SIGN_IN_IPS,
    C2_DOMAIN,
    EXFIL_DOMAIN,
    PAYLOAD_NAME,
    STAGES,
    Stage,
)

_LINES = frozenset((command.host, command.line) for command in COMMANDS)
_MARKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("IPAddress", ATTACKER_SIGN_IN_IPS),
    ("CallerIpAddress", ATTACKER_SIGN_IN_IPS),
    ("RemoteUrl", (C2_DOMAIN, EXFIL_DOMAIN)),
    ("FolderPath", (r"C:\PerfLogs", r"C:\Windows\PSEXESVC.exe")),
    ("RegistryKey", ("EdgeSyncCheck",)),
    ("InitiatingProcessFileName", (PAYLOAD_NAME, "PSEXESVC.exe")),
)


def stages_of(table: str, row: Mapping[str, object]) -> tuple[Stage, ...]:
    """The stages that a row of `table` belongs to; none for ordinary rows."""
    return tuple(stage for stage in STAGES if stage.table == table and stage.matches(row))


def columns_of(table: str) -> tuple[str, ...]:
    """Columns by which the rows of a table are told apart here, sorted."""
    told = {test.column for stage in STAGES if stage.table == table for test in stage.conditions}
    lines = {"DeviceName", "ProcessCommandLine", "InitiatingProcessCommandLine"}
    return tuple(sorted(told | lines | {column for column, _ in _MARKS}))


def is_intruder_row(table: str, row: Mapping[str, object]) -> bool:
    """Whether the intruder caused the row.

    Wider than the stages: the processes between them, the tools' own files and connections. A
    finding on such a row is a true one. `row` needs the columns of the table it came from; what
    it lacks cannot speak for it.
    """
    if stages_of(table, row):
        return True
    host = row.get("DeviceName")
    for column in ("ProcessCommandLine", "InitiatingProcessCommandLine"):
        if (host, row.get(column)) in _LINES:
            return True
    return any(
        mark.lower() in str(row.get(column) or "").lower()
        for column, marks in _MARKS
        for mark in marks
    )
