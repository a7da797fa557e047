"""A hunt as one file: a zip of bundle.json, messages.jsonl, rows.parquet and signature.json.

The rows are Parquet without compression and dictionaries; the zip compresses. So nothing in a
bundle unpacks to much more than was measured while it was read, whoever made the file.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soc_tui.history.bundle_signature import SIGNATURE, Seal, seal_of, sign
from soc_tui.history.codec import decode, encode
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import HistoryError
from soc_tui.model.exchange import Exchange
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.model.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FORMAT, VERSION = "soc-tui hunt", 2
_HUNT, _MESSAGES, _ROWS = "bundle.json", "messages.jsonl", "rows.parquet"
_MIB = 1 << 20
# Most bytes of each part, unpacked. Log Analytics gives about 100 MB at most.
_MOST = {_HUNT: 64 * _MIB, _MESSAGES: 256 * _MIB, _ROWS: 512 * _MIB, SIGNATURE: 4 << 10}
_MOST_ROWS, _MOST_CELLS, _MOST_CHUNKS = 2_000_000, 100_000_000, 100_000
_PLAIN_ENCODINGS = {"PLAIN", "RLE", "BIT_PACKED"}
_TYPES = {"bool", "int32", "int64", "double", "string", "timestamp[us, tz=UTC]"}
# What the readers of zip, deflate, JSON and our codec raise for bytes that are not theirs.
_FAULTS = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    EOFError,
    struct.error,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that a hunt was made of.

    Attributes:
        hunt: With its rows, unless they were left out.
        exchanges: Every message to and from the model, oldest first.
        program: Version of soc-tui that hunted.
        left_out: Why the rows are not in it; empty when they are.
        seal: Its signature, once it was read from a file; None when it has none.
    """

    hunt: Hunt
    exchanges: tuple[Exchange, ...] = ()
    program: str = ""
    left_out: str = ""
    seal: Seal | None = None


def pack(bundle: Bundle, max_bytes: int, key: Ed25519PrivateKey | None = None) -> bytes:
    """The bundle as a file of at most `max_bytes`, without the rows when they make it larger.

    Args:
        key: Signs it; unsigned without.

    Raises:
        HistoryError: it is larger than that without its rows.
    """
    rows = bundle.hunt.rows
    parquet = _parquet(rows) if rows is not None else b""
    if parquet and len(parquet) <= _MOST[_ROWS]:
        data = _zipped(bundle, parquet, key)
        if len(data) <= max_bytes:
            return data
    why = bundle.left_out
    if parquet:
        why = f"with {len(parquet) / _MIB:,.1f} MiB of rows it exceeds its limit of " + (
            f"{max_bytes / _MIB:,.1f} MiB"
        )
    data = _zipped(replace(bundle, left_out=why or "the hunt had none"), b"", key)
    if len(data) <= max_bytes:
        return data
    raise HistoryError(
        "The bundle of this hunt was not stored.",
        f"It takes {len(data) / _MIB:,.1f} MiB, and bundles.max_mb is {max_bytes / _MIB:,.1f}.",
        "Raise bundles.max_mb in config.toml.",
    )


def unpack(path: Path) -> Bundle:
    """The bundle in a file, which may have been made by anybody.

    Raises:
        HistoryError: it cannot be read, is no bundle, or is larger than a bundle can be.
    """
    name = inert(path.name, 80)
    try:
        if not path.is_file():
            raise HistoryError("The file does not exist.", "", "Check the name.")
        if path.stat().st_size > sum(_MOST.values()):
            raise HistoryError("It is larger than any bundle.")
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except HistoryError as error:
        raise HistoryError(f"{name} cannot be replayed.", error.what, error.next_step) from None
    except OSError as error:
        raise HistoryError(
            f"{name} cannot be read.", f"{error.strerror or error}.", "Check the name."
        ) from None
    except _FAULTS as error:
        reason = inert(str(error).splitlines()[0] if str(error) else "", 200)
        raise HistoryError(
            f"{name} cannot be replayed.",
            f"It is not a soc-tui bundle, or it is damaged ({reason or type(error).__name__}).",
            "Make one with: soc-tui history bundle ID FILE",
        ) from None


def _zipped(bundle: Bundle, parquet: bytes, key: Ed25519PrivateKey | None) -> bytes:
    parts = {
        _HUNT: json.dumps(_document(bundle, bool(parquet)), indent=1).encode(),
        _MESSAGES: "".join(_lines(bundle.exchanges)).encode(),
    }
    if parquet:
        parts[_ROWS] = parquet
    if key is not None:
        parts[SIGNATURE] = sign(parts, key)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _document(bundle: Bundle, with_rows: bool) -> dict[str, Any]:
    rows = bundle.hunt.rows if with_rows else None
    about: dict[str, Any] | None = None
    if rows is not None:
        about = {
            "columns": [encode(column) for column in rows.columns],
            "partial": rows.partial,
            "elapsed_seconds": rows.elapsed_seconds,
        }
    return {
        "format": FORMAT,
        "version": VERSION,
        "program": bundle.program,
        "hunt": encode(bundle.hunt),
        "rows": about,
        "left_out": "" if with_rows else bundle.left_out,
    }


def _lines(exchanges: tuple[Exchange, ...]) -> Iterator[str]:
    """A line each; a request that was sent before (a retry) is named by its line's number."""
    first: dict[str, int] = {}
    for number, exchange in enumerate(exchanges):
        entry = encode(exchange)
        known = first.setdefault(exchange.request, number)
        if known != number:
            entry["request"] = known
        yield json.dumps(entry) + "\n"


def _read(archive: zipfile.ZipFile) -> Bundle:
    parts = _parts(archive)
    document = json.loads(parts[_HUNT])
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise HistoryError("It is not a soc-tui bundle.")
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise HistoryError("It was written by a newer soc-tui.", "", "Update soc-tui.")
    hunt = decode(Hunt, document["hunt"])
    if document.get("rows") is not None:
        hunt = replace(hunt, rows=_rows(parts[_ROWS], document["rows"]))
    return Bundle(
        hunt=hunt,
        exchanges=tuple(_exchanges(parts.get(_MESSAGES, b""))),
        program=decode(str, document.get("program", "")),
        left_out=decode(str, document.get("left_out", "")),
        seal=seal_of(parts),
    )


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """The bytes of each part. Nothing is written anywhere, so a name can point nowhere."""
    names = archive.namelist()
    strange = sorted(set(names) - set(_MOST))
    if strange or len(set(names)) != len(names) or _HUNT not in names:
        found = f": it holds {inert(strange[0], 80)}" if strange else ""
        raise HistoryError(f"It is not a soc-tui bundle{found}.")
    parts = {}
    for name in names:
        if archive.getinfo(name).compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise HistoryError("It was not written by soc-tui.")
        with archive.open(name) as part:
            parts[name] = part.read(_MOST[name] + 1)
        if len(parts[name]) > _MOST[name]:
            raise HistoryError(f"Its {name} has over {_MOST[name] // _MIB} MiB.")
    return parts


def _exchanges(data: bytes) -> Iterator[Exchange]:
    requests: list[str] = []
    for line in data.splitlines():
        entry = json.loads(line)
        if not isinstance(entry, dict):
            raise TypeError("an invalid message")
        if isinstance(entry.get("request"), int):
            entry["request"] = requests[entry["request"]]
        exchange = decode(Exchange, entry)
        requests.append(exchange.request)
        yield exchange


def _parquet(rows: Rows) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = [_storable(column) for column in rows.table.columns]
    table = pa.table(arrays, names=list(rows.table.column_names))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="NONE", use_dictionary=False, store_schema=False)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _storable(array: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    if pa.types.is_duration(array.type):
        # Parquet has no type for it: microseconds, and the KQL type says what they are.
        return array.cast(pa.duration("us")).cast(pa.int64())
    if str(array.type) in _TYPES or pa.types.is_decimal(array.type):
        return array
    return array.cast(pa.string())


def _rows(data: bytes, about: dict[str, Any]) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = tuple(decode(Column, entry) for entry in about["columns"])
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        _check(file.metadata)
        table = file.read()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"its rows: {error}") from None
    if table.column_names != [column.name for column in columns]:
        raise ValueError("its rows do not match its column list")
    arrays = [_typed(array, column) for array, column in zip(table.columns, columns, strict=True)]
    return Rows(
        pa.table(arrays, names=table.column_names),
        columns,
        decode(str, about["partial"]) if about.get("partial") is not None else None,
        decode(float, about.get("elapsed_seconds", 0.0)),
    )


def _check(metadata: Any) -> None:
    """Refuse what could unpack to more than the file: compression, dictionaries, too many cells."""
    groups, width = metadata.num_row_groups, metadata.num_columns
    if groups * max(1, width) > _MOST_CHUNKS:
        raise HistoryError("Its rows were not written by soc-tui.")
    count = sum(metadata.row_group(group).num_rows for group in range(groups))
    if count > _MOST_ROWS or count * max(1, width) > _MOST_CELLS:
        raise HistoryError(f"It has too many rows: {count:,} of {width:,} columns.")
    for group in range(groups):
        for position in range(width):
            chunk = metadata.row_group(group).column(position)
            if chunk.compression != "UNCOMPRESSED" or not _PLAIN_ENCODINGS.issuperset(
                chunk.encodings
            ):
                raise HistoryError("Its rows were not written by soc-tui.")


def _typed(array: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    import pyarrow as pa

    if column.type is KqlType.TIMESPAN and array.type == pa.int64():
        return array.cast(pa.duration("us"))
    if str(array.type) not in _TYPES and not pa.types.is_decimal(array.type):
        raise ValueError(f"its column {column.name} is a {array.type}")
    return array
