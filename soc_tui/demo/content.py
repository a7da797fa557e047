"""The whole week, table by table, from a seed number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from soc_tui.demo import alerts, azure, files, flows, logons, network, sign_ins
from soc_tui.demo.attack_endpoint import (
    add_intruder_processes,
    intruder_connections,
    intruder_files,
    intruder_registry,
)
from soc_tui.demo.columns import Columns, joined
from soc_tui.demo.process_noise import ordinary_processes
from soc_tui.demo.processes import Processes, process_rows
from soc_tui.demo.sessions import residents

_SHORT_LIVED, _CONNECTIONS, _FILES, _REGISTRY = 46_000, 60_000, 33_000, 13_000
_MACHINE_LOGONS, _OPERATIONS, _FLOWS, _ALERTS = 7_000, 1_500, 22_000, 38


def tables(seed: int) -> Iterator[tuple[str, Columns]]:
    """Each table's name and generated columns; times are microseconds before the week's end."""
    rng = np.random.default_rng([seed, 0x50C])
    table = Processes()
    sessions, _ = residents(rng, table)
    ordinary_processes(rng, table, _SHORT_LIVED)
    ordinary = len(table)
    made = add_intruder_processes(rng, table)
    yield "DeviceProcessEvents", process_rows(table)
    # the ordinary tables draw from ordinary processes only
    view = table.first(ordinary)
    yield (
        "DeviceNetworkEvents",
        joined(
            network.ordinary_connections(rng, view, _CONNECTIONS),
            intruder_connections(rng, table, made),
        ),
    )
    yield (
        "DeviceFileEvents",
        joined(files.ordinary_files(rng, view, _FILES), intruder_files(table, made)),
    )
    yield (
        "DeviceRegistryEvents",
        joined(files.ordinary_registry(rng, view, _REGISTRY), intruder_registry(table, made)),
    )
    entries = logons.ordinary_logons(rng, sessions, _MACHINE_LOGONS) + logons.intruder_logons()
    yield "DeviceLogonEvents", joined(logons.logon_columns(rng, view, entries))
    signed = sign_ins.ordinary_sign_ins(rng, sessions) + sign_ins.intruder_sign_ins()
    yield "SigninLogs", joined(sign_ins.sign_in_columns(rng, signed))
    calls = azure.ordinary_operations(rng, _OPERATIONS) + azure.intruder_operations()
    yield "AzureActivity", joined(azure.activity_columns(rng, calls))
    yield "AzureNetworkAnalytics_CL", joined(flows.flow_columns(rng, _FLOWS))
    raised = alerts.ordinary_alerts(rng, _ALERTS) + alerts.intruder_alerts()
    yield "AlertInfo", joined(alerts.alert_columns(raised))
    yield "AlertEvidence", joined(alerts.evidence_columns(raised))


TABLE_COUNT = 10
