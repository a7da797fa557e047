"""DeviceLogonEvents of the week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from soc_tui.demo import clock
from soc_tui.demo.clock import MINUTE, MISSING, SECOND, WEEK, Ints, Texts
from soc_tui.demo.company import account_index, host_index, hosts, people
from soc_tui.demo.network import ip_types
from soc_tui.demo.processes import Processes, account_column, host_columns, initiating_columns
from soc_tui.demo.sessions import LogonSession


@dataclass(frozen=True, slots=True)
class Logon:
    """One logon on `host`; `source` is the index of the host it came from, -1 for its own."""

    time: int
    host: int
    account: int
    kind: str
    source: int = -1
    protocol: str = "Kerberos"
    failure: str = ""
    logon: int = 0
    admin: bool = False


def _session_logons(rng: np.random.Generator, session: LogonSession) -> list[Logon]:
    """Logging on in the morning (sometimes with typos) and unlocking through the day."""
    found = [
        Logon(session.start - int(i + 1) * 7 * SECOND, session.host, session.person, "Interactive",
              protocol="Negotiate", failure="InvalidUserNameOrPassword")
        for i in range(int(rng.choice([0, 1, 2], p=[0.86, 0.11, 0.03])))
    ]  # fmt: skip
    kind = "CachedInteractive" if rng.random() < 0.12 else "Interactive"
    found.append(
        Logon(session.start, session.host, session.person, kind, protocol="Negotiate",
              logon=session.logon)
    )  # fmt: skip
    lasts = session.end - session.start
    for _ in range(int(rng.poisson(7))):
        when = session.start + int(rng.random() * lasts)
        if rng.random() < 0.05:
            found.append(
                Logon(when - 5 * SECOND, session.host, session.person, "Unlock",
                      protocol="Negotiate", failure="InvalidUserNameOrPassword")
            )  # fmt: skip
        found.append(
            Logon(when, session.host, session.person, "Unlock", protocol="Negotiate",
                  logon=int(rng.integers(0x20000, 0x7FFFFFF)))
        )  # fmt: skip
    return [one for one in found if -WEEK <= one.time < 0]


def _network_logons(rng: np.random.Generator, session: LogonSession) -> list[Logon]:
    """The session's Kerberos logons on file, print and directory servers; some administration."""
    targets = ("srv-file-01", "dc-01", "srv-print-01", "dc-02", "srv-app-01")
    lasts = session.end - session.start
    it = people()[session.person].department == "it"
    found = []
    for choice in clock.zipf_choice(rng, len(targets), int(rng.poisson(24)), 1.2):
        when = session.start + int(rng.beta(0.8, 1.3) * lasts)
        protocol = "NTLM" if rng.random() < 0.06 else "Kerberos"
        found.append(
            Logon(when, host_index(targets[choice]), session.person, "Network", session.host,
                  protocol, logon=int(rng.integers(0x20000, 0x7FFFFFF)), admin=it)
        )  # fmt: skip
    if it:
        servers = [i for i, host in enumerate(hosts()) if host.kind == "server"]
        for server in rng.choice(servers, int(rng.poisson(3))):
            when = session.start + int(rng.random() * lasts)
            found.append(
                Logon(when, int(server), session.person, "RemoteInteractive", session.host,
                      logon=int(rng.integers(0x20000, 0x7FFFFFF)), admin=True)
            )  # fmt: skip
    return [one for one in found if -WEEK <= one.time < 0]


def _machine_logons(rng: np.random.Generator, count: int) -> list[Logon]:
    """Services, scheduled batches and the agents that log on to servers around the clock."""
    kinds = (
        ("svc-backup", "srv-backup-01", "Network", "server"),
        ("svc-monitor", "srv-app-02", "Network", "server"),
        ("svc-sccm", "srv-sccm-01", "Network", "workstation"),
        ("system", "", "Service", "windows"),
        ("network service", "", "Service", "windows"),
        ("svc-sql", "", "Service", "sql"),
        ("svc-scan", "srv-print-01", "Network", "file"),
        ("svc-backup", "", "Batch", "server"),
    )
    weights = np.array([0.2, 0.2, 0.12, 0.22, 0.1, 0.04, 0.05, 0.07])
    times = clock.flat_times(rng, count)
    found = []
    for choice, time in zip(rng.choice(len(kinds), count, p=weights), times, strict=True):
        name, source, kind, scope = kinds[choice]
        pool = _pools()[scope]
        host = pool[int(rng.integers(len(pool)))]
        failure = "InvalidUserNameOrPassword" if name == "svc-scan" and rng.random() < 0.1 else ""
        found.append(
            Logon(int(time), host, account_index(name), kind,
                  host_index(source) if source else -1,
                  "Kerberos" if kind == "Network" else "Negotiate", failure,
                  999 if name == "system" else int(rng.integers(0x20000, 0x7FFFFFF)),
                  admin=name in ("svc-backup", "svc-sccm", "system"))
        )  # fmt: skip
    return found


def _pools() -> dict[str, list[int]]:
    every = list(enumerate(hosts()))
    return {
        "server": [i for i, h in every if h.kind == "server"],
        "workstation": [i for i, h in every if h.kind == "workstation"],
        "windows": [i for i, h in every if h.windows],
        "sql": [i for i, h in every if h.name.startswith("srv-sql")],
        "file": [host_index("srv-file-01")],
    }


def _break_glass(rng: np.random.Generator) -> list[Logon]:
    """Console logons of the built-in administrator by the server team."""
    return [
        Logon(int(clock.office_times(rng, 1)[0]), host_index(name),
              account_index("administrator", name), "Interactive", protocol="Negotiate",
              logon=int(rng.integers(0x20000, 0x7FFFFFF)), admin=True)
        for name in ("srv-print-01", "srv-app-02", "dc-01", "srv-print-01")
    ]  # fmt: skip


def _linux_logons(rng: np.random.Generator) -> list[Logon]:
    """SSH by engineers, with the usual failed guesses at keys."""
    linux = [i for i, host in enumerate(hosts()) if not host.windows]
    engineers = [i for i, one in enumerate(people()) if one.department in ("it", "engineering")]
    desks = {host.owner: i for i, host in enumerate(hosts()) if host.owner >= 0}
    found = []
    for time in clock.office_times(rng, 420):
        person = int(rng.choice(engineers))
        failure = "InvalidUserNameOrPassword" if rng.random() < 0.08 else ""
        found.append(
            Logon(int(time), int(rng.choice(linux)), person, "Network", desks.get(person, -1),
                  "ssh", failure, int(rng.integers(0x2000, 0x7FFFF)))
        )  # fmt: skip
    return found


def ordinary_logons(
    rng: np.random.Generator, sessions: tuple[LogonSession, ...], machine_count: int
) -> list[Logon]:
    """The ordinary logons of the week."""
    found = _machine_logons(rng, machine_count) + _break_glass(rng) + _linux_logons(rng)
    for session in sessions:
        found += _session_logons(rng, session) + _network_logons(rng, session)
    return found


def _initiators(table: Processes, host: Ints, times: Ints) -> Ints:
    """lsass.exe (sshd on Linux) of each host at each time."""
    found = table.with_image("lsass.exe", "/usr/sbin/sshd")
    by_host: dict[int, list[int]] = {}
    for row in found[np.argsort(table.created[found])]:
        by_host.setdefault(int(table.host[row]), []).append(int(row))
    return np.array(
        [
            max((r for r in by_host[h] if table.created[r] <= t), default=by_host[h][0])
            for h, t in zip(host.tolist(), times.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def logon_columns(
    rng: np.random.Generator, table: Processes, logons: list[Logon]
) -> dict[str, Ints | Texts]:
    """DeviceLogonEvents columns."""
    host = np.array([one.host for one in logons], dtype=np.int64)
    account = np.array([one.account for one in logons], dtype=np.int64)
    source = np.array([one.source for one in logons], dtype=np.int64)
    times = np.array([one.time for one in logons], dtype=np.int64)
    remote = source >= 0
    ips = np.array([hosts()[i].ip if i >= 0 else "" for i in source], dtype=object)
    failure = np.array([one.failure for one in logons], dtype=object)
    numbers = np.array([one.logon for one in logons], dtype=np.int64)
    types = ip_types(ips)
    return {
        "TimeGenerated": times,
        **host_columns(host),
        "ActionType": np.where(failure == "", "LogonSuccess", "LogonFailed").astype(object),
        "AccountDomain": account_column("domain", account),
        "AccountName": account_column("name", account),
        "AccountSid": account_column("sid", account),
        "FailureReason": failure,
        "IsLocalAdmin": np.array([one.admin for one in logons], dtype=bool),
        "LogonId": np.where(failure == "", numbers, MISSING),
        "LogonType": np.array([one.kind for one in logons], dtype=object),
        "Protocol": np.array([one.protocol for one in logons], dtype=object),
        "RemoteDeviceName": np.array(
            [hosts()[i].name if i >= 0 else "" for i in source], dtype=object
        ),
        "RemoteIP": ips,
        "RemoteIPType": np.where(remote, types, "").astype(object),
        "RemotePort": np.where(remote, rng.integers(49_152, 65_535, len(logons)), MISSING),
        "AdditionalFields": np.array(
            [f'{{"IsLocalLogon":{"false" if far else "true"}}}' for far in remote], dtype=object
        ),
        "InitiatingProcessSessionId": np.zeros(len(logons), dtype=np.int64),
        "IsInitiatingProcessRemoteSession": np.zeros(len(logons), dtype=bool),
        **initiating_columns(table, _initiators(table, host, times)),
    }


def intruder_logons() -> list[Logon]:
    """The built-in administrator, over the network from win-07."""
    source = host_index("win-07")
    times = {"srv-file-01": (10.8, 10.75, 9.6, 8.45), "srv-sql-01": (10.2,)}
    return [
        Logon(clock.hours_before(hours) - 2 * MINUTE // 100, host_index(target),
              account_index("administrator", target), "Network", source, "NTLM",
              logon=0x3A11F0 + i, admin=True)
        for target, moments in times.items()
        for i, hours in enumerate(moments)
    ]  # fmt: skip
