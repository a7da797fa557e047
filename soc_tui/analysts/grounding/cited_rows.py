"""The rows a finding cites: their cells as the model saw them, and text search in them."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Iterator

from soc_tui.analysts.packing.cell_text import cell_text, escape
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows, row_index

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,}={0,2}", re.ASCII)
_LONGEST_SEARCHED = 200_000
_MOST_DECODED = 20
_MOST_PLACES = 100_000
# IPv6 and MAC addresses, and what of one stands around a part of it.
_COLONS = re.compile(r"(?=.*:.*:)[0-9A-Fa-f:.]+")
_GROUP_BEFORE = re.compile(r"(?:(?<!\w)[0-9A-Fa-f]{1,4}|:):\Z")
_GROUP_AFTER = re.compile(r":[0-9A-Fa-f:]")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_DEFANGED = (
    (re.compile(r"\bhxxp", re.IGNORECASE), "http"),
    (re.compile(r"\bfxp(?=://|\[)", re.IGNORECASE), "ftp"),
    (re.compile(r"\[://\]|\[:\]//|:\[//\]", re.IGNORECASE), "://"),
    (re.compile(r"[\[({](?:\.|dot)[\])}]|\\\.", re.IGNORECASE), "."),
    (re.compile(r"[\[({]:[\])}]"), ":"),
    (re.compile(r"[\[({](?:@|at)[\])}]", re.IGNORECASE), "@"),
)


class CitedRows:
    """Cells of single rows, read once each. A row is named by its 0-based index.

    Args:
        ids: Row ids as cited; those that do not exist are left out of `indices`.
    """

    def __init__(self, rows: Rows, ids: tuple[str, ...] = ()) -> None:
        self.rows = rows
        found = {row_index(one, rows.count) for one in ids} - {None}
        self.indices = tuple(sorted(index for index in found if index is not None))
        self._positions = {column.name: i for i, column in enumerate(rows.columns)}
        self._cells: dict[tuple[int, int], str] = {}
        self._texts: tuple[Searched, Searched] | None = None

    def cell(self, row: int, name: str) -> tuple[Column, str] | None:
        """Column and cell text, or None when there is no column of that exact name."""
        position = self._positions.get(name)
        return None if position is None else self._read(row, position)

    def cells(self, row: int) -> Iterator[tuple[Column, str]]:
        """All cells of a row."""
        return (self._read(row, position) for position in range(len(self.rows.columns)))

    def holds(self, value: str) -> bool:
        """True when the value stands as a word of its own in a cited row.

        Any letter case; defanged forms refanged; IPv6 addresses short or in full; also in
        the JSON of a dynamic cell, and in what a cell holds as Base64 (a model that decodes a
        command names what it found there).
        """
        spellings = {value, refang(value), *_ipv6_spellings(refang(value))}
        plain = {form for spelling in spellings for form in rendered(spelling)}
        in_json = {form for one in spellings for form in rendered(inside_json(one))}
        everything, json_cells = self._all_texts()
        return any(everything.holds(form) for form in plain) or any(
            json_cells.holds(form) for form in in_json
        )

    def searched(self) -> Searched:
        """All cells and what they hold as Base64, a line each."""
        return self._all_texts()[0]

    def _all_texts(self) -> tuple[Searched, Searched]:
        """All cells, decoded ones too, a line each; and the dynamic ones among them."""
        if self._texts is None:
            cells = list(self._filled())
            hidden = dict.fromkeys(text for _, cell in cells for text in decoded(cell))
            in_json = [cell for column, cell in cells if column.type is KqlType.DYNAMIC]
            everything = "\n".join((*(cell for _, cell in cells), *hidden))
            self._texts = Searched(everything), Searched("\n".join(in_json))
        return self._texts

    def _filled(self) -> Iterator[tuple[Column, str]]:
        """All cells of the cited rows that are not null, column by column."""
        if not self.indices:
            return
        cited = self.rows.table.take(list(self.indices))
        for position, column in enumerate(self.rows.columns):
            values = cited.column(position)
            if values.null_count == len(values):
                continue  # a union has many columns, and each row fills a few
            for row, value in zip(self.indices, values.to_pylist(), strict=True):
                if value is not None:
                    key = (row, position)
                    if key not in self._cells:
                        self._cells[key] = cell_text(value, column.type)
                    yield column, self._cells[key]

    def _read(self, row: int, position: int) -> tuple[Column, str]:
        column = self.rows.columns[position]
        key = (row, position)
        if key not in self._cells:
            value = self.rows.table.column(position)[row].as_py()
            self._cells[key] = cell_text(value, column.type)
        return column, self._cells[key]


def refang(text: str) -> str:
    """An indicator as it stands in logs: `hxxp://a[.]b` becomes `http://a.b`."""
    for pattern, plain in _DEFANGED:
        text = pattern.sub(plain, text)
    return text


def _ipv6_spellings(text: str) -> Iterator[str]:
    """An IPv6 address shortened, with all its zeros, and with none that leads a group."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return
    yield from (address.compressed, address.exploded)
    yield ":".join(f"{int(group, 16):x}" for group in address.exploded.split("%")[0].split(":"))


def rendered(text: str) -> set[str]:
    """A quoted text as a cell could show it: raw, or with the cell's marks in it already."""
    return {escape(text), escape(text, keep_marks=True)}


def inside_json(text: str) -> str:
    """The text as it stands between the quotes of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


class Searched:
    """A text that is searched for whole words, in lower case once."""

    def __init__(self, text: str) -> None:
        self.text = text
        lowered = text.lower()
        # Places must be the same in both; a few letters grow when they are lowered.
        self.lowered = lowered if len(lowered) == len(text) else text.translate(_ASCII_LOWER)

    def holds(self, value: str) -> bool:
        """Does the value stand here as a word of its own, in any letter case?

        10.0.0.1 does not stand in 10.0.0.15 or 110.0.0.1. Names with dots are held to their
        labels: `evil.com` stands in `www.evil.com`, but neither in `evil.com.br` nor in
        `not-evil.com`; a number with dots may not follow another one. IPv6 and MAC addresses are
        whole: `fe80::1` does not stand in `fe80::1:2`. Letters that only look alike are others.
        """
        wanted = Searched(value).lowered
        return any(
            _same_letters(self.text[at : at + len(value)], value)
            for at in _places(wanted, self.lowered)
            if _is_word(self.text, at, value)
        )


def stands_alone(value: str, text: str) -> bool:
    """Does the value stand in the text in its very letters, as a word as `Searched` has it?"""
    return any(_is_word(text, at, value) for at in _places(value, text))


def decoded(cell: str) -> Iterator[str]:
    """Texts that a cell holds as Base64 (UTF-16 LE as PowerShell takes it, or UTF-8)."""
    for number, match in enumerate(_BASE64.finditer(cell[:_LONGEST_SEARCHED])):
        if number == _MOST_DECODED:
            return
        body = match[0].rstrip("=")
        try:
            data = base64.b64decode(body[: len(body) // 4 * 4] + _rest(body), validate=True)
        except (binascii.Error, ValueError):
            continue
        text = _text_of(data)
        if text:
            yield escape(text)


def _rest(body: str) -> str:
    """The last, short group of a Base64 text with its padding; one letter over is dropped."""
    over = body[len(body) // 4 * 4 :]
    return "" if len(over) < 2 else over + "=" * (4 - len(over))


def _text_of(data: bytes) -> str:
    """The bytes as text when they clearly are one, else empty."""
    wide = len(data) >= 8 and data[1::2].count(0) > len(data) // 2 * 0.7
    try:
        text = data[: len(data) // 2 * 2].decode("utf-16-le") if wide else data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    printable = sum(character.isprintable() or character in "\r\n\t" for character in text)
    return text if printable >= 0.95 * len(text) else ""


def _places(value: str, text: str) -> Iterator[int]:
    """Where the value begins in the text, overlaps too; not more than are worth a look."""
    at = text.find(value) if value else -1
    for _ in range(_MOST_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(value, at + 1)


def _is_word(text: str, at: int, value: str) -> bool:
    end = at + len(value)
    before, after = text[max(0, at - 2) : at].rjust(2), text[end : end + 2].ljust(2)
    dotted = "." in value
    if (value[-1] == "." and _in_word(after[0])) or (value[0] == "." and _in_word(before[1])):
        return False  # cut at a dot: an address or a file name without its end or beginning
    if _COLONS.fullmatch(value) and _cuts_groups(text, at, end, value):
        return False
    if value[0].isalnum() and (
        _in_word(before[1])
        or (dotted and before[1] == "-" and _in_word(before[0]))
        or (dotted and value[0].isdigit() and before[1] == "." and before[0].isdigit())
    ):
        return False
    return not (
        value[-1].isalnum()
        and (_in_word(after[0]) or (dotted and after[0] == "." and _in_word(after[1])))
    )


def _cuts_groups(text: str, at: int, end: int, value: str) -> bool:
    """True when the address goes on before or behind the value."""
    before, after = text[max(0, at - 6) : at], text[end : end + 2]
    return bool(
        (value[0] == ":" and _in_word(before[-1:]))
        or (value[-1] == ":" and _in_word(after[:1]))
        or _GROUP_BEFORE.search(before)
        or _GROUP_AFTER.match(after)
    )


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _same_letters(one: str, other: str) -> bool:
    """Equal but for letter case; the Kelvin sign in lower case is a k, but is none."""
    return all(a == b or a.isascii() == b.isascii() for a, b in zip(one, other, strict=True))
