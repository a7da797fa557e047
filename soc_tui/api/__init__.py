"""soc_tui in notebooks and scripts: what `import soc_tui` offers."""

from soc_tui.api.frames import evidence_frame, findings_frame, indicators_frame
from soc_tui.api.logs import Answer, Logs, open_workspace
from soc_tui.model.errors import RefusedError, SocError
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.rows import Rows

__all__ = [
    "Answer",
    "Finding",
    "Hunt",
    "Logs",
    "RefusedError",
    "Rows",
    "SocError",
    "evidence_frame",
    "findings_frame",
    "indicators_frame",
    "open_workspace",
]
