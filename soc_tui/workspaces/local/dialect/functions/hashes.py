"""`hash` and its kin: xxHash64 of the bytes of a value.

Own code, as no package in use has it: the algorithm is short, fixed and public. Texts are hashed as
UTF-8, times as their ticks of 100 ns and long numbers as themselves, both of eight bytes. Of other
types the documentation shows no value, so they are refused.

Source: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md,
https://learn.microsoft.com/kusto/query/hash-function and hash-many-function
"""

from __future__ import annotations

import datetime as dt

from soc_tui.model.errors import WorkspaceError
from soc_tui.workspaces.local.dialect.python_functions import Python

_ONE, _TWO, _THREE = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_FOUR, _FIVE = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
_ALL = 0xFFFFFFFFFFFFFFFF
_START = dt.datetime(1, 1, 1)
_TICK = dt.timedelta(microseconds=1)


def _turned(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _ALL


def _round(lane: int, value: int) -> int:
    return _turned((lane + value * _TWO) & _ALL, 31) * _ONE & _ALL


def xxhash64(data: bytes) -> int:
    """The hash of these bytes with the seed 0, unsigned."""
    at, size = 0, len(data)
    if size >= 32:
        lanes = [(_ONE + _TWO) & _ALL, _TWO, 0, -_ONE & _ALL]
        while at + 32 <= size:
            for number in range(4):
                start = at + 8 * number
                value = int.from_bytes(data[start : start + 8], "little")
                lanes[number] = _round(lanes[number], value)
            at += 32
        found = sum(map(_turned, lanes, (1, 7, 12, 18))) & _ALL
        for lane in lanes:
            found = ((found ^ _round(0, lane)) * _ONE + _FOUR) & _ALL
    else:
        found = _FIVE
    found = (found + size) & _ALL
    while at + 8 <= size:
        found ^= _round(0, int.from_bytes(data[at : at + 8], "little"))
        found, at = (_turned(found, 27) * _ONE + _FOUR) & _ALL, at + 8
    if at + 4 <= size:
        found ^= int.from_bytes(data[at : at + 4], "little") * _ONE & _ALL
        found, at = (_turned(found, 23) * _TWO + _THREE) & _ALL, at + 4
    for byte in data[at:]:
        found = _turned(found ^ (byte * _FIVE & _ALL), 11) * _ONE & _ALL
    found = (found ^ found >> 33) * _TWO & _ALL
    found = (found ^ found >> 29) * _THREE & _ALL
    return found ^ found >> 32


def _ticks(text: str) -> int:
    moment = dt.datetime.fromisoformat(text)
    return (moment - _START) // _TICK * 10


def _bytes(kind: str, text: str) -> bytes:
    if kind == "VARCHAR":
        return text.encode()
    if kind == "TIMESTAMP":
        return _ticks(text).to_bytes(8, "little", signed=True)
    if kind == "BIGINT":
        return int(text).to_bytes(8, "little", signed=True)
    raise WorkspaceError(
        "hash() is known of texts, times and long numbers only.",
        next_step="Write tostring() or tolong() around the value.",
    )


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _hash(kind: str, text: str, most: str = "") -> str:
    value = _signed(xxhash64(_bytes(kind, text)))
    return str(value % int(most) if most else value)


HASHES = {"xxhash64_of": Python(_hash, "t", "BIGINT", 2, 3)}
