"""All functions in Python, and how a call of one is written in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from duckdb_kql import KqlUnsupportedError, ir, translate

from soc_tui.workspaces.local.dialect.functions.addresses import ADDRESSES
from soc_tui.workspaces.local.dialect.functions.dynamics import DYNAMICS
from soc_tui.workspaces.local.dialect.functions.geography import GEOGRAPHY
from soc_tui.workspaces.local.dialect.functions.hashes import HASHES
from soc_tui.workspaces.local.dialect.functions.places import PLACES
from soc_tui.workspaces.local.dialect.functions.series import SERIES
from soc_tui.workspaces.local.dialect.functions.texts import TEXTS
from soc_tui.workspaces.local.dialect.functions.times import TIMES
from soc_tui.workspaces.local.dialect.functions.user_agents import USER_AGENTS
from soc_tui.workspaces.local.dialect.python_functions import Python
from soc_tui.workspaces.local.dialect.values import dynamic_element

PYTHON: Mapping[str, Python] = {
    **ADDRESSES,
    **DYNAMICS,
    **GEOGRAPHY,
    **HASHES,
    **PLACES,
    **SERIES,
    **TEXTS,
    **TIMES,
    **USER_AGENTS,
}


def writer(name: str) -> Callable[[ir.FunctionCall], str]:
    """What writes a call of the function in SQL."""
    known = PYTHON[name]

    def written(node: ir.FunctionCall) -> str:
        count = len(node.args)
        if not known.least <= count <= known.most:
            takes = str(known.least) if known.least == known.most else f"{known.least} or more"
            raise KqlUnsupportedError(f"function:{name}", hint=f"it takes {takes} arguments")
        return called(name, [_travelling(known, at, one) for at, one in enumerate(node.args)])

    return written


def called(name: str, arguments: list[str]) -> str:
    """A call with arguments that are texts in SQL."""
    answer, call = PYTHON[name].answer, f"soc_{name}_{len(arguments)}({', '.join(arguments)})"
    if answer == "VARCHAR":
        return f"coalesce({call}, '')"
    return f"TRY_CAST({call} AS {answer})"


def _travelling(known: Python, at: int, node: ir.Expr) -> str:
    kind = known.arguments[min(at, len(known.arguments) - 1)]
    if kind == "t":
        return translate.render_kql_tostring(node)
    return f"CAST({dynamic_element(translate.render_expr(node))} AS VARCHAR)"
