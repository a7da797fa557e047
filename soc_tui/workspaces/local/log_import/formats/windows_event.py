"""One Windows event, in whatever wraps it, as a flat dict.

What System says stands under EventID (int), Channel, Computer, Provider, TimeCreated,
EventRecordID, Level, Task, Opcode, Keywords, SystemUserID, SystemProcessID, SystemThreadID; each
field of EventData or UserData under its own name. Data without names is Data1, Data2 ...

Known wrappers: evtx_dump and the `evtx` package, python-evtx with xmltodict, Velociraptor,
Winlogbeat (nested, with dots in names, and before 7), NXLog, OTRF's data sets, Get-WinEvent as
JSON, EvtxECmd, and Event Viewer's CSV.
Source of System's names: https://learn.microsoft.com/windows/win32/wes/eventschema-systempropertiestype-complextype
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Flat = dict[str, Any]
_EXPORTED = ("SecurityEvent", "WindowsEvent", "Event")


def flat_event(record: Mapping[str, Any]) -> Flat | None:
    """The event in a record; None where it is none."""
    return next((read(record) for fits, read in _WRAPPERS if fits(record)), None)


def _is_flat(record: Mapping[str, Any]) -> bool:
    raw = record.get("Type") not in _EXPORTED and "RuleTitle" not in record
    return raw and "EventID" in record and isinstance(record.get("Channel"), str)


def _is_in_event(record: Mapping[str, Any]) -> bool:
    event = record.get("Event")
    return isinstance(event, Mapping) and isinstance(event.get("System"), Mapping)


def _is_in_parts(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("System"), Mapping) and "EventID" in record["System"]


def _of_flat(record: Mapping[str, Any]) -> Flat:
    """NXLog, OTRF: all on one level."""
    flat = {key: value for key, value in record.items() if not isinstance(value, Mapping)}
    data = record.get("EventData")
    if isinstance(data, str) and data.startswith("{"):
        data = _json(data)
    if isinstance(data, Mapping):
        flat |= _data(data)
    flat["EventID"] = _number(record["EventID"])
    _first(
        flat, "Computer", record, ("Hostname", "host_name", "ComputerName", "host", "computer_name")
    )
    _first(flat, "Provider", record, ("SourceName", "ProviderName", "provider_name", "Source"))
    times = (
        "SystemTime",
        "@timestamp",
        "EventTime",
        "TimeGenerated",
        "Timestamp",
        "timestamp",
        "_time",
    )
    _first(flat, "TimeCreated", record, times)
    _first(flat, "EventRecordID", record, ("RecordNumber", "EventRecordId", "record_id"))
    return flat


def _of_parts(event: Mapping[str, Any]) -> Flat:
    """System beside EventData or UserData."""
    system = event["System"]
    flat: Flat = {}
    for part in ("EventData", "UserData"):
        if isinstance(data := event.get(part), Mapping):
            flat |= _data(data)
        elif isinstance(data, list):
            flat |= _data({"Data": data})
    if isinstance(message := event.get("Message"), str):
        flat.setdefault("Message", message)
    own: Flat = {
        "EventID": _number(_text_of(system.get("EventID"))),
        "Channel": _text_of(system.get("Channel")),
        "Computer": _text_of(system.get("Computer")),
        "Provider": _attribute(system, "Provider", "Name"),
        "TimeCreated": _attribute(system, "TimeCreated", "SystemTime"),
        "EventRecordID": _text_of(system.get("EventRecordID")),
        "Level": _text_of(system.get("Level")),
        "Task": _text_of(system.get("Task")),
        "Opcode": _text_of(system.get("Opcode")),
        "Keywords": _text_of(system.get("Keywords")),
        "SystemUserID": _attribute(system, "Security", "UserID"),
        "SystemProcessID": _attribute(system, "Execution", "ProcessID"),
        "SystemThreadID": _attribute(system, "Execution", "ThreadID"),
    }
    for key, value in own.items():
        if value in (None, ""):
            continue
        if key in flat and flat[key] != value:
            flat[f"EventData_{key}"] = flat[key]
        flat[key] = value
    return flat


def _of_winlogbeat(winlog: Mapping[str, Any], record: Mapping[str, Any]) -> Flat:
    flat: Flat = {}
    for part in ("event_data", "user_data"):
        if isinstance(data := winlog.get(part), Mapping):
            flat |= _data(data)
    host = record.get("host")
    host_name = host.get("name") if isinstance(host, Mapping) else host
    event = record.get("event")
    created = event.get("created") if isinstance(event, Mapping) else None
    code = event.get("code") if isinstance(event, Mapping) else record.get("event.code")
    process = winlog.get("process")
    names = {
        "EventID": _number(winlog.get("event_id", code)),
        "Channel": winlog.get("channel"),
        "Computer": winlog.get("computer_name") or host_name or record.get("host.name"),
        "Provider": winlog.get("provider_name") or winlog.get("source_name"),
        "TimeCreated": record.get("@timestamp") or created,
        "EventRecordID": winlog.get("record_id") or winlog.get("record_number"),
        "Task": winlog.get("task"),
        "Level": (record.get("log") or {}).get("level")
        if isinstance(record.get("log"), Mapping)
        else record.get("level"),
        "SystemProcessID": process.get("pid") if isinstance(process, Mapping) else None,
        "Message": record.get("message"),
    }
    return flat | {key: value for key, value in names.items() if value not in (None, "")}


def _undotted(record: Mapping[str, Any], root: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in record.items():
        parts = key.split(".")
        if parts[0] != root:
            continue
        place = made
        for part in parts[1:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return made


def _of_evtxecmd(record: Mapping[str, Any]) -> Flat:
    payload = _json(str(record["Payload"]))
    flat: Flat = {}
    if isinstance(payload, Mapping):
        for part in ("EventData", "UserData"):
            if isinstance(data := payload.get(part), Mapping):
                flat |= _data(data)
    names = {
        "EventID": _number(record["EventId"]),
        "Channel": record["Channel"],
        "Computer": record.get("Computer"),
        "Provider": record.get("Provider"),
        "TimeCreated": record.get("TimeCreated"),
        "EventRecordID": record.get("EventRecordId"),
        "Level": record.get("Level"),
        "SystemUserID": record.get("UserId"),
        "SystemProcessID": record.get("ProcessId"),
        "MapDescription": record.get("MapDescription"),
    }
    return flat | {key: value for key, value in names.items() if value not in (None, "")}


def _of_get_winevent(record: Mapping[str, Any]) -> Flat:
    names = {
        "EventID": _number(record["Id"]),
        "Channel": record["LogName"],
        "Computer": record.get("MachineName"),
        "Provider": record["ProviderName"],
        "TimeCreated": record.get("TimeCreated"),
        "EventRecordID": record.get("RecordId"),
        "Level": record.get("Level"),
        "Message": record.get("Message"),
    }
    flat = fields_of_message(str(record.get("Message") or ""))
    return flat | {key: value for key, value in names.items() if value not in (None, "")}


def _of_event_viewer(record: Mapping[str, Any]) -> Flat:
    source = str(record["Source"])
    message = str(record.get("") or record.get("Column6") or record.get("Description") or "")
    channels = {
        "Microsoft-Windows-Security-Auditing": "Security",
        "Microsoft-Windows-Sysmon": "Microsoft-Windows-Sysmon/Operational",
        "Service Control Manager": "System",
        "Microsoft-Windows-PowerShell": "Microsoft-Windows-PowerShell/Operational",
    }
    return fields_of_message(message) | {
        "EventID": _number(record["Event ID"]),
        "Channel": channels.get(source, source),
        "Provider": source,
        "TimeCreated": record["Date and Time"],
        "Level": record.get("Level"),
        "Task": record.get("Task Category"),
        "Message": message,
        "Computer": record.get("Computer", ""),
    }


_WRAPPERS: tuple[
    tuple[Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any]], Flat]], ...
] = (
    (_is_in_event, lambda record: _of_parts(record["Event"])),
    (_is_in_parts, _of_parts),
    (
        lambda record: isinstance(record.get("winlog"), Mapping),
        lambda record: _of_winlogbeat(record["winlog"], record),
    ),
    (
        lambda record: "winlog.event_id" in record,
        lambda record: _of_winlogbeat(_undotted(record, "winlog"), record),
    ),
    (
        lambda record: "event_id" in record and "log_name" in record,
        lambda record: _of_winlogbeat({**record, "channel": record["log_name"]}, record),
    ),
    (lambda record: {"EventId", "Payload", "Channel"} <= record.keys(), _of_evtxecmd),
    (lambda record: {"Id", "LogName", "ProviderName"} <= record.keys(), _of_get_winevent),
    (lambda record: {"Event ID", "Source", "Date and Time"} <= record.keys(), _of_event_viewer),
    (_is_flat, _of_flat),
)

_LINE = re.compile(r"^[ \t]*([A-Z][A-Za-z /]+?):[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
_IN_WORDS = {
    "New Process Name": "NewProcessName",
    "New Process ID": "NewProcessId",
    "Process Command Line": "CommandLine",
    "Creator Process Name": "ParentProcessName",
    "Creator Process ID": "ProcessId",
    "Logon Type": "LogonType",
    "Source Network Address": "IpAddress",
    "Workstation Name": "WorkstationName",
    "Source Port": "IpPort",
    "Service Name": "ServiceName",
    "Service File Name": "ImagePath",
    "Object Name": "ObjectName",
    "Task Name": "TaskName",
}
_TWICE = {
    "Security ID": ("SubjectUserSid", "TargetUserSid"),
    "Account Name": ("SubjectUserName", "TargetUserName"),
    "Account Domain": ("SubjectDomainName", "TargetDomainName"),
    "Logon ID": ("SubjectLogonId", "TargetLogonId"),
}


def fields_of_message(message: str) -> Flat:
    """Fields read off a rendered message in English: Sysmon's names, the commonest of Security."""
    found: Flat = {}
    seen: dict[str, int] = {}
    for name, value in _LINE.findall(message.replace("\r\n", "\n")):
        number = seen[name] = seen.get(name, -1) + 1
        if name in _TWICE:
            if number < 2:
                found[_TWICE[name][number]] = value
        elif name in _IN_WORDS:
            found.setdefault(_IN_WORDS[name], value)
        elif " " not in name and "/" not in name:
            found.setdefault(name, value)
    return found


def _data(data: Mapping[str, Any]) -> Flat:
    """Fields of EventData or UserData, however its names are written."""
    flat: Flat = {}
    for key, value in data.items():
        if key.startswith(("#", "@")) or key in ("xmlns", "Data_attributes"):
            continue
        if key == "Data":
            flat |= _items(value)
        elif isinstance(value, Mapping):
            text = value.get("#text")
            flat |= {key: text} if text is not None else _data(value)
        else:
            flat[key] = value
    return flat


def _items(value: Any) -> Flat:
    if isinstance(value, Mapping) and "#text" in value and "@Name" not in value:
        value = value["#text"]
    items = value if isinstance(value, list) else [value]
    flat: Flat = {}
    unnamed: list[str] = []
    for item in items:
        name, text = None, item
        if isinstance(item, Mapping):
            name = item.get("@Name") or item.get("Name") or _inner(item, "Name")
            text = item.get("#text", item.get("Value"))
        if name:
            flat[str(name)] = text
        elif text is not None:
            unnamed.append(str(text))
    flat |= {f"Data{at}": text for at, text in enumerate(unnamed, 1)}
    if unnamed:
        flat["Data"] = "\n".join(unnamed)
    return flat


def _inner(item: Mapping[str, Any], name: str) -> Any:
    attributes = item.get("#attributes")
    return attributes.get(name) if isinstance(attributes, Mapping) else None


def _attribute(system: Mapping[str, Any], element: str, name: str) -> Any:
    value = system.get(element, system.get(f"{element}_attributes"))
    if not isinstance(value, Mapping):
        return value
    attributes = value.get("#attributes")
    if isinstance(attributes, Mapping):
        value = attributes
    return value.get(name, value.get(f"@{name}"))


def _text_of(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("#text", value.get("Value"))
    return value


def _first(flat: Flat, name: str, record: Mapping[str, Any], others: Iterable[str]) -> None:
    if flat.get(name) in (None, ""):
        value = next((record[one] for one in others if record.get(one) not in (None, "")), None)
        if isinstance(value, Mapping):
            value = value.get("name")
        if value is not None:
            flat[name] = value


def _number(value: Any) -> Any:
    text = str(value).strip()
    return int(text) if text.isdigit() else value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
