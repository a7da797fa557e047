"""The intrusion of a firm's week: 26 stages, each in a way that the seed chose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from soc_tui.demo.firms import cloud, logons
from soc_tui.demo.firms.endpoint import (
    DAY,
    HOUR,
    STAGE,
    Maker,
    Row,
    endpoint_row,
    kinds,
    process_row,
)
from soc_tui.demo.firms.firm import Host

_TABLES = {
    "process": "DeviceProcessEvents", "file": "DeviceFileEvents", "reg": "DeviceRegistryEvents",
    "net": "DeviceNetworkEvents",
}  # fmt: skip
_HOSTED = ("203.0.113.{n}", "198.51.100.{n}")
Made = Iterator[tuple[str, Row]]


class Intrusion:
    """One intruder: where they come from, whom they got, what they brought."""

    def __init__(self, maker: Maker) -> None:
        rng, firm = maker.rng, maker.firm
        self._maker = maker
        self._victim = rng.choice(firm.at("sales", "finance", "operations"))
        self._from = rng.choice(_HOSTED).format(n=rng.randrange(5, 250))
        self._country = rng.choice(("RU", "NG", "VN", "BR", "TR"))
        self._names = {
            "c2": rng.choice(("cdn-sync.example.net", "files.upd8.example.org", "api.trk.example.com")),
            "c2ip": f"203.0.113.{rng.randrange(5, 250)}",
            "impl": rng.choice(("svchosts.exe", "OneDriveUpd.exe", "wmiupd.exe", "a1.exe")),
        }  # fmt: skip

    def rows(self) -> Made:
        """All rows with their tables, in the order of the story."""
        parts = (
            self._spray, self._entry, self._token, self._mail, self._endpoint, self._kerberos,
            self._replication, self._accounts, self._lateral, self._directory, self._mailbox,
            self._files, self._azure,
        )  # fmt: skip
        for number, part in enumerate(parts):
            yield from part(-4 * DAY + number * 5 * HOUR)

    def _endpoint(self, begin: float) -> Made:
        firm, rng = self._maker.firm, self._maker.rng
        stages = list(dict.fromkeys(line[0] for line in kinds("attack_endpoint.txt")))
        ways = {stage: str(rng.randrange(1, 5)) for stage in stages}
        for name in ("tool fetched", "implant written", "beacon"):
            ways[name] = ways["tool fetched"]
        for stage, way, kind, where, who, *rest in kinds("attack_endpoint.txt"):
            chosen, _, times = way.partition("*")
            if chosen != ways[stage]:
                continue
            host = firm.desk(self._victim) if where == "victim" else firm.one(where)
            for again in range(int(times or 1)):
                time = begin + stages.index(stage) * HOUR + again * 300 + rng.random() * 20
                yield _TABLES[kind], self._device(kind, host, time, who, rest) | {STAGE: stage}

    def _device(self, kind: str, host: Host, time: float, who: str, rest: list[str]) -> Row:
        maker = self._maker
        texts = list(rest)
        for name, value in self._names.items():
            texts = [text.replace(f"{{{name}}}", value) for text in texts]
        if kind == "process":
            parent, above, image, *line = texts
            return process_row(maker, host, time, who, parent, above, image, "|".join(line))
        image, what, *more = texts
        return endpoint_row(maker, kind, host, time, who, image, what, "|".join(more))

    def _spray(self, begin: float) -> Made:
        agent = self._maker.rng.choice(("python-requests/2.32", "BAV2ROPC", cloud.EDGE))
        for number, person in enumerate(self._maker.rng.sample(self._maker.firm.people, 35)):
            row = cloud.sign_in(
                self._maker,
                begin + number * 40,
                person,
                self._from,
                self._country,
                result=50126,
                agent=agent,
                DeviceDetail="{}",
                AuthenticationRequirement="singleFactorAuthentication",
            )
            yield "SigninLogs", row | {STAGE: "password spray"}

    def _entry(self, begin: float) -> Made:
        if self._maker.rng.random() < 0.5:
            for number in range(9):
                row = cloud.sign_in(
                    self._maker,
                    begin + number * 35,
                    self._victim,
                    self._from,
                    self._country,
                    result=500121,
                    DeviceDetail="{}",
                )
                yield "SigninLogs", row | {STAGE: "MFA prompts"}
        else:
            row = cloud.sign_in(
                self._maker,
                begin,
                self._victim,
                self._from,
                self._country,
                DeviceDetail="{}",
                AuthenticationProtocol="deviceCode",
                AppDisplayName="Microsoft Authentication Broker",
            )
            yield "SigninLogs", row | {STAGE: "MFA prompts"}
        row = cloud.sign_in(
            self._maker,
            begin + 900,
            self._victim,
            self._from,
            self._country,
            DeviceDetail="{}",
            RiskLevelDuringSignIn="high",
            RiskState="atRisk",
        )
        yield "SigninLogs", row | {STAGE: "sign-in from abroad"}

    def _token(self, begin: float) -> Made:
        for number in range(6):
            row = cloud.sign_in(
                self._maker,
                begin + number * 600,
                self._victim,
                self._from,
                self._country,
                agent="python-requests/2.32",
                IsInteractive=False,
                DeviceDetail="{}",
                Category="NonInteractiveUserSignInLogs",
                IncomingTokenType="refreshToken",
                AppDisplayName="Microsoft Azure CLI",
                SessionId="00aa1234-0000-4000-8000-00000000beef",
            )
            yield "AADNonInteractiveUserSignInLogs", row | {STAGE: "token reused"}

    def _mail(self, begin: float) -> Made:
        firm = self._maker.firm
        failed = json.dumps({"SPF": "fail", "DKIM": "none", "DMARC": "fail", "CompAuth": "fail"})
        for number, person in enumerate(firm.people[:12]):
            row = cloud.mail(
                self._maker,
                begin + number,
                f"accounts@{firm.dns.replace('.', '-')}.example.net",
                person,
                "Overdue invoice",
                AuthenticationDetails=failed,
                ThreatTypes="Phish",
                SenderIPv4=self._from,
                AttachmentCount=1,
            )
            yield "EmailEvents", row | {STAGE: "phishing mail"}
        if self._maker.rng.random() < 0.5:
            for number, person in enumerate(firm.people[:25]):
                row = cloud.mail(
                    self._maker,
                    begin + DAY + number * 2,
                    firm.mail(self._victim),
                    person,
                    "Shared document",
                    EmailDirection="Intra-org",
                    ThreatTypes="Phish",
                    UrlCount=1,
                )
                yield "EmailEvents", row | {STAGE: "phishing from inside"}

    def _kerberos(self, begin: float) -> Made:
        firm, rng = self._maker.firm, self._maker.rng
        desk = firm.desk(self._victim)
        upn = f"{self._victim.name}@{firm.dns.upper()}"
        for number in range(14):
            data = logons.ticket(upn, f"svc-app{number}", "0x17", desk.ip)
            row = logons.event(self._maker, firm.one("dc"), begin + number * 0.4, 4769, data)
            yield "SecurityEvent", row | {STAGE: "Kerberoasting"}
        if rng.random() < 0.5:
            data = {
                "TargetUserName": "svc-legacy", "PreAuthType": "0", "TicketEncryptionType": "0x17",
                "IpAddress": f"::ffff:{desk.ip}", "Status": "0x0", "ServiceName": "krbtgt",
            }  # fmt: skip
            row = logons.event(self._maker, firm.one("dc"), begin + 90, 4768, data)
            yield "SecurityEvent", row | {STAGE: "AS-REP roasting"}

    def _replication(self, begin: float) -> Made:
        data = {
            "SubjectUserName": f"adm.{self._maker.firm.at('it')[0].name}", "ObjectServer": "DS",
            "SubjectDomainName": self._maker.firm.domain, "AccessMask": "0x100",
            "Properties": "%%7688 {1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}",
        }  # fmt: skip
        row = logons.event(self._maker, self._maker.firm.one("dc"), begin, 4662, data)
        yield "SecurityEvent", row | {STAGE: "DCSync"}

    def _accounts(self, begin: float) -> Made:
        firm, dc = self._maker.firm, self._maker.firm.one("dc")
        by = {"SubjectUserName": f"adm.{firm.at('it')[0].name}", "SubjectDomainName": firm.domain}
        made = logons.event(self._maker, dc, begin, 4720, by | {"TargetUserName": "helpdesk2"})
        yield "SecurityEvent", made | {STAGE: "account made administrator"}
        data = by | {
            "TargetUserName": "Domain Admins",
            "MemberName": f"CN=helpdesk2,DC={firm.domain}",
        }
        row = logons.event(self._maker, dc, begin + 60, 4728, data)
        yield "SecurityEvent", row | {STAGE: "account made administrator"}
        cleared = {"SubjectUserName": by["SubjectUserName"]}
        row = logons.event(self._maker, firm.one("file"), begin + 30 * HOUR, 1102, cleared)
        yield "SecurityEvent", row | {STAGE: "audit log cleared"}

    def _lateral(self, begin: float) -> Made:
        firm, desk = self._maker.firm, self._maker.firm.desk(self._victim)
        for number, host in enumerate(self._maker.rng.sample(firm.of("workstation"), 12)):
            row = logons.logon(
                self._maker,
                host,
                begin + number * 20,
                "administrator",
                "Network",
                desk.ip,
                protocol="NTLM",
                domain=host.name,
            )
            row["AccountSid"] = f"S-1-5-21-{number}-77-500"
            yield "DeviceLogonEvents", row | {STAGE: "hash passed"}
        linux = firm.one("lxweb")
        texts = [
            f"Failed password for root from {self._from} port {40000 + n} ssh2" for n in range(30)
        ]
        texts.append(f"Accepted password for root from {self._from} port 41000 ssh2")
        for number, text in enumerate(texts):
            row = logons.log(linux, begin + number * 3, "sshd", text, "authpriv")
            yield "Syslog", row | {STAGE: "SSH broken into"}
        for number in range(60):
            host = firm.hosts[number]
            row = logons.firewall(begin + number * 0.5, desk.ip, host.ip, 445, "deny")
            yield "CommonSecurityLog", row | {STAGE: "inside scanned"}

    def _directory(self, begin: float) -> Made:
        maker, rng = self._maker, self._maker.rng
        mail, place = maker.firm.mail(self._victim), self._from
        app: dict[str, Any] = {"category": "ApplicationManagement", "kind": "ServicePrincipal"}
        scope = rng.choice(
            ("Mail.ReadWrite Mail.Send offline_access", "Files.ReadWrite.All offline_access")
        )
        grant = {
            "ConsentContext.IsAdminConsent": "False",
            "ConsentAction.Permissions": f"ConsentType: Principal, Scope: {scope}",
        }
        row = cloud.audit(
            maker,
            begin,
            mail,
            "Consent to application",
            "PDF Reader Pro",
            address=place,
            changed=grant,
            **app,
        )
        yield "AuditLogs", row | {STAGE: "consent phished"}
        row = cloud.audit(maker, begin + HOUR, mail, "User registered security info", mail, address=place,
                          category="UserManagement", service="Authentication Methods")  # fmt: skip
        yield (
            "AuditLogs",
            row
            | {
                STAGE: "MFA method added",
                "ResultReason": "User registered Authenticator App with Notification and Code",
            },
        )
        way = rng.randrange(3)
        if way == 0:
            row = cloud.audit(maker, begin + 2 * HOUR, mail, "Add member to role", "helpdesk2@x.example", address=place,
                              category="RoleManagement", changed={"Role.DisplayName": "Global Administrator"})  # fmt: skip
        elif way == 1:
            row = cloud.audit(maker, begin + 2 * HOUR, mail, "Add service principal credentials", "erp-sync", address=place,
                              changed={"KeyDescription": "KeyIdentifier=new,KeyType=Password,KeyUsage=Verify"}, **app)  # fmt: skip
        else:
            row = cloud.audit(maker, begin + 2 * HOUR, mail, "Delete conditional access policy", "Require MFA", address=place,
                              category="Policy", kind="Policy", service="Conditional Access")  # fmt: skip
        yield "AuditLogs", row | {STAGE: "directory persistence"}

    def _mailbox(self, begin: float) -> Made:
        maker, way = self._maker, self._maker.rng.randrange(3)
        options = (
            {"Name": ".", "SubjectContainsWords": "invoice;payment", "DeleteMessage": "True"},
            {"Name": "x", "ForwardTo": "collector@drop.example.net", "MarkAsRead": "True"},
            {"Name": "..", "From": "accounts@partner3.example", "MoveToFolder": "RSS Feeds", "StopProcessingRules": "True"},
        )  # fmt: skip
        row = cloud.office(
            maker,
            begin,
            self._victim,
            "New-InboxRule",
            "Exchange",
            f"{self._from}:5123",
            Parameters=cloud.parameters(**options[way]),
        )
        yield "OfficeActivity", row | {STAGE: "inbox rule"}

    def _files(self, begin: float) -> Made:
        firm = self._maker.firm
        site = f"https://{firm.domain.lower()}.sharepoint.com/sites/finance"
        for number in range(220):
            row = cloud.office(
                self._maker, begin + number * 2.5, self._victim, "FileDownloaded", "SharePoint", self._from,
                OfficeObjectId=f"{site}/Documents/contract_{number}.pdf", SourceFileName=f"contract_{number}.pdf",
                Site_Url=site, UserAgent="python-requests/2.32",
            )  # fmt: skip
            yield "OfficeActivity", row | {STAGE: "mass download"}

    def _azure(self, begin: float) -> Made:
        maker, mail = self._maker, self._maker.firm.mail(self._victim)
        steps = (
            ("Azure role taken", "MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION"),
            ("Azure role taken", "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE"),
            ("Azure keys listed", "MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION"),
        )
        for number, (stage, operation) in enumerate(steps):
            row = cloud.azure(maker, begin + number * 200, mail, self._from, operation)
            yield "AzureActivity", row | {STAGE: stage}
