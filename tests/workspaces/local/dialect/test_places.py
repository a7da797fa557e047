"""Places of addresses come from a file in MaxMind's format, and only from one that is set."""

import ipaddress
import json
import struct
from pathlib import Path

import duckdb
import pytest

from soc_tui.model.errors import QueryError, WorkspaceError
from soc_tui.workspaces.local.dialect.functions.places import place_of
from soc_tui.workspaces.local.workspace import LocalWorkspace

LYON = {
    "country": {"iso_code": "FR", "names": {"en": "France", "de": "Frankreich"}},
    "subdivisions": [{"names": {"en": "Auvergne-Rhône-Alpes"}}],
    "city": {"names": {"en": "Lyon"}},
    "location": {"latitude": 45.75, "longitude": 4.85},
}
PLACE = {
    "country": "France",
    "state": "Auvergne-Rhône-Alpes",
    "city": "Lyon",
    "latitude": 45.75,
    "longitude": 4.85,
}


def _packed(value: object) -> bytes:
    """A value of https://maxmind.github.io/MaxMind-DB/."""
    match value:
        case dict():
            pairs = b"".join(_packed(key) + _packed(one) for key, one in value.items())
            return bytes([7 << 5 | len(value)]) + pairs
        case list():
            return bytes([len(value), 11 - 7]) + b"".join(map(_packed, value))
        case float():
            return bytes([3 << 5 | 8]) + struct.pack(">d", value)
        case (int(kind), int(size), int(number)):
            head = bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
            return head + number.to_bytes(size, "big")
    text = str(value).encode()
    return bytes([2 << 5 | len(text)]) + text


def _mmdb(network: str, record: object) -> bytes:
    """A file with one network of IPv4."""
    block = ipaddress.IPv4Network(network)
    bits = f"{int(block.network_address):032b}"[: block.prefixlen]
    count, tree = len(bits), b""
    for at, bit in enumerate(bits):
        last = at == count - 1
        onward = count + 16 if last else at + 1
        pair = (onward, count) if bit == "0" else (count, onward)
        tree += b"".join(one.to_bytes(3, "big") for one in pair)
    about = {
        "node_count": (6, 4, count),
        "record_size": (5, 2, 24),
        "ip_version": (5, 2, 4),
        "database_type": "Test-City",
        "languages": ["en"],
        "binary_format_major_version": (5, 2, 2),
        "binary_format_minor_version": (5, 2, 0),
        "build_epoch": (9, 8, 1),
        "description": {"en": "test"},
    }
    return tree + bytes(16) + _packed(record) + b"\xab\xcd\xefMaxMind.com" + _packed(about)


def _logs(folder: Path) -> Path:
    path = folder / "logs.duckdb"
    duckdb.connect(str(path)).close()
    return path


async def test_places_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "places.mmdb"
    file.write_bytes(_mmdb("203.0.113.0/24", LYON))
    workspace = LocalWorkspace(_logs(tmp_path), geoip=file)
    kql = (
        "datatable(ip:string)['203.0.113.9', '198.51.100.1', 'no address', '']"
        " | extend p = geo_info_from_ip_address(ip)"
        " | project p, c = tostring(p.country), isnull(p)"
    )
    rows = (await workspace.query(kql)).table.to_pylist()

    found = [tuple(row.values()) for row in rows]
    assert json.loads(str(found[0][0])) == PLACE
    assert found[0][1:] == ("France", False)
    assert found[1:] == [(None, "", True)] * 3


async def test_without_a_file_it_is_asked_for_by_name(tmp_path: Path) -> None:
    workspace = LocalWorkspace(_logs(tmp_path))

    with pytest.raises(QueryError, match="needs a GeoIP file") as told:
        await workspace.query("print geo_info_from_ip_address('203.0.113.9')")
    assert "workspace.geoip" in told.value.next_step
    assert (told.value.line, told.value.column) == (1, 7)


@pytest.mark.parametrize("content", [None, b"", b"no file of places"])
async def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "places.mmdb"
    if content is not None:
        file.write_bytes(content)
    workspace = LocalWorkspace(_logs(tmp_path), geoip=file)

    with pytest.raises(WorkspaceError, match=r"GeoIP file .*places\.mmdb could not be read"):
        await workspace.query("print geo_info_from_ip_address('203.0.113.9')")
    assert (await workspace.query("print 1")).table.num_rows == 1


@pytest.mark.parametrize(
    ("record", "place"),
    [
        (LYON, PLACE),
        ({"registered_country": {"names": {"en": "Peru"}}}, {"country": "Peru"}),
        ({"country": "PE", "region": "Lima"}, {"country": "PE", "state": "Lima"}),
        ({}, {}),
        (None, {}),
    ],
)  # fmt: skip
def test_a_record_is_kustos_bag(record: object, place: object) -> None:
    assert place_of(record) == place
