"""Time ranges in the words of a request: "last 3 days", "since Monday", "between 8 and 10 UTC"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from soc_tui.analysts.offline.planner import days, moments

_UNITS_TEXT = "zero|a an one single|two couple|three|four|five|six|seven|eight|nine|ten|eleven"
_NUMBERS = {
    word: number
    for number, words in enumerate(_UNITS_TEXT.split("|"))
    for word in words.split()
} | {
    "half an": 0.5, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "twenty-four": 24,
    "thirty": 30, "forty-eight": 48, "sixty": 60, "seventy-two": 72, "ninety": 90,
}  # fmt: skip
_UNIT_HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0, "mo": 720.0}
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|wks?|months?|fortnights?|[mhdw])"
_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_COUNT = rf"(?:(?P<count>\d{{1,5}}(?:\.\d+)?)[\s-]*|(?P<word>{_WORDS})(?:\s+of)?[\s-]+)"
_LAST = r"\b(?:last|past|previous|preceding|recent)"
# An hour of the day: 8, 08:00, 8am, 8 UTC. Bare numbers count only where a unit or a day is near.
_CLOCK = r"(?P<{0}>[01]?\d|2[0-4])(?::(?P<{0}_minute>[0-5]\d))?\s*(?P<{0}_unit>am|pm|h|hrs|utc|z)?"
_FIRST, _SECOND = _CLOCK.format("first"), _CLOCK.format("second")
_END = r"(?![\w.:/-])"

_COUNTED = re.compile(
    rf"(?:{_LAST}\s+|\b(?:in|within|over|for)\s+(?:the\s+)?)?\b{_COUNT}{_UNIT}\b"
    r"(?!\s*[-/]\s*\d)",
    re.I,
)
_ONE = re.compile(rf"{_LAST}\s+{_UNIT}\b", re.I)
_WINDOW = re.compile(
    rf"\b(?P<word>between|from)\s+{_FIRST}\s+(?:and|to|till|until|-)\s+{_SECOND}{_END}", re.I
)
_AFTER_CLOCK = re.compile(rf"\b(?P<word>since|after|from)\s+{_FIRST}{_END}", re.I)
_BEFORE_CLOCK = re.compile(rf"\b(?P<word>before|until|till)\s+{_FIRST}{_END}", re.I)
_AROUND = re.compile(rf"\b(?P<word>around|about|at)\s+{_FIRST}{_END}", re.I)
_SINCE = re.compile(
    rf"\b(?:since|after|from|starting)\s+(?:the\s+|last\s+)?(?P<day>{days.DAY})", re.I
)
_DAYS = re.compile(
    rf"\b(?:between|from)\s+(?P<day>{days.DAY})\s+(?:and|to|till|until|-)\s+(?P<to>{days.DAY})",
    re.I,
)
_ON = re.compile(
    rf"\b(?:(?:on|during|of|last|earlier|so\s+far)\s+)*(?P<day>{days.DAY})(?:\s+so\s+far\b)?", re.I
)
_NAMED = re.compile(
    r"\b(?P<since>since\s+|after\s+)?(?:(?:over|at|earlier|so far|in|during)\s+)?(?:the\s+)?"
    r"(?P<name>last night|tonight|this night|overnight|this morning|this afternoon|this evening"
    r"|this week|this month|this quarter|this year|(?:last |this )?weekend)\b(?:\s+so\s+far\b)?",
    re.I,
)
_AROUND_HALF = dt.timedelta(minutes=15)
_LONG_BEFORE = dt.timedelta(days=30)
_OFFICE_HOURS = (
    r"(?:office|business|working|work|normal|regular|core)"
    r"(?: (?:office|business|working))?[ -]hours"
)
_DAILY = re.compile(
    rf"\b(?:(?P<not_office>(?:outside|out)\s+(?:of\s+)?(?:the\s+)?(?:usual\s+)?{_OFFICE_HOURS}"
    r"|(?:outside|out of|after|off)[ -]hours)"
    rf"|(?P<office>(?:during|in|within)\s+{_OFFICE_HOURS})"
    r"|(?P<part>(?:in|during)\s+the\s+(?:early\s+)?(?:mornings?|afternoons?|evenings?))"
    r"|(?P<night>(?:at|by|during the|in the) nights?|nightly|night[ -]?time)"
    r"|(?P<weekend>(?:on|at|during)(?: the)? weekends))\b",
    re.I,
)
_PARTS = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
_NIGHT, _OFFICE = (22, 6), (8, 18)  # hours, UTC: the offline analyst knows no other clock


@dataclass(frozen=True, slots=True)
class HoursOfDay:
    """A part of every day or week.

    Attributes:
        hours: From the first up to but not including the second; over midnight when it is less.
        outside: All but these hours of working days.
        weekend: Saturday and Sunday, whatever the hour.
        words: The words that said so.
    """

    words: str
    hours: tuple[int, int]
    outside: bool = False
    weekend: bool = False

    def condition(self, column: str) -> str:
        """The KQL condition on a time column."""
        weekend = f"dayofweek({column}) in (0d, 6d)"
        if self.weekend:
            return weekend
        first, end = self.hours
        hour = f"hourofday({column})"
        if self.outside:
            return f"{hour} < {first} or {hour} >= {end} or {weekend}"
        return f"{hour} >= {first} {'and' if first < end else 'or'} {hour} < {end}"

    @property
    def means(self) -> str:
        """In words."""
        if self.weekend:
            return "Saturdays and Sundays"
        span = f"{self.hours[0]:02d}:00 to {self.hours[1]:02d}:00"
        return f"weekends and all but {span}" if self.outside else f"{span} of each day"


def hours_of_day(text: str, now: dt.datetime) -> HoursOfDay | None:
    """The part of each day that a request names ("at night", "between 2 and 4 am this week").

    Two times of a day are meant for each day where the request names a longer time beside them.
    """
    if match := _DAILY.search(text):
        part = (match["part"] or "").rstrip("s").split()
        hours = _PARTS[part[-1].lower()] if part else _NIGHT if match["night"] else _OFFICE
        outside, weekend = bool(match["not_office"]), bool(match["weekend"])
        return HoursOfDay(match[0], hours, outside=outside, weekend=weekend)
    match = _WINDOW.search(text)
    if match is None or match["first_minute"] or match["second_minute"]:
        return None
    rest = time_range(f"{text[: match.start()]} {text[match.end() :]}", now)
    span = _window(match, match[0], now)
    if rest is None or span is None or span[1] is None:
        return None
    until = rest.until or now
    if until - (rest.since or now - dt.timedelta(hours=rest.hours)) <= days.ONE:
        return None
    return HoursOfDay(match[0], (span[0].hour, span[1].hour))


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A stretch of time up to now, or one that ended before.

    Attributes:
        hours: From now back to its beginning.
        words: The words that said so.
        since, until: Its ends where they are moments, UTC; None for a length counted from now.
        to_come: The words name a time that has not begun; the range is not theirs.
    """

    hours: float
    words: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    to_come: bool = False


_Span = tuple[dt.datetime, dt.datetime | None]


def time_range(text: str, now: dt.datetime) -> TimeRange | None:
    """The time range that a request names, or None. Days begin at midnight UTC."""
    to_come = ""
    for pattern, span in _MOMENTS:
        if to_come and pattern is _ON:  # "today", of which the hour named beside it is to come
            continue
        for match in pattern.finditer(text):
            found = span(match, text, now)
            if found is None:
                continue
            if found[0] >= now:
                if found[0] < days.midnight(now) + days.ONE:  # of today
                    to_come = to_come or " ".join(match[0].split())
                continue
            since, until = found
            if until is not None and until <= since:
                continue
            words = " ".join(match[0].split())
            ended = until is not None and until < now
            hours = (now - since).total_seconds() / 3600
            return TimeRange(hours, words, since, until if ended else None)
    for pattern in (_COUNTED, _ONE):
        counted = pattern.search(text)
        if counted is not None and (hours := _length(counted)) > 0:
            return TimeRange(hours, " ".join(counted[0].split()))
    return TimeRange(24.0, to_come, to_come=True) if to_come else None


def _length(match: re.Match[str]) -> float:
    unit = match["unit"].lower()
    groups = match.groupdict()
    digits, word = groups.get("count"), groups.get("word")
    number = float(digits) if digits else _NUMBERS[word.lower()] if word else 1.0
    if unit.startswith("mo"):
        return number * _UNIT_HOURS["mo"]
    if unit.startswith("fortnight"):
        return number * 2 * _UNIT_HOURS["w"]
    return number * _UNIT_HOURS["d" if unit.startswith("night") else unit[0]]


def _window(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    """Between two times of one day: the day named, else the latest on which it has begun."""
    first, second = _clock(match, "first"), _clock(match, "second")
    day = _other_day(match, text, now)
    if not (_is_clock(match, "first") or _is_clock(match, "second") or day):
        return None
    if match["first_unit"] is None and (match["second_unit"] or "").lower() == "pm":
        afternoon = first + dt.timedelta(hours=12)
        first = afternoon if afternoon < second else first
    return _placed(first, second, day, now)


def _placed(
    first: dt.timedelta, second: dt.timedelta, day: dt.datetime | None, now: dt.datetime
) -> _Span:
    if second <= first:
        second += days.ONE
    begins = day or days.midnight(now)
    if day is None and begins + first >= now:
        begins -= days.ONE
    return begins + first, begins + second


def _after_clock(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    day = _other_day(match, text, now)
    if not _is_clock(match, "first"):
        return None
    since = (day or days.midnight(now)) + _clock(match, "first")
    if day is not None:
        return since, day + days.ONE
    return (since if since < now else since - days.ONE), None


def _before_clock(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    if not _is_clock(match, "first"):
        return None
    day = _other_day(match, text, now) or days.midnight(now)
    return day, day + _clock(match, "first")


def _around(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    if match["first_minute"] is None and match["first_unit"] is None:
        return None
    at = _clock(match, "first")
    day = _other_day(match, text, now)
    return _placed(at - _AROUND_HALF, at + _AROUND_HALF, day, now)


def _is_clock(match: re.Match[str], name: str) -> bool:
    return match[f"{name}_minute"] is not None or match[f"{name}_unit"] is not None


def _clock(match: re.Match[str], name: str) -> dt.timedelta:
    hour, unit = int(match[name]), (match[f"{name}_unit"] or "").lower()
    if unit == "pm" and hour < 12:
        hour += 12
    if unit == "am" and hour == 12:
        hour = 0
    return dt.timedelta(hours=hour, minutes=int(match[f"{name}_minute"] or 0))


def _other_day(match: re.Match[str], text: str, now: dt.datetime) -> dt.datetime | None:
    """The day that the request names beside a time of day."""
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    found = _ON.search(rest)
    return days.day(found["day"], now) if found else None


def _since(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    day = days.day(match["day"], now, last=" last " in match[0].lower())
    return (day, None) if day else None


def _from_day_to_day(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    first, last = days.day(match["day"], now), days.day(match["to"], now)
    if first is None or last is None:
        return None
    return (first, last + days.ONE) if first <= last else None


def _on(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    day = days.day(match["day"], now, last="last " in match[0].lower())
    return (day, day + days.ONE) if day else None


def _named(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    midnight, name = days.midnight(now), match["name"].lower()
    evening, morning = midnight - dt.timedelta(hours=6), midnight + dt.timedelta(hours=6)
    saturday = midnight - ((now.weekday() - 5) % 7) * days.ONE
    quarter = midnight.replace(month=now.month - (now.month - 1) % 3, day=1)
    # The night goes over midnight: before it ends, "tonight" is the one that began yesterday.
    night = evening if now < morning else midnight + dt.timedelta(hours=18)
    spans: dict[str, _Span] = {
        "last night": (evening, morning),
        "overnight": (evening, morning),
        "tonight": (night, None),
        "this night": (night, None),
        "this evening": (midnight + dt.timedelta(hours=18), None),
        "this morning": (midnight, midnight + dt.timedelta(hours=12)),
        "this afternoon": (midnight + dt.timedelta(hours=12), None),
        "this week": (midnight - now.weekday() * days.ONE, None),
        "weekend": (saturday, saturday + 2 * days.ONE),
        "last weekend": (saturday, saturday + 2 * days.ONE),
        "this weekend": (saturday, saturday + 2 * days.ONE),
        "this month": (midnight.replace(day=1), None),
        "this quarter": (quarter, None),
        "this year": (midnight.replace(month=1, day=1), None),
    }
    since, until = spans[name]
    return since, None if match["since"] else until


def _between_moments(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    if match["day"]:
        return moments.between(f"{match['day']} {match['clock']}", match["clock2"], now)
    return moments.between(match["from"], match["to"], now)


def _from_moment(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    first = moments.moment(match["at"], now)
    if first is None:
        return None
    begins, length = first
    after = re.match(r"(?:after|later)", match["word"], re.I) is not None
    return (begins + length if after and length >= days.ONE else begins), None


def _to_moment(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    """Before a moment: from as far back as logs may go."""
    last = moments.moment(match["at"], now)
    if last is None:
        return None
    begins, length = last
    whole = re.match(r"(?:until|till|up to|on or)", match["word"], re.I) is not None
    return begins - _LONG_BEFORE, begins + (length if whole else dt.timedelta(0))


def _at_moment(match: re.Match[str], text: str, now: dt.datetime) -> _Span | None:
    first = moments.moment(match["at"], now)
    if first is None:
        return None
    begins, length = first
    if length < days.ONE and re.match(r"(?:around|about)", match["word"] or "", re.I):
        return begins - _AROUND_HALF, begins + _AROUND_HALF
    return begins, begins + length


_MOMENTS: tuple[
    tuple[re.Pattern[str], Callable[[re.Match[str], str, dt.datetime], _Span | None]], ...
] = (
    (moments.BETWEEN, _between_moments),
    (moments.FROM, _from_moment),
    (moments.UNTIL, _to_moment),
    (moments.AT, _at_moment),
    (_WINDOW, _window),
    (_DAYS, _from_day_to_day),
    (_AFTER_CLOCK, _after_clock),
    (_BEFORE_CLOCK, _before_clock),
    (_AROUND, _around),
    (_SINCE, _since),
    (_NAMED, _named),
    (_ON, _on),
)
