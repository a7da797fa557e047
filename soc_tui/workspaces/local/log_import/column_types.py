"""Which KQL type a column of exported text has, and the SQL that converts it.

Pure: builds SQL expressions over a VARCHAR column, runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from soc_tui.model.catalog import KqlType
from soc_tui.workspaces.local.log_import.times import DateOrder, as_time, may_be_time

STORED = {
    KqlType.BOOL: "BOOLEAN",
    KqlType.DATETIME: "TIMESTAMP",
    KqlType.DECIMAL: "DECIMAL(38, 10)",
    KqlType.DYNAMIC: "JSON",
    KqlType.GUID: "UUID",
    KqlType.INT: "INTEGER",
    KqlType.LONG: "BIGINT",
    KqlType.REAL: "DOUBLE",
    KqlType.STRING: "VARCHAR",
    KqlType.TIMESPAN: "INTERVAL",
}
"""DuckDB type in which a column of a KQL type is stored. Times are UTC without a zone, which is
what duckdb_kql's `ago()` and `now()` give."""

# Digits under these names are labels, not amounts: arithmetic on them means nothing, and
# comparisons in hunting queries are with strings (ResultType == "0").
_LABEL = re.compile(
    r"sha_?\d|md5|hash|guid|(?<!s)sid\b|uuid|object_?id|tenant_?id|correlation_?id"
    r"|logon_?id|device_?id|account_?id|user_?id|subscription_?id"
    r"|result_?type|result_?code|result_?signature|status|version|phone|postal|zip|serial|thumbprint|fingerprint",
    re.IGNORECASE,
)

# Digits alone are a time only under such a name.
_TIME = re.compile(r"time|date|^_?ts$|_ts$|epoch|created|modified|expires|^when", re.IGNORECASE)
_GUESSES = (KqlType.BOOL, KqlType.LONG, KqlType.REAL, KqlType.DATETIME, KqlType.DYNAMIC)


def guesses(name: str) -> tuple[KqlType, ...]:
    """Types that text under this column name may turn out to be, best first, besides string."""
    if _LABEL.search(name):
        return (KqlType.DATETIME, KqlType.DYNAMIC)
    if _TIME.search(name) and not re.search("duration|offset|zone|span|taken", name, re.I):
        return (KqlType.DATETIME, *(kind for kind in _GUESSES if kind is not KqlType.DATETIME))
    return _GUESSES


_LOOKS: dict[KqlType, re.Pattern[str]] = {
    KqlType.BOOL: re.compile(r"(?i)true|false"),
    KqlType.LONG: re.compile(r"-?\d{1,18}"),
    KqlType.REAL: re.compile(r"-?\d[\d.]*(?:[eE][+-]?\d{1,2})?"),
    KqlType.DYNAMIC: re.compile(r"\s*[{\[].*", re.DOTALL),
}


def may_fit(kind: KqlType, name: str, text: str) -> bool:
    """Whether SQL need ask; what is told apart here at once never reads as this type."""
    if kind is KqlType.DATETIME:
        return may_be_time(text) or (bool(_TIME.search(name)) and text.strip()[:1].isdigit())
    return _LOOKS[kind].fullmatch(text) is not None


def fits(kind: KqlType, name: str, column: str, order: DateOrder | None = None) -> str:
    """SQL predicate: the text reads unmistakably as this type and loses nothing by it.

    Args:
        name: Of the column, `column` the SQL for its text.
    """
    if kind is KqlType.BOOL:
        return f"lower({column}) IN ('true', 'false')"
    if kind is KqlType.LONG:
        return rf"regexp_full_match({column}, '-?(0|[1-9]\d{{0,17}})')"
    if kind is KqlType.REAL:
        number = r"-?(0|[1-9]\d{0,14})(\.\d{1,18})?([eE][+-]?\d{1,2})?"
        return f"regexp_full_match({column}, '{number}')"
    if kind is KqlType.DYNAMIC:
        return f"(left(ltrim({column}), 1) IN ('{{', '[') AND json_valid({column}))"
    if kind is KqlType.DATETIME:
        text = f"nullif(trim({column}), '')"
        return f"({as_time(text, order, epoch=bool(_TIME.search(name)))}) IS NOT NULL"
    return f"({converted(kind, column)}) IS NOT NULL"


def converted(kind: KqlType, column: str, order: DateOrder | None = None) -> str:
    """SQL that converts text to the stored type; NULL where it does not fit.

    An empty cell becomes NULL, but an empty string stays one: KQL strings are never null.

    Args:
        order: Of dates in numbers, in a column of times.
    """
    text = f"nullif(trim({column}), '')"
    if kind is KqlType.STRING:
        return f"coalesce({column}, '')"
    if kind is KqlType.DATETIME:
        return as_time(text, order)
    if kind is KqlType.BOOL:
        return (
            f"CASE WHEN lower({text}) IN ('true', '1') THEN true"
            f" WHEN lower({text}) IN ('false', '0') THEN false END"
        )
    if kind in (KqlType.INT, KqlType.LONG):
        # TRY_CAST alone would round 1.5 to 2.
        return (
            rf"CASE WHEN regexp_full_match({text}, '[+-]?\d+(\.0+)?')"
            f" THEN TRY_CAST({text} AS {STORED[kind]}) END"
        )
    if kind is KqlType.DYNAMIC:
        return f"CASE WHEN json_valid({text}) THEN CAST({text} AS JSON) ELSE to_json({text}) END"
    if kind is KqlType.TIMESPAN:
        # KQL writes days before a dot: 1.02:03:04.5.
        days = r"'^(-?)(\d+)\.(\d\d?:\d\d:\d\d(\.\d+)?)$', '\1\2 days \1\3'"
        text = f"regexp_replace({text}, {days})"
    return f"TRY_CAST({text} AS {STORED[kind]})"


def merged(kinds: Iterable[KqlType | None]) -> KqlType:
    """One type for a column that several files have; None stands for a column with no values."""
    found = {kind for kind in kinds if kind is not None}
    if len(found) == 1:
        return found.pop()
    if found and found <= {KqlType.INT, KqlType.LONG}:
        return KqlType.LONG
    if found and found <= {KqlType.INT, KqlType.LONG, KqlType.REAL}:
        return KqlType.REAL
    return KqlType.STRING


def json_kind(json_types: Iterable[str]) -> KqlType | None:
    """KQL type for the JSON types that a key has, None where they leave text to be looked at."""
    found = set(json_types) - {"NULL"}
    whole = {"BIGINT", "UBIGINT"}
    if found <= whole and found:
        return KqlType.LONG
    if found <= {*whole, "DOUBLE"} and found:
        return KqlType.REAL
    if found == {"BOOLEAN"}:
        return KqlType.BOOL
    if found & {"OBJECT", "ARRAY"}:
        return KqlType.DYNAMIC
    if found in (set(), {"VARCHAR"}):
        return None
    return KqlType.STRING


_SUFFIX = re.compile(r"\s*\[[^\]]*\]\s*$|\s*\(UTC\)\s*$")  # the portal's "TimeGenerated [UTC]"


def clean_name(name: str) -> str:
    """A column name that KQL takes without brackets; unchanged where it already is one."""
    bare = _SUFFIX.sub("", name.strip())
    if re.fullmatch(r"[A-Za-z_]\w*", bare, re.ASCII):
        return bare
    cleaned = re.sub(r"\W+", "_", bare, flags=re.ASCII).strip(
        "_" if not bare.startswith("_") else ""
    )
    return f"_{cleaned}" if cleaned[:1].isdigit() else cleaned


def column_names(names: Sequence[str], known: Iterable[str] = ()) -> dict[str, str]:
    """Name in the file by the name of its column, in order; no two are the same without case.

    Names that need no change come first, then those that come first; others get a number.

    Args:
        known: Documented names, whose spelling is taken.
    """
    documented = {name.casefold(): name for name in known}
    clean = [clean_name(name) or f"Column{at}" for at, name in enumerate(names, 1)]
    clean = [documented.get(name.casefold(), name) for name in clean]
    order = sorted(range(len(names)), key=lambda at: clean[at] != names[at])
    taken: dict[str, int] = {}
    made: dict[int, str] = {}
    for at in order:
        name, count = clean[at], 0
        while name.casefold() in taken or (count and name in clean):
            count += 1
            name = f"{clean[at]}{count}"
        taken[name.casefold()] = at
        made[at] = name
    return {made[at]: names[at] for at in range(len(names))}


def is_moment(name: str) -> bool:
    """Whether numbers under this name may be seconds or milliseconds since 1970."""
    return KqlType.DATETIME is guesses(name)[0] and not _LABEL.search(name)
