"""Series: arithmetic on arrays of numbers, gaps, statistics, seasons and outliers.

Source: https://learn.microsoft.com/kusto/query/, the page of each function. Where a page leaves the
method open, it is a plain one: a season is the strongest peak of the autocorrelation, and an
outlier's score its distance from the 10th or 90th percentile in ranges between these two.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise

from soc_tui.workspaces.local.dialect.functions.fitted_lines import (
    FIT_2LINES,
    FIT_LINE,
    LINES,
    fit,
)
from soc_tui.workspaces.local.dialect.functions.series_values import (
    as_text,
    number,
    numbers,
    read,
)
from soc_tui.workspaces.local.dialect.python_functions import Python

_STRONG = 0.6  # the documented threshold of a season's score


# -- element by element ---------------------------------------------------------------------------


def _pairwise(make: Callable[[float, float], object]) -> Callable[[str, str], str]:
    def whole(one: str, other: str) -> str:
        first, second = json.loads(one), json.loads(other)
        length = max(len(side) for side in (first, second) if isinstance(side, list))
        made = []
        for at in range(length):
            a, b = number(_side(first, at)), number(_side(second, at))
            made.append(None if a is None or b is None else make(a, b))
        return as_text(made)

    return whole


def _side(value: object, at: int) -> object:
    if isinstance(value, list):
        return value[at] if at < len(value) else None
    return value


def _each(make: Callable[[float], object]) -> Callable[[str], str]:
    def whole(series: str) -> str:
        made: list[object] = []
        for one in read(series):
            try:
                made.append(None if one is None else make(one))
            except (ValueError, OverflowError):
                made.append(None)
        return as_text(made)

    return whole


def _divided(one: float, other: float) -> float:
    if other:
        return one / other
    return math.nan if not one else math.copysign(math.inf, one)


# -- gaps -----------------------------------------------------------------------------------------


def _is_gap(one: object, missing: str) -> bool:
    return one is None if missing in {"", "null"} else number(one) == number(json.loads(missing))


def _fill_const(series: str, value: str, missing: str = "null") -> str:
    filled = json.loads(value)
    return as_text([filled if _is_gap(one, missing) else one for one in json.loads(series)])


def _forward(values: Sequence[object], missing: str) -> list[object]:
    made: list[object] = []
    for one in values:
        known = made and not _is_gap(made[-1], missing)
        made.append(made[-1] if _is_gap(one, missing) and known else one)
    return made


def _fill_forward(series: str, missing: str = "null") -> str:
    return as_text(_forward(json.loads(series), missing))


def _fill_backward(series: str, missing: str = "null") -> str:
    return as_text(_forward(json.loads(series)[::-1], missing)[::-1])


def _fill_linear(series: str, missing: str = "null", edges: str = "true", const: str = "0") -> str:
    values = json.loads(series)
    known = [at for at, one in enumerate(values) if not _is_gap(one, missing)]
    if not known:
        return as_text([json.loads(const)] * len(values))
    made = list(values)
    for before, behind in pairwise(known):
        step = (values[behind] - values[before]) / (behind - before)
        for at in range(before + 1, behind):
            made[at] = values[before] + step * (at - before)
    if edges.lower() in {"true", "1"}:
        made[: known[0]] = [values[known[0]]] * known[0]
        made[known[-1] + 1 :] = [values[known[-1]]] * (len(values) - known[-1] - 1)
    return as_text(made)


# -- statistics -----------------------------------------------------------------------------------


def _stats(series: str, ignore: str = "false") -> str:
    """min, min_idx, max, max_idx, avg, stdev, variance, in this order."""
    values = read(series)
    finite = [
        (float(one), at) for at, one in enumerate(values) if one is not None and math.isfinite(one)
    ]
    if ignore.lower() not in {"true", "1"} and len(finite) < len(values):
        return as_text([None, None, None, None, None, None, None])
    least = min(finite, key=lambda pair: pair[0])
    most = max(finite, key=lambda pair: pair[0])
    numbers = [one for one, _ in finite]
    spread = statistics.variance(numbers) if len(numbers) > 1 else 0.0
    mean = statistics.fmean(numbers)
    return as_text([least[0], least[1], most[0], most[1], mean, math.sqrt(spread), spread])


STATS = ("min", "min_idx", "max", "max_idx", "avg", "stdev", "variance")


def _stats_bag(series: str, ignore: str = "false") -> str:
    known = dict(zip(STATS, json.loads(_stats(series, ignore)), strict=True))
    return as_text({**known, "sum": math.fsum(numbers(series)), "len": len(read(series))})


def _sum(series: str) -> str:
    return str(math.fsum(numbers(series)))


def _product(series: str) -> str:
    return str(math.prod(numbers(series)))


def _magnitude(series: str) -> str:
    return str(math.hypot(*numbers(series)))


def _dot(one: str, other: str) -> str:
    return str(math.fsum(a * b for a, b in _pairs(one, other)))


def _pairs(one: str, other: str) -> list[tuple[float, float]]:
    return list(zip(numbers(one), numbers(other), strict=True))


def _cosine(one: str, other: str) -> str:
    return str(float(_dot(one, other)) / (float(_magnitude(one)) * float(_magnitude(other))))


def _pearson(one: str, other: str) -> str:
    first, second = zip(*_pairs(one, other), strict=True)
    return str(statistics.correlation(first, second))


def _fir(series: str, taps: str, normalize: str = "true", center: str = "false") -> str:
    values, filter_ = numbers(series), numbers(taps)
    total = sum(filter_)
    if normalize.lower() in {"true", "1"} and total:
        filter_ = [one / total for one in filter_]
    ahead = len(filter_) // 2 if center.lower() in {"true", "1"} else 0
    return as_text(
        [
            sum(
                tap * values[at + ahead - back]
                for back, tap in enumerate(filter_)
                if 0 <= at + ahead - back < len(values)
            )
            for at in range(len(values))
        ]
    )


def _iir(series: str, b: str, a: str) -> str:
    values, forward, back = numbers(series), numbers(b), numbers(a)
    made: list[float] = []
    for at in range(len(values)):
        total = sum(one * values[at - i] for i, one in enumerate(forward) if at >= i)
        total -= sum(one * made[at - i] for i, one in enumerate(back) if i and at >= i)
        made.append(total / back[0])
    return as_text(made)


# -- seasons and outliers -------------------------------------------------------------------------


def _percentile(ordered: Sequence[float], share: float) -> float:
    place = share / 100 * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _scores(values: Sequence[float], low: float, high: float) -> list[float]:
    if not values:
        return []
    ordered = sorted(values)
    below, above = _percentile(ordered, low), _percentile(ordered, high)
    span = (above - below) or max(abs(above), 1.0) * 1e-9
    return [
        (one - above) / span if one > above else (one - below) / span if one < below else 0.0
        for one in values
    ]


def _outliers(
    series: str, kind: str = '"ctukey"', ignore: str = "null", low: str = "10", high: str = "90"
) -> str:
    values = json.loads(series)
    shares = (25.0, 75.0) if kind.strip('"').lower() == "tukey" else (float(low), float(high))
    used = [at for at, one in enumerate(values) if not _is_gap(one, ignore) and one is not None]
    made = [0.0] * len(values)
    for at, score in zip(used, _scores([float(values[at]) for at in used], *shares), strict=True):
        made[at] = score
    return as_text(made)


def _season(values: Sequence[float]) -> tuple[int, float]:
    """The strongest period and its score; 0 when there is none."""
    slope, start = fit(values)
    rest = [one - start - slope * at for at, one in enumerate(values)]
    power = math.fsum(one * one for one in rest)
    if len(values) < 8 or power <= 1e-12:
        return 0, 0.0
    top = len(values) // 2
    scores = [0.0] * (top + 2)
    for lag in range(1, top + 2):
        both = zip(rest, rest[lag:], strict=False)
        share = len(values) / max(len(values) - lag, 1)
        scores[lag] = math.fsum(a * b for a, b in both) / power * share
    peaks = [lag for lag in range(2, top + 1) if scores[lag - 1] < scores[lag] >= scores[lag + 1]]
    if not peaks:
        return 0, 0.0
    best = max(scores[lag] for lag in peaks)
    period = next(lag for lag in peaks if scores[lag] >= best * 0.95)
    return period, min(scores[period], 1.0)


def _parts(
    values: Sequence[float], season: int, trend: str, tested: int, threshold: float
) -> tuple[list[float], list[float], list[float]]:
    """Baseline, season and trend; the last `tested` points are not learned from."""
    learned = values[: len(values) - tested] if tested else values
    if season < 0:
        period, score = _season(learned)
        season = period if score >= threshold else 0
    waves = [0.0] * len(values)
    if season > 1:
        phases = [statistics.median(learned[at::season] or [0.0]) for at in range(season)]
        waves = [phases[at % season] for at in range(len(values))]
    still = [one - wave for one, wave in zip(learned, waves, strict=False)]
    if trend == "linefit":
        slope, start = fit(still)
        line = [start + slope * at for at in range(len(values))]
    else:
        mean = statistics.fmean(still) if trend != "none" and still else 0.0
        line = [mean] * len(values)
    base = [one + wave for one, wave in zip(line, waves, strict=True)]
    return base, waves, line


DECOMPOSE = ("baseline", "seasonal", "trend", "residual")


def _decompose(
    series: str,
    season: str = "-1",
    trend: str = '"avg"',
    tested: str = "0",
    threshold: str = str(_STRONG),
) -> str:
    values = [float(one or 0) for one in read(series)]
    base, waves, line = _parts(
        values, int(float(season)), trend.strip('"'), int(float(tested)), float(threshold)
    )
    rest = [one - fit for one, fit in zip(values, base, strict=True)]
    return as_text([base, waves, line, rest])


ANOMALIES = ("ad_flag", "ad_score", "baseline")


def _anomalies(  # noqa: PLR0917 (as Kusto has them)
    series: str,
    threshold: str = "1.5",
    season: str = "-1",
    trend: str = '"avg"',
    tested: str = "0",
    method: str = '"ctukey"',
    season_threshold: str = str(_STRONG),
) -> str:
    base, _, _, rest = json.loads(_decompose(series, season, trend, tested, season_threshold))
    shares = (25.0, 75.0) if method.strip('"').lower() == "tukey" else (10.0, 90.0)
    scores = _scores(rest, *shares)
    limit = float(threshold)
    flags = [(score > limit) - (score < -limit) for score in scores]
    return as_text([flags, scores, base])


def _forecast(
    series: str,
    points: str,
    season: str = "-1",
    trend: str = '"linefit"',
    threshold: str = str(_STRONG),
) -> str:
    return as_text(json.loads(_decompose(series, season, trend, points, threshold))[0])


def _seasonal(series: str, period: str = "-1") -> str:
    return as_text(json.loads(_decompose(series, period))[1])


PERIODS = ("periods", "scores")


def _periods(series: str, least: str = "0", most: str = "0", count: str = "1") -> str:
    period, score = _season(numbers(series))
    found = bool(period) and float(least) <= period <= (float(most) or period)
    return as_text([[period], [score]] if found and int(float(count)) else [[0], [0.0]])


SERIES = {
    "series_add": Python(_pairwise(lambda a, b: a + b), "j", "JSON", 2, 2),
    "series_subtract": Python(_pairwise(lambda a, b: a - b), "j", "JSON", 2, 2),
    "series_multiply": Python(_pairwise(lambda a, b: a * b), "j", "JSON", 2, 2),
    "series_divide": Python(_pairwise(_divided), "j", "JSON", 2, 2),
    "series_pow": Python(_pairwise(lambda a, b: a**b), "j", "JSON", 2, 2),
    "series_greater": Python(_pairwise(lambda a, b: a > b), "j", "JSON", 2, 2),
    "series_greater_equals": Python(_pairwise(lambda a, b: a >= b), "j", "JSON", 2, 2),
    "series_less": Python(_pairwise(lambda a, b: a < b), "j", "JSON", 2, 2),
    "series_less_equals": Python(_pairwise(lambda a, b: a <= b), "j", "JSON", 2, 2),
    "series_equals": Python(_pairwise(lambda a, b: a == b), "j", "JSON", 2, 2),
    "series_not_equals": Python(_pairwise(lambda a, b: a != b), "j", "JSON", 2, 2),
    "series_abs": Python(_each(abs), "j", "JSON", 1, 1),
    "series_sin": Python(_each(math.sin), "j", "JSON", 1, 1),
    "series_cos": Python(_each(math.cos), "j", "JSON", 1, 1),
    "series_tan": Python(_each(math.tan), "j", "JSON", 1, 1),
    "series_asin": Python(_each(math.asin), "j", "JSON", 1, 1),
    "series_acos": Python(_each(math.acos), "j", "JSON", 1, 1),
    "series_atan": Python(_each(math.atan), "j", "JSON", 1, 1),
    "series_exp": Python(_each(math.exp), "j", "JSON", 1, 1),
    "series_log": Python(_each(math.log), "j", "JSON", 1, 1),
    "series_ceiling": Python(_each(math.ceil), "j", "JSON", 1, 1),
    "series_floor": Python(_each(math.floor), "j", "JSON", 1, 1),
    "series_sign": Python(_each(lambda one: (one > 0) - (one < 0)), "j", "JSON", 1, 1),
    "series_fill_const": Python(_fill_const, "j", "JSON", 2, 3),
    "series_fill_forward": Python(_fill_forward, "j", "JSON", 1, 2),
    "series_fill_backward": Python(_fill_backward, "j", "JSON", 1, 2),
    "series_fill_linear": Python(_fill_linear, "j", "JSON", 1, 4),
    "series_stats": Python(_stats, "j", "JSON", 1, 2),
    "series_stats_dynamic": Python(_stats_bag, "j", "JSON", 1, 2),
    "series_sum": Python(_sum, "j", "DOUBLE", 1, 1),
    "series_product": Python(_product, "j", "DOUBLE", 1, 1),
    "series_magnitude": Python(_magnitude, "j", "DOUBLE", 1, 1),
    "series_dot_product": Python(_dot, "j", "DOUBLE", 2, 2),
    "series_cosine_similarity": Python(_cosine, "j", "DOUBLE", 2, 2),
    "series_pearson_correlation": Python(_pearson, "j", "DOUBLE", 2, 2),
    **LINES,
    "series_fir": Python(_fir, "j", "JSON", 2, 4),
    "series_iir": Python(_iir, "j", "JSON", 3, 3),
    "series_outliers": Python(_outliers, "j", "JSON", 1, 5),
    "series_decompose": Python(_decompose, "j", "JSON", 1, 5),
    "series_decompose_anomalies": Python(_anomalies, "j", "JSON", 1, 7),
    "series_decompose_forecast": Python(_forecast, "j", "JSON", 2, 5),
    "series_seasonal": Python(_seasonal, "j", "JSON", 1, 2),
    "series_periods_detect": Python(_periods, "j", "JSON", 1, 4),
}

SEVERAL = {
    "series_stats": STATS,
    "series_fit_line": FIT_LINE,
    "series_fit_2lines": FIT_2LINES,
    "series_decompose": DECOMPOSE,
    "series_decompose_anomalies": ANOMALIES,
    "series_periods_detect": PERIODS,
}
"""Functions that give several columns: the ends of their names, in order."""
