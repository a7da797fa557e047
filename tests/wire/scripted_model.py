"""The model behind the loopback OpenAI server: plans from words, hunts in the rows it was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.wire.unpacking import unpack

_TOPICS = (
    (r"powershell|process|command|script|lolbin", "DeviceProcessEvents"),
    (r"registry|autorun|run key", "DeviceRegistryEvents"),
    (r"sign.?in|entra|mfa|password spray", "SigninLogs"),
    (r"logon|login|rdp", "DeviceLogonEvents"),
    (r"azure|subscription|resource|role assignment", "AzureActivity"),
    (r"nsg|network security group|flow", "AzureNetworkAnalytics_CL"),
    (r"network|connection|beacon|port|\bip\b|dns", "DeviceNetworkEvents"),
    (r"file|ransom|download", "DeviceFileEvents"),
    (r"alert", "AlertInfo"),
)
_USEFUL = {
    "DeviceProcessEvents": (
        "DeviceName", "AccountName", "FileName", "ProcessCommandLine", "InitiatingProcessFileName",
    ),
    "DeviceNetworkEvents": (
        "DeviceName", "ActionType", "RemoteIP", "RemotePort", "RemoteUrl",
        "InitiatingProcessFileName",
    ),
    "DeviceLogonEvents": ("DeviceName", "AccountName", "ActionType", "LogonType", "RemoteIP"),
    "SigninLogs": ("UserPrincipalName", "IPAddress", "ResultType", "AppDisplayName", "Location"),
}  # fmt: skip
_SELDOM = "Tables that are asked for less often: table_name takes them too."
_SENT_BACK = re.compile(r"Your answer could not be used|Refused by")
_ENCODED = re.compile(r"\s-e(?:c|nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{16,}", re.IGNORECASE)
_INJECTION = re.compile(r"ignore (?:all |the )?(?:previous|prior|above)", re.IGNORECASE)
_HOURS = {"hour": 1, "day": 24, "week": 24 * 7}
_LONGEST_QUOTE = 120
_MOST_FINDINGS = 8


@dataclass(frozen=True)
class PlanCall:
    """A planning request."""

    body: dict[str, Any]

    @property
    def request(self) -> str:
        """The analyst's newest words."""
        said = (m["content"] for m in reversed(self.body["messages"]) if m["role"] == "user")
        return next(str(text) for text in said if not _SENT_BACK.match(text))

    @property
    def feedback(self) -> str:
        """What a refused plan or an unreadable answer came back with; empty at the first try."""
        last = self.body["messages"][-1]
        return "" if last["content"] == self.request else str(last["content"])

    @property
    def parameters(self) -> dict[str, Any]:
        """The schema of a plan: of the tool, of the response format, or in words."""
        if "tools" in self.body:
            return dict(self.body["tools"][0]["function"]["parameters"])
        schema = asked_schema(self.body)
        if not is_call(schema):
            return schema
        return dict(schema["properties"]["call"]["anyOf"][0]["properties"]["arguments"])

    @property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """Fields by table, read from the tool's schema and the catalog in the system message.

        Without those that are asked for less often, unless the request may be about them.
        """
        names = self.parameters["properties"]["table_name"]["enum"]
        system = self.body["messages"][0]["content"]
        sets = {
            f"+{number}": unfolded(text)
            for number, text in re.findall(r"^Set (\d+): (.*)$", system, re.MULTILINE)
        }
        found = {}
        for name in names:
            match = re.search(
                rf"^{name} \((?:time field (\w+)|no time field)\).*\n  (.*)$", system, re.MULTILINE
            )
            if not match:
                assert _SELDOM in system, f"{name} is not in the prompt's catalog"
                continue
            words = unfolded(match[2])
            time = [match[1]] if match[1] else []
            found[name] = (*time, *(f for word in words for f in sets.get(word, [word])))
        return found


def unfolded(columns: str) -> list[str]:
    """Names of a line of the prompt's catalog: by type, shared beginnings written once."""
    names = []
    for part in columns.split("; "):
        for word in part.rpartition(": ")[2].split(" "):
            prefix, brace, members = word.removesuffix("}").partition("{")
            names += [prefix + member for member in members.split(",")] if brace else [word]
    return names


def scripted_plan(call: PlanCall) -> dict[str, Any]:
    """A plan as a decent model would make it."""
    words = call.request.lower()
    tables = call.tables
    wanted = (table for pattern, table in _TOPICS if re.search(pattern, words) and table in tables)
    table = next(wanted, next(iter(tables)))
    useful = [name for name in _USEFUL.get(table, ()) if name in tables[table]]
    fields = [tables[table][0], *(useful or tables[table][1:9])]
    powershell = "powershell" in words and "FileName" in fields
    span = re.search(r"(\d+)\s*(hour|day|week)", words)
    hours = int(span[1]) * _HOURS[span[2]] if span else 24
    host = re.search(r"\bon (?:host |device )?([\w-]*\d[\w.-]*)", call.request)
    return {
        "table_name": table,
        "fields": fields,
        "time_range_hours": hours,
        "rationale": f"{table} holds the records that the request is about.",
        "device_name": host[1] if host else "",
        "caller": "",
        "user_principal_name": "",
        "about_individual_user": False,
        "about_individual_host": bool(host),
        "about_network_security_group": table == "AzureNetworkAnalytics_CL",
        "predicates": [
            {
                "columns": ["FileName"],
                "operator": "in~",
                "values": ["powershell.exe", "pwsh.exe"],
            }
        ]
        if powershell
        else [],
    }


def asked_schema(body: dict[str, Any]) -> dict[str, Any]:
    """The schema of the answer, by response format or in words; empty when none is asked for."""
    wanted = body.get("response_format", {}).get("json_schema")
    if wanted:
        return dict(wanted["schema"])
    for message in body["messages"]:
        _, found, rest = str(message["content"]).partition("this JSON schema:\n")
        if found:
            return dict(json.JSONDecoder().raw_decode(rest)[0])
    return {}


def is_call(schema: dict[str, Any]) -> bool:
    """Whether the schema is that of a tool call written as JSON."""
    return set(schema.get("properties", ())) == {"call"}


def scripted_answer(body: dict[str, Any]) -> dict[str, str]:
    """A word on the cited rows and, when one is asked for, a query on the first of the tables."""
    question = str(body["messages"][-1]["content"])
    system = str(body["messages"][0]["content"])
    rows = re.findall(r"^r\d+$", str(body["messages"][1]["content"]), re.MULTILINE)
    table = re.search(r"^(\w+) \(time field (\w+)\)", system, re.MULTILINE)
    assert table, "no table is offered"
    kql = f"{table[1]} | where {table[2]} > ago(2d) | order by {table[2]} desc | take 50"
    asks = re.search(r"query|guardrails refused", question)
    return {"answer": f"It is in {', '.join(rows)}.", "kql": kql if asks else ""}


def is_hunt(body: dict[str, Any]) -> bool:
    """Whether the rules are those of a hunt (which name a boundary)."""
    return "LOGS-" in str(body["messages"][0]["content"])


@dataclass(frozen=True)
class HuntRequest:
    """A hunting request."""

    body: dict[str, Any]

    @property
    def text(self) -> str:
        """The user message: question, query and rows."""
        return str(self.body["messages"][-1]["content"])

    @property
    def boundary(self) -> str:
        """As the system message names it."""
        match = re.search(r"\bLOGS-[0-9a-f]+\b", self.body["messages"][0]["content"])
        assert match, "the system message names no boundary"
        return match[0]

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Row id and cells of each row that was sent."""
        block = self.text.split(self.boundary)[1]
        rows = unpack(f"{self.boundary}{block}{self.boundary}")
        for row_id, *cells in zip(rows.row_ids, *rows.columns.values(), strict=True):
            yield row_id, dict(zip(rows.columns, cells, strict=True))


def scripted_hunt(request: HuntRequest) -> list[dict[str, Any]]:
    """A finding for each distinct cell with an encoded PowerShell command or an injection."""
    findings: dict[str, dict[str, Any]] = {}
    for row_id, cells in request.rows():
        for column, text in cells.items():
            if text in findings:
                findings[text]["evidence"].append(citation(row_id, column, text))
            elif len(findings) >= _MOST_FINDINGS:
                continue
            elif _INJECTION.search(text):
                findings[text] = finding(
                    "Prompt injection in a log record", row_id, column, text
                ) | {"mitre": [], "tags": ["prompt-injection"]}
            elif _ENCODED.search(text):
                findings[text] = finding(
                    "Encoded PowerShell command", row_id, column, text, "T1059.001"
                )
    return list(findings.values())


def lying_hunt(request: HuntRequest) -> list[dict[str, Any]]:
    """Findings that cite what is not there: a row, a value, an indicator, nothing at all."""
    row_id, cells = next(request.rows())
    column, text = next(item for item in cells.items() if item[1])
    honest = finding("Honest", row_id, column, text)
    return [
        honest,
        honest | {"title": "No such row", "evidence": [citation("r999999", column, text)]},
        honest | {"title": "No such value", "evidence": [citation(row_id, column, "mimikatz.exe")]},
        honest | {"title": "No such indicator", "iocs": [{"type": "ip", "value": "203.0.113.77"}]},
        honest | {"title": "No evidence", "evidence": []},
    ]


def finding(
    title: str, row_id: str, column: str, text: str, technique: str = "T1059.001"
) -> dict[str, Any]:
    """One finding in the form that the schema asks for."""
    return {
        "title": title,
        "description": f"Row {row_id} shows it in {column}.",
        "confidence": "high",
        "severity": "high",
        "mitre": [
            {
                "tactic": "Execution",
                "technique": technique.split(".", maxsplit=1)[0],
                "sub_technique": technique,
                "name": "",
                "description": "",
            }
        ],
        "evidence": [citation(row_id, column, text)],
        "iocs": [],
        "recommendations": ["Isolate the host."],
        "tags": ["scripted"],
        "notes": "",
    }


def citation(row_id: str, column: str, text: str) -> dict[str, Any]:
    """Evidence that quotes the beginning of a cell."""
    quotation = {"column": column, "text": text[:_LONGEST_QUOTE]}
    return {"row_id": row_id, "quotations": [quotation]}
