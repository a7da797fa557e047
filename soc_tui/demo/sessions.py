"""Boots and logon sessions, and the long-running processes that live in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from soc_tui.demo import clock
from soc_tui.demo.clock import DAY, HOUR, MINUTE, SECOND, WEEK, Ints
from soc_tui.demo.company import (
    CONTROLLER,
    LINUX,
    SERVER,
    WORKSTATION,
    account_index,
    accounts,
    hosts,
    people,
)
from soc_tui.demo.images import image_index, images
from soc_tui.demo.processes import (
    HIGH,
    MEDIUM,
    NO_LEVEL,
    SYSTEM_LEVEL,
    SYSTEM_LOGON_ID,
    Processes,
    new_pids,
)

# scope|image|parent|account|command line ("" = quoted path). Parents stand above their children.
_MACHINE = r"""
windows|wininit.exe|ntoskrnl.exe|system|wininit.exe
windows|winlogon.exe|ntoskrnl.exe|system|winlogon.exe
windows|services.exe|wininit.exe|system|C:\WINDOWS\system32\services.exe
windows|lsass.exe|wininit.exe|system|C:\WINDOWS\system32\lsass.exe
windows|svchost.exe|services.exe|system|C:\WINDOWS\system32\svchost.exe -k netsvcs -p -s Schedule
windows|svchost.exe|services.exe|network service|C:\WINDOWS\system32\svchost.exe -k NetworkService -p -s Dnscache
windows|svchost.exe|services.exe|system|C:\WINDOWS\system32\svchost.exe -k DcomLaunch -p
windows|WmiPrvSE.exe|svchost.exe|system|C:\WINDOWS\system32\wbem\wmiprvse.exe -secured -Embedding
windows|spoolsv.exe|services.exe|system|C:\WINDOWS\System32\spoolsv.exe
windows|MsMpEng.exe|services.exe|system|
windows|MsSense.exe|services.exe|system|
windows|CcmExec.exe|services.exe|system|C:\WINDOWS\CCM\CcmExec.exe
windows|tidewatch.exe|services.exe|system|
workstation|SearchIndexer.exe|services.exe|system|C:\WINDOWS\system32\SearchIndexer.exe /Embedding
workstation|Microsoft.Management.Services.IntuneWindowsAgent.exe|services.exe|system|
workstation|OfficeClickToRun.exe|services.exe|system|"C:\Program Files\Common Files\Microsoft Shared\ClickToRun\OfficeClickToRun.exe" /service
server|MonitoringHost.exe|services.exe|system|"C:\Program Files\Microsoft Monitoring Agent\Agent\MonitoringHost.exe" -Embedding
server|himds.exe|services.exe|system|
server|keelsafe-backup.exe|services.exe|svc-backup|"C:\Program Files\Keelsafe\Agent\keelsafe-backup.exe" --service
controller|dns.exe|services.exe|system|C:\WINDOWS\system32\dns.exe
sql|sqlservr.exe|services.exe|svc-sql|"C:\Program Files\Microsoft SQL Server\MSSQL16.MSSQLSERVER\MSSQL\Binn\sqlservr.exe" -sMSSQLSERVER
sql|SQLAGENT.EXE|services.exe|svc-sql|"C:\Program Files\Microsoft SQL Server\MSSQL16.MSSQLSERVER\MSSQL\Binn\SQLAGENT.EXE" -i MSSQLSERVER
web|w3wp.exe|svchost.exe|svc-web|c:\windows\system32\inetsrv\w3wp.exe -ap "BerthPortal" -v "v4.0" -l "webengine4.dll"
linux|/usr/sbin/cron|/usr/lib/systemd/systemd|root|/usr/sbin/cron -f -P
linux|/usr/sbin/sshd|/usr/lib/systemd/systemd|root|sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups
linux|/opt/microsoft/mdatp/sbin/wdavdaemon|/usr/lib/systemd/systemd|root|/opt/microsoft/mdatp/sbin/wdavdaemon
linux|/usr/bin/python3.11|/usr/lib/systemd/systemd|root|/usr/bin/python3 -u /usr/sbin/waagent -daemon
lin-web|/usr/sbin/nginx|/usr/lib/systemd/systemd|www-data|nginx: worker process
lin-db|/usr/lib/postgresql/15/bin/postgres|/usr/lib/systemd/systemd|postgres|/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main
lin-build|/usr/bin/gitlab-runner|/usr/lib/systemd/systemd|gitlab-runner|/usr/bin/gitlab-runner run --working-directory /home/gitlab-runner
lin-build|/usr/bin/dockerd|/usr/lib/systemd/systemd|root|/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
"""  # noqa: E501
_USER = r"""
all|explorer.exe|C:\WINDOWS\Explorer.EXE
all|OUTLOOK.EXE|"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE"
all|ms-teams.exe|"C:\Program Files\WindowsApps\MSTeams_24215.1007.3082.1590_x64__8wekyb3d8bbwe\ms-teams.exe" msteams:system-initiated
all|OneDrive.exe|"C:\Users\{user}\AppData\Local\Microsoft\OneDrive\OneDrive.exe" /background
all|msedge.exe|"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --no-startup-window --win-session-start
all|chrome.exe|"C:\Program Files\Google\Chrome\Application\chrome.exe"
operations|Berth.exe|"C:\Program Files\Halvorsen\Berth\Berth.exe" --site main
engineering|Code.exe|"C:\Users\{user}\AppData\Local\Programs\Microsoft VS Code\Code.exe"
it|Code.exe|"C:\Users\{user}\AppData\Local\Programs\Microsoft VS Code\Code.exe"
it|powershell.exe|"C:\WINDOWS\System32\WindowsPowerShell\v1.0\powershell.exe"
"""  # noqa: E501
_PRESENCE = {0: 0.95, 1: 0.9, 4: 0.94, 5: 0.96, 6: 0.95, 7: 0.97}
MUST_WORK = "erik.lindqvist"


@dataclass(frozen=True, slots=True)
class LogonSession:
    """One person's working day at a workstation; times in microseconds before the week's end."""

    host: int
    person: int
    day: int
    start: int
    end: int
    logon: int


def in_scope(scope: str, name: str, kind: str) -> bool:
    """Whether a host of this name and kind belongs to a scope word of the templates."""
    if scope in ("windows", WORKSTATION, LINUX, CONTROLLER):
        return kind == scope or (scope == "windows" and kind != LINUX)
    if scope == SERVER:
        return kind in (SERVER, CONTROLLER)
    return name.startswith((scope, f"srv-{scope}"))


class _Builder:
    """Collects process rows one by one; there are only a few thousand residents."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rows: list[tuple[int, ...]] = []
        self.lines: list[str] = []
        self.pids = iter(new_pids(rng, 20_000).tolist())

    def add(self, line: str, *row: int) -> int:
        """row: host, account, image, created, ended, parent (-1 = itself), logon, integrity."""
        index = len(self.rows)
        self.rows.append(tuple(index if part == -1 else part for part in row))
        self.lines.append(line)
        return index

    def into(self, table: Processes) -> None:
        columns = np.array(self.rows, dtype=np.int64).T
        names = ("host", "account", "image", "created", "ended", "parent", "logon", "integrity")
        line = np.empty(len(self.lines), dtype=object)
        line[:] = self.lines
        pid = np.array([next(self.pids) for _ in self.rows], dtype=np.int64)
        pid[columns[5] == np.arange(len(pid))] = 4
        table.append(**dict(zip(names, columns, strict=True)), pid=pid, line=line)


def _boots(rng: np.random.Generator, kind: str) -> list[tuple[int, int]]:
    """Start and end of each boot. Windows hosts restart in the patch night."""
    first = -WEEK - int(rng.integers(3 * DAY, 24 * DAY))
    if kind == LINUX:
        return [(first, 0)]
    down = int(clock.from_calendar(clock.PATCH_TIME)) + int(rng.integers(5, 75)) * MINUTE
    return [(first, down), (down + int(rng.integers(40, 160)) * SECOND, 0)]


def _add_machine(rng: np.random.Generator, builder: _Builder, host: int) -> None:
    name, kind = hosts()[host].name, hosts()[host].kind
    root, root_account = (
        ("/usr/lib/systemd/systemd", "root") if kind == LINUX else ("ntoskrnl.exe", "system")
    )
    level = NO_LEVEL if kind == LINUX else SYSTEM_LEVEL
    templates = [line.split("|", 4) for line in _MACHINE.strip().splitlines()]
    for start, end in _boots(rng, kind):
        made = {
            root: builder.add(
                "", host, account_index(root_account), image_index(root), start, end, -1,
                SYSTEM_LOGON_ID, level,
            )
        }  # fmt: skip
        created = start
        for scope, image, parent, account, line in templates:
            if not in_scope(scope, name, kind):
                continue
            created += int(rng.integers(200_000, 6 * SECOND))
            made[image] = builder.add(
                line or f'"{images()[image_index(image)].path}"',
                host, account_index(account), image_index(image), created, end, made[parent],
                SYSTEM_LOGON_ID, level,
            )  # fmt: skip


def logon_sessions(rng: np.random.Generator) -> tuple[LogonSession, ...]:
    """Who sat where on which day."""
    sessions = []
    for host, device in enumerate(hosts()):
        if device.owner < 0:
            continue
        for day in range(clock.DAYS):
            chance = 1.0 if people()[device.owner].name == MUST_WORK else 0.0
            if rng.random() > max(_PRESENCE.get(day, 0.04), chance * (day not in clock.WEEKEND)):
                continue
            late = 0.3 if chance else 3.0
            start = day * DAY + int((8.3 + min(rng.normal(0, 0.55), late)) * HOUR)
            end = day * DAY + int((16.9 + rng.normal(0, 0.6)) * HOUR)
            begin, stop = int(clock.from_calendar(start)), int(clock.from_calendar(end))
            if stop < -WEEK or begin >= -HOUR:
                continue
            logon = int(rng.integers(0x20000, 0x7FFFFFF))
            sessions.append(LogonSession(host, device.owner, day, begin, min(stop, 0), logon))
    return tuple(sessions)


def _add_session(rng: np.random.Generator, builder: _Builder, session: LogonSession) -> None:
    winlogon = image_index("winlogon.exe")
    parent = max(
        i
        for i, row in enumerate(builder.rows)
        if row[0] == session.host and row[2] == winlogon and row[3] <= session.start
    )
    account = session.person
    row = (session.host, account)
    tail = (session.logon, MEDIUM)
    userinit = builder.add(
        r"C:\WINDOWS\system32\userinit.exe", *row, image_index("userinit.exe"), session.start,
        session.start + 20 * SECOND, parent, *tail,
    )  # fmt: skip
    explorer, created = -1, session.start
    department = people()[session.person].department
    for scope, image, line in (text.split("|", 2) for text in _USER.strip().splitlines()):
        if scope not in ("all", department):
            continue
        created += int(rng.exponential(25 if explorer < 0 else 90) * SECOND) + 300_000
        text = line.replace("{user}", accounts()[account].name)
        high = (session.logon, HIGH) if image == "powershell.exe" else tail
        index = builder.add(
            text, *row, image_index(image), min(created, session.end - 2), session.end,
            userinit if explorer < 0 else explorer, *high,
        )  # fmt: skip
        explorer = index if explorer < 0 else explorer


def residents(rng: np.random.Generator, table: Processes) -> tuple[tuple[LogonSession, ...], Ints]:
    """Fill `table` with boots and sessions; returns the sessions and all indexes made."""
    builder = _Builder(rng)
    for host in range(len(hosts())):
        _add_machine(rng, builder, host)
    sessions = logon_sessions(rng)
    for session in sessions:
        _add_session(rng, builder, session)
    builder.into(table)
    return sessions, np.arange(len(table))
