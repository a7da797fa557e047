"""Which table a request is about, by its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

# Table -> weight -> words. A word may be a regular expression; it must match from word boundary to
# word boundary, plural endings allowed.
_WORDS: Mapping[str, Mapping[int, str]] = {
    "DeviceProcessEvents": {
        4: "powershell|pwsh|command lines?|cmd|encoded command|lsass|mimikatz|rundll32|wmic?|psexec"
        "|certutil|mshta|schtasks|scheduled tasks?|vssadmin|shadow cop(?:y|ies)|lolbins?|wevtutil"
        "|ransomware|credential dump(?:ing)?|living off the land|macros?|bitsadmin|regsvr32|cscript"
        "|wscript|whoami|rclone|office spawn\\w*|child process(?:es)?|spawn\\w*",
        3: "process(?:es)?|commands?|scripts?|execut\\w+|ran|running|launched|malware|recon\\w*"
        "|discovery|tools?|defense evasion|log clear\\w+"
        "|clear\\w* (?:the )?(?:event |security )?logs?|disabl\\w+",
        1: "privilege escalation|lateral movement|hosts?|workstations?|endpoints?",
    },
    "DeviceNetworkEvents": {
        4: "beacons?|beaconing|c2|c&c|command and control|exfil\\w*|dns|outbound|inbound"
        "|rare domains?|tor|tunnels?|uploads?|remote ips?",
        3: "network|connections?|connect(?:ed|ing|s)?|domains?|urls?|traffic|ports?|websites?"
        "|internet|http|https|port scan\\w*",
        1: "ip|ips|address(?:es)?|lateral movement",
    },
    "DeviceLogonEvents": {
        4: "rdp|logons?|remote desktop|logged on|brute[ -]?forc\\w*|ntlm|pass[ -]the[ -]hash"
        "|interactive logons?|local administrators?",
        3: "log ?ins?|logged in|lateral movement|failed log(?:on|in)s?",
        1: "accounts?|passwords?|credentials?",
    },
    "DeviceFileEvents": {
        4: "downloads?|downloaded|archives?|zip|zipped|files?|dropped|attachments?|documents?"
        "|renamed|extensions?|encrypted files?|file hash(?:es)?",
        3: "created files?|deleted|deletions?|hash(?:es)?|staging|staged|phishing",
        1: "written|wrote|folders?|usb",
    },
    "DeviceRegistryEvents": {
        5: "registry|run ?keys?|hklm|hkcu|autoruns?|regedit|hives?|defender exclusions?",
        3: "persistence|startup|exclusions?|services? created",
    },
    "SigninLogs": {
        5: "sign[ -]?ins?|signed in|mfa|multi[ -]?factor|password spray\\w*|spray\\w*|entra|aad"
        "|azure ad|conditional access|impossible travel|legacy auth\\w*|risky users?|mfa fatigue"
        "|token theft|user agents?",
        2: "country|countries|locations?|tenant|identity|identities|brute[ -]?forc\\w*"
        "|failed log ?ins?|o365|office 365|m365|password|guess\\w*|credential stuffing",
    },
    "AzureActivity": {
        5: "azure activity|role assignments?|subscriptions?|resource groups?|key vaults?|keyvaults?"
        "|storage keys?|storage accounts?|azure resources?|control plane|arm operations?|snapshots?"
        "|list ?keys",
        4: "azure|roles?|resources?|callers?|virtual machines? created|security rules?",
        2: "cloud|deleted resources?|owner|rbac|deployments?|disks?|changes?",
    },
    "AzureNetworkAnalytics_CL": {
        9: "nsgs?|network security groups?|flow logs?|flows?|traffic analytics|malicious flows?"
        "|port scan\\w*",
        2: "azure network|vnet|subnets?|denied|firewall",
    },
    "AlertInfo": {
        5: "alerts?|incidents?|detections?|severity",
        2: "mitre|attack techniques?|triggered",
    },
    "AlertEvidence": {
        6: "alert evidence|evidence|entities|entity|alert entities",
        2: "alerts?",
    },
}
_HUNTING = re.compile(
    r"\b(?:suspicious|odd|anomal\w+|strange|unusual|weird|malicious|threats?|attack\w*|intru\w+"
    r"|compromis\w*|breach\w*|hack\w*|hunt\w*|evil|bad|abnormal|anything|something|logs?|events?"
    r"|activity|activities|indicators?|ioc|iocs|happen\w*|seen|investigat\w*|check|look\w*|infect\w*"
    r"|adversar\w+|insider|persistence|escalation)\b",
    re.I,
)
DEFAULT_TABLE = "DeviceProcessEvents"


@dataclass(frozen=True, slots=True)
class Topic:
    """A table, how well it fits, and the words that led to it."""

    table: str
    score: int
    words: tuple[str, ...]


def topics(text: str) -> tuple[Topic, ...]:
    """Tables that the words point to, the best first."""
    found = []
    for table, patterns in _patterns().items():
        matches = [
            (weight, match[0].lower())
            for weight, pattern in patterns
            for match in pattern.finditer(text)
        ]
        named = re.search(rf"\b{table}\b", text, re.I)
        score = sum({word: weight for weight, word in matches}.values()) + (100 if named else 0)
        if score:
            words = [table] if named else [word for _, word in sorted(matches, reverse=True)]
            found.append(Topic(table, score, tuple(dict.fromkeys(words))))
    return tuple(sorted(found, key=lambda topic: -topic.score))


def about_hunting(text: str) -> bool:
    """Whether some word says that it is about logs or threats at all."""
    return _HUNTING.search(text) is not None


@cache
def _patterns() -> Mapping[str, tuple[tuple[int, re.Pattern[str]], ...]]:
    return {
        table: tuple(
            (weight, re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])", re.I))
            for weight, words in weights.items()
        )
        for table, weights in _WORDS.items()
    }
