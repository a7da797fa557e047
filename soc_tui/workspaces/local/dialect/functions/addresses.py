"""IP addresses: ranges, matches and what a text holds.

Source: https://learn.microsoft.com/kusto/query/ipv4-is-in-range-function and the pages of its kin:
an address may carry its own prefix, and the shortest of all prefixes counts.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable

from soc_tui.workspaces.local.dialect.python_functions import Python

_V4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)")


def _v4(text: str) -> tuple[int, int]:
    address, _, prefix = text.strip().partition("/")
    length = int(prefix) if prefix else 32
    if not 0 <= length <= 32:
        raise ValueError(text)
    return int(ipaddress.IPv4Address(address)), length


def _v6(text: str) -> tuple[int, int]:
    """An IPv4 address is one of IPv6 too: ::ffff:a.b.c.d."""
    address, _, prefix = text.strip().partition("/")
    if "." in address and (":" not in address or re.fullmatch(r"::[\d.]+", address)):
        text = text.strip().removeprefix("::")
        number, length = _v4(text)
        return (0xFFFF << 32) | number, 96 + length
    length = int(prefix) if prefix else 128
    if not 0 <= length <= 128:
        raise ValueError(text)
    return int(ipaddress.IPv6Address(address)), length


def _compared(one: tuple[int, int], other: tuple[int, int], prefix: int, bits: int) -> int:
    shift = bits - min(one[1], other[1], prefix)
    first, second = one[0] >> shift, other[0] >> shift
    return (first > second) - (first < second)


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _compare4(one: str, other: str, prefix: str = "32") -> str:
    return str(_compared(_v4(one), _v4(other), int(prefix), 32))


def _compare6(one: str, other: str, prefix: str = "128") -> str:
    return str(_compared(_v6(one), _v6(other), int(prefix), 128))


def _match4(one: str, other: str, prefix: str = "32") -> str:
    return _bool(_compare4(one, other, prefix) == "0")


def _match6(one: str, other: str, prefix: str = "128") -> str:
    return _bool(_compare6(one, other, prefix) == "0")


def _in_range4(address: str, block: str) -> str:
    return _match4(address, block)


def _in_range6(address: str, block: str) -> str:
    return _match6(address, block)


def _listed(arguments: Iterable[str]) -> list[str]:
    """JSON texts: plain strings, or arrays of them."""
    found: list[str] = []
    for argument in arguments:
        value = json.loads(argument) if argument else ""
        found.extend(map(str, value) if isinstance(value, list) else [str(value)])
    return found


def _in_any4(address: str, *blocks: str) -> str:
    _v4(json.loads(address))
    return _bool(any(_matches(_match4, json.loads(address), one) for one in _listed(blocks)))


def _in_any6(address: str, *blocks: str) -> str:
    _v6(json.loads(address))
    return _bool(any(_matches(_match6, json.loads(address), one) for one in _listed(blocks)))


def _matches(match: Callable[[str, str], str], address: str, block: str) -> bool:
    try:
        return match(address, block) == "true"
    except ValueError:
        return False


def _addresses(text: str) -> list[str]:
    return [one for one in _V4.findall(text) if all(int(part) < 256 for part in one.split("."))]


def _has_any(text: str, *wanted: str) -> str:
    found = _addresses(json.loads(text) if text else "")
    return _bool(any(one in found for one in _listed(wanted)))


def _has_any_prefix(text: str, *wanted: str) -> str:
    found = _addresses(json.loads(text) if text else "")
    return _bool(any(_begins(one, prefix) for prefix in _listed(wanted) for one in found))


def _begins(address: str, prefix: str) -> bool:
    whole = prefix.count(".") == 3 and not prefix.endswith(".")
    return address == prefix if whole else prefix.endswith(".") and address.startswith(prefix)


def _format4(address: str, prefix: str = "32") -> str:
    number, length = _number_or_address(address)
    kept = _kept(length, prefix)
    return str(ipaddress.IPv4Address(number >> (32 - kept) << (32 - kept)))


def _format_mask(address: str, prefix: str = "32") -> str:
    number, length = _number_or_address(address)
    kept = _kept(length, prefix)
    return f"{ipaddress.IPv4Address(number >> (32 - kept) << (32 - kept))}/{kept}"


def _kept(length: int, prefix: str) -> int:
    if not 0 <= int(prefix) <= 32:
        raise ValueError(prefix)
    return min(length, int(prefix))


def _number_or_address(text: str) -> tuple[int, int]:
    return (int(text), 32) if text.isdigit() else _v4(text)


def _parse_mask4(address: str, prefix: str) -> str:
    number, length = _v4(address)
    kept = min(length, int(prefix))
    return str(number >> (32 - kept) << (32 - kept))


def _parse_mask6(address: str, prefix: str) -> str:
    number, length = _v6(address)
    kept = min(length, int(prefix))
    masked = number >> (128 - kept) << (128 - kept)
    return ":".join(f"{masked >> shift & 0xFFFF:04x}" for shift in range(112, -1, -16))


def _suffix(address: str) -> str:
    return str(_v4(address)[1])


def _cidrs(first: str, last: str) -> str:
    ends = (ipaddress.IPv4Address(first), ipaddress.IPv4Address(last))
    return json.dumps([str(one) for one in ipaddress.summarize_address_range(*ends)])


ADDRESSES = {
    "ipv4_compare": Python(_compare4, "t", "BIGINT", 2, 3),
    "ipv4_is_match": Python(_match4, "t", "BOOLEAN", 2, 3),
    "ipv4_is_in_range": Python(_in_range4, "t", "BOOLEAN", 2, 2),
    "ipv4_is_in_any_range": Python(_in_any4, "j", "BOOLEAN", 2, 64),
    "ipv4_netmask_suffix": Python(_suffix, "t", "BIGINT", 1, 1),
    "ipv4_range_to_cidr_list": Python(_cidrs, "t", "JSON", 2, 2),
    "ipv6_compare": Python(_compare6, "t", "BIGINT", 2, 3),
    "ipv6_is_match": Python(_match6, "t", "BOOLEAN", 2, 3),
    "ipv6_is_in_range": Python(_in_range6, "t", "BOOLEAN", 2, 2),
    "ipv6_is_in_any_range": Python(_in_any6, "j", "BOOLEAN", 2, 64),
    "has_ipv4": Python(_has_any, "j", "BOOLEAN", 2, 2),
    "has_any_ipv4": Python(_has_any, "j", "BOOLEAN", 2, 64),
    "has_ipv4_prefix": Python(_has_any_prefix, "j", "BOOLEAN", 2, 2),
    "has_any_ipv4_prefix": Python(_has_any_prefix, "j", "BOOLEAN", 2, 64),
    "format_ipv4": Python(_format4, "t", "VARCHAR", 1, 2),
    "format_ipv4_mask": Python(_format_mask, "t", "VARCHAR", 1, 2),
    "parse_ipv4_mask": Python(_parse_mask4, "t", "BIGINT", 2, 2),
    "parse_ipv6_mask": Python(_parse_mask6, "t", "VARCHAR", 2, 2),
}
