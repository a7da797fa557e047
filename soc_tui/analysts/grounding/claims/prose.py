"""A finding's own words by part, as plain text in one spelling."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from soc_tui.analysts.grounding.cited_rows import refang
from soc_tui.analysts.packing.cell_text import shown
from soc_tui.model.finding import Finding

_SAME_SIGNS = str.maketrans(
    {
        "\u2010": "-",
        "\u2011": "-",
        "\u2043": "-",
        "\u2212": "-",
        "\ufe63": "-",
        "\uff0d": "-",
        "\u2012": " - ",
        "\u2013": " - ",
        "\u2014": " - ",
        "\u2015": " - ",
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201b": "'",
        "\u2032": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2033": '"',
        "\u3002": ".",
        "\u2024": ".",
        "\ufe52": ".",
        "\u2044": "/",
        "\u2215": "/",
        "\u29f8": "/",
        "\u2236": ":",
        "\ua789": ":",
        "\ufe55": ":",
        "\u2192": " ",
        "\u2026": " … ",
    }
)
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:(?:,\d{3})+|(?:['_ ]\d{3})+)(?![\w,]|\.\d)")
_SPELLED_DOT = re.compile(
    r"(?<=\w)(?:\s+(?:dot|punkt)\s+|\s*\[\s*(?:dot|\.)\s*\]\s*|\s+\.\s+)(?=\w)", re.I
)
_SPELLED_AT = re.compile(r"(?<=\w)\s*[\[({]\s*at\s*[\])}]\s*(?=\w)", re.I)
_DIGIT_WORD = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven"
    "|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million"
)
_NUMBER_WORDS = re.compile(rf"\b(?:{_DIGIT_WORD})(?:-(?:{_DIGIT_WORD}))+\b(?!\.)", re.I)


@dataclass(frozen=True, slots=True)
class Passage:
    """One part of a finding's text.

    Attributes:
        part: "title", "description", "notes", "tag", "MITRE text" or "advice".
        text: Plain: defanged forms refanged, signs in one spelling, number words as figures.
        plain: The same with number words as they were.
    """

    part: str
    text: str
    plain: str

    @property
    def is_advice(self) -> bool:
        """Does it say what to do, and not what was?"""
        return self.part == "advice"


def said(text: str) -> str:
    """A part of the text for use in a sentence, without what cannot be shown."""
    return shown("".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text))


def passages(finding: Finding) -> Iterator[Passage]:
    """All that a finding says in its own words; empty parts left out."""
    parts = (
        ("title", (finding.title,)),
        ("description", (finding.description,)),
        ("notes", (finding.notes,)),
        ("tag", finding.tags),
        ("MITRE text", tuple(one.description for one in finding.mitre)),
        ("advice", finding.recommendations),
    )
    for part, texts in parts:
        for text in texts:
            if text.strip():
                plain = plain_text(text)
                yield Passage(part, with_figures(plain), plain)


def plain_text(text: str) -> str:
    """The text with look-alike signs, defanging, HTML entities and invisible letters undone."""
    told = html.unescape(text.replace("<!--", " ").replace("-->", " "))
    same = unicodedata.normalize("NFKC", told.translate(_SAME_SIGNS)).translate(_SAME_SIGNS)
    seen = "".join(c for c in same if unicodedata.category(c) != "Cf")
    spelled = _SPELLED_AT.sub("@", _SPELLED_DOT.sub(".", refang(seen)))
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in spelled)
    return _THOUSANDS.sub(lambda match: re.sub(r"\D", "", match[0]), digits)


def with_figures(text: str) -> str:
    """The text with its number words as figures: `five hundred events` as `500 events`."""
    from text_to_num import alpha2digit

    loose = _NUMBER_WORDS.sub(lambda match: match[0].replace("-", " "), text)
    figures: str = alpha2digit(loose, "en", threshold=0)
    return figures
