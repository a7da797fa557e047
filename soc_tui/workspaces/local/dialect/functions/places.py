"""Places of addresses, from a file in MaxMind's format (.mmdb): GeoLite2, DB-IP and their kind.

Source: https://learn.microsoft.com/kusto/query/geo-info-from-ip-address-function, which reads
GeoLite2-City; https://maxmind.github.io/MaxMind-DB/.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from soc_tui.model.errors import WorkspaceError
from soc_tui.workspaces.local.dialect.python_functions import Python

GEO_INFO = "geo_info_from_ip_address"


def _no_file(address: str) -> None:
    raise WorkspaceError("No GeoIP file is set.")


def place_of(found: object) -> dict[str, object]:
    """A record of the file as Kusto's bag: what it does not know is not in it."""
    record = found if isinstance(found, Mapping) else {}
    parts = record.get("subdivisions") or [record.get("region") or record.get("state")]
    location = record.get("location") or record
    made = {
        "country": _name(record.get("country") or record.get("registered_country")),
        "state": _name(parts[0]),
        "city": _name(record.get("city")),
        "latitude": location.get("latitude"),
        "longitude": location.get("longitude"),
    }
    return {key: value for key, value in made.items() if value is not None}


def _name(part: object) -> object:
    if isinstance(part, Mapping):
        return part.get("names", {}).get("en")
    return part or None


def geo_info(file: Path) -> Python:
    """`geo_info_from_ip_address` over this file.

    Raises:
        WorkspaceError: it cannot be read.
    """
    import maxminddb

    try:
        reader = maxminddb.open_database(file)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise WorkspaceError(
            f"The GeoIP file {file} could not be read.",
            "It is not there, or is not in MaxMind's format.",
            "Set workspace.geoip to a .mmdb file, for example GeoLite2-City.mmdb.",
        ) from error
    return Python(_looked_up(reader.get), "t", "JSON", 1, 1)


def _looked_up(get: Callable[..., Any]) -> Callable[[str], str | None]:
    def compute(address: str) -> str | None:
        found = place_of(get(ipaddress.ip_address(address.strip())))
        return json.dumps(found, ensure_ascii=False) if found else None

    return compute


PLACES = {GEO_INFO: Python(_no_file, "t", "JSON", 1, 1)}
"""Without a file, so that a call can be written."""
