"""AlertInfo and AlertEvidence: the products' ordinary low alerts and the three that matter."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from soc_tui.demo import clock
from soc_tui.demo.attack_commands import COMMANDS
from soc_tui.demo.clock import MISSING, SECOND, Ints, Texts, hours_before
from soc_tui.demo.company import account_index, accounts, host_index, hosts, people
from soc_tui.demo.images import image_index, images

# weight | title | category | severity | service | detection | techniques | file
_ORDINARY = """
7|'Presenoker' unwanted software was blocked|UnwantedSoftware|Low|Microsoft Defender for Endpoint|Antivirus||setup_4.exe
5|An uncommon file was created and added to a Run key|Persistence|Low|Microsoft Defender for Endpoint|EDR|Registry Run Keys / Startup Folder (T1547.001)|BerthHelper.exe
4|Suspicious PowerShell command line|Execution|Medium|Microsoft Defender for Endpoint|EDR|PowerShell (T1059.001)|powershell.exe
6|Email reported by user as malware or phish|InitialAccess|Low|Microsoft Defender for Office 365|Manual||
5|Unfamiliar sign-in properties|InitialAccess|Low|Azure Active Directory Identity Protection|AAD Identity Protection|Cloud Accounts (T1078.004)|
3|Atypical travel|InitialAccess|Medium|Azure Active Directory Identity Protection|AAD Identity Protection|Cloud Accounts (T1078.004)|
4|Device tried to access a blocked site|SuspiciousActivity|Informational|Microsoft Defender for Endpoint|Smart Screen||chrome.exe
3|Creation of forwarding/redirect rule|Collection|Informational|Microsoft Defender for Office 365|Office 365||
2|Anomalous account lookups|Discovery|Medium|Microsoft Defender for Endpoint|EDR|Account Discovery (T1087)|net.exe
"""  # noqa: E501
# command key | hours | title | category | techniques
_INTRUSION = (
    ("cradle", 30.9, "Suspicious PowerShell download by an Office process", "Execution",
     ("PowerShell (T1059.001)", "Malicious File (T1204.002)")),
    ("dump", 11.4, "Sensitive credential memory read", "CredentialAccess",
     ("LSASS Memory (T1003.001)",)),
    ("shadows", 1.4, "File backups were deleted", "Impact", ("Inhibit System Recovery (T1490)",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert and what its evidence names; -1 and empty where it names nothing."""

    time: int
    title: str
    category: str
    severity: str
    service: str
    detection: str
    techniques: tuple[str, ...]
    host: int
    account: int
    image: int = -1
    line: str = ""

    @property
    def alert_id(self) -> str:
        """MDE's form: `da` and a number."""
        digest = hashlib.sha256(f"{self.time}{self.title}{self.account}".encode()).digest()
        return f"da{int.from_bytes(digest[:8], 'big')}_1"


def ordinary_alerts(rng: np.random.Generator, count: int) -> list[Alert]:
    """`count` alerts of an ordinary week, none above Medium."""
    profiles = [line.split("|") for line in _ORDINARY.strip().splitlines()]
    weight = np.array([float(profile[0]) for profile in profiles])
    desks = [i for i, host in enumerate(hosts()) if host.owner >= 0]
    names = {image.name: i for i, image in reversed(list(enumerate(images())))}
    found = []
    for choice, time in zip(
        rng.choice(len(profiles), count, p=weight / weight.sum()),
        clock.office_times(rng, count),
        strict=True,
    ):
        _, title, category, severity, service, detection, techniques, file = profiles[choice]
        endpoint = "Endpoint" in service
        host = int(rng.choice(desks))
        account = hosts()[host].owner if endpoint else int(rng.integers(len(people())))
        found.append(
            Alert(int(time), title, category, severity, service, detection,
                  (techniques,) if techniques else (), host if endpoint else -1, account,
                  names.get(file, -1) if endpoint else -1)
        )  # fmt: skip
    return found


def intruder_alerts() -> list[Alert]:
    """What the product itself noticed of the intrusion."""
    commands = {command.key: command for command in COMMANDS}
    found = []
    for key, hours, title, category, techniques in _INTRUSION:
        command = commands[key]
        found.append(
            Alert(hours_before(hours), title, category, "High", "Microsoft Defender for Endpoint",
                  "EDR", techniques, host_index(command.host), account_index(command.account),
                  image_index(command.image), command.line)
        )  # fmt: skip
    return found


def _texts(values: list[str]) -> Texts:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _common(alerts: list[Alert]) -> dict[str, Ints | Texts]:
    return {
        "TimeGenerated": np.array([one.time for one in alerts], dtype=np.int64),
        "AlertId": _texts([one.alert_id for one in alerts]),
        "Title": _texts([one.title for one in alerts]),
        "Severity": _texts([one.severity for one in alerts]),
        "ServiceSource": _texts([one.service for one in alerts]),
        "DetectionSource": _texts([one.detection for one in alerts]),
        "AttackTechniques": _texts([json.dumps(one.techniques) for one in alerts]),
    }


def alert_columns(alerts: list[Alert]) -> dict[str, Ints | Texts]:
    """AlertInfo columns."""
    return {**_common(alerts), "Category": _texts([one.category for one in alerts])}


def _additional(one: Alert, kind: str) -> str:
    fields: dict[str, object] = {"Type": {"User": "account", "Machine": "host"}.get(kind, "file")}
    if kind == "User":
        fields["Name"] = accounts()[one.account].name
    elif kind == "Machine":
        fields["HostName"] = hosts()[one.host].name
    else:
        fields |= {"Type": kind.lower(), "CommandLine": one.line}
    return json.dumps(fields)


def _entities(one: Alert) -> list[str]:
    kinds = ["User"]
    if one.host >= 0:
        kinds.append("Machine")
    if one.image >= 0:
        kinds += ["Process", "File"] if one.line else ["File"]
    return kinds


def evidence_columns(alerts: list[Alert]) -> dict[str, Ints | Texts]:
    """AlertEvidence columns: one row for each entity of each alert."""
    rows = [(one, kind) for one in alerts for kind in _entities(one)]
    repeated = [one for one, _ in rows]

    def of_account(attribute: str) -> Texts:
        return _texts(
            [getattr(accounts()[a.account], attribute) if k == "User" else "" for a, k in rows]
        )

    def of_host(attribute: str) -> Texts:
        return _texts([getattr(hosts()[a.host], attribute) if a.host >= 0 else "" for a, _ in rows])

    def of_file(text: str, algorithm: str = "") -> Texts:
        def cell(alert: Alert, kind: str) -> str:
            if alert.image < 0 or kind not in ("File", "Process"):
                return ""
            image = images()[alert.image]
            return image.digest(algorithm) if algorithm else str(getattr(image, text))

        return _texts([cell(a, k) for a, k in rows])

    roles = ["Impacted" if k in ("User", "Machine") else "Related" for _, k in rows]
    lines = [a.line if k == "Process" else "" for a, k in rows]
    return {
        **_common(repeated),
        "TimeGenerated": np.array([a.time + SECOND for a, _ in rows], dtype=np.int64),
        "Categories": _texts([json.dumps([a.category]) for a, _ in rows]),
        "EntityType": _texts([k for _, k in rows]),
        "EvidenceRole": _texts(roles),
        "AccountName": of_account("name"),
        "AccountDomain": of_account("domain"),
        "AccountSid": of_account("sid"),
        "AccountUpn": of_account("upn"),
        "AccountObjectId": of_account("object_id"),
        "DeviceId": of_host("device_id"),
        "DeviceName": of_host("name"),
        "FileName": of_file("name"),
        "FolderPath": of_file("path"),
        "SHA1": of_file("", "sha1"),
        "SHA256": of_file("", "sha256"),
        "ProcessCommandLine": _texts(lines),
        "FileSize": np.array(
            [images()[a.image].size if a.image >= 0 and k == "File" else MISSING for a, k in rows],
            dtype=np.int64,
        ),
        "ThreatFamily": _texts(["Presenoker" if "Presenoker" in a.title else "" for a, _ in rows]),
        "AdditionalFields": _texts([_additional(a, k) for a, k in rows]),
    }
