"""Times, dates and durations in a text: they are in or within the times of the cited rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from soc_tui.analysts.grounding.claims.figures import Figures
from soc_tui.analysts.grounding.claims.prose import said

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ZONE = r"(?:\s?(?:Z\b|UTC\b|GMT\b))?"
_OFFSET = r"(?:\s?(?:Z\b|UTC\b|GMT\b|(?P<zone>[+-]\d\d:?\d\d)))?"
_ISO = re.compile(
    r"(?<![\w.-])(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)"
    r"(?:(?:[T ]| at )(?P<h>\d\d):(?P<min>\d\d)(?::(?P<s>\d\d)(?:\.\d+)?)?"
    + _OFFSET
    + r")?(?![\w-])"
)
_SLASHED = re.compile(
    r"(?<![\w./-])(?:(?P<y>\d{4})[/.](?P<m>\d\d?)[/.](?P<d>\d\d?)"
    r"|(?P<a>\d\d?)(?P<sep>[/.-])(?P<b>\d\d?)(?P=sep)(?P<y2>\d{4}))(?![\w/-])"
)
_DAY_MONTH = re.compile(
    rf"(?<![\w.-])(?P<d>\d\d?)(?:st|nd|rd|th|"
    rf"\.)?[\s-]+(?:day )?(?:of )?(?P<mon>{_MONTH})\.?(?:,?[\s-]+(?P<y>\d{{4}}))?",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"\b(?P<mon>{_MONTH})\.?\s+(?:the )?(?P<d>\d\d?)(?:st|nd|rd|"
    rf"th)?(?![\d:])(?:,?\s+(?P<y>\d{{4}}))?",
    re.IGNORECASE,
)
_DAY_RANGE = re.compile(
    rf"(?<![\w.-])(\d\d?)(?:st|nd|rd|th)?\s*(?:to|until|and|/|-)\s*(?=(\d\d?)(?:st|nd|rd|th)?\s+({_MONTH}))",
    re.I,
)
_MONTH_ALONE = re.compile(
    rf"\b(?P<mon>(?!may\b){_MONTH}|(?<=in )may\b)(?:\s+(?P<y>\d{{4}}))?", re.I
)
_WEEKDAY = re.compile(r"\b(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![\w.:-])(?P<h>\d\d?):(?P<min>\d\d)(?::(?P<s>\d\d)(?:\.\d+)?)?(?:\s?(?P<half>[ap]\.?m\b\.?))?"
    + _OFFSET
    + r"(?![:\w])",
    re.IGNORECASE,
)
_HOUR = re.compile(
    r"(?<![\w.:-])(?P<h>\d\d?)(?:[.h](?P<min>\d\d))?\s?(?P<half>[ap]\.?m\b\.?|"
    r"o'?clock|uhr|h\b(?!\w))",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<=\bat )(?P<h>\d\d?)[.h](?P<min>\d\d)(?![\w.])" + _ZONE, re.IGNORECASE)
_BLOCK = re.compile(r"(?<![\w.:-])(?P<h>[01]\d|2[0-3])(?P<min>[0-5]\d)(?:\s?(?:Z|UTC|hours|hrs)\b)")
_NAMED = re.compile(r"\b(?P<name>midnight|noon|midday)\b", re.IGNORECASE)
_YEAR = re.compile(
    r"\b(?:since|in|from|until|till|before|after|of|during|year)\s+(?P<y>(?:19|"
    r"20)\d\d)\b(?![-.:/]\d)",
    re.I,
)
_RELATIVE = re.compile(
    r"\b(?:yesterday|today|tomorrow|tonight|overnight|nightly|hourly|daily|"
    r"weekly|monthly|(?:the )?(?:day|night|week|month|year) before|(?:last|past|previous|this|"
    r"next|the other)\s+(?:night|morning"
    r"|evening|afternoon|day|week|weekend|month|quarter|year|summer|winter|spring|"
    r"autumn|fall|decade|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)s?|for (?:days|weeks|months|years|hours|ages)"
    r"|(?:days?|weeks?|months?|years?|hours?|minutes?)\s+(?:ago|on end)"
    r"|(?:last|past|previous)\s+\d+\s+\w+)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?P<u>seconds|minutes|hours|days|weeks|months|years)\s+(?:later|earlier|"
    r"before|after|apart)\b",
    re.IGNORECASE,
)
_UNITS = {
    "ms": 0.001,
    "millisecond": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "day": 86400.0,
    "d": 86400.0,
    "night": 86400.0,
    "week": 604800.0,
    "fortnight": 1209600.0,
    "month": 2629800.0,
    "year": 31557600.0,
}
_DURATION = re.compile(
    r"(?<![\w.:-])(?P<n>\d+(?:\.\d+)?|half an?\b|an?\b|several|many|a few|few)[\s-]*"
    r"(?P<u>milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|"
    r"d|nights?|weeks?|fortnights?|months?|years?)\b",
    re.IGNORECASE,
)
_UPPER = re.compile(
    r"(?:within|under|less than|fewer than|in(?:side)?|at most|up to|no more than|"
    r"<=?|below|short of)\s*(?:about |only |just |the )*$",
    re.I,
)
_IN = re.compile(r"\b(?:in|inside)\s*$", re.I)
_LOWER = re.compile(
    r"(?:over|more than|at least|longer than|above|exceeding|>=?|beyond)\s*(?:about )?$", re.I
)
_LOOSE = re.compile(
    r"(?:about|around|approximately|roughly|circa|ca\.?|nearly|almost|some|~|shortly)\s*$", re.I
)
_UNTIL = re.compile(r"(?:before|by|until|till|no later than|to|and|-)\s*$", re.I)
_SINCE = re.compile(r"(?:after|from|between|no earlier than)\s*$", re.I)
_ROUNDING = dt.timedelta(minutes=30)


_OF_ADVICE = (_RELATIVE, _DURATION, _VAGUE, _WEEKDAY, _NAMED)


class Times:
    """Judges the times of one text; what it has read is taken out of the text."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def read(self, text: str, *, advice: bool = False) -> tuple[str, list[str]]:
        """The text without its times, and a sentence for each that the cited rows do not have.

        Args:
            advice: Durations and times to come are not judged.
        """
        doubts: list[str] = []
        text = _DAY_RANGE.sub(r"\1 \3 and ", text)
        for pattern, judge in (
            (_ISO, self._dated),
            (_SLASHED, self._slashed),
            (_DAY_MONTH, self._by_month),
            (_MONTH_DAY, self._by_month),
            (_CLOCK, self._clock),
            (_HOUR, self._clock),
            (_DOTTED, self._clock),
            (_BLOCK, self._clock),
            (_NAMED, self._named),
            (_YEAR, self._year),
            (_RELATIVE, self._never),
            (_DURATION, self._duration),
            (_VAGUE, self._vague),
            (_WEEKDAY, self._weekday),
            (_MONTH_ALONE, self._by_month),
        ):
            source = text

            def taken(match: re.Match[str]) -> str:
                good = judge(match, source[max(0, match.start() - 24) : match.start()])  # noqa: B023
                if good is None:
                    return match[0]
                if not good and not (advice and pattern in _OF_ADVICE):  # noqa: B023
                    doubts.append(
                        f"Its text names the time {said(match[0].strip())}, "
                        "which is outside the cited rows' times."
                    )
                return " " * len(match[0])

            text = pattern.sub(taken, text)
        return text, doubts

    def _dated(self, match: re.Match[str], before: str) -> bool | None:
        day = _date(match["y"], match["m"], match["d"])
        if day is None:
            return None
        if match["h"] is None:
            return self._has_day(day)
        clock = _clock_of(match["h"], match["min"], match["s"])
        if clock is None:
            return None
        time = dt.datetime.combine(day, clock, dt.UTC) - _zone(match["zone"])
        return self._has(time, exact=match["s"] is not None, before=before)

    def _slashed(self, match: re.Match[str], before: str) -> bool | None:
        if match["y"]:
            day = _date(match["y"], match["m"], match["d"])
            return None if day is None else self._has_day(day)
        days = (
            _date(match["y2"], match["b"], match["a"]),
            _date(match["y2"], match["a"], match["b"]),
        )
        real = [one for one in days if one]
        return any(map(self._has_day, real)) if real else None

    def _by_month(self, match: re.Match[str], before: str) -> bool | None:
        month = _MONTHS.index(match["mon"][:3].lower()) + 1
        year = match["y"]
        day = match.groupdict().get("d")
        if day is None and not match["mon"][0].isupper():
            return None  # "march", "august" are words too
        return any(
            time.month == month
            and (not year or time.year == int(year))
            and (not day or time.day == int(day))
            for time in self._days()
        )

    def _clock(self, match: re.Match[str], before: str) -> bool | None:
        groups = match.groupdict()
        half = (groups.get("half") or "").lower().replace(".", "")
        clock = _clock_of(match["h"], groups.get("min") or "0", groups.get("s"), half)
        if clock is None:
            return False
        times = self._figures.times
        exact = groups.get("s") is not None
        zone = _zone(groups.get("zone"))
        for day in {time.date() for time in times}:
            time = dt.datetime.combine(day, clock, dt.UTC) - zone
            if self._has(time, exact=exact, before=before):
                return True
        return False

    def _named(self, match: re.Match[str], before: str) -> bool | None:
        hour = 0 if match["name"].lower() == "midnight" else 12
        return any(time.hour == hour and time.minute < 15 for time in self._figures.times)

    def _year(self, match: re.Match[str], before: str) -> bool | None:
        return any(time.year == int(match["y"]) for time in self._figures.times)

    def _weekday(self, match: re.Match[str], before: str) -> bool | None:
        return any(_DAYS[time.weekday()] == match["day"].lower() for time in self._days())

    def _never(self, match: re.Match[str], before: str) -> bool | None:
        return False

    def _duration(self, match: re.Match[str], before: str) -> bool | None:
        amount, unit = match["n"].lower(), match["u"].lower()
        unit = unit if unit in _UNITS else unit.removesuffix("s")
        if unit in {"s", "m", "h", "d", "ms"} and not match[0][0].isdigit():
            return None  # "a s..." is no duration
        if amount in {"a", "an"} and not re.search(
            r"(?:for|over|within|than|about|in|lasted|took|least|every)\s*$", before
        ):
            return None
        per = {
            "a": 1,
            "an": 1,
            "half a": 0.5,
            "half an": 0.5,
            "several": 3,
            "many": 5,
            "a few": 2,
            "few": 2,
        }
        number = float(per.get(amount, 0)) or (float(amount) if amount[0].isdigit() else 0.0)
        wanted = number * _UNITS[unit]
        if number in self._figures.written or number in self._figures.numbers():
            return True
        return self._spans(number, wanted, _UNITS[unit], before)

    def _spans(self, number: float, wanted: float, unit: float, before: str) -> bool:
        """Do cited rows lie so far apart? In seconds."""
        times = self._figures.row_times
        if len(times) < 2:
            return False
        span = (times[-1] - times[0]).total_seconds()
        if _UPPER.search(before):
            rounding = 0.5 * unit if _IN.search(before) else 1
            return span <= wanted * 1.02 + rounding and (span >= wanted / 60 or number <= 1)
        if _LOWER.search(before):
            return span >= wanted
        slack = max((0.15 if _LOOSE.search(before) else 0.05) * wanted, 0.5 * unit)
        return any(abs(gap - wanted) <= slack for gap in _gaps(times))

    def _vague(self, match: re.Match[str], before: str) -> bool | None:
        unit = _UNITS[match["u"].lower().removesuffix("s")]
        return any(unit <= gap <= 100 * unit for gap in _gaps(self._figures.row_times))

    def _has(self, time: dt.datetime, *, exact: bool, before: str) -> bool:
        times = self._figures.times
        if not times:
            return False
        first, last = times[0], times[-1]
        unit = dt.timedelta(seconds=1) if exact else dt.timedelta(minutes=1)
        slack = dt.timedelta(minutes=5) if _LOOSE.search(before) else dt.timedelta()
        return (
            (bool(_UNTIL.search(before)) and first <= time <= last + _ROUNDING)
            or (bool(_SINCE.search(before)) and first - _ROUNDING <= time <= last)
            or any(one - unit < time <= one + slack or abs(one - time) <= slack for one in times)
            or (last - first < dt.timedelta(days=1) and first - unit - slack < time <= last + slack)
        )

    def _has_day(self, day: dt.date) -> bool:
        times = self._figures.times
        return bool(times) and times[0].date() <= day <= times[-1].date()

    def _days(self) -> Iterator[dt.date]:
        times = self._figures.times
        yield from {time.date() for time in times}
        if times and (times[-1] - times[0]).days < 32:
            yield from (
                times[0].date() + dt.timedelta(days=n)
                for n in range((times[-1] - times[0]).days + 1)
            )


def _gaps(times: tuple[dt.datetime, ...]) -> Iterator[float]:
    kept = times[:100]
    for at, one in enumerate(kept):
        yield from ((later - one).total_seconds() for later in kept[at + 1 :])
    if times:
        yield (times[-1] - times[0]).total_seconds()


def _zone(zone: str | None) -> dt.timedelta:
    if not zone:
        return dt.timedelta()
    sign = 1 if zone[0] == "+" else -1
    return sign * dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))


def _date(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _clock_of(hour: str, minute: str, second: str | None, half: str = "") -> dt.time | None:
    hours = int(hour)
    if half in {"am", "pm"}:
        hours = hours % 12 + (12 if half == "pm" else 0)
    try:
        return dt.time(hours, int(minute), int(second or 0))
    except ValueError:
        return None
