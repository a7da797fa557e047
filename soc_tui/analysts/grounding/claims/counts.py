"""Numbers and counts in a text: what can be counted in the cited rows, or stands in their cells."""

from __future__ import annotations

import re

from soc_tui.analysts.grounding.claims.countable import EVENTS, FREE_NOUNS, KINDS, Countable
from soc_tui.analysts.grounding.claims.figures import COUNTING_COLUMN, Figures
from soc_tui.analysts.grounding.claims.prose import said
from soc_tui.analysts.grounding.claims.vague_counts import NOUN_AHEAD, vague_counts

_MOST_FREE = 3
_LABELS = (
    (
        re.compile(r"(?:\bports?|\btcp|\budp)\W*(?:number |no\.? )?\Z", re.I),
        re.compile("port", re.I),
    ),
    (
        re.compile(
            r"\b(?:pids?|ppid|process(?: id)?|parent(?: process)?(?: id)?|"
            r"process identifier)\W*(?:of |was |is )?\Z",
            re.I,
        ),
        re.compile(r"process.*id|pid", re.I),
    ),
    (
        re.compile(r"\bevents?(?: ?ids?| codes?| numbers?)?\W*(?:of |was |is )?\Z", re.I),
        re.compile(r"event.?(?:id|code)|^id$|^event", re.I),
    ),
    (
        re.compile(
            r"\b(?:ids?|error|errors|codes?|status|results?|result ?types?|type|session|"
            r"build|version|level|number|no|ticket|exit code(?: was| of)?|line|rule|age|"
            r"score|size|value|uid|gid|rid|key|length|mask|rights|access|reason|sub ?status|"
            r"AADSTS)\W*(?:of |was |is )?\Z|#\Z",
            re.I,
        ),
        None,
    ),
)
_ROW = re.compile(r"\brows?\W*(?:number |no\.? )?\Z", re.I)
_LEAST = re.compile(
    r"(?:at least|no fewer than|no less than|minimum of|>=|≥|from)\s*(?:about )?\Z", re.I
)
_MORE = re.compile(
    r"(?:more than|over|above|upwards of|in excess of|exceeding|greater than|beyond|>)\s*\Z", re.I
)
_FEWER = re.compile(
    r"(?:up to|at most|no more than|fewer than|less than|under|below|<=?|≤)\s*\Z", re.I
)
_ABOUT = re.compile(
    r"(?:about|around|approximately|roughly|nearly|almost|some|circa|~|close to)\s*\Z", re.I
)
_SIZES = {
    "b": 1,
    "byte": 1,
    "bytes": 1,
    "kb": 1e3,
    "kib": 1024,
    "mb": 1e6,
    "mib": 2**20,
    "gb": 1e9,
    "gib": 2**30,
    "tb": 1e12,
    "tib": 2**40,
    "kilobytes": 1e3,
    "megabytes": 1e6,
    "gigabytes": 1e9,
    "terabytes": 1e12,
    "megabyte": 1e6,
    "gigabyte": 1e9,
    "terabyte": 1e12,
}
NUMBER = re.compile(
    r"(?<![\w.:/\\@%_$-])(?P<more>[+~<>≥≤]?)(?P<n>\d+(?:[.,]\d+)?)(?P<unit>k|m|bn|x|"
    r"×|%|\+|th|st|nd|rd|percent)?(?:\s?(?P<size>[KMGT]i?B|bytes?|(?:kilo|mega|giga|"
    r"tera)bytes?)\b)?"
    r"(?![\w:\\@%_$]|[./-]\w)(?P<times>(?:\s+(?:100|1000|1000000|1000000000)\b)*)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?m)^\s*\(?\d{1,2}[.)](?=\s)")


class Counts:
    """Judges the numbers of one text; what it has read is taken out of the text."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._things = Countable(figures)

    def read(self, text: str, *, advice: bool = False) -> tuple[str, list[str]]:
        """The text without its numbers, and a sentence for each that is not borne out.

        Args:
            advice: Words like "several" and "twice" are not judged.
        """
        text = _LISTED.sub(lambda match: " " * len(match[0]), text)
        doubts: list[str] = []

        def taken(match: re.Match[str]) -> str:
            if not self._number(match, text):
                end = re.compile(r"(?:\s+[\w'-]+){0,2}").match(text, match.end())
                told = text[match.start() : end.end() if end else match.end()].strip()
                doubts.append(
                    f"Its text counts or names {said(told)}, which the cited rows do not bear out."
                )
            return " " * len(match[0])

        rest = NUMBER.sub(taken, text)
        if not advice:
            doubts += vague_counts(text, self._things)
        return rest, doubts

    def _number(self, match: re.Match[str], text: str) -> bool:
        before = text[max(0, match.start() - 28) : match.start()] + match["more"]
        number = float(match["n"].replace(",", "."))
        unit = (match["unit"] or "").lower()
        figures = self._figures
        for factor in match["times"].split():
            number *= int(factor)
        number *= {"k": 1e3, "m": 1e6, "bn": 1e9}.get(unit, 1)
        if _ROW.search(before):
            return number in {index + 1.0 for index in figures.indices}
        for label, column in _LABELS:
            if label.search(before):
                numeric = figures.numbers(column)
                return number in numeric or number in figures.written
        if unit in {"%", "percent"}:
            return number in figures.written or number in figures.numbers()
        if match["size"]:
            return self._size(number, match["size"])
        ahead = NOUN_AHEAD.match(text, match.end())
        noun = (ahead[1] or "") if ahead else ""
        if unit in {"st", "nd", "rd", "th"}:
            return self._ordinal(number, noun)
        if unit in {"x", "×"}:
            noun = "times"
        return self._counted(number, noun, before, open_end=unit == "+")

    def _counted(self, number: float, noun: str, before: str, *, open_end: bool) -> bool:
        if number == 1 or (number <= _MOST_FREE and FREE_NOUNS.search(noun)):
            return True
        can = self._things.numbers(noun)
        most = self._things.most(noun)
        if _LEAST.search(before) or open_end:
            return number <= most
        if _MORE.search(before):
            return number < most
        if _FEWER.search(before):
            return number in can or number - 1 in can
        if _ABOUT.search(before):
            return any(abs(one - number) <= 0.1 * number for one in can)
        return number in can

    def _ordinal(self, number: float, noun: str) -> bool:
        words = noun.split()
        if words and (
            EVENTS.fullmatch(words[0]) or any(kind.fullmatch(words[0]) for kind, _ in KINDS)
        ):
            return number <= self._things.most(words[0])
        return number <= _MOST_FREE

    def _size(self, number: float, size: str) -> bool:
        figures = self._figures
        if number in figures.written:
            return True
        scale = _SIZES[size.lower()]
        there = {*figures.numbers(), *figures.totals(COUNTING_COLUMN), *figures.written}
        scales = {scale, scale if scale == 1 else 1024 ** round(len(str(int(scale))) / 3 - 0.5)}
        step = 0.5 if number >= 10 or number == int(number) else 0.06
        return any(
            abs(one / by - number) <= max(0.02 * number, step)
            for one in there
            for by in scales
            if one >= 1
        )
