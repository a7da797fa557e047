"""Ordinary rows of the cloud's tables: sign-ins, directory, mail, files, Azure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from soc_tui.demo.firms.endpoint import DAY, Maker, Row
from soc_tui.demo.firms.firm import Person

EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
_APPS = ("Office 365 Exchange Online", "Microsoft Teams", "OfficeHome", "SharePoint Online")
_ERRORS = {
    0: "", 50126: "Error validating credentials due to invalid username or password.",
    50140: "Keep me signed in interrupt.", 50074: "Strong Authentication is required.",
    500121: "Authentication failed during strong authentication request.",
    50053: "The account is locked.", 53003: "Access has been blocked by Conditional Access policies.",
    50173: "The provided grant has expired due to it being revoked.",
}  # fmt: skip


def guid(maker: Maker) -> str:
    """A new GUID."""
    return str(uuid.UUID(int=maker.rng.getrandbits(128), version=4))


def sign_in(
    maker: Maker, time: float, person: Person, address: str, country: str, *, result: int = 0,
    agent: str = EDGE, **more: object,
) -> Row:  # fmt: skip
    """One row of SigninLogs or AADNonInteractiveUserSignInLogs."""
    mail = maker.firm.mail(person)
    device = {"operatingSystem": "Windows10", "browser": "Edge 141.0.0", "isCompliant": True}
    return {
        "Time": time, "UserPrincipalName": mail, "UserDisplayName": person.display,
        "Identity": person.display, "IPAddress": address, "Location": country,
        "ResultType": str(result), "ResultDescription": _ERRORS.get(result, ""),
        "UserAgent": agent, "AppDisplayName": maker.rng.choice(_APPS),
        "ClientAppUsed": "Browser", "ConditionalAccessStatus": "success",
        "AuthenticationRequirement": "multiFactorAuthentication", "RiskLevelDuringSignIn": "none",
        "RiskLevelAggregated": "none", "RiskState": "none", "UserType": "Member",
        "OperationName": "Sign-in activity", "Category": "SignInLogs",
        "DeviceDetail": json.dumps(device), "CorrelationId": guid(maker),
        "UserId": str(uuid.uuid5(uuid.NAMESPACE_DNS, mail)), "SessionId": guid(maker),
        "LocationDetails": json.dumps({"countryOrRegion": country, "city": ""}),
        "IsInteractive": True, "AuthenticationProtocol": "none", **more,
    }  # fmt: skip


def ordinary_sign_ins(maker: Maker, count: int, *, interactive: bool) -> Iterator[Row]:
    """Office, home, phone, VPN abroad, travel, wrong passwords, declined and forgotten MFA."""
    firm, rng = maker.firm, maker.rng
    travellers = rng.sample(firm.people, 3)
    vpn = rng.sample(firm.people, 4)
    for _ in range(count):
        person, time, share = rng.choice(firm.people), maker.office(), rng.random()
        place, country = firm.office_ip, firm.countries[0]
        more: dict[str, Any] = {}
        if share < 0.25:
            place, country = person.address, person.country
        elif share < 0.4:
            place, country = (
                f"198.19.{rng.randrange(30, 34)}.{rng.randrange(1, 99)}",
                person.country,
            )
            more["agent"] = PHONE
        elif person in travellers and time > -4 * DAY:
            place, country = (
                f"198.19.40.{travellers.index(person) + 3}",
                ("IT", "CH", "US")[travellers.index(person)],
            )
        elif person in vpn and share > 0.9:
            place, country = f"198.19.50.{rng.randrange(1, 40)}", rng.choice(("NL", "SE"))
        if not interactive:
            more |= {"IsInteractive": False, "Category": "NonInteractiveUserSignInLogs"}
            more |= {"AuthenticationRequirement": "singleFactorAuthentication"}
            more |= {"ClientAppUsed": "Mobile Apps and Desktop clients"}
            more |= {"IncomingTokenType": "primaryRefreshToken"}
            if rng.random() < 0.03:
                more["result"] = 50173
            yield sign_in(maker, time, person, place, country, **more)
            continue
        fate = rng.random()
        if fate < 0.05:
            for again in range(rng.randrange(1, 4)):
                yield sign_in(maker, time + 9 * again, person, place, country, result=50126)
            time += 60
        elif fate < 0.1:
            yield sign_in(maker, time, person, place, country, result=50074)
            time += 15
        elif fate < 0.12:
            yield sign_in(maker, time, person, place, country, result=500121)
            time += 45
        elif fate < 0.125:
            more["result"] = 53003
        yield sign_in(maker, time, person, place, country, **more)


def audit(
    maker: Maker, time: float, who: str, operation: str, target: str, *, category: str,
    address: str = "", changed: dict[str, str] | None = None, kind: str = "User",
    service: str = "Core Directory", app: bool = False, result: str = "success",
) -> Row:  # fmt: skip
    """One row of AuditLogs. `changed`: property and its new value."""
    by = {"app": {"displayName": who}} if app else {
        "user": {"userPrincipalName": who, "ipAddress": address or maker.firm.office_ip}
    }  # fmt: skip
    properties = [
        {"displayName": name, "oldValue": "[]", "newValue": json.dumps(value)}
        for name, value in (changed or {}).items()
    ]
    targets = [
        {"displayName": target, "userPrincipalName": target if "@" in target else None,
         "type": kind, "id": guid(maker), "modifiedProperties": properties}
    ]  # fmt: skip
    return {
        "Time": time, "OperationName": operation, "ActivityDisplayName": operation,
        "Category": category, "Result": result, "LoggedByService": service, "Identity": who,
        "InitiatedBy": json.dumps(by), "TargetResources": json.dumps(targets),
        "AdditionalDetails": "[]", "AADOperationType": "Update", "CorrelationId": guid(maker),
        "ResultType": "", "ResultReason": "",
    }  # fmt: skip


def ordinary_audits(maker: Maker, count: int) -> Iterator[Row]:
    """AuditLogs: joiners, resets by the help desk, groups, devices, consent by IT, secrets rotated."""
    firm, rng = maker.firm, maker.rng
    for _ in range(count):
        person, admin, time = rng.choice(firm.people), rng.choice(firm.at("it")), maker.office()
        mail, it, share = firm.mail(person), firm.mail(admin), rng.random()
        if share < 0.3:
            yield audit(maker, time, "Device Registration Service", "Update device", firm.desk(person).name,
                        category="Device", kind="Device", app=True)  # fmt: skip
        elif share < 0.5:
            yield audit(maker, time, "Microsoft Azure AD Group-Based Licensing", "Change user license",
                        mail, category="UserManagement", app=True)  # fmt: skip
        elif share < 0.65:
            yield audit(maker, time, "Azure AD Connect", "Update user", mail, app=True,
                        category="UserManagement", changed={"Department": person.department})  # fmt: skip
        elif share < 0.75:
            yield audit(maker, time, it, "Add member to group", mail, category="GroupManagement",
                        changed={"Group.DisplayName": f"Team {person.department}"})  # fmt: skip
        elif share < 0.83:
            yield audit(maker, time, it, "Reset user password", mail, category="UserManagement")
        elif share < 0.9:
            yield audit(maker, time, mail, "User registered security info", mail, address=person.address,
                        category="UserManagement", service="Authentication Methods")  # fmt: skip
        elif share < 0.93:
            yield audit(maker, time, it, "Add user", f"new.{mail}", category="UserManagement")
        elif share < 0.95:
            yield audit(maker, time, mail, "Consent to application", "Zoom", category="ApplicationManagement",
                        kind="ServicePrincipal", changed={"ConsentContext.IsAdminConsent": "False",
                        "ConsentAction.Permissions": "ConsentType: Principal, Scope: openid profile User.Read"})  # fmt: skip
        elif share < 0.957:
            yield audit(maker, time, it, "Consent to application", "Jira Cloud", category="ApplicationManagement",
                        kind="ServicePrincipal", changed={"ConsentContext.IsAdminConsent": "True",
                        "ConsentAction.Permissions": "ConsentType: AllPrincipals, Scope: User.Read.All offline_access"})  # fmt: skip
        elif share < 0.964:
            yield audit(maker, time, it, "Update application – Certificates and secrets management",
                        "erp-sync", category="ApplicationManagement", kind="Application",
                        changed={"KeyDescription": "KeyIdentifier=rotated,KeyType=Password"})  # fmt: skip
        elif share < 0.967:
            yield audit(maker, time, it, "Add member to role", it, category="RoleManagement",
                        changed={"Role.DisplayName": "Helpdesk Administrator"})  # fmt: skip
        elif share < 0.98:
            yield audit(maker, time, it, "Add member to role completed (PIM activation)", it,
                        category="RoleManagement", service="PIM", changed={"Role.DisplayName": "Exchange Administrator"})  # fmt: skip
        elif share < 0.985:
            yield audit(maker, time, it, "Update conditional access policy", "Require MFA for guests",
                        category="Policy", kind="Policy", service="Conditional Access",
                        changed={"ConditionalAccessPolicy": "state: enabled"})  # fmt: skip
        else:
            yield audit(maker, time, "Microsoft Intune", "Delete device", firm.desk(person).name,
                        category="Device", kind="Device", app=True)  # fmt: skip


def office(
    maker: Maker,
    time: float,
    person: Person,
    operation: str,
    workload: str,
    address: str,
    **more: object,
) -> Row:
    """One row of OfficeActivity."""
    kinds = {"Exchange": "ExchangeAdmin", "SharePoint": "SharePointFileOperation"}
    mail = maker.firm.mail(person)
    return {
        "Time": time, "UserId": mail, "Operation": operation, "OfficeWorkload": workload,
        "RecordType": kinds.get(workload, "SharePointFileOperation"), "ClientIP": address,
        "ResultStatus": "True" if workload == "Exchange" else "Succeeded", "UserType": "Regular",
        "UserAgent": EDGE, "UserKey": mail, **more,
    }  # fmt: skip


def parameters(**named: str) -> str:
    """Parameters of an Exchange command, as the log has them."""
    return json.dumps([{"Name": name, "Value": value} for name, value in named.items()])


def ordinary_office(maker: Maker, count: int) -> Iterator[Row]:
    """OfficeActivity: files, sync of whole libraries, tidy inbox rules, sharing, help by IT."""
    firm, rng = maker.firm, maker.rng
    made = 0
    while made < count:
        person, time, share = rng.choice(firm.people), maker.office(), rng.random()
        place = rng.choice((firm.office_ip, person.address))
        site = f"https://{firm.domain.lower()}.sharepoint.com/sites/{person.department}"
        if share < 0.004:  # a new laptop: OneDrive fetches a library
            for number in range(rng.randrange(80, 300)):
                made += 1
                yield office(
                    maker,
                    time + number * 0.7,
                    person,
                    "FileSyncDownloadedFull",
                    "OneDrive",
                    place,
                    OfficeObjectId=f"{site}/Documents/plan_{number}.docx",
                    SourceFileName=f"plan_{number}.docx",
                    Site_Url=site,
                    UserAgent="Microsoft SkyDriveSync 25.174.0907.0003 ship; Windows NT 10.0",
                )
            continue
        made += 1
        if share < 0.012:
            yield office(
                maker, time, person, "New-InboxRule", "Exchange", place, ClientIP=f"{place}:443",
                Parameters=parameters(Name="Newsletters", SubjectContainsWords="newsletter", MoveToFolder="Reading"),
            )  # fmt: skip
        elif share < 0.015:
            yield office(
                maker, time, person, "Set-InboxRule", "Exchange", place,
                Parameters=parameters(Name="Invoices", SubjectContainsWords="invoice", MoveToFolder="Invoices", MarkAsRead="False"),
            )  # fmt: skip
        elif share < 0.018:
            admin = rng.choice(firm.at("it"))
            yield office(
                maker, time, admin, "Add-MailboxPermission", "Exchange", firm.office_ip, UserType="Admin",
                Parameters=parameters(Identity=f"{person.department}@{firm.dns}", User=firm.mail(person), AccessRights="FullAccess"),
            )  # fmt: skip
        elif share < 0.025:
            yield office(
                maker, time, person, "SharingSet", "SharePoint", place, Site_Url=site,
                OfficeObjectId=f"{site}/Documents/offer.pdf", TargetUserOrGroupName="guest@partner.example",
            )  # fmt: skip
        else:
            kind = rng.choice(("FileAccessed", "FileModified", "FileDownloaded", "FilePreviewed"))
            name = f"file_{rng.randrange(9000)}.xlsx"
            yield office(
                maker,
                time,
                person,
                kind,
                rng.choice(("SharePoint", "OneDrive")),
                place,
                OfficeObjectId=f"{site}/Documents/{name}",
                SourceFileName=name,
                Site_Url=site,
            )


def mail(maker: Maker, time: float, sender: str, to: Person, subject: str, **more: object) -> Row:
    """One row of EmailEvents."""
    passed = json.dumps({"SPF": "pass", "DKIM": "pass", "DMARC": "pass", "CompAuth": "pass"})
    name = sender.split("@", maxsplit=1)[0]
    return {
        "Time": time, "SenderFromAddress": sender, "SenderMailFromAddress": sender,
        "SenderDisplayName": name, "SenderFromDomain": sender.split("@")[1],
        "SenderMailFromDomain": sender.split("@")[1], "RecipientEmailAddress": maker.firm.mail(to),
        "Subject": subject, "EmailDirection": "Inbound", "DeliveryAction": "Delivered",
        "DeliveryLocation": "Inbox/folder", "AuthenticationDetails": passed, "ThreatTypes": "",
        "SenderIPv4": "198.19.80.9",
        "AttachmentCount": 0, "UrlCount": 1, "NetworkMessageId": guid(maker), **more,
    }  # fmt: skip


def ordinary_mail(maker: Maker, count: int) -> Iterator[Row]:
    """EmailEvents: partners, newsletters that fail DKIM, spam put aside, mail between people."""
    firm, rng = maker.firm, maker.rng
    failed = json.dumps({"SPF": "pass", "DKIM": "fail", "DMARC": "none", "CompAuth": "pass"})
    for _ in range(count):
        to, other, time, share = (
            rng.choice(firm.people),
            rng.choice(firm.people),
            maker.office(),
            rng.random(),
        )
        if share < 0.45:
            yield mail(
                maker,
                time,
                firm.mail(other),
                to,
                f"Re: project {rng.randrange(90)}",
                EmailDirection="Intra-org",
            )
        elif share < 0.75:
            yield mail(maker, time, f"{other.name}@partner{rng.randrange(20)}.example", to,
                       f"Order {rng.randrange(9999)}", AttachmentCount=rng.randrange(2))  # fmt: skip
        elif share < 0.88:
            yield mail(maker, time, f"news@letters{rng.randrange(9)}.example", to, "This month",
                       AuthenticationDetails=failed, UrlCount=12)  # fmt: skip
        elif share < 0.95:
            yield mail(maker, time, f"win{rng.randrange(99)}@promo.example", to, "You have won",
                       ThreatTypes="Spam", DeliveryAction="Junked", DeliveryLocation="Junk folder")  # fmt: skip
        elif share < 0.97:
            yield mail(maker, time, f"support{rng.randrange(99)}@pass-reset.example", to, "Password expires",
                       ThreatTypes="Phish", DeliveryAction="Blocked", DeliveryLocation="Quarantine")  # fmt: skip
        else:
            yield mail(maker, time, firm.mail(to), other, "Fwd: slides", EmailDirection="Outbound",
                       RecipientEmailAddress=f"buyer{rng.randrange(20)}@customer.example", AttachmentCount=1)  # fmt: skip


def azure(
    maker: Maker, time: float, caller: str, address: str, operation: str, **more: object
) -> Row:
    """One row of AzureActivity."""
    return {
        "Time": time, "Caller": caller, "CallerIpAddress": address, "OperationNameValue": operation,
        "OperationName": operation.title(), "ActivityStatusValue": "Success", "ActivityStatus": "Succeeded",
        "CategoryValue": "Administrative", "Level": "Informational", "ResourceGroup": "rg-prod",
        "ResourceProviderValue": operation.split("/", maxsplit=1)[0],
        "_ResourceId": f"/subscriptions/{guid(maker)}/resourcegroups/rg-prod", **more,
    }  # fmt: skip


_AZURE = (
    (30, "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE"), (20, "MICROSOFT.RESOURCES/DEPLOYMENTS/WRITE"),
    (20, "MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION"), (10, "MICROSOFT.COMPUTE/SNAPSHOTS/WRITE"),
    (10, "MICROSOFT.COMPUTE/VIRTUALMACHINES/START/ACTION"), (5, "MICROSOFT.INSIGHTS/ALERTRULES/WRITE"),
    (5, "MICROSOFT.COMPUTE/VIRTUALMACHINES/DEALLOCATE/ACTION"), (3, "MICROSOFT.KEYVAULT/VAULTS/WRITE"),
    (3, "MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WRITE"), (1, "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE"),
    (1, "MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/SECURITYRULES/WRITE"), (2, "MICROSOFT.COMPUTE/SNAPSHOTS/DELETE"),
)  # fmt: skip


def ordinary_azure(maker: Maker, count: int) -> Iterator[Row]:
    """AzureActivity: pipelines, backup, and IT at the portal."""
    firm, rng = maker.firm, maker.rng
    app = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"pipeline.{firm.dns}"))
    for _, operation in rng.choices(_AZURE, [weight for weight, _ in _AZURE], k=count):
        admin = rng.choice(firm.at("it", "engineering"))
        by_app = rng.random() < 0.7
        caller, address = (app, "198.19.90.7") if by_app else (firm.mail(admin), firm.office_ip)
        yield azure(
            maker, maker.any_time() if by_app else maker.office(), caller, address, operation
        )
