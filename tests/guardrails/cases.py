"""Reads the tables of cases: where the marks stand, and the text without them."""

from collections.abc import Mapping

import pytest
from _pytest.mark import ParameterSet

from soc_tui.model.verdict import Place


def unmarked(marked: str) -> tuple[str, Place | None]:
    """The text without its «marks», and the place between them; None without marks.

    A text may lack the closing mark: then only where the place starts counts, as length 1.
    """
    start = marked.find("«")
    kql = marked.replace("«", "").replace("»", "")
    if start < 0:
        return kql, None
    inside = marked[start + 1 :].partition("»")[0] if "»" in marked else ""
    line_start = marked.rfind("\n", 0, start) + 1
    length = len(inside) if inside and "\n" not in inside else 1
    return kql, Place(marked.count("\n", 0, start) + 1, start - line_start + 1, length)


def params(*tables: Mapping[tuple[str, str], list[str]]) -> list[ParameterSet]:
    """Every case of the tables, as pytest parameters (rule, marked query)."""
    return [
        pytest.param(rule, query, id=f"{rule}, {form}, {number}")
        for table in tables
        for (rule, form), queries in table.items()
        for number, query in enumerate(queries)
    ]
