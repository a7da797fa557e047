"""User agents taken apart.

Source: https://learn.microsoft.com/kusto/query/parse-user-agent-function: the patterns of
uap-core, as ua-parser carries them.
"""

from __future__ import annotations

import json
from typing import Any

from soc_tui.workspaces.local.dialect.python_functions import Python

_PARTS = {
    "browser": (
        "Browser",
        "user_agent",
        {"Family": "family", "MajorVersion": "major", "MinorVersion": "minor", "Patch": "patch"},
    ),
    "os": (
        "OperatingSystem",
        "os",
        {
            "Family": "family",
            "MajorVersion": "major",
            "MinorVersion": "minor",
            "Patch": "patch",
            "PatchMinor": "patch_minor",
        },
    ),
    "device": (
        "Device",
        "device",
        {"Family": "family", "Brand": "brand", "Model": "model"},
    ),
}


def _parse_user_agent(text: str, sought: str) -> str | None:
    from ua_parser import parse

    asked = json.loads(sought)
    found = parse(json.loads(text))
    wanted = [str(one).lower() for one in (asked if isinstance(asked, list) else [asked])]
    if any(one not in _PARTS for one in wanted):
        return None
    return json.dumps({_PARTS[one][0]: _part(found, one) for one in wanted})


def _part(found: Any, sought: str) -> dict[str, str]:
    _, place, fields = _PARTS[sought]
    part = getattr(found, place)
    made = {name: getattr(part, one, None) or "" for name, one in fields.items()}
    return {**made, "Family": made["Family"] or "Other"}


USER_AGENTS = {"parse_user_agent": Python(_parse_user_agent, "j", "JSON", 2, 2)}
