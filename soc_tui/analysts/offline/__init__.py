"""The offline analyst: plans from the words of a request and hunts with Sigma rules.

Importing this package pulls in nothing heavy: DuckDB loads with the first hunt, pySigma with the
first rule that is compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from soc_tui.analysts.offline.analyst import OfflineAnalyst
    from soc_tui.analysts.offline.sigma.hunting import run_rules

__all__ = ["OfflineAnalyst", "run_rules"]


def __getattr__(name: str) -> Any:
    if name == "OfflineAnalyst":
        from soc_tui.analysts.offline.analyst import OfflineAnalyst

        return OfflineAnalyst
    if name == "run_rules":
        from soc_tui.analysts.offline.sigma.hunting import run_rules

        return run_rules
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
