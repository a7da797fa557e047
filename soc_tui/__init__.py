"""soc_tui: threat hunting in the terminal, with every finding checked against its rows.

In notebooks and scripts:

    import soc_tui

    with soc_tui.open_workspace("demo") as logs:
        answer = logs.query("SigninLogs | where ResultType != '0'")
        frame = answer.rows.to_pandas()
        hunt = logs.hunt(answer)
    soc_tui.findings_frame(hunt.findings)

What is named here is imported when it is first used: the app does not wait for it.
"""

from typing import TYPE_CHECKING

from soc_tui.version import __version__

if TYPE_CHECKING:
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
    "__version__",
    "evidence_frame",
    "findings_frame",
    "indicators_frame",
    "open_workspace",
]

if not TYPE_CHECKING:  # for a type checker, a name that is not there must stay an error

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from soc_tui import api

        return getattr(api, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
