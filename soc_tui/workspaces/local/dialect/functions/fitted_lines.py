"""Straight lines through series.

Source: https://learn.microsoft.com/kusto/query/series-fit-line-function and
series-fit-2lines-function: least squares; two lines are split where what they leave is least.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from itertools import accumulate

from soc_tui.workspaces.local.dialect.functions.series_values import as_text, numbers
from soc_tui.workspaces.local.dialect.python_functions import Python


def fit(values: Sequence[float]) -> tuple[float, float]:
    """Slope and what it is at 0."""
    if len(values) < 2:
        return 0.0, values[0] if values else 0.0
    line = statistics.linear_regression(range(len(values)), values)
    return line.slope, line.intercept


FIT_LINE = ("rsquare", "slope", "variance", "rvariance", "interception", "line_fit")


def _fit_line(series: str) -> str:
    values = numbers(series)
    slope, start = fit(values)
    line = [start + slope * at for at in range(len(values))]
    spread = statistics.pvariance(values)
    rest = statistics.pvariance([one - fit for one, fit in zip(values, line, strict=True)])
    square = 1 - rest / spread if spread else 1.0
    return as_text([square, slope, spread, rest, start, line])


def _fit_line_bag(series: str) -> str:
    return as_text(dict(zip(FIT_LINE, json.loads(_fit_line(series)), strict=True)))


_SIDE = ("rsquare", "slope", "interception", "variance", "rvariance")
FIT_2LINES = (
    "rsquare",
    "split_idx",
    "variance",
    "rvariance",
    "line_fit",
    *(f"right_{one}" for one in _SIDE),
    *(f"left_{one}" for one in _SIDE),
)


def _fit_2lines(series: str) -> str:
    values = numbers(series)
    if len(values) < 4:
        raise ValueError(series)
    left, right = _left_over(values), _left_over(values[::-1])[::-1]
    split = min(range(1, len(values) - 2), key=lambda at: left[at] + right[at + 1])
    sides = [values[: split + 1], values[split + 1 :]]
    fits = [json.loads(_fit_line(json.dumps(one))) for one in sides]
    line = [one for fitted in fits for one in fitted[-1]]
    spread = statistics.pvariance(values)
    rest = statistics.pvariance([one - fit for one, fit in zip(values, line, strict=True)])
    square = 1 - rest / spread if spread else 1.0
    told = [
        [square, slope, start, variance, rvariance]
        for square, slope, variance, rvariance, start, _ in reversed(fits)
    ]
    return as_text([square, split, spread, rest, line, *told[0], *told[1]])


def _left_over(values: Sequence[float]) -> list[float]:
    """What a line through the first numbers leaves of them, squared, for each end."""
    found = []
    sums = zip(
        accumulate(range(len(values))),
        accumulate(values),
        accumulate(at * at for at in range(len(values))),
        accumulate(at * one for at, one in enumerate(values)),
        accumulate(one * one for one in values),
        strict=True,
    )
    for count, (x, y, xx, xy, yy) in enumerate(sums, 1):
        wide, high, both = xx - x * x / count, yy - y * y / count, xy - x * y / count
        found.append(max(high - both * both / wide, 0.0) if wide else 0.0)
    return found


def _fit_2lines_bag(series: str) -> str:
    return as_text(dict(zip(FIT_2LINES, json.loads(_fit_2lines(series)), strict=True)))


LINES = {
    "series_fit_line": Python(_fit_line, "j", "JSON", 1, 1),
    "series_fit_line_dynamic": Python(_fit_line_bag, "j", "JSON", 1, 1),
    "series_fit_2lines": Python(_fit_2lines, "j", "JSON", 1, 1),
    "series_fit_2lines_dynamic": Python(_fit_2lines_bag, "j", "JSON", 1, 1),
}
