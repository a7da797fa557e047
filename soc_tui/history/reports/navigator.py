"""A report as a layer of the ATT&CK Navigator: a technique is as bright as its worst finding.

Source: https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from soc_tui.history.reports.content import title
from soc_tui.model.finding import HARMLESS, Finding, Mitre, Severity
from soc_tui.model.grounded import badge
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert

_LAYER, _NAVIGATOR = "4.5", "5.1.0"
_SCORES = {severity: score for score, severity in enumerate(Severity, 1)}
_COLORS = ("#fff3c4", "#f7b955", "#d64545")


def to_navigator(hunt: Hunt) -> str:
    """The layer: score 1 (informational) to 5 (critical), each finding in the comment."""
    named = [(mitre, finding) for finding in hunt.findings for mitre in finding.mitre]
    versions = sorted({mitre.version.split(".")[0] for mitre, _ in named if mitre.version})
    layer = {
        "name": inert(title(hunt)),
        "versions": {
            "layer": _LAYER,
            "navigator": _NAVIGATOR,
            **({"attack": versions[-1]} if versions else {}),
        },
        "domain": "enterprise-attack",
        "description": f"Hunt {hunt.id} in {inert(hunt.workspace)}",
        "techniques": list(_techniques(named)),
        "gradient": {"colors": list(_COLORS), "minValue": 1, "maxValue": len(Severity)},
        "showTacticRowBackground": False,
        "sorting": 3,
        "hideDisabled": False,
    }
    return json.dumps(layer, indent=2) + "\n"


def _techniques(named: Iterable[tuple[Mitre, Finding]]) -> Iterable[dict[str, Any]]:
    cells: dict[tuple[str, str], list[Finding]] = {}
    for mitre, finding in named:
        under = cells.setdefault((mitre.id, mitre.tactic_name), [])
        if mitre.id and finding not in under:
            under.append(finding)
    for (identifier, tactic), findings in sorted(cells.items()):
        open_ones = [finding for finding in findings if finding.state not in HARMLESS]
        comments = (f"{badge(one)} {one.severity}: {inert(one.title)}" for one in findings)
        yield {
            "techniqueID": identifier,
            **({"tactic": tactic} if tactic else {}),
            "score": max((_SCORES[one.severity] for one in open_ones), default=0),
            "comment": "\n".join(comments),
            "enabled": bool(open_ones),
            "showSubtechniques": "." in identifier,
        }
