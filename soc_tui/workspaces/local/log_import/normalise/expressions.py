"""The small language in which a source says what goes into a column.

- `Image`: the field of that name, or the path `a.b.c` into nested ones;
- `=ProcessCreated`: that text;
- `{SubjectDomainName}\\{SubjectUserName}`: a text with fields in it, none when the last is empty;
- `*`: the whole event;
- `Image | file_name`: what a step makes of it; `Hashes | hash:SHA256` gives the step an argument;
- a list: the first of them that has a value;
- `{ when = { LogonType = "*" }, take = ... }`: only for events that fit, see `test_of`;
- a table of names: an object of them, without those that have no value.

What has no value is left out of the row.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Event = Mapping[str, Any]
Get = Callable[[Event], Any]
"""Takes an event; gives what goes into the column, or None."""
Maps = Mapping[str, Mapping[str, Any]]
# RFC 1918, 3927, 4193 and 4291
_PRIVATE = tuple(
    ipaddress.ip_network(one)
    for one in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


def compiled(written: object, maps: Maps) -> Get:
    """The function that an expression means.

    Args:
        maps: Tables of `[maps.NAME]`, for the step `map:NAME`.

    Raises:
        ValueError: it is none; the text says why.
    """
    if isinstance(written, list):
        tries = [compiled(one, maps) for one in written]
        return lambda event: next((v for get in tries if has_value(v := get(event))), None)
    if isinstance(written, dict) and written.keys() == {"when", "take"}:
        fits, take = test_of(written["when"]), compiled(written["take"], maps)
        return lambda event: take(event) if fits(event) else None
    if isinstance(written, dict):
        parts = {str(key): compiled(one, maps) for key, one in written.items()}

        def whole(event: Event) -> Any:
            found = {key: value for key, get in parts.items() if has_value(value := get(event))}
            return found or None

        return whole
    if not isinstance(written, str):
        return lambda event: written
    first, *steps = (part.strip() for part in written.split("|"))
    get = _field(first)
    for step in steps:
        get = _then(get, _step(step, maps))
    return get


def test_of(where: Mapping[str, Any]) -> Callable[[Event], bool]:
    """Whether an event has one of the values under each name; `*` at an end stands for any text."""
    tests = [_one(name, value) for name, value in where.items()]
    return lambda event: all(test(event) for test in tests)


def _one(name: str, wanted: Any) -> Callable[[Event], bool]:
    get = compiled(name, {})
    if wanted == "*":
        return lambda event: has_value(get(event))
    values = [str(one).casefold() for one in (wanted if isinstance(wanted, list) else [wanted])]
    plain = frozenset(one for one in values if "*" not in one)
    patterns = [
        re.compile(".*".join(map(re.escape, one.split("*"))), re.DOTALL)
        for one in values
        if "*" in one
    ]

    def test(event: Event) -> bool:
        value = get(event)
        if value is None:
            return False
        text = str(value).casefold()
        return text in plain or any(pattern.fullmatch(text) for pattern in patterns)

    return test


def has_value(value: object) -> bool:
    """Whether something is there to be told; "-" is how Windows and Zeek write nothing."""
    return value is not None and value not in ("", "-", [], {})


def _field(name: str) -> Get:
    if name.startswith("="):
        text = name[1:].strip()
        return lambda event: text
    if name == "*":
        return lambda event: event
    if "{" in name:
        return _template(name)
    if "." not in name:
        return lambda event: event.get(name)
    path = name.split(".")

    def inside(event: Event) -> Any:
        if name in event:
            return event[name]
        value: Any = event
        for part in path:
            if isinstance(value, list):
                at = int(part) if part.isdigit() else -1
                value = value[at] if 0 <= at < len(value) else None
                continue
            if not isinstance(value, Mapping):
                return None
            value = value.get(part)
        return value

    return inside


def _template(written: str) -> Get:
    names = re.findall(r"\{([^{}]+)\}", written)
    parts = {name: _field(name) for name in names}

    def filled(event: Event) -> str | None:
        values = {name: get(event) for name, get in parts.items()}
        if not has_value(values[names[-1]]):
            return None
        text = re.sub(
            r"\{([^{}]+)\}",
            lambda match: str(values[match[1]]) if has_value(values[match[1]]) else "",
            written,
        )
        return text.strip("\\")

    return filled


def _then(get: Get, step: Callable[[Any], Any]) -> Get:
    def both(event: Event) -> Any:
        value = get(event)
        return step(value) if has_value(value) else None

    return both


def _step(written: str, maps: Maps) -> Callable[[Any], Any]:
    name, _, argument = written.partition(":")
    if name == "map":
        if argument not in maps:
            raise ValueError(f"there is no [maps.{argument}]")
        known = {str(key).casefold(): value for key, value in maps[argument].items()}
        return lambda value: known.get(str(value).casefold(), known.get("*"))
    if name in _WITH_ARGUMENT:
        make = _WITH_ARGUMENT[name]
        return lambda value: make(value, argument)
    if name not in _STEPS:
        known_steps = ", ".join(sorted((*_STEPS, *_WITH_ARGUMENT, "map")))
        raise ValueError(f"{name!r} is no step; there are {known_steps}")
    return _STEPS[name]


def _file_name(value: Any) -> str:
    return re.split(r"[\\/]", str(value).rstrip("\\/"))[-1]


def _domain(value: Any) -> str | None:
    text = str(value)
    if "\\" in text:
        return text.split("\\", 1)[0]
    return text.split("@", 1)[1] if "@" in text else None


def _account(value: Any) -> str:
    text = str(value).split("\\", 1)[-1]
    return text.split("@", 1)[0]


def _int(value: Any) -> int | None:
    text = str(value).strip().replace(",", "")
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(float(text))
    except (ValueError, OverflowError):
        return None


def _ip(value: Any) -> str | None:
    """An address without its port, and an IPv4 address in IPv6 as IPv4."""
    text = str(value).strip()
    if match := re.fullmatch(r"\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+", text):
        text = match[1] or match[2]
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return text or None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _ip_type(value: Any) -> str | None:
    """What Defender calls the kind of an address; None where it is none."""
    try:
        address = ipaddress.ip_address(_ip(value) or "")
    except ValueError:
        return None
    if address.is_loopback:
        return "Loopback"
    if any(address in network for network in _PRIVATE):
        return "Private"
    other = address.is_multicast or address.is_unspecified or address.is_reserved
    return "Reserved" if other else "Public"


_HIVES = (
    (re.compile(r"^HKLM(?=\\|$)|^\\REGISTRY\\MACHINE(?=\\|$)", re.I), "HKEY_LOCAL_MACHINE"),
    (re.compile(r"^HKCU(?=\\|$)", re.I), "HKEY_CURRENT_USER"),
    (re.compile(r"^HKU(?=\\|$)|^\\REGISTRY\\USER(?=\\|$)", re.I), "HKEY_USERS"),
    (re.compile(r"^HKCR(?=\\|$)", re.I), r"HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes"),
    (re.compile(r"(?<=\\SYSTEM\\)CurrentControlSet(?=\\|$)", re.I), "ControlSet001"),
)


def _registry(value: Any) -> str:
    """A key as Defender writes it: Sysmon shortens hives and resolves the control set."""
    text = str(value)
    for pattern, name in _HIVES:
        text = pattern.sub(name, text)
    return text


def _registry_data(value: Any) -> str:
    text = str(value)
    if match := re.fullmatch(r"([DQ]WORD) \(0x([0-9a-f]+)(?:-0x([0-9a-f]+))?\)", text, re.I):
        return str(int(match[2] + (match[3] or ""), 16))
    return text


def _registry_type(value: Any) -> str | None:
    text = str(value)
    if match := re.match(r"([DQ])WORD \(", text, re.I):
        return f"{match[1].upper()}word"
    return "Binary" if text == "Binary Data" else None


def _parent(value: Any) -> str:
    return str(value).rpartition("\\")[0]


def _last(value: Any) -> str:
    name = str(value).rpartition("\\")[2]
    return "" if name == "(Default)" else name


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _epoch_ms(value: Any) -> float | None:
    try:
        return float(value) / 1000
    except (TypeError, ValueError):
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_STEPS: Mapping[str, Callable[[Any], Any]] = {
    "account": _account,
    "bool": lambda value: str(value).strip().casefold() in ("true", "1", "yes", "t"),
    "domain": _domain,
    "epoch_ms": _epoch_ms,
    "file_name": _file_name,
    "folder": _parent,
    "int": _int,
    "ip": _ip,
    "ip_type": _ip_type,
    "json": _json,
    "lower": lambda value: str(value).lower(),
    "parent_key": _parent,
    "port": lambda value: _int(str(value).rpartition(":")[2]) if ":" in str(value) else None,
    "registry": _registry,
    "registry_data": _registry_data,
    "registry_type": _registry_type,
    "text": _text,
    "upper": lambda value: str(value).upper(),
    "value_name": _last,
}


def _hash(value: Any, name: str) -> str | None:
    """One of Sysmon's "SHA1=...,MD5=..."."""
    match = re.search(rf"\b{re.escape(name)}=([0-9A-Fa-f]+)", str(value), re.I)
    return match[1].lower() if match else None


def _property(value: Any, name: str) -> Any:
    """Of a list of {Name, Value}, the value under a name."""
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping) and one.get("Name", one.get("key", one.get("name"))) == name:
            return one.get("Value", one.get("value"))
    return None


def _match(value: Any, pattern: str) -> str | None:
    found = re.search(pattern, str(value))
    return (found[1] if found.re.groups else found[0]) if found else None


_WITH_ARGUMENT: Mapping[str, Callable[[Any, str], Any]] = {
    "hash": _hash,
    "match": _match,
    "prefix": lambda value, text: f"{text}{value}",
    "property": _property,
    "split": lambda value, sign: [one.strip() for one in str(value).split(sign or ",")],
    "first": lambda value, sign: str(value).split(sign or ",")[0].strip(),
    "suffix": lambda value, text: f"{value}{text}",
}
