"""Functions that SQL cannot say, written in Python and called from SQL by name.

A call is `soc_NAME_ARITY(texts…)`: every argument and the answer travel as text. The connection
gets those that a query's SQL names, and no others. What cannot be computed is null, as in Kusto.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Compute = Callable[..., str | None]
"""Texts in, a text out."""


@dataclass(frozen=True, slots=True)
class Python:
    """One function.

    Attributes:
        arguments: How each argument travels: "t" as Kusto's text of it, "j" as JSON, in order;
            the last stands for all further ones.
        answer: The type of the answer in SQL.
        least: Fewest arguments.
        most: Most arguments.
    """

    compute: Compute
    arguments: str
    answer: str
    least: int
    most: int


_CALL = re.compile(r"\bsoc_(\w+?)_(\d+)\(")


def add_functions(con: DuckDBPyConnection, sql: str, known: Mapping[str, Python]) -> None:
    """Give a connection the functions that this SQL calls."""
    import duckdb
    import pyarrow as pa

    for name, arity in sorted(set(_CALL.findall(sql))):
        if name not in known:
            continue
        called = f"soc_{name}_{arity}"
        kinds = ["VARCHAR"] * max(int(arity), 1)
        with _AlreadyThere(duckdb.Error):
            con.create_function(  # type: ignore[call-overload]  # its stubs want enums
                called,
                _on_columns(known[name].compute, int(arity), pa.array, pa.string()),
                kinds,
                "VARCHAR",
                type="arrow",
                null_handling="special",
                side_effects=False,
            )


class _AlreadyThere:
    """Another query of the same open file may have made the function meanwhile."""

    def __init__(self, kind: type[Exception]) -> None:
        self.kind = kind

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, self.kind) and "already" in str(error)


def _on_columns(
    compute: Compute, arity: int, array: Callable[..., object], kind: object
) -> Callable[..., Any]:
    """The function on whole columns: each distinct row of arguments is computed once."""

    def whole(*columns: Any) -> Any:
        known: dict[tuple[str | None, ...], str | None] = {}
        answers = []
        for row in zip(*(column.to_pylist() for column in columns), strict=True):
            if row not in known:
                known[row] = _computed(compute, row[:arity])
            answers.append(known[row])
        return array(answers, kind)

    kinds = inspect.Parameter.POSITIONAL_ONLY
    named = [inspect.Parameter(f"c{at}", kinds) for at in range(max(arity, 1))]
    whole.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
    return whole


def _computed(compute: Compute, row: tuple[str | None, ...]) -> str | None:
    try:
        return compute(*(cell or "" for cell in row))
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError):
        return None  # Kusto's functions answer null for what they cannot read
