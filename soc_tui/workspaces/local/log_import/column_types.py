"""Which KQL type a column of exported text has, and the SQL that converts it.

Pure: builds SQL expressions over a VARCHAR column, runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from soc_tui.model.catalog import KqlType

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

# The portals write times so: Sentinel "11/24/2026, 10:15:30.123 AM", Defender
# "Nov 24, 2026 10:15:30 AM". Month first, as both write it in English.
_TIME_FORMATS = (
    "%m/%d/%Y, %I:%M:%S.%g %p",
    "%m/%d/%Y, %I:%M:%S %p",
    "%m/%d/%Y %I:%M:%S.%g %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%b %d, %Y %I:%M:%S.%g %p",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y @ %H:%M:%S.%g",
)
_FORMAT_LIST = "[" + ", ".join(f"'{form}'" for form in _TIME_FORMATS) + "]"

# Digits under these names are labels, not amounts: arithmetic on them means nothing, and
# comparisons in hunting queries are with strings (ResultType == "0").
_LABEL = re.compile(
    r"sha_?\d|md5|hash|guid|(?<!s)sid\b|uuid|object_?id|tenant_?id|correlation_?id"
    r"|logon_?id|device_?id|account_?id|user_?id|subscription_?id"
    r"|result_?type|result_?code|result_?signature|status|version|phone|postal|zip|serial|thumbprint|fingerprint",
    re.IGNORECASE,
)

_GUESSES = (KqlType.BOOL, KqlType.LONG, KqlType.REAL, KqlType.DATETIME, KqlType.DYNAMIC)


def guesses(name: str) -> tuple[KqlType, ...]:
    """Types that text under this column name may turn out to be, best first, besides string."""
    if _LABEL.search(name):
        return (KqlType.DATETIME, KqlType.DYNAMIC)
    return _GUESSES


def fits(kind: KqlType, column: str) -> str:
    """SQL predicate: the text reads unmistakably as this type and loses nothing by it."""
    if kind is KqlType.BOOL:
        return f"lower({column}) IN ('true', 'false')"
    if kind is KqlType.LONG:
        return rf"regexp_full_match({column}, '-?(0|[1-9]\d{{0,17}})')"
    if kind is KqlType.REAL:
        number = r"-?(0|[1-9]\d{0,14})(\.\d{1,18})?([eE][+-]?\d{1,2})?"
        return f"regexp_full_match({column}, '{number}')"
    if kind is KqlType.DYNAMIC:
        return f"(left(ltrim({column}), 1) IN ('{{', '[') AND json_valid({column}))"
    return f"({converted(kind, column)}) IS NOT NULL"


def converted(kind: KqlType, column: str) -> str:
    """SQL that converts text to the stored type; NULL where it does not fit.

    An empty cell becomes NULL, but an empty string stays one: KQL strings are never null.
    """
    text = f"nullif(trim({column}), '')"
    if kind is KqlType.STRING:
        return f"coalesce({column}, '')"
    if kind is KqlType.DATETIME:
        # The guard keeps out 'infinity', 'epoch' and the like, which DuckDB would also take.
        guard = rf"regexp_matches({text}, '^\d{{4}}-\d\d-\d\d')"
        iso = f"CASE WHEN {guard} THEN timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ)) END"
        return f"coalesce({iso}, try_strptime({text}, {_FORMAT_LIST}))"
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


_SUFFIX = re.compile(r"\s*\[[^\]]*\]\s*$")  # the portal's "TimeGenerated [UTC]"


def clean_name(name: str) -> str:
    """A column name that KQL takes without brackets; unchanged where it already is one."""
    bare = _SUFFIX.sub("", name.strip())
    cleaned = re.sub(r"\W+", "_", bare, flags=re.ASCII).strip(
        "_" if not bare.startswith("_") else ""
    )
    return f"_{cleaned}" if cleaned[:1].isdigit() else cleaned
