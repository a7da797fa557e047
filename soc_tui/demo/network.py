"""DeviceNetworkEvents of the ordinary week: who talks to whom, by program."""

from __future__ import annotations

import hashlib

import numpy as np

from soc_tui.demo import clock
from soc_tui.demo.clock import WEEK, Ints, Texts
from soc_tui.demo.company import hosts
from soc_tui.demo.process_templates import SITES
from soc_tui.demo.processes import (
    Processes,
    device_columns,
    host_column,
    initiating_columns,
    look_up,
)

_WEB = tuple(
    f"{word}.{zone}"
    for zone in ("example", "example.com", "example.net", "example.org")
    for word in (
        "www", "cdn", "static", "api", "img", "fonts", "ads", "metrics", "video", "login", "media",
        "news-feed", "edge", "tags", "player", "search", "assets", "push", "sync", "comments",
    )
)  # fmt: skip
DESTINATIONS: dict[str, tuple[str, ...]] = {
    "web": SITES + _WEB,
    "office": (
        "outlook.office365.com", "substrate.office.com", "login.microsoftonline.com",
        "nexus.officeapps.live.com", "ecs.office.com", "halvorsen-my.sharepoint.com",
    ),
    "teams": ("teams.microsoft.com", "presence.teams.microsoft.com", "trouter.teams.microsoft.com"),
    "update": (
        "ctldl.windowsupdate.com", "slscr.update.microsoft.com", "settings-win.data.microsoft.com",
        "fe3cr.delivery.mp.microsoft.com",
    ),
    "defender": (
        "winatp-gw-neu.microsoft.com", "wdcp.microsoft.com", "eu-v20.events.data.microsoft.com",
    ),
    "intune": ("fef.msub01.manage.microsoft.com", "enterpriseregistration.windows.net"),
    "monitor": ("0b8a4d52.ods.opinsights.azure.com", "0b8a4d52.oms.opinsights.azure.com"),
    "graph": ("graph.microsoft.com", "management.azure.com", "www.powershellgallery.com"),
    "arc": ("gbl.his.arc.azure.com", "agentserviceapi.guestconfiguration.azure.com"),
    "backup": ("vault-neu.keelsafe.example.com",),
    "tidewatch": ("ingest.tidewatch.example.net",),
    "code": ("artifacts.halvorsen.example", "registry.example.org", "git.halvorsen.example"),
    "apt": ("deb.mirror.example.org", "security.mirror.example.org"),
    "google": ("update.browser.example.com",),
    "adobe": ("armmf.reader.example.com",),
}  # fmt: skip

# weight | program | destination list, or host:NAME | port | action | share that fails
_PROFILES = """
15500|chrome.exe|web|443|ConnectionSuccess|0.02
8200|msedge.exe|web|443|ConnectionSuccess|0.02
400|chrome.exe|web|80|ConnectionSuccess|0.05
3600|OUTLOOK.EXE|office|443|ConnectionSuccess|0.01
3500|ms-teams.exe|teams|443|ConnectionSuccess|0.01
2200|OneDrive.exe|office|443|ConnectionSuccess|0.01
900|WINWORD.EXE|office|443|ConnectionSuccess|0.01
900|EXCEL.EXE|office|443|ConnectionSuccess|0.01
1900|svchost.exe|update|443|ConnectionSuccess|0.03
2600|svchost.exe|host:dc-01|53|ConnectionSuccess|0.0
1200|svchost.exe|host:dc-02|53|ConnectionSuccess|0.0
2300|lsass.exe|host:dc-01|88|ConnectionSuccess|0.0
900|lsass.exe|host:dc-02|389|ConnectionSuccess|0.0
2600|ntoskrnl.exe|host:srv-file-01|445|ConnectionSuccess|0.005
500|ntoskrnl.exe|host:srv-print-01|445|ConnectionSuccess|0.02
3200|MsSense.exe|defender|443|ConnectionSuccess|0.01
900|MsMpEng.exe|defender|443|ConnectionSuccess|0.01
1700|CcmExec.exe|host:srv-sccm-01|443|ConnectionSuccess|0.02
700|Microsoft.Management.Services.IntuneWindowsAgent.exe|intune|443|ConnectionSuccess|0.02
1200|MonitoringHost.exe|monitor|443|ConnectionSuccess|0.01
2200|tidewatch.exe|tidewatch|443|ConnectionSuccess|0.01
700|himds.exe|arc|443|ConnectionSuccess|0.01
400|keelsafe-backup.exe|backup|443|ConnectionSuccess|0.01
500|keelsafe-backup.exe|host:srv-backup-01|10051|ConnectionSuccess|0.02
900|Berth.exe|host:srv-app-01|8443|ConnectionSuccess|0.02
1200|w3wp.exe|host:srv-sql-01|1433|ConnectionSuccess|0.005
500|w3wp.exe|office|443|ConnectionSuccess|0.01
700|Code.exe|code|443|ConnectionSuccess|0.03
350|node.exe|code|443|ConnectionSuccess|0.05
600|git.exe|code|443|ConnectionSuccess|0.02
180|powershell.exe|graph|443|ConnectionSuccess|0.03
160|powershell.exe|host:srv-sccm-01|443|ConnectionSuccess|0.03
90|mstsc.exe|host:srv-app-01|3389|ConnectionSuccess|0.05
60|mstsc.exe|host:srv-sql-01|3389|ConnectionSuccess|0.05
120|mmc.exe|host:dc-01|389|ConnectionSuccess|0.0
300|updater.exe|google|443|ConnectionSuccess|0.02
150|AdobeARM.exe|adobe|443|ConnectionSuccess|0.02
900|/opt/microsoft/mdatp/sbin/wdavdaemon|defender|443|ConnectionSuccess|0.01
500|/usr/bin/python3.11|monitor|443|ConnectionSuccess|0.01
350|/usr/bin/curl|tidewatch|443|ConnectionSuccess|0.01
700|/usr/bin/git|code|443|ConnectionSuccess|0.01
160|/usr/bin/apt-get|apt|80|ConnectionSuccess|0.04
400|/usr/bin/docker|code|443|ConnectionSuccess|0.03
1400|sqlservr.exe|from:10.20.10.15|1433|InboundConnectionAccepted|0.0
1200|dns.exe|from:workstations|53|InboundConnectionAccepted|0.0
900|/usr/sbin/nginx|from:internet|443|InboundConnectionAccepted|0.0
300|/usr/sbin/sshd|from:workstations|22|InboundConnectionAccepted|0.0
250|/usr/lib/postgresql/15/bin/postgres|from:10.20.20.22|5432|InboundConnectionAccepted|0.0
500|ntoskrnl.exe|from:workstations|445|InboundConnectionAccepted|0.0
"""


def address_of(domain: str) -> str:
    """The one address that a name resolves to in the demo (benchmark range 198.19.0.0/16)."""
    digest = hashlib.sha256(domain.encode()).digest()
    return f"198.19.{digest[0]}.{digest[1] % 254 + 1}"


def internet_addresses(rng: np.random.Generator, count: int) -> Texts:
    """Addresses of strangers, a few of them very busy (benchmark range 198.18.128.0/17)."""
    known = [f"198.18.{128 + i % 128}.{(i * 53) % 250 + 2}" for i in range(900)]
    return look_up(known, clock.zipf_choice(rng, len(known), count, 0.9))


def ip_types(addresses: Texts) -> Texts:
    """MDE's word for each address: Private for 10/8, Public otherwise."""
    return np.array(
        ["Private" if str(a).startswith("10.") else "Public" for a in addresses], dtype=object
    )


def _remote(rng: np.random.Generator, word: str, count: int) -> tuple[Texts, Texts]:
    """Addresses and URLs of the other side."""
    none = np.full(count, "", dtype=object)
    kind, _, name = word.partition(":")
    if kind == "host":
        target = next(host for host in hosts() if host.name == name)
        return np.full(count, target.ip, dtype=object), np.full(
            count, f"{name}.halvorsen.example", dtype=object
        )
    if word == "from:internet":
        return internet_addresses(rng, count), none
    if word == "from:workstations":
        desks = [host.ip for host in hosts() if host.owner >= 0]
        return look_up(desks, clock.zipf_choice(rng, len(desks), count, 0.4)), none
    if kind == "from":
        return np.full(count, name, dtype=object), none
    domains = DESTINATIONS[word]
    codes = clock.zipf_choice(rng, len(domains), count, 1.0)
    return look_up([address_of(d) for d in domains], codes), look_up(domains, codes)


def busy_moments(
    rng: np.random.Generator, table: Processes, image: str, count: int
) -> tuple[Ints, Ints]:
    """`count` processes of an image and a moment of each one's life inside the week."""
    found = table.with_image(image)
    found = found[table.ended[found] > -WEEK]
    begin = np.maximum(table.created[found], -WEEK)
    lasts = np.minimum(table.ended[found], 0) - begin
    weight = np.maximum(lasts, 1).astype(float)
    chosen = rng.choice(len(found), count, p=weight / weight.sum())
    times = begin[chosen] + (rng.beta(0.9, 1.1, count) * lasts[chosen]).astype(np.int64)
    return found[chosen], np.clip(times, -WEEK, -1)


def network_columns(
    table: Processes, rows: Ints, times: Ints, remote: dict[str, Ints | Texts]
) -> dict[str, Ints | Texts]:
    """DeviceNetworkEvents columns for connections of these processes.

    `remote` holds ActionType, RemoteIP, RemoteUrl, RemotePort, LocalPort and Protocol.
    """
    local = host_column("ip", table.host[rows])
    return {
        "TimeGenerated": times,
        **device_columns(table, rows),
        **remote,
        "RemoteIPType": ip_types(np.asarray(remote["RemoteIP"], dtype=object)),
        "LocalIP": local,
        "LocalIPType": ip_types(local),
        **initiating_columns(table, rows),
    }


def ordinary_connections(
    rng: np.random.Generator, table: Processes, count: int
) -> dict[str, Ints | Texts]:
    """About `count` rows of DeviceNetworkEvents."""
    profiles = [line.split("|") for line in _PROFILES.strip().splitlines()]
    share = count / sum(int(profile[0]) for profile in profiles)
    blocks: list[dict[str, Ints | Texts]] = []
    chosen: list[tuple[Ints, Ints]] = []
    for weight, image, word, port, action, failing in profiles:
        number = max(int(int(weight) * share), 1)
        chosen.append(busy_moments(rng, table, image, number))
        address, url = _remote(rng, word, number)
        failed = rng.random(number) < float(failing)
        inbound = action.startswith("Inbound")
        high = rng.integers(49_152, 65_535, number)
        fixed = np.full(number, int(port))
        protocol = "Udp" if port == "53" else "Tcp"
        blocks.append(
            {
                "ActionType": np.where(failed, "ConnectionFailed", action).astype(object),
                "RemoteIP": address,
                "RemoteUrl": url,
                "RemotePort": high if inbound else fixed,
                "LocalPort": fixed if inbound else high,
                "Protocol": np.full(number, protocol, dtype=object),
            }
        )
    rows = np.concatenate([pair[0] for pair in chosen])
    times = np.concatenate([pair[1] for pair in chosen])
    remote = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return network_columns(table, rows, times, remote)
