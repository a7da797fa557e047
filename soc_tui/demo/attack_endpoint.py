"""The intruder on the hosts: processes, connections, files and registry values."""

from __future__ import annotations

import numpy as np

from soc_tui.demo.attack_commands import COMMANDS, CONTENT_OUTLOOK
from soc_tui.demo.clock import SECOND, Ints, Texts, hours_before
from soc_tui.demo.company import account_index, accounts, host_index, hosts
from soc_tui.demo.files import file_columns, registry_columns
from soc_tui.demo.images import image_index
from soc_tui.demo.intrusion import (
    ATTACHMENT,
    BIDI_NAME,
    C2_DOMAIN,
    C2_IP,
    EXFIL_DOMAIN,
    EXFIL_IP,
    FILE_SERVER,
    PAYLOAD,
    PAYLOAD_FOLDER,
    SQL_SERVER,
    VICTIM_HOST,
    VICTIM_USER,
)
from soc_tui.demo.network import network_columns
from soc_tui.demo.processes import (
    INTEGRITY,
    SYSTEM_LOGON_ID,
    Processes,
    new_pids,
)

_LASTING = ("payload", "shell", "shell high", "shell night", "psexesvc", "remote shell", "batch")
_INTRUDER_LOGON = 0x3A11F0


def add_intruder_processes(rng: np.random.Generator, table: Processes) -> dict[str, int]:
    """Append COMMANDS to the table; returns the index of each by its key."""
    made: dict[str, int] = {}
    pids = new_pids(rng, len(COMMANDS))
    for pid, command in zip(pids, COMMANDS, strict=True):
        host, when = host_index(command.host), hours_before(command.hours)
        parent = made.get(command.parent)
        if parent is None:
            parent = table.latest(command.parent, host, when)
        account = account_index(
            command.account, command.host if command.account == "administrator" else ""
        )
        logon = int(table.logon[parent])
        if command.account == "administrator":
            logon = _INTRUDER_LOGON
        elif command.account == "system":
            logon = SYSTEM_LOGON_ID
        line = np.empty(1, dtype=object)
        line[0] = command.line
        row = {
            "host": host, "account": account, "image": image_index(command.image), "pid": pid,
            "created": when, "ended": -1 if command.key in _LASTING else when + 40 * SECOND,
            "parent": parent, "logon": logon, "integrity": INTEGRITY.index(command.integrity),
        }  # fmt: skip
        columns = {name: np.array([value], dtype=np.int64) for name, value in row.items()}
        made[command.key] = int(table.append(**columns, line=line)[0])
    return made


def _objects(values: list[str]) -> Texts:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _beacons(rng: np.random.Generator) -> list[float]:
    """Hours before the end: about every eleven minutes, with a fifth of jitter."""
    hours = [30.9]
    while hours[-1] > 0.55:
        hours.append(hours[-1] - float(rng.uniform(9, 13.2)) / 60)
    return hours


def intruder_connections(
    rng: np.random.Generator, table: Processes, made: dict[str, int]
) -> dict[str, Ints | Texts]:
    """DeviceNetworkEvents: the fetch, the beacon, lateral movement and the exfiltration."""
    inside = {name: hosts()[host_index(name)].ip for name in (FILE_SERVER, SQL_SERVER)}
    # initiator, hours, address, url, port
    rows = [
        (made["cradle"], 30.98, C2_IP, C2_DOMAIN, 443),
        *((made["payload"], hours, C2_IP, C2_DOMAIN, 443) for hours in _beacons(rng)),
        (made["psexec"], 10.815, inside[FILE_SERVER], FILE_SERVER, 445),
        (made["psexec"], 10.812, inside[FILE_SERVER], FILE_SERVER, 135),
        (made["wmic"], 10.198, inside[SQL_SERVER], SQL_SERVER, 135),
        *((made["exfil"], 8.5 - 1.45 * i / 48, EXFIL_IP, EXFIL_DOMAIN, 443) for i in range(48)),
    ]
    index = np.array([row[0] for row in rows], dtype=np.int64)
    times = np.array([hours_before(row[1]) for row in rows], dtype=np.int64) + 2 * SECOND
    return network_columns(
        table, index, times,
        {
            "ActionType": _objects(["ConnectionSuccess"] * len(rows)),
            "RemoteIP": _objects([row[2] for row in rows]),
            "RemoteUrl": _objects([row[3] for row in rows]),
            "RemotePort": np.array([row[4] for row in rows]),
            "LocalPort": rng.integers(49_152, 65_535, len(rows)),
            "Protocol": _objects(["Tcp"] * len(rows)),
        },
    )  # fmt: skip


def intruder_files(table: Processes, made: dict[str, int]) -> dict[str, Ints | Texts]:
    """DeviceFileEvents: attachment, payload, dump, tools, archive volumes, the masked name."""
    victim, server = host_index(VICTIM_HOST), host_index(FILE_SERVER)
    outlook = table.latest("OUTLOOK.EXE", victim, hours_before(31.05))
    system = table.latest("ntoskrnl.exe", server, hours_before(10.82))
    volume = 262_144_000
    # initiator, hours, path, size in bytes, origin
    rows = [
        (outlook, 31.05, rf"{CONTENT_OUTLOOK}\{ATTACHMENT}", 88_412, ""),
        (made["cradle"], 30.97, PAYLOAD, 318_464, f"https://{C2_DOMAIN}/r/v2"),
        (made["payload"], 11.9, rf"C:\Users\{VICTIM_USER}\Downloads\{BIDI_NAME}", 318_464,
         f"https://{C2_DOMAIN}/p"),
        (made["dump"], 11.498, r"C:\ProgramData\lsass.dmp", 71_303_168, ""),
        (system, 10.812, r"C:\Windows\PSEXESVC.exe", 383_872, ""),
        (made["remote shell"], 9.6, r"C:\PerfLogs\7z.exe", 557_056, ""),
        *(
            (made["archive"], 9.45 - 0.04 * i, rf"C:\PerfLogs\fin.7z.{i + 1:03d}", volume, "")
            for i in range(9)
        ),
        (made["remote shell"], 8.55, r"C:\PerfLogs\rclone.exe", 61_341_184, ""),
        (made["remote shell"], 1.6, r"C:\PerfLogs\r.bat", 512, ""),
    ]  # fmt: skip
    index = np.array([row[0] for row in rows], dtype=np.int64)
    times = np.array([hours_before(row[1]) for row in rows], dtype=np.int64)
    return file_columns(
        table, index, times,
        {
            "ActionType": _objects(["FileCreated"] * len(rows)),
            "FolderPath": _objects([row[2] for row in rows]),
            "FileOriginUrl": _objects([row[4] for row in rows]),
            "FileSize": np.array([row[3] for row in rows]),
        },
    )  # fmt: skip


def intruder_registry(table: Processes, made: dict[str, int]) -> dict[str, Ints | Texts]:
    """DeviceRegistryEvents: Run key, task cache, Defender exclusions and switches."""
    victim = host_index(VICTIM_HOST)
    sid = accounts()[account_index(VICTIM_USER)].sid
    defender = table.latest("MsMpEng.exe", victim, hours_before(29))
    scheduler = table.latest("svchost.exe", victim, hours_before(30.4))
    machine = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft"
    run = rf"HKEY_CURRENT_USER\{sid}\Software\Microsoft\Windows\CurrentVersion\Run"
    tree = rf"{machine}\Windows NT\CurrentVersion\Schedule\TaskCache\Tree\Microsoft\Windows"
    product = rf"{machine}\Windows Defender"
    # initiator, hours, action, key, value name, type, data
    rows = [
        (made["run key"], 30.4999, "RegistryValueSet", run, "EdgeSyncCheck", "String", PAYLOAD),
        (scheduler, 30.3998, "RegistryKeyCreated", rf"{tree}\EdgeSyncCheck", "", "", ""),
        (defender, 28.999, "RegistryValueSet", rf"{product}\Exclusions\Paths", PAYLOAD_FOLDER,
         "Dword", "0"),
        (defender, 28.998, "RegistryValueSet", rf"{product}\Exclusions\Paths", r"C:\ProgramData",
         "Dword", "0"),
        (defender, 28.997, "RegistryValueSet", rf"{product}\Exclusions\Processes", "msedge_upd.exe",
         "Dword", "0"),
        (defender, 28.98, "RegistryValueSet", rf"{product}\Real-Time Protection",
         "DisableRealtimeMonitoring", "Dword", "1"),
    ]  # fmt: skip
    index = np.array([row[0] for row in rows], dtype=np.int64)
    times = np.array([hours_before(row[1]) for row in rows], dtype=np.int64)
    return registry_columns(
        table, index, times,
        {
            "ActionType": _objects([row[2] for row in rows]),
            "RegistryKey": _objects([row[3] for row in rows]),
            "RegistryValueName": _objects([row[4] for row in rows]),
            "RegistryValueType": _objects([row[5] for row in rows]),
            "RegistryValueData": _objects([row[6] for row in rows]),
        },
    )  # fmt: skip
