"""AzureNetworkAnalytics_CL of the week: flows through the network security groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soc_tui.demo import clock
from soc_tui.demo.azure import SUBSCRIPTIONS
from soc_tui.demo.clock import HOUR, MINUTE, Ints, Texts, hours_before
from soc_tui.demo.intrusion import ATTACKER_SIGN_IN_IPS, C2_IP, OPENED_RULE
from soc_tui.demo.network import internet_addresses

REGION = "northeurope"
# name, private address, subnet, security group, port it serves
MACHINES = (
    ("rg-portal-prod/vm-web-01", "10.60.0.4", "vnet-prod/snet-web", "rg-net-prod/nsg-web", 443),
    ("rg-portal-prod/vm-web-02", "10.60.0.5", "vnet-prod/snet-web", "rg-net-prod/nsg-web", 443),
    ("rg-berth-prod/vm-app-01", "10.60.1.4", "vnet-prod/snet-app", "rg-net-prod/nsg-app-1", 8443),
    ("rg-berth-prod/vm-app-02", "10.60.1.5", "vnet-prod/snet-app", "rg-net-prod/nsg-app-2", 8443),
    ("rg-data-prod/vm-sql-01", "10.60.2.4", "vnet-prod/snet-data", "rg-net-prod/nsg-data", 1433),
    ("rg-berth-test/vm-test-01", "10.61.0.4", "vnet-test/snet-all", "rg-net-prod/nsg-test", 8443),
)
_SCANNED = (22, 3389, 23, 445, 1433, 8080, 5900, 3306, 6379, 21, 25, 5060, 9200, 2375, 11211)
_L7 = {443: "https", 22: "ssh", 3389: "ms-wbt-server", 1433: "ms-sql-s", 53: "domain", 445: "smb"}
OPENED_MACHINE = 3


def _block(rng: np.random.Generator, times: Ints, **given: object) -> dict[str, Ints | Texts]:
    """Rows that share what `given` says; scalars are repeated, arrays taken as they are."""
    count = len(times)
    out: dict[str, Ints | Texts] = {"time": times}
    for name, value in given.items():
        array = value if isinstance(value, np.ndarray) else np.full(count, value, dtype=object)
        out[name] = array
    out["start"] = times - rng.integers(1, 50 * MINUTE, count)
    return out


def _web(rng: np.random.Generator, count: int) -> dict[str, Ints | Texts]:
    """Customers at the portal."""
    return _block(
        rng, clock.office_times(rng, count), machine=rng.integers(0, 2, count),
        remote=internet_addresses(rng, count), port=np.full(count, 443), way="I", status="A",
        kind="ExternalPublic", rule="2|Allow-Https-Inbound|I|A", size=rng.lognormal(11, 1.4, count),
    )  # fmt: skip


def _scans(rng: np.random.Generator, count: int) -> dict[str, Ints | Texts]:
    """The internet's background noise, denied; a part of it from known bad addresses."""
    ports = np.array(_SCANNED)[clock.zipf_choice(rng, len(_SCANNED), count, 0.8)]
    bad = np.where(rng.random(count) < 0.12, "MaliciousFlow", "ExternalPublic").astype(object)
    return _block(
        rng, clock.flat_times(rng, count), machine=rng.integers(0, len(MACHINES), count),
        remote=internet_addresses(rng, count), port=ports, way="I", status="D", kind=bad,
        rule="0|DefaultRule_DenyAllInBound|I|D", size=np.full(count, 0.0),
    )  # fmt: skip


def _inside(rng: np.random.Generator, count: int) -> dict[str, Ints | Texts]:
    """Web to application to database, and monitoring."""
    peer = rng.integers(0, len(MACHINES), count)
    machine = np.where(peer < 2, 2 + peer, 4)
    ports = np.array([m[4] for m in MACHINES])[machine]
    addresses = np.array([m[1] for m in MACHINES], dtype=object)
    return _block(
        rng, clock.office_times(rng, count), machine=machine, remote=addresses[peer], port=ports,
        way="I", status="A", kind="IntraVNet", rule="1|Allow-Tier-Inbound|I|A",
        size=rng.lognormal(12, 1.6, count),
    )  # fmt: skip


def _outbound(rng: np.random.Generator, count: int) -> dict[str, Ints | Texts]:
    """Updates, monitoring and storage; nightly backups are big."""
    remote = np.array([f"198.19.{i % 40}.{i % 200 + 3}" for i in range(60)], dtype=object)
    public = rng.random(count) < 0.7
    return _block(
        rng, clock.flat_times(rng, count), machine=rng.integers(0, len(MACHINES), count),
        remote=remote[clock.zipf_choice(rng, 60, count, 1.0)], port=np.full(count, 443), way="O",
        status="A", kind=np.where(public, "AzurePublic", "ExternalPublic").astype(object),
        rule="0|DefaultRule_AllowInternetOutBound|O|A", size=rng.lognormal(13, 2.0, count),
    )  # fmt: skip


def _intruder(rng: np.random.Generator) -> dict[str, Ints | Texts]:
    """RDP from the internet on the opened port, in bursts, and one long session that pulls data."""
    hours = np.array([25, 24.6, 24, 23.1, 21.5, 20, 17.2, 13, 9.8, 9.2, 6.5, 4.1, 3, 2.05])
    times = np.array([hours_before(float(hour)) for hour in hours], dtype=np.int64)
    remote = np.array([*ATTACKER_SIGN_IN_IPS, C2_IP], dtype=object)
    size = np.where(np.isin(hours, (9.8, 9.2)), 4.2e9, 3.0e6)
    return _block(
        rng, times, machine=np.full(len(hours), OPENED_MACHINE), remote=remote[np.arange(14) % 3],
        port=np.full(len(hours), 3389), way="I", status="A", kind="MaliciousFlow",
        rule=f"0|{OPENED_RULE}|I|A", size=size,
    )  # fmt: skip


def _machine(column: int, codes: Ints) -> Texts:
    table = np.empty(len(MACHINES), dtype=object)
    table[:] = [machine[column] for machine in MACHINES]
    return table[codes]


def flow_columns(rng: np.random.Generator, count: int) -> dict[str, Ints | Texts]:
    """About `count` ordinary rows and the intruder's fourteen."""
    shares = ((_web, 0.34), (_scans, 0.36), (_inside, 0.16), (_outbound, 0.14))
    blocks = [make(rng, int(count * share)) for make, share in shares] + [_intruder(rng)]
    flow = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    order = np.argsort(flow["time"], kind="stable")
    return _columns(rng, {name: values[order] for name, values in flow.items()})


def _side(number: int, ours: NDArray[np.bool_], machine: Ints) -> dict[str, Ints | Texts]:
    """What is known of the source (1) or the destination (2), where it is one of our machines."""
    vm, subnet = _machine(0, machine), _machine(2, machine)
    values = {
        "VM": vm, "NIC": vm + "-nic", "Subnet": subnet, "Region": np.full(len(vm), REGION, object)
    }  # fmt: skip
    found: dict[str, Ints | Texts] = {
        f"{name}{number}_s": np.where(ours, value, "").astype(object)
        for name, value in values.items()
    }
    found[f"Subscription{number}_g"] = np.where(ours, SUBSCRIPTIONS[0], "").astype(object)
    return found


def _columns(rng: np.random.Generator, flow: dict[str, Ints | Texts]) -> dict[str, Ints | Texts]:
    machine = np.asarray(flow["machine"], dtype=np.int64)
    count = len(machine)
    inbound, allowed = flow["way"] == "I", flow["status"] == "A"
    address, remote = _machine(1, machine), np.asarray(flow["remote"], dtype=object)
    public = np.isin(flow["kind"].astype(str), ("ExternalPublic", "AzurePublic"))
    interval = (np.asarray(flow["time"], dtype=np.int64) // HOUR) * HOUR
    number = rng.integers(1, 9, count)
    size = np.asarray(flow["size"], dtype=float)
    public_ips = np.array(
        [f"{ip}|{n}|{n}|0|{int(b)}|{int(b) // 3}|{int(b) // 900}|{int(b) // 1300}"
         for ip, n, b in zip(remote, number, size, strict=True)], dtype=object)  # fmt: skip
    other = np.where(public, "", remote).astype(object)
    port = np.asarray(flow["port"], dtype=float)
    groups = _machine(3, machine)
    subscription = SUBSCRIPTIONS[0]
    zero = np.zeros(count)
    return {
        "TimeGenerated": np.minimum(np.asarray(flow["time"], dtype=np.int64), -1),
        "FlowStartTime_t": np.asarray(flow["start"], dtype=np.int64),
        "FlowEndTime_t": np.minimum(np.asarray(flow["time"], dtype=np.int64) - 1, -1),
        "FlowIntervalStartTime_t": interval - HOUR,
        "FlowIntervalEndTime_t": interval,
        "TimeProcessed_t": np.minimum(np.asarray(flow["time"], dtype=np.int64), -1),
        "FASchemaVersion_s": np.full(count, "2", dtype=object),
        "SubType_s": np.full(count, "FlowLog", dtype=object),
        "FlowType_s": flow["kind"],
        "FlowDirection_s": flow["way"],
        "FlowStatus_s": flow["status"],
        "L4Protocol_s": np.full(count, "T", dtype=object),
        "L7Protocol_s": np.array([_L7.get(int(p), "") for p in port], dtype=object),
        "DestPort_d": port,
        "SrcIP_s": np.where(inbound, other, address).astype(object),
        "DestIP_s": np.where(inbound, address, other).astype(object),
        "SrcPublicIPs_s": np.where(inbound & public, public_ips, "").astype(object),
        "DestPublicIPs_s": np.where(~inbound & public, public_ips, "").astype(object),
        "VMIP_s": address,
        "VM_s": _machine(0, machine),
        "NIC_s": np.array([f"{vm}-nic" for vm in _machine(0, machine)], dtype=object),
        "Subnet_s": _machine(2, machine),
        "Subscription_g": np.full(count, subscription, dtype=object),
        "Region_s": np.full(count, REGION, dtype=object),
        "NSGList_s": np.array([f"{subscription}/{g}" for g in groups], dtype=object),
        "NSGRules_s": np.array(
            [f"{r}|{n}" for r, n in zip(flow["rule"], number, strict=True)], dtype=object
        ),
        "NSGRule_s": np.array([str(rule).split("|")[1] for rule in flow["rule"]], dtype=object),
        "NSGRuleType_s": np.where(
            np.char.startswith(flow["rule"].astype(str), "0|DefaultRule"), "Default", "User Defined"
        ).astype(object),
        "MACAddress_s": np.array([f"00-0D-3A-4F-10-{code:02X}" for code in machine], dtype=object),
        "FlowCount_d": number.astype(float),
        "AllowedInFlows_d": np.where(allowed & inbound, number, zero),
        "DeniedInFlows_d": np.where(~allowed & inbound, number, zero),
        "AllowedOutFlows_d": np.where(allowed & ~inbound, number, zero),
        "DeniedOutFlows_d": np.where(~allowed & ~inbound, number, zero),
        "InboundBytes_d": np.floor(np.where(inbound, size / 12, size)),
        "OutboundBytes_d": np.floor(np.where(inbound, size, size / 12)),
        "InboundPackets_d": np.floor(size / 1100),
        "OutboundPackets_d": np.floor(size / 900),
        "CompletedFlows_d": np.floor(number / 2),
        "PublicIPs_s": np.where(public, public_ips, "").astype(object),
        "IsFlowCapturedAtUDRHop_b": np.zeros(count, dtype=bool),
        **_side(1, ~inbound, machine),
        **_side(2, inbound, machine),
    }
