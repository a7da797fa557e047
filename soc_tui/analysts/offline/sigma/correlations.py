"""Sigma correlation rules as DuckDB queries over the rows that their rules match.

A correlation holds at a row when the `timespan` up to it satisfies the condition within the row's
group; all matched rows of such a window are its hits. Windows slide, so no attack is cut in two by
a clock's hour.
Source: https://sigmahq.io/sigma-specification/specification/sigma-correlation-rules-specification.html
"""

from __future__ import annotations

from soc_tui.analysts.offline.sigma.rule import Correlation

MATCHED = "matched"
"""The view that the query reads: `#row`, `#time` (microseconds since 1970), part (which of the
correlation's rules), grp (the group it belongs to), val (what is counted)."""


def hits_sql(correlation: Correlation) -> str:
    """A query that gives the `#row` of every hit, in order of time."""
    span = correlation.seconds * 1_000_000
    ordered = correlation.kind == "temporal_ordered"
    since = "start" if ordered else f'"#time" - {span}'
    steps = [
        *(_chain_steps(correlation) if ordered else []),
        ("judged", _judged_sql(correlation, span)),
        (
            "hits",
            f"SELECT *, min(CASE WHEN holds THEN {since} END) OVER (PARTITION BY grp"
            f' ORDER BY "#time" RANGE BETWEEN CURRENT ROW AND {span} FOLLOWING) AS since'
            " FROM judged",
        ),
    ]
    body = ", ".join(f"{name} AS ({sql})" for name, sql in steps)
    return (
        f'WITH {body} SELECT DISTINCT "#row", "#time" FROM hits'
        ' WHERE since <= "#time" ORDER BY "#time", "#row"'
    )


def _judged_sql(correlation: Correlation, span: int) -> str:
    window = (
        f'OVER (PARTITION BY grp ORDER BY "#time" RANGE BETWEEN {span} PRECEDING AND CURRENT ROW)'
    )
    last = len(correlation.rules) - 1
    match correlation.kind:
        case "temporal":
            seen = [f"bool_or(part = {part}) {window}" for part in range(last + 1)]
            return f"SELECT *, {' AND '.join(seen)} AS holds FROM matched"
        case "temporal_ordered":
            holds = f'part = {last} AND start >= "#time" - {span}'
            return f"SELECT *, coalesce({holds}, FALSE) AS holds FROM chain{last}"
        case "value_count":
            measure = f"count(DISTINCT val) {window}"
        case "value_sum":
            measure = f"sum(TRY_CAST(val AS DOUBLE)) {window}"
        case _:
            measure = f"count(*) {window}"
    test = f"coalesce({measure} {correlation.operator} {correlation.threshold!r}, FALSE)"
    return f"SELECT *, {test} AS holds FROM matched"


def _chain_steps(correlation: Correlation) -> list[tuple[str, str]]:
    """Per rule of a sequence: the latest moment at which a chain up to this row can have begun."""
    steps = [
        ("chain0", 'SELECT *, CASE WHEN part = 0 THEN "#time" END AS start FROM matched'),
    ]
    for part in range(1, len(correlation.rules)):
        before = (
            f"max(CASE WHEN part = {part - 1} THEN start END) OVER (PARTITION BY grp"
            ' ORDER BY "#time", "#row" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)'
        )
        steps.append(
            (
                f"chain{part}",
                f"SELECT * EXCLUDE (start), CASE WHEN part = {part} THEN {before}"
                f" ELSE start END AS start FROM chain{part - 1}",
            )
        )
    return steps
