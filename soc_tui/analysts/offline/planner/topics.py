"""Chooses the table for a request from its words and entities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from soc_tui.analysts.offline.planner.countries import countries
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.model.catalog import Catalog

_NSG = r"(?:nsgs?|network security groups?)"
_CHANGED = r"(?:chang|creat|modif|edit|updat|add|delet)\w*"
# Table -> weight -> words. A word may be a regular expression; it must match from word boundary to
# word boundary, plural endings allowed.
_WORDS: Mapping[str, Mapping[int, str]] = {
    "DeviceProcessEvents": {
        4: "command ?lines?|cmd ?lines?"
        "|encoded command|scheduled tasks?|shadow cop(?:y|ies)|lolbins?"
        "|ransomware|credential dump(?:ing)?|living off the land|macros?|office spawn\\w*"
        "|child(?:ren)? process(?:es)?|parent process(?:es)?|spawn\\w*|lsass dumps?|dump\\w* lsass"
        "|web ?shells?|(?:new|added|extra) (?:local )?admin(?:istrator)?s?",
        3: "process(?:es)?|commands?|scripts?|execut\\w+|ran|run|running|launched|malware|recon\\w*"
        "|discovery|tools?|defense evasion|log clear\\w+|start(?:ed|s)?"
        "|clear\\w* (?:the )?(?:event |security )?logs?|disabl\\w+|turn\\w* off|parents?|installed"
        "|shells?|obfuscated|encoded",
        1: "privilege escalation|lateral movement",
    },
    "DeviceNetworkEvents": {
        4: "beacons?|beaconing|c2|c&c|command and control|exfil\\w*|dns|outbound|inbound"
        "|rare domains?|tor|tunnels?|uploads?|uploaded|remote ips?|talkers?"
        "|(?:connect|talk|reach|communicat)\\w* (?:to|with|out)",
        3: "network|connections?|went to|visited|connect(?:ed|ing|s)?|urls?"
        "|domains?(?! (?:controllers?|admins?|users?|accounts?|joined))|traffic|ports?|websites?"
        "|internet|http|https|port scan\\w*|talk(?:ed|ing|s)?|contacted|communicat\\w+|reach(?:ed)?"
        "|smb|ldap|telnet|winrm|tcp|udp",
        1: "ip|ips|address(?:es)?|lateral movement",
    },
    "DeviceLogonEvents": {
        4: "rdp|logons?|unlock(?:s|ed|ing)?|remote desktop|logged on|brute[ -]?forc\\w*|ntlm"
        "|pass[ -]the[ -]hash|interactive logons?|local administrators?|wrong passwords?"
        "|ssh log ?ins?",
        3: "log ?ins?|logged in|lateral movement|failed log(?:on|in)s?",
        1: "accounts?|passwords?|credentials?",
    },
    "DeviceFileEvents": {
        4: "downloads?|downloaded|archives?|zip|zipped|files?|dropped|attachments?|documents?"
        "|renamed|extensions?|encrypted files?|file hash(?:es)?|written to disk",
        3: "created files?|deleted|deletions?|hash(?:es)?|staging|staged",
        2: "written|wrote|folders?|seen",
    },
    "DeviceRegistryEvents": {
        6: "autostart(?:s| entries)?",
        5: "registry|run ?keys?|hklm|hkcu|autoruns?|regedit|hives?|defender exclusions?",
        4: "services? (?:\\w+ )?(?:created|installed|added|registered|changed)"
        "|(?:new|install\\w*|creat\\w+|add\\w*) (?:\\w+ )?services?",
        3: "persisten\\w+|startup|exclusions?|defender (?:settings?|polic\\w+)",
    },
    "DeviceEvents": {
        6: "antivirus|(?:all )?event details|opened a process|asr"
        "|powershell commands? that (?:contain|opened)\\w*|attack surface reduction"
        "|usb(?: \\w+)?|named pipes?|remote threads?|amsi"
        "|tamper(?:ing|ed)|code injections?|removable media",
    },
    "SigninLogs": {
        5: "sign[ -]?ins?|signed in|mfa|multi[ -]?factor|password spray\\w*|spray\\w*|entra|aad"
        "|azure ad|conditional access|impossible travel|legacy auth\\w*|risky users?|mfa fatigue"
        "|token theft|user agents?|lock(?:ed |ed-|-)?outs?|locked",
        2: "country|countries|locations?|tenant|identity|identities|brute[ -]?forc\\w*"
        "|failed log ?ins?|o365|office 365|m365|password|guess\\w*|credential stuffing",
    },
    "AADNonInteractiveUserSignInLogs": {
        9: "non[ -]?interactive(?: user)?(?: sign[ -]?ins?)?|refresh tokens?"
        "|token (?:replay|reuse)",
    },
    "AuditLogs": {
        7: "audit ?logs?|directory roles?|entra roles?|consents?|consent grants?|app registrations?"
        "|service principals?|directory changes|privileged roles?|users? (?:created|added) in entra"
        "|invit(?:ed|ations?)|password resets?|mfa methods?",
    },
    "IdentityLogonEvents": {
        7: "identity logons?|defender for identity|kerberoast\\w*|domain controller logons?"
        "|active directory logons?|ldap logons?",
    },
    "OfficeActivity": {
        7: "mailbox(?:es)?|inbox rules?|forwarding(?: rules?)?|sharepoint|onedrive|exchange"
        "|office activity|shar(?:ed|ing) (?:links?|outside)|teams messages?",
    },
    "EmailEvents": {
        7: "e?-?mails?|phish\\w*|senders?|recipients?|spoof\\w*|spam",
    },
    "SecurityEvent": {
        7: "security ?events?|windows events?|event ?ids?(?: \\d+)?|event 4\\d{3}|4[67]\\d\\d|1102"
        "|security log|kerberos tickets?|group memberships?",
    },
    "SecurityAlert": {6: "sentinel alerts?|security alerts?"},
    "SecurityIncident": {6: "incidents?|sentinel incidents?"},
    "Syslog": {7: "sys ?logs?|sshd|auditd|cron ?jobs?|sudo|linux logs?"},
    "CommonSecurityLog": {
        7: "cef|firewalls?(?: logs?)?|prox(?:y|ies)|palo alto|fortinet|check point|zscaler|vpn|ips"
        " signatures?|common security",
    },
    "NTANetAnalytics": {9: "nta|virtual network flow logs?|vnet flows?"},
    "Heartbeat": {
        8: "heartbeats?|computers? alive|alive computers?"
        "|agents? (?:health|missing|silent)|silent hosts?"
    },
    "AzureActivity": {
        20: rf"{_NSG}(?: rules?)? {_CHANGED}|{_CHANGED} (?:\w+ ){{0,3}}{_NSG}",
        5: "azure activity|role assignments?|subscriptions?|resource groups?|key vaults?|keyvaults?"
        "|storage keys?|storage accounts?|azure resources?|control plane|arm operations?|snapshots?"
        "|list ?keys|(?:virtual machines?|vms?) \\w+|network security rules? changed",
        4: "azure|roles?|resources?|callers?|virtual machines? created|security rules?",
        2: "cloud|deleted resources?|owner|rbac|deployments?|disks?|changes?|changed|operations?",
    },
    "AzureNetworkAnalytics_CL": {
        15: "nsgs?|network security groups?|flow logs?|flows?|traffic analytics|malicious flows?"
        "|port scan\\w*",
        12: "(?:allowed|permitted|denied|blocked|dropped) (?:\\w+ ){0,2}(?:traffic|packets?)"
        "|(?:traffic|packets?) (?:\\w+ ){0,2}(?:allowed|permitted|denied|blocked|dropped)",
        2: "azure network|vnet|subnets?|denied|firewall",
    },
    "DeviceInfo": {
        7: "device (?:inventory|names?|details)|(?:ios|android|macos|windows|linux) devices"
        "|operating systems?|os (?:platforms?|versions?)|onboard\\w*|machine groups?",
    },
    "DeviceNetworkInfo": {7: "network adapters?|network info(?:rmation)?|mac address(?:es)?"},
    "DeviceImageLoadEvents": {7: "dlls?|image loads?|modules?|loaded images?"},
    "DeviceTvmSoftwareInventory": {
        8: "software(?: titles?| inventory)?|installed (?:software|versions?)|end of support"
        "|(?:devices?|machines?) with \\w+ installed|running windows server \\d+",
    },
    "DeviceTvmSoftwareVulnerabilities": {
        8: "vulnerable|severity levels?|cves? on (?:devices?|hosts?)"
    },
    "DeviceTvmSoftwareVulnerabilitiesKB": {
        9: "vulnerabilit(?:y|ies)|exploits? (?:is )?available|available exploits?|cvss"
        "|cve-\\d{4}-\\d+",
    },
    "DeviceTvmSecureConfigurationAssessment": {8: "non[ -]?compliant|compliance|misconfigur\\w+"},
    "DeviceTvmHardwareFirmware": {8: "firmwares?|bios|lenovo|dell|manufacturers?|hardware"},
    "EmailAttachmentInfo": {9: "e-?mail attachments?|attachments? sent|files sent by"},
    "DeviceFileCertificateInfo": {9: "certificates?|signers?"},
    "EmailUrlInfo": {9: "urls? in (?:the )?(?:body|e-?mails?|messages?)"},
    "UrlClickEvents": {9: "url clicks?|click(?:ed|s)?(?: on)?|safe links"},
    "EmailPostDeliveryEvents": {9: "post[- ]?delivery|zap(?:ped)?|zero-hour auto purge"},
    "IdentityInfo": {
        8: "users? (?:located|based|living) in|job titles?|departments?|assigned roles?"
        "|(?:cloud )?admin(?:istrator)? users?|risk details|disabled accounts?|blast radius",
    },
    "CloudAppEvents": {8: "cloud apps?|sharing activit(?:y|ies)|mcas|dropbox"},
    "AADRiskyUsers": {9: "risky users?|remediated|confirmed compromised|users? (?:still )?at risk"},
    "AADUserRiskEvents": {
        9: "risk (?:events?|detections?)|unfamiliar features|unlikely travel|atypical travel",
    },
    "AADServicePrincipalSignInLogs": {
        9: "service principals? (?:that |which |who )?(?:\\w+ )?sign\\w*|client secrets?"
        "|service princ?ip(?:al|cal) names?|windows azure service management api",
    },
    "AADManagedIdentitySignInLogs": {9: "managed identit(?:y|ies)"},
    "AWSCloudTrail": {
        8: "aws|buckets?|vpcs?|iam|s3|ec2|access ?keys?|policy modifications?"
        "|(?:List|Get|Create|Delete|Put|Attach|Detach)[A-Z]\\w+",
    },
    "AWSGuardDuty": {9: "(?:aws )?guard ?duty"},
    "Anomalies": {9: "anomal(?:y|ies)|anomalous privilege"},
    "BehaviorAnalytics": {
        8: "behaviou?rs?|ueba|logged in from unusual (?:locations?|countr\\w+)"
        "|failed log ?ins? per user ?names?",
    },
    "ThreatIntelligenceIndicator": {
        9: "threat intel\\w*|threat indicators?|iocs?|botnets?|threat types?",
    },
    "W3CIISLog": {9: "iis|w3c?|(?:uri|url) stems?|client ip address(?:es)?|web ?server logs?"},
    "StorageBlobLogs": {9: "blobs?|storage blobs?"},
    "StorageFileLogs": {9: "storage files?|file shares? in azure"},
    "SqlAtpStatus": {9: "sql atp(?: status\\w*)?|mssqlserver|unprotected"},
    "VMBoundPort": {9: "open ports?|bound ports?|port associated|associated with the port"},
    "VMComputer": {9: "vm computers?"},
    "VMConnection": {9: "vm connections?"},
    "VMProcess": {9: "vm process(?:es)?|processes vm\\W?s"},
    "Event": {9: "event table|warning events|fslogix"},
    "AlertInfo": {
        5: "alerts?|detections?|severity",
        2: "mitre|attack techniques?|triggered",
    },
    "AlertEvidence": {
        6: "alert evidence|evidence|entities|entity|alert entities"
        "|alerts? (?:that |which )?involv\\w+|triggered (?:an? )?alerts?"
        "|(?:users?|ips?|ip addresses|devices?) (?:that |which |who )?(?:have )?"
        "(?:caused|triggered) .{0,12}alerts?",
        2: "alerts?",
    },
}
_HUNTING = re.compile(
    r"\b(?:suspicious|odd|anomal\w+|strange|unusual|weird|malicious|threats?|attack\w*|intru\w+"
    r"|compromis\w*|breach\w*|hack\w*|hunt\w*|evil|bad|abnormal|anything|something|logs?|events?"
    r"|activity|activities|indicators?|ioc|iocs|happen\w*|seen|investigat\w*|check|look\w*"
    r"|infect\w*"
    r"|adversar\w+|insider|persisten\w+|escalation|trouble|problems?|issues?|wrong|going on|risks?"
    r"|admins?|servers?|hosts?|users?|accounts?)\b",
    re.I,
)
_APPLICATION = re.compile(
    r"\b(?:(?:logged|signed) in|log ?ins?|sign[ -]?ins?) (?:to|into|at) (?:the )?(?:microsoft"
    r"|azure|office|exchange|sharepoint|teams|gitlab)\b",
    re.I,
)
_TRAFFIC = re.compile(
    r"\b(?:traffic|talk\w*|connect\w*|communicat\w*|reach\w*|bytes|packets?)\b", re.I
)
# Asked when nothing says where to look. Each names its table by the words above.
_CHOICES = {
    "DeviceProcessEvents": "processes on hosts",
    "DeviceNetworkEvents": "network connections",
    "DeviceLogonEvents": "logons",
    "SigninLogs": "sign-ins to Entra ID",
    "AzureActivity": "changes in Azure",
    "AlertInfo": "alerts",
    "DeviceFileEvents": "files",
    "SecurityEvent": "Windows security events",
    "Syslog": "syslog",
    "CommonSecurityLog": "firewall logs",
    "OfficeActivity": "mailboxes and SharePoint",
}
_MOST_CHOICES = 6
STRONG = 2
DEFAULT_TABLE = "DeviceProcessEvents"


@dataclass(frozen=True, slots=True)
class Topic:
    """A table, how well it fits, and the words that led to it."""

    table: str
    score: int
    words: tuple[str, ...]


def topics(text: str, named: Mentions) -> tuple[Topic, ...]:
    """Tables that words and names point to, the best first."""
    scores: dict[str, dict[str, int]] = {}
    for table, patterns in _patterns().items():
        for weight, pattern in patterns:
            for match in pattern.finditer(text):
                words = scores.setdefault(table, {})
                words[match[0].lower()] = max(weight, words.get(match[0].lower(), 0))
    for table, weight, word in (*_names(named), *_places(text)):
        scores.setdefault(table, {}).setdefault(word, weight)
    found = [
        Topic(table, sum(words.values()), tuple(sorted(words, key=lambda w: -words[w])))
        for table, words in scores.items()
    ]
    return tuple(sorted(found, key=lambda topic: -topic.score))


def strong(found: tuple[Topic, ...]) -> tuple[Topic, ...]:
    """The topics that words speak for, not only a name or a faint word."""
    return tuple(topic for topic in found if topic.score > STRONG)


def about_hunting(text: str) -> bool:
    """Whether some word says that it is about logs or threats at all."""
    return _HUNTING.search(text) is not None


def plain_spans(text: str, least: int) -> list[tuple[int, int]]:
    """Where words stand that point to any table at least so strongly."""
    chosen = (say for weights in _patterns().values() for weight, say in weights if weight >= least)
    return [match.span() for say in chosen for match in say.finditer(text)]


def spans(text: str, tables: Iterable[str]) -> list[tuple[int, int]]:
    """Where words stand that point to one of the tables, or to a hunt."""
    chosen = (pair for table in tables for pair in _patterns().get(table, ()))
    found = [match.span() for _, say in chosen for match in say.finditer(text)]
    return found + [match.span() for match in _HUNTING.finditer(text)]


def sources() -> Iterator[str]:
    """The regular expressions of all words."""
    yield _HUNTING.pattern
    yield from (words for weights in _WORDS.values() for words in weights.values())


def choices(catalog: Catalog) -> tuple[str, ...]:
    """What to look at, of the tables that are there."""
    there = (words for table, words in _CHOICES.items() if catalog.table(table))
    return tuple(there)[:_MOST_CHOICES]


def _names(named: Mentions) -> Iterator[tuple[str, int, str]]:
    """Table, weight and name, for names that are usual in a table."""
    process, network, file = "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceFileEvents"
    programs = tuple(name for name in named.files if name.lower().endswith(".exe"))
    kinds = (
        (process, 5, (*named.tools, *named.short_tools)),
        (process, 2, named.actors),
        (process, 1, named.hosts),
        (network, 2, (*named.ips, *named.subnets, *named.domains)),
        (network, 2, named.ports),
        (file, 4, named.extensions),
        (process, 2, programs),
        (file, 2, (*named.hashes, *named.paths, *(set(named.files) - set(programs)))),
        ("DeviceRegistryEvents", 8, named.keys),
        ("SigninLogs", 2, () if named.hosts else named.upns),
        ("DeviceLogonEvents", 2, () if named.hosts else named.users),
    )
    for table, weight, names in kinds:
        yield from ((table, weight, name) for name in names[:1])


def _places(text: str) -> Iterator[tuple[str, int, str]]:
    """Cloud applications are named for sign-ins, also where those are "logins"; countries for
    sign-ins, and for traffic in flow logs: events of devices hold none."""
    found = _APPLICATION.search(text)
    if found:
        yield "SigninLogs", 4, found[0].lower()
    if codes := countries(text):
        yield ("AzureNetworkAnalytics_CL" if _TRAFFIC.search(text) else "SigninLogs"), 9, codes[0]


@cache
def _patterns() -> Mapping[str, tuple[tuple[int, re.Pattern[str]], ...]]:
    return {
        table: tuple(
            (weight, re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])", re.I))
            for weight, words in weights.items()
        )
        for table, weights in _WORDS.items()
    }
