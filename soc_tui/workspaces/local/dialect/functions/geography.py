"""Places on the globe: geohashes, and whether a point is in a polygon.

Own code: a geohash is ten lines, and no package of polygons has edges on the globe, as Kusto has
them. Distances are in SQL, see scalars.

Source: https://learn.microsoft.com/kusto/query/geo-point-to-geohash-function,
geo-geohash-to-central-point-function, geo-geohash-to-polygon-function,
geo-point-in-polygon-function; RFC 7946 for polygons.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from soc_tui.workspaces.local.dialect.python_functions import Python

_LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"
_LONGEST = 18
Point = tuple[float, float]
"""Longitude and latitude in degrees."""
Vector = tuple[float, float, float]


def _point(longitude: str, latitude: str) -> Point:
    place = float(longitude), float(latitude)
    if not (abs(place[0]) <= 180 and abs(place[1]) <= 90):
        raise ValueError(longitude)
    return place


def _geohash(longitude: str, latitude: str, length: str = "5") -> str:
    """Bits of longitude and latitude in turn, five to a letter."""
    place, count = _point(longitude, latitude), int(length)
    if not 1 <= count <= _LONGEST:
        raise ValueError(length)
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    number = 0
    for bit in range(5 * count):
        low, high = ranges[bit % 2]
        middle = (low + high) / 2
        is_upper = place[bit % 2] >= middle
        number = number << 1 | is_upper
        ranges[bit % 2] = [middle, high] if is_upper else [low, middle]
    shifts = range(5 * (count - 1), -1, -5)
    return "".join(_LETTERS[number >> shift & 31] for shift in shifts)


def _box(geohash: str) -> tuple[float, float, float, float]:
    """West, south, east and north of a geohash."""
    if not 1 <= len(geohash) <= _LONGEST:
        raise ValueError(geohash)
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = "".join(f"{_LETTERS.index(letter):05b}" for letter in geohash.lower())
    for at, bit in enumerate(bits):
        low, high = ranges[at % 2]
        middle = (low + high) / 2
        ranges[at % 2] = [middle, high] if bit == "1" else [low, middle]
    (west, east), (south, north) = ranges
    return west, south, east, north


def _central_point(geohash: str) -> str:
    west, south, east, north = _box(geohash)
    return json.dumps({"type": "Point", "coordinates": [(west + east) / 2, (south + north) / 2]})


def _polygon(geohash: str) -> str:
    west, south, east, north = _box(geohash)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def _vector(place: Point) -> Vector:
    longitude, latitude = map(math.radians, place)
    across = math.cos(latitude)
    return across * math.cos(longitude), across * math.sin(longitude), math.sin(latitude)


def _dot(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _across(one: Vector, other: Vector) -> Vector:
    (a, b, c), (d, e, f) = one, other
    return b * f - c * e, c * d - a * f, a * e - b * d


def _winds_around(place: Point, ring: list[Point]) -> bool:
    """Whether a ring of shortest ways goes around a point: the angles under which the point sees
    its edges add up to a whole turn."""
    centre = _vector(place)
    corners = [_vector(corner) for corner in ring]
    middle: Vector = tuple(map(sum, zip(*corners, strict=True)))  # type: ignore[assignment]
    if _dot(centre, middle) <= 0:
        return False  # on the other side of the globe, where the angles add up as well
    total = 0.0
    for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
        first, second = _across(centre, one), _across(centre, other)
        total += math.atan2(_dot(centre, _across(first, second)), _dot(first, second))
    return abs(total) > math.pi


def _rings(polygon: Any) -> Iterable[list[list[Point]]]:
    """The rings of each polygon: the outer one, then its holes."""
    several = polygon["type"] == "MultiPolygon"
    if not several and polygon["type"] != "Polygon":
        raise ValueError(polygon["type"])
    for part in polygon["coordinates"] if several else [polygon["coordinates"]]:
        rings = []
        for ring in part:
            corners = [_point(*map(str, corner)) for corner in ring]
            if corners[0] != corners[-1] or len(set(corners)) < 3:
                raise ValueError("a ring needs three corners, and ends where it begins")
            rings.append(corners[:-1])
        yield rings


def _in_polygon(longitude: str, latitude: str, polygon: str) -> str:
    place = _point(json.loads(longitude), json.loads(latitude))
    inside = False
    for outer, *holes in _rings(json.loads(polygon)):
        in_hole = any(_winds_around(place, hole) for hole in holes)
        inside = inside or (_winds_around(place, outer) and not in_hole)
    return "true" if inside else "false"


GEOGRAPHY = {
    "geo_point_to_geohash": Python(_geohash, "t", "VARCHAR", 2, 3),
    "geo_geohash_to_central_point": Python(_central_point, "t", "JSON", 1, 1),
    "geo_geohash_to_polygon": Python(_polygon, "t", "JSON", 1, 1),
    "geo_point_in_polygon": Python(_in_polygon, "j", "BOOLEAN", 3, 3),
}
