"""Texts: decoding, reading paths, command lines and XML, and what else SQL has no word for.

Source: https://learn.microsoft.com/kusto/query/, the page of each function.
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import re
import uuid
import zlib
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus
from xml.etree import ElementTree as Xml

from soc_tui.workspaces.local.dialect.python_functions import Python

_LAST_POINT = 0x10FFFF
_DRIVE = re.compile(r"^[A-Za-z]:$")
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _url_decode(text: str) -> str:
    return unquote_plus(text)


def _url_encode(text: str) -> str:
    return _small(quote_plus(text, safe="-_.!*()"))


def _url_encode_component(text: str) -> str:
    return _small(quote(text, safe="-_.!*'()"))


def _small(encoded: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)


def _translate(search: str, replacement: str, text: str) -> str:
    """Each character of `search` by the one at its place; the last stands for all further ones."""
    padded = replacement.ljust(len(search), replacement[-1:]) if replacement else ""
    table = {ord(one): padded[at : at + 1] for at, one in reversed(list(enumerate(search)))}
    return text.translate(table)


def _points_of(text: str) -> str:
    return _json([ord(one) for one in text])


def _from_points(*arguments: str) -> str:
    points: list[int] = []
    for argument in arguments:
        value = json.loads(argument)
        points.extend(value if isinstance(value, list) else [value])
    return "".join(chr(int(one)) for one in points if 0 <= int(one) <= _LAST_POINT)


def _parse_path(text: str) -> str:
    """A Windows or Linux path, or a URI, taken apart."""
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    separator = "\\" if "\\" in rest else "/"
    head, _, name = rest.rpartition(separator)
    root = ""
    if separator == "\\":
        first = head.split("\\")[0]
        root = first if _DRIVE.match(first) else ""
    elif scheme:
        root = head.split("/")[0]
    stream = ""
    if ":" in name:
        name, _, stream = name.partition(":")
    extension = name.rpartition(".")[2] if "." in name else ""
    return _json(
        {
            "Scheme": scheme[1] if scheme else "",
            "RootPath": root,
            "DirectoryPath": head,
            "DirectoryName": head.rpartition(separator)[2],
            "Filename": name,
            "Extension": extension,
            "AlternateDataStreamName": stream,
        }
    )


def _parse_command_line(text: str, kind: str) -> str | None:
    """The arguments as Windows' CommandLineToArgvW splits them."""
    if kind.lower() != "windows":
        return None
    arguments, current, quoted, started, slashes = [], "", False, False, 0
    for char in text:
        if char == "\\":
            slashes, started = slashes + 1, True
            continue
        if char == '"':
            current += "\\" * (slashes // 2)
            if slashes % 2:
                current += '"'
            else:
                quoted = not quoted
            slashes, started = 0, True
            continue
        current, slashes = current + "\\" * slashes, 0
        if char in " \t" and not quoted:
            if started:
                arguments.append(current)
            current, started = "", False
        else:
            current, started = current + char, True
    current += "\\" * slashes
    return _json([*arguments, current] if started else arguments)


def _parse_csv(text: str) -> str:
    return _json(next(csv.reader(io.StringIO(text)), [""]))


def _parse_urlquery(text: str) -> str:
    pairs = dict(parse_qsl(text.lstrip("?"), keep_blank_values=True))
    return _json({"Query Parameters": pairs})


def _parse_xml(text: str) -> str | None:
    """An element as an object: attributes with @, text as #text, repeated elements as an array."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None  # entities may grow without end
    root = Xml.fromstring(text)  # noqa: S314 (no entities, see above)
    return _json({_tag(root): _element(root)})


def _tag(element: Xml.Element) -> str:
    return element.tag.rpartition("}")[2]


def _element(element: Xml.Element) -> object:
    made: dict[str, object] = {f"@{name}": value for name, value in element.attrib.items()}
    for below in element:
        name, value = _tag(below), _element(below)
        known = made.get(name)
        if name not in made:
            made[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            made[name] = [known, value]
    text = (element.text or "").strip()
    if not made:
        return text
    return {**made, "#text": text} if text else made


def _parse_version(text: str) -> str | None:
    parts = text.split(".")
    if not 1 <= len(parts) <= 4 or not all(part.isdigit() for part in parts):
        return None
    padded = [*map(int, parts), 0, 0, 0][:4]
    return str(sum(part * 10**power for part, power in zip(padded, (24, 16, 8, 0), strict=True)))


def _to_array(text: str) -> str:
    return _json(list(base64.b64decode(text, validate=True)))


def _from_array(array: str) -> str:
    return base64.b64encode(bytes(json.loads(array))).decode()


def _gunzip(text: str) -> str:
    return gzip.decompress(base64.b64decode(text)).decode()


def _gzip(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _inflate(text: str) -> str:
    return zlib.decompress(base64.b64decode(text)).decode()


def _deflate(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()


def _has_any_index(text: str, array: str) -> str:
    """The place of the first term that the text has, -1 for none."""
    for place, one in enumerate(json.loads(array)):
        before = r"(?<![^\W_])" if str(one)[:1].isalnum() else ""
        behind = r"(?![^\W_])" if str(one)[-1:].isalnum() else ""
        term = f"{before}{re.escape(str(one))}{behind}"
        if re.search(term, json.loads(text) if text else "", re.IGNORECASE):
            return str(place)
    return "-1"


def _replace_strings(text: str, searched: str, written: str) -> str:
    new = json.loads(written)
    for place, old in enumerate(json.loads(searched)):
        text = text.replace(str(old), str(new[place] if isinstance(new, list) else new))
    return text


def _indexof_regex(
    text: str, pattern: str, start: str = "0", length: str = "-1", occurrence: str = "1"
) -> str:
    begin, span, nth = int(start), int(length), int(occurrence)
    if begin < 0 or span < -1 or nth < 1:
        raise ValueError(start)
    last = len(text) if span == -1 else begin + span
    places = [found.start() for found in re.compile(pattern).finditer(text, begin, last)]
    return str(places[nth - 1] if nth <= len(places) else -1)


def _to_guid(text: str) -> str:
    return str(uuid.UUID(bytes_le=base64.b64decode(text, validate=True)))


def _from_guid(guid: str) -> str:
    return base64.b64encode(uuid.UUID(guid).bytes_le).decode()


def _to_hex(number: str, width: str = "0") -> str:
    value = int(number)
    return f"{value & 0xFFFFFFFFFFFFFFFF if value < 0 else value:x}".zfill(int(width))


def _punycode_of(text: str) -> str:
    return text.encode("punycode").decode()


def _from_punycode(text: str) -> str:
    return text.encode().decode("punycode")


def _format_bytes(size: str, digits: str = "0", unit: str = "") -> str:
    units = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"]
    value, place = float(size), 0
    while place < len(units) - 1 and (units[place] != unit if unit else abs(value) >= 1024):
        value, place = value / 1024, place + 1
    return f"{round(value, int(digits)):g} {units[place]}"


def _regex_quote(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$#\-~&\s])", r"\\\1", text)


def _parse_kv(text: str, options: str) -> str:
    """Pairs of keys and values as a bag; the first of a key counts."""
    asked = json.loads(options)
    quotes = asked.get("quote", "")
    opens, closes = (quotes[:1], quotes[-1:]) if quotes else ("", "")
    if "regex" in asked:
        pairs = [(one[1], one[2]) for one in re.finditer(asked["regex"], text)]
    elif not {"pair_delimiter", "kv_delimiter"} & asked.keys():
        pairs = _pairs_of_words(text, asked["__keys"], opens, closes, asked.get("escape", ""))
    else:
        between, equals = asked.get("pair_delimiter", " "), asked.get("kv_delimiter", "=")
        greedy = asked.get("greedy", "").lower() in {"true", "1"}
        pairs = _pairs(text, between, equals, opens, closes, asked.get("escape", ""), greedy)
    made: dict[str, str] = {}
    for key, value in pairs:
        if key in asked["__keys"]:
            made.setdefault(key, value)
    return _json(made)


def _pairs_of_words(
    text: str, keys: list[str], opens: str, closes: str, escape: str
) -> list[tuple[str, str]]:
    """The value behind each key, a colon or an equals sign, and up to a comma or white space."""
    found = []
    inner = f"(?:{re.escape(escape)}.|[^{re.escape(closes)}])*" if escape else "[^\\0]*?"
    quoted = f"{re.escape(opens)}({inner}){re.escape(closes)}|" if opens else "(\\0)|"
    for key in keys:
        value = re.search(rf"(?<![\w]){re.escape(key)}\s*[:=]\s*(?:{quoted}([^\s,;]*))", text)
        if value:
            plain = value[1] if value[1] is not None else value[2]
            found.append(
                (key, re.sub(f"{re.escape(escape)}(.)", r"\1", plain) if escape else plain)
            )
    return found


def _pairs(  # noqa: PLR0917 (the options of parse-kv)
    text: str, between: str, equals: str, opens: str, closes: str, escape: str, greedy: bool
) -> list[tuple[str, str]]:
    """The pairs; in quotes nothing ends a value, and behind an escape neither does a quote."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        sign = text.find(equals, at)
        if sign < 0:
            break
        before = text[at:sign].strip()
        if opens and before.endswith(closes):
            key = before[:-1].rpartition(opens)[2]
        else:
            key = before.rpartition(between)[2].strip() if between else before
        at = sign + len(equals)
        if opens and text.startswith(opens, at):
            at += 1
            value = ""
            while at < len(text) and text[at] != closes:
                at += 1 if escape and text[at] == escape and at + 1 < len(text) else 0
                value, at = value + text[at], at + 1
            at += 1
        else:
            end = text.find(between, at) if between else -1
            if greedy and end >= 0:
                following = text.find(equals, at)
                end = text.rfind(between, at, following) if following >= 0 else -1
            end = len(text) if end < 0 else end
            value, at = text[at:end], end
        if text.startswith(between, at):
            at += len(between)
        found.append((key, value))
    return found


TEXTS = {
    "parse_kv": Python(_parse_kv, "t", "JSON", 2, 2),
    "url_decode": Python(_url_decode, "t", "VARCHAR", 1, 1),
    "url_encode": Python(_url_encode, "t", "VARCHAR", 1, 1),
    "url_encode_component": Python(_url_encode_component, "t", "VARCHAR", 1, 1),
    "translate": Python(_translate, "t", "VARCHAR", 3, 3),
    "unicode_codepoints_from_string": Python(_points_of, "t", "JSON", 1, 1),
    "to_utf8": Python(_points_of, "t", "JSON", 1, 1),
    "unicode_codepoints_to_string": Python(_from_points, "j", "VARCHAR", 1, 64),
    "make_string": Python(_from_points, "j", "VARCHAR", 1, 64),
    "parse_path": Python(_parse_path, "t", "JSON", 1, 1),
    "parse_command_line": Python(_parse_command_line, "t", "JSON", 2, 2),
    "parse_csv": Python(_parse_csv, "t", "JSON", 1, 1),
    "parse_urlquery": Python(_parse_urlquery, "t", "JSON", 1, 1),
    "parse_xml": Python(_parse_xml, "t", "JSON", 1, 1),
    "parse_version": Python(_parse_version, "t", "DECIMAL(38, 0)", 1, 1),
    "base64_decode_toguid": Python(_to_guid, "t", "UUID", 1, 1),
    "base64_encode_fromguid": Python(_from_guid, "t", "VARCHAR", 1, 1),
    "base64_decode_toarray": Python(_to_array, "t", "JSON", 1, 1),
    "base64_encode_fromarray": Python(_from_array, "j", "VARCHAR", 1, 1),
    "gzip_decompress_from_base64_string": Python(_gunzip, "t", "VARCHAR", 1, 1),
    "gzip_compress_to_base64_string": Python(_gzip, "t", "VARCHAR", 1, 1),
    "zlib_decompress_from_base64_string": Python(_inflate, "t", "VARCHAR", 1, 1),
    "zlib_compress_to_base64_string": Python(_deflate, "t", "VARCHAR", 1, 1),
    "has_any_index": Python(_has_any_index, "j", "BIGINT", 2, 2),
    "replace_strings": Python(_replace_strings, "tjj", "VARCHAR", 3, 3),
    "indexof_regex": Python(_indexof_regex, "t", "BIGINT", 2, 5),
    "tohex": Python(_to_hex, "t", "VARCHAR", 1, 2),
    "punycode_from_string": Python(_punycode_of, "t", "VARCHAR", 1, 1),
    "punycode_to_string": Python(_from_punycode, "t", "VARCHAR", 1, 1),
    "format_bytes": Python(_format_bytes, "t", "VARCHAR", 1, 3),
    "regex_quote": Python(_regex_quote, "t", "VARCHAR", 1, 1),
}
