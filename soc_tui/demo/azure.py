"""AzureActivity of the week: pipelines, platform services, administrators, and the intruder."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from soc_tui.demo import clock
from soc_tui.demo.clock import SECOND, Ints, Texts, hours_before
from soc_tui.demo.company import DNS_DOMAIN, OFFICE_IP, VPN_IP, stable_guid
from soc_tui.demo.intrusion import ATTACKER_SIGN_IN_IPS, OPENED_RULE, VICTIM_USER

SUBSCRIPTIONS = (stable_guid("subscription:prod"), stable_guid("subscription:test"))
GROUPS = ("rg-berth-prod", "rg-portal-prod", "rg-data-prod", "rg-net-prod", "rg-berth-test")
STORAGE = ("sthalvberth", "sthalvportal", "sthalvdata", "sthalvbackup", "sthalvlogs", "sthalvfin")
OWNER_ROLE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
ACR_PULL_ROLE = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
READER_ROLE = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
PIPELINES = tuple(stable_guid(f"sp:{name}") for name in ("berth", "portal", "infra", "data"))
BACKUP_PRINCIPAL = stable_guid("sp:backup")
PIPELINE_IPS = tuple(f"198.19.250.{i}" for i in range(10, 40))
ADMINISTRATORS = ("erik.lindqvist", "nadia.rahman", "petter.solberg", "hana.sato")


@dataclass(frozen=True, slots=True)
class Operation:
    """One control-plane call: logged twice or thrice by Azure, as Start, [Accept], Success."""

    time: int
    caller: str
    ip: str
    name: str
    title: str
    group: str
    resource: str
    body: str = ""
    failed: bool = False
    subscription: int = 0


# weight | callers | operation | readable name | resource path below providers/ | request body
_PROFILES = """
30|pipeline|Microsoft.Resources/deployments/write|Create Deployment|Microsoft.Resources/deployments/deploy-{n}|
12|pipeline|Microsoft.Resources/deployments/validate/action|Validate Deployment|Microsoft.Resources/deployments/deploy-{n}|
14|pipeline|Microsoft.Web/sites/config/write|Update website configuration|Microsoft.Web/sites/app-berth-{d}/config/web|
10|pipeline|Microsoft.Web/sites/restart/Action|Restart Web App|Microsoft.Web/sites/app-berth-{d}|
9|pipeline|Microsoft.ContainerRegistry/registries/listCredentials/action|List Container Registry credentials|Microsoft.ContainerRegistry/registries/crhalvorsen|
26|pipeline|Microsoft.Storage/storageAccounts/listKeys/action|List Storage Account Keys|Microsoft.Storage/storageAccounts/{storage}|
5|pipeline|Microsoft.Authorization/roleAssignments/write|Create role assignment|Microsoft.Authorization/roleAssignments/{guid}|{{"Id":"","Properties":{{"PrincipalId":"{guid}","PrincipalType":"ServicePrincipal","RoleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/{role}","Scope":"/subscriptions/{sub}/resourceGroups/rg-berth-test"}}}}
5|pipeline|Microsoft.Network/networkSecurityGroups/securityRules/write|Create or Update Security Rule|Microsoft.Network/networkSecurityGroups/nsg-app-{d}/securityRules/Allow-AppGateway|{{"properties":{{"protocol":"Tcp","sourceAddressPrefix":"10.60.0.0/24","sourcePortRange":"*","destinationAddressPrefix":"10.60.1.0/24","destinationPortRange":"8443","access":"Allow","priority":200,"direction":"Inbound"}}}}
14|backup|Microsoft.Compute/snapshots/write|Create or Update Snapshot|Microsoft.Compute/snapshots/snap-vm-app-0{d}|
12|backup|Microsoft.Compute/snapshots/delete|Delete Snapshot|Microsoft.Compute/snapshots/snap-vm-app-0{d}|
16|backup|Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action|Backup Protected Item|Microsoft.RecoveryServices/vaults/rsv-halv|
9|admin|Microsoft.Compute/virtualMachines/start/action|Start Virtual Machine|Microsoft.Compute/virtualMachines/vm-app-0{d}|
8|admin|Microsoft.Compute/virtualMachines/deallocate/action|Deallocate Virtual Machine|Microsoft.Compute/virtualMachines/vm-test-0{d}|
6|admin|Microsoft.Compute/virtualMachines/write|Create or Update Virtual Machine|Microsoft.Compute/virtualMachines/vm-test-0{d}|
8|admin|Microsoft.Insights/metricAlerts/write|Create or update metric alert|Microsoft.Insights/metricAlerts/cpu-{d}|
6|admin|Microsoft.Resources/tags/write|Write tags|Microsoft.Resources/tags/default|
4|admin|Microsoft.Network/publicIPAddresses/write|Create or Update Public Ip Address|Microsoft.Network/publicIPAddresses/pip-test-{d}|
3|admin|Microsoft.Authorization/roleAssignments/write|Create role assignment|Microsoft.Authorization/roleAssignments/{guid}|{{"Id":"","Properties":{{"PrincipalId":"{guid}","PrincipalType":"Group","RoleDefinitionId":"/providers/Microsoft.Authorization/roleDefinitions/{role}","Scope":"/subscriptions/{sub}/resourceGroups/rg-berth-test"}}}}
20|platform|Microsoft.PolicyInsights/policyStates/triggerEvaluation/action|'auditIfNotExists' Policy action.|Microsoft.Authorization/policyAssignments/asb|
14|platform|Microsoft.Advisor/recommendations/available/action|New recommendation is available|Microsoft.Advisor/recommendations/{guid}|
"""  # noqa: E501


def _callers(kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if kind == "pipeline":
        return PIPELINES, PIPELINE_IPS
    if kind == "backup":
        return (BACKUP_PRINCIPAL,), ("198.19.251.7",)
    if kind == "platform":
        return ("Microsoft.Advisor", stable_guid("sp:policy")), ("",)
    return tuple(f"{name}@{DNS_DOMAIN}" for name in ADMINISTRATORS), (OFFICE_IP, OFFICE_IP, VPN_IP)


def _times(rng: np.random.Generator, kind: str, count: int) -> Ints:
    if kind == "backup":
        return clock.nightly_times(rng, count, 1.4, 0.8)
    return clock.flat_times(rng, count) if kind == "platform" else clock.office_times(rng, count)


def ordinary_operations(rng: np.random.Generator, count: int) -> list[Operation]:
    """About `count` ordinary calls; three fifths of them give two rows, the rest three."""
    from soc_tui.demo.process_noise import random_guids

    profiles = [line.split("|", 5) for line in _PROFILES.strip().splitlines()]
    share = count / sum(int(profile[0]) for profile in profiles)
    found = []
    for weight, kind, name, title, resource, body in profiles:
        number = max(int(int(weight) * share), 1)
        callers, ips = _callers(kind)
        guids = random_guids(rng, number)
        for time, guid in zip(_times(rng, kind, number), guids, strict=True):
            subscription = int(rng.random() < 0.3)
            words = {
                "n": rng.integers(1000, 9999), "d": rng.integers(1, 5), "guid": guid,
                "storage": STORAGE[int(rng.integers(len(STORAGE)))],
                "role": (ACR_PULL_ROLE, READER_ROLE)[int(rng.integers(2))],
                "sub": SUBSCRIPTIONS[subscription],
            }  # fmt: skip
            found.append(
                Operation(int(time), callers[int(rng.integers(len(callers)))],
                          ips[int(rng.integers(len(ips)))], name, title,
                          GROUPS[int(rng.integers(len(GROUPS)))], resource.format(**words),
                          body.format(**words), bool(rng.random() < 0.025), subscription)
            )  # fmt: skip
    return found


def _opened_rule() -> str:
    rule = {
        "protocol": "Tcp", "sourceAddressPrefix": "*", "sourcePortRange": "*",
        "destinationAddressPrefix": "*", "destinationPortRange": "3389", "access": "Allow",
        "priority": 110, "direction": "Inbound",
    }  # fmt: skip
    return json.dumps({"properties": rule}, separators=(",", ":"))


def _owner_assignment() -> str:
    role = {
        "PrincipalId": stable_guid("sp:intruder"),
        "PrincipalType": "ServicePrincipal",
        "RoleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{OWNER_ROLE}",
        "Scope": f"/subscriptions/{SUBSCRIPTIONS[0]}",
    }
    return json.dumps({"Id": stable_guid("assignment"), "Properties": role}, separators=(",", ":"))


def intruder_operations() -> list[Operation]:
    """Owner for a new principal, RDP for everybody, all storage keys, a disk out of the door."""
    caller, ip = f"{VICTIM_USER}@{DNS_DOMAIN}", ATTACKER_SIGN_IN_IPS[0]
    snapshots = "Microsoft.Compute/snapshots"

    def call(hours: float, name: str, title: str, *where: str) -> Operation:
        group, resource, body = (*where, "")[:3]
        return Operation(hours_before(hours), caller, ip, name, title, group, resource, body)

    return [
        call(26, "Microsoft.Authorization/roleAssignments/write", "Create role assignment", "",
             f"Microsoft.Authorization/roleAssignments/{stable_guid('assignment')}",
             _owner_assignment()),
        call(25.8, "Microsoft.Network/networkSecurityGroups/securityRules/write",
             "Create or Update Security Rule", "rg-net-prod",
             f"Microsoft.Network/networkSecurityGroups/nsg-app-2/securityRules/{OPENED_RULE}",
             _opened_rule()),
        *(
            call(25.5 - 0.015 * i, "Microsoft.Storage/storageAccounts/listKeys/action",
                 "List Storage Account Keys", "rg-data-prod",
                 f"Microsoft.Storage/storageAccounts/{account}")
            for i, account in enumerate(STORAGE)
        ),
        call(25.2, f"{snapshots}/write", "Create or Update Snapshot", "rg-data-prod",
             f"{snapshots}/migration-sql-os"),
        call(25.12, f"{snapshots}/beginGetAccess/action", "Get Snapshot SAS URI", "rg-data-prod",
             f"{snapshots}/migration-sql-os"),
    ]  # fmt: skip


def _resource_id(one: Operation) -> str:
    group = f"/resourceGroups/{one.group}" if one.group else ""
    return f"/subscriptions/{SUBSCRIPTIONS[one.subscription]}{group}/providers/{one.resource}"


def _properties(one: Operation, status: str) -> str:
    found = {
        "eventCategory": "Administrative", "entity": _resource_id(one), "message": one.name,
        "hierarchy": SUBSCRIPTIONS[one.subscription],
    }  # fmt: skip
    if one.body and status == "Start":
        found["requestbody"] = one.body
    if status == "Failure":
        found["statusMessage"] = '{"error":{"code":"Conflict"}}'
    return json.dumps(found)


def _http_request(one: Operation, guid: str) -> str:
    method = {"write": "PUT", "delete": "DELETE"}.get(one.name.rsplit("/", 1)[-1], "POST")
    return json.dumps({"clientRequestId": guid, "clientIpAddress": one.ip, "method": method})


def _claims(one: Operation) -> str:
    if "@" in one.caller:
        name = one.caller.split("@")[0]
        return json.dumps({"upn": one.caller, "ipaddr": one.ip,
                           "oid": stable_guid(f"user:{name}"), "idtyp": "user"})  # fmt: skip
    return json.dumps({"appid": one.caller, "idtyp": "app"})


def _texts(values: list[str]) -> Texts:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def activity_columns(
    rng: np.random.Generator, operations: list[Operation]
) -> dict[str, Ints | Texts]:
    """AzureActivity columns, one row for each step of each operation."""
    from soc_tui.demo.process_noise import random_guids

    guids = random_guids(rng, len(operations))
    rows: list[tuple[Operation, str, int, str]] = []
    for one, guid in zip(operations, guids, strict=True):
        step = int(rng.integers(300_000, 4 * SECOND))
        last = "Failure" if one.failed else "Success"
        statuses = ("Start", "Accept", last) if rng.random() < 0.4 else ("Start", last)
        rows += [(one, s, min(one.time + i * step, -1), guid) for i, s in enumerate(statuses)]
    events = random_guids(rng, len(rows))
    times = np.array([row[2] for row in rows], dtype=np.int64)
    resources = [_resource_id(row[0]) for row in rows]
    claims = [_claims(row[0]) for row in rows]
    properties = [_properties(row[0], row[1]) for row in rows]
    authorization = [
        json.dumps({"action": row[0].name, "scope": resource})
        for row, resource in zip(rows, resources, strict=True)
    ]
    subscriptions = [SUBSCRIPTIONS[row[0].subscription] for row in rows]
    providers = [row[0].name.split("/")[0] for row in rows]
    statuses_ = _texts([row[1] for row in rows])
    return {
        "TimeGenerated": times,
        "EventSubmissionTimestamp": np.minimum(times + 90 * SECOND, -1),
        "OperationName": _texts([row[0].title for row in rows]),
        "OperationNameValue": _texts([row[0].name.upper() for row in rows]),
        "OperationId": _texts([row[3] for row in rows]),
        "CorrelationId": _texts([row[3] for row in rows]),
        "EventDataId": _texts(events),
        "ActivityStatus": statuses_,
        "ActivityStatusValue": statuses_,
        "ActivitySubstatusValue": _texts(
            [{"Success": "OK", "Failure": "Conflict"}.get(row[1], "") for row in rows]
        ),
        "Authorization": _texts(authorization),
        "Authorization_d": _texts(authorization),
        "Caller": _texts([row[0].caller for row in rows]),
        "CallerIpAddress": _texts([row[0].ip for row in rows]),
        "Category": _texts(["Administrative"] * len(rows)),
        "CategoryValue": _texts(["Administrative"] * len(rows)),
        "Claims": _texts(claims),
        "Claims_d": _texts(claims),
        "Hierarchy": _texts(subscriptions),
        "Level": np.where(statuses_ == "Failure", "Error", "Informational").astype(object),
        "Properties": _texts(properties),
        "Properties_d": _texts(properties),
        "Resource": _texts([row[0].resource.rsplit("/", 1)[-1] for row in rows]),
        "ResourceGroup": _texts([row[0].group.upper() for row in rows]),
        "ResourceId": _texts(resources),
        "_ResourceId": _texts([resource.lower() for resource in resources]),
        "ResourceProvider": _texts(providers),
        "ResourceProviderValue": _texts([provider.upper() for provider in providers]),
        "SubscriptionId": _texts(subscriptions),
        "_SubscriptionId": _texts(subscriptions),
        "HTTPRequest": _texts([_http_request(row[0], row[3]) for row in rows]),
    }
