"""Times as exports write them.

Forms: those of ICU's short dates, which browsers (and so the portals) write by the user's locale;
those of APIs, pandas, PowerShell and Windows. Times without a zone are UTC.
"""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class DateOrder(StrEnum):
    """Which number stands first in a date such as 03/11/2026."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


# -- in Python -------------------------------------------------------------------------------------

# U+202F stands before AM in what newer browsers write, U+200E in the dates of older ones.
_SPACES = re.compile("[\\s\u00a0\u202f\u2009\u200e\u200f,@]+")
_MONTHS = {
    1: "jan januar january janv janvier ene enero gen gennaio janeiro januari jän jänner",
    2: "feb februar february févr fév février febrero febbraio fev fevereiro februari",
    3: "mar mär märz mrz march mars marzo março maart mrt",
    4: "apr april avr avril abr abril aprile",
    5: "may mai mayo maggio mag maio mei",
    6: "jun juni june juin junio giu giugno junho",
    7: "jul juli july juil juillet julio lug luglio julho",
    8: "aug august août aoû ago agosto augustus",
    9: "sep sept september septembre septiembre set settembre setembro",
    10: "oct okt oktober october octobre octubre ott ottobre out outubro",
    11: "nov november novembre noviembre novembro",
    12: "dec dez dezember december déc décembre dic diciembre dicembre dezembro",
}
_BY_NAME = {name: number for number, names in _MONTHS.items() for name in names.split()}
_WORD = r"[^\W\d_]"
_DAY_NAME = rf"(?:{_WORD}{{2,10}}\.? )?"
_CLOCK = (
    r"(?P<half>午前|上午|오전|午後|下午|오후)? ?(?P<hour>\d{1,2})[:.](?P<minute>\d\d)"
    r"(?:[:.](?P<second>\d\d)(?:[. ](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<ampm>[AaPp])\.? ?[Mm]\.?)?(?: Uhr)?"
    r"(?: ?(?P<zone>UTC|GMT|Z|[+-]\d\d(?::?\d\d)?))?"
)
_FORMS = tuple(
    re.compile(rf"{date}(?:[ T:]*{_CLOCK})?")
    for date in (
        r"(?P<year>\d{4})[年./-] ?(?P<month>\d{1,2})[月./-] ?(?P<day>\d{1,2})[日.]?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T",
        rf"{_DAY_NAME}(?P<name>{_WORD}{{3,10}})\.? (?P<day>\d{{1,2}}) (?P<year>\d{{4}})",
        rf"{_DAY_NAME}(?P<day>\d{{1,2}})\.?[ /-](?:de )?(?P<name>{_WORD}{{3,10}})\.?[ /-](?:de )?"
        r"(?P<year>\d{4})",
    )
)
_UNIX_DATE = re.compile(
    rf"{_WORD}{{3}} (?P<name>{_WORD}{{3}}) (?P<day>\d{{1,2}}) (?P<clock>\d\d:\d\d:\d\d)"
    r"(?: [A-Z]{3,4})? (?P<year>\d{4})"
)
_BY_NUMBERS = re.compile(
    r"(?P<first>\d{1,2})[./-] ?(?P<second_>\d{1,2})[./-] ?(?P<year>\d{4}|\d\d)\.?"
    rf"(?:[ T]+{_CLOCK})?"
)
_BASIC = re.compile(r"(\d{8}T)(\d\d)(\d\d)(\d\d)")
_JSON_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_EPOCH = dt.datetime(1970, 1, 1)


@lru_cache(maxsize=100_000)
def read_time(text: str, order: DateOrder | None = None) -> dt.datetime | None:
    """The time in UTC, without a zone; None where the text is none.

    Args:
        order: Of the numbers in dates such as 03/11/2026; without one these are no times.
    """
    if match := _JSON_DATE.fullmatch(text.strip()):
        return _since_1970(int(match[1]) * 1000)
    text = _SPACES.sub(" ", text).strip()
    try:
        if match := _UNIX_DATE.fullmatch(text):
            text = f"{match['name']} {match['day']} {match['year']} {match['clock']}"
        text = _BASIC.sub(r"\1\2:\3:\4", text)
        if order is not None and (match := _BY_NUMBERS.fullmatch(text)):
            numbers = int(match["first"]), int(match["second_"])
            day, month = numbers if order is DateOrder.DAY_FIRST else numbers[::-1]
            year = int(match["year"])
            return _moment(match, 2000 + year if year < 100 else year, month, day)
        for form in _FORMS:
            if match := form.fullmatch(text):
                named = match.groupdict()
                month_text = named.get("month") or _BY_NAME.get(str(named.get("name")).casefold())
                if month_text is None:
                    return None
                return _moment(match, int(match["year"]), int(month_text), int(match["day"]))
    except (OverflowError, ValueError):
        return None
    return None


def _moment(match: re.Match[str], year: int, month: int, day: int) -> dt.datetime:
    if match["hour"] is None:
        return dt.datetime(year, month, day)
    hour = int(match["hour"])
    half = match["ampm"] or ("P" if (match["half"] or "") in ("午後", "下午", "오후") else "A")
    if match["ampm"] or match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half in "Pp" else 0)
    fraction = (match["fraction"] or "0")[:6].ljust(6, "0")
    moment = dt.datetime(
        year, month, day, hour, int(match["minute"]), int(match["second"] or 0), int(fraction)
    )
    zone = match["zone"]
    if zone is None or zone in ("UTC", "GMT", "Z"):
        return moment
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return moment - (offset if zone[0] == "+" else -offset)


def _since_1970(microseconds: int) -> dt.datetime | None:
    try:
        return _EPOCH + dt.timedelta(microseconds=microseconds)
    except OverflowError:
        return None


# -- in SQL ----------------------------------------------------------------------------------------

_NUMERIC = r"^\s*(\d{1,2})[./-] ?(\d{1,2})[./-] ?(\d{4}|\d\d)\.?(?:[\s,T\x{200e}]|$)"
_EN_US = (
    r"^(?:[1-9]|1[0-2])/(?:[1-9]|[12]\d|3[01])/\d{4},? (?:[1-9]|1[0-2]):\d\d(?::\d\d(?:\.\d+)?)?"
    r"[ \x{202f}](?:AM|PM)$"
)
# What may be a time at all, so that Python need not look at every text.
_MAYBE = (
    r"^\s*(?:\d{4}[-年./] ?\d{1,2}[-月./]|\d{8}T\d{6}|\d{1,2}[./-] ?\d{1,2}[./-] ?\d"
    r"|\d{1,2}\.?[ /-](?:de )?\pL{3,10}|\pL{2,10}[.,]{0,2} (?:\pL{3,10}\.? )?\d|/Date\()"
)
_MAYBE_TIME = re.compile(_MAYBE.replace(r"\pL", _WORD))


def may_be_time(text: str) -> bool:
    """Whether a text may be a time at all, digits alone left aside."""
    return len(text) < 60 and _MAYBE_TIME.match(text) is not None


_SECONDS, _MILLISECONDS = r"\d{9,10}(\.\d+)?", r"\d{12,13}(\.\d+)?"


def as_time(text: str, order: DateOrder | None = None, *, epoch: bool = True) -> str:
    """SQL: a TIMESTAMP in UTC of a VARCHAR expression, NULL where it is no time.

    Needs the functions of `add_time_functions`.

    Args:
        order: Of the numbers in dates such as 03/11/2026; without one these are no times.
        epoch: Digits alone are seconds, milli-, micro- or nanoseconds since 1970, or a FILETIME.
    """
    # The guard keeps out 'infinity', 'epoch' and the like, which DuckDB would also take.
    tries = [
        rf"CASE WHEN regexp_matches({text}, '^\d{{4}}-\d\d-\d\d')"
        f" THEN timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ)) END"
    ]
    if order is not None:
        tries.append(f"try_strptime({text}, {_quick(order)})")
    name = order.value if order else ""
    tries.append(
        f"CASE WHEN length({text}) < 60 AND regexp_matches({text}, '{_MAYBE}')"
        f" THEN soc_read_time({text}, '{name}') END"
    )
    if epoch:
        # 18 digits are a FILETIME: 100 ns since 1601 (learn.microsoft.com, "File Times").
        tries.append(
            f"CASE WHEN NOT regexp_matches({text}, '^\\d{{9}}') THEN NULL"
            f" WHEN regexp_full_match({text}, '{_SECONDS}')"
            f" THEN make_timestamp(CAST(round(CAST({text} AS DECIMAL(38, 9)) * 1000000) AS BIGINT))"
            f" WHEN regexp_full_match({text}, '{_MILLISECONDS}')"
            f" THEN make_timestamp(CAST(round(CAST({text} AS DECIMAL(38, 9)) * 1000) AS BIGINT))"
            f" WHEN regexp_full_match({text}, '\\d{{15,19}}') THEN make_timestamp("
            f"CASE length({text}) WHEN 18 THEN CAST({text} AS BIGINT) // 10 - 11644473600000000"
            f" WHEN 19 THEN TRY_CAST({text} AS BIGINT) // 1000"
            f" WHEN 17 THEN NULL ELSE CAST({text} AS BIGINT) END) END"
        )
    return f"coalesce({', '.join(tries)})"


def order_evidence(text: str) -> tuple[str, ...]:
    """SQL aggregates over text: how many cells only day first explains, how many only month first,
    how many either does, and how many are written as en-US alone writes them.

    A date with dots is day first. en-US is "11/3/2026, 1:02:03.123 PM": capitals, no zeros added.
    """
    first = f"TRY_CAST(regexp_extract({text}, '{_NUMERIC}', 1) AS INTEGER)"
    second = f"TRY_CAST(regexp_extract({text}, '{_NUMERIC}', 2) AS INTEGER)"
    dotted = rf"regexp_matches({text}, '^\s*\d{{1,2}}\. ?\d{{1,2}}\. ?\d')"
    dates = f"{first} BETWEEN 1 AND 31 AND {second} BETWEEN 1 AND 31"
    either = f"{dates} AND NOT {dotted} AND {first} <= 12 AND {second} <= 12"
    return (
        f"count(*) FILTER ({dates} AND ({first} > 12 OR {dotted}))",
        f"count(*) FILTER ({dates} AND {second} > 12 AND NOT {dotted})",
        f"count(*) FILTER ({either})",
        f"count(*) FILTER ({either} AND regexp_matches({text}, '{_EN_US}'))",
    )


def holds_dates(text: str) -> str:
    """SQL aggregate over text: whether any cell may be a date in numbers, year last."""
    return f"bool_or(regexp_matches({text}, '{_NUMERIC}'))"


def add_time_functions(con: DuckDBPyConnection) -> None:
    """Make the SQL function that `as_time` calls, for this connection alone."""

    def read(text: str | None, order: str) -> dt.datetime | None:
        return None if text is None else read_time(text, DateOrder(order) if order else None)

    con.create_function(  # type: ignore[call-overload]  # its stubs want enums
        "soc_read_time",
        read,
        ["VARCHAR", "VARCHAR"],
        "TIMESTAMP",
        null_handling="special",
    )


def _quick(order: DateOrder) -> str:
    """The commonest of all forms, for speed."""
    date = "%d/%m/%Y" if order is DateOrder.DAY_FIRST else "%m/%d/%Y"
    forms = [
        f"{date}{comma} {clock}"
        for comma in (",", "")
        for clock in ("%I:%M:%S.%g %p", "%I:%M:%S %p", "%H:%M:%S.%g", "%H:%M:%S")
    ]
    return "[" + ", ".join(f"'{form}'" for form in forms) + "]"
