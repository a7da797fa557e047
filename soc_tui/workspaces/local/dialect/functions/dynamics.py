"""Arrays, sets and bags.

Source: https://learn.microsoft.com/kusto/query/, the page of each function.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import pairwise

from soc_tui.workspaces.local.dialect.python_functions import Python

_MOST = 1_048_576  # values of an array, as in Kusto's range()


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _array(text: str) -> list[object]:
    value = json.loads(text)
    if not isinstance(value, list):
        raise TypeError(text)
    return value


def _bag(text: str) -> dict[str, object]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError(text)
    return value


def _once(values: Iterable[object]) -> list[object]:
    return list({_text(value): value for value in values}.values())


def _union(*sets: str) -> str:
    return _text(_once(value for one in sets for value in _array(one)))


def _intersect(*sets: str) -> str:
    first, *others = map(_array, sets)
    kept = [{_text(value) for value in other} for other in others]
    return _text(_once(one for one in first if all(_text(one) in other for other in kept)))


def _difference(*sets: str) -> str:
    first, *others = map(_array, sets)
    gone = {_text(value) for other in others for value in other}
    return _text(_once(one for one in first if _text(one) not in gone))


def _jaccard(one: str, other: str) -> str:
    first, second = ({_text(value) for value in _array(text)} for text in (one, other))
    return str(len(first & second) / len(first | second))


def _rotate_left(array: str, count: str) -> str:
    values, places = _array(array), int(count)
    return _text(values[places % len(values) :] + values[: places % len(values)] if values else [])


def _rotate_right(array: str, count: str) -> str:
    return _rotate_left(array, str(-int(count)))


def _shift_left(array: str, count: str, fill: str = "") -> str:
    values, places = _array(array), int(count)
    kind = next((type(one) for one in values if one is not None), type(None))
    filled = json.loads(fill) if fill else ("" if kind is str else None)
    kept = values[places:] if places >= 0 else values[:places]
    gap = [filled] * min(abs(places), len(values))
    return _text(kept + gap if places >= 0 else gap + kept)


def _shift_right(array: str, count: str, fill: str = "") -> str:
    return _shift_left(array, str(-int(count)), fill)


def _split(array: str, places: str) -> str:
    values, given = _array(array), json.loads(places)
    ends = [one + len(values) if one < 0 else one for one in _as_list(given)]
    borders = [0, *sorted(min(max(int(one), 0), len(values)) for one in ends), len(values)]
    return _text([values[a:b] for a, b in pairwise(borders)])


def _as_list(value: object) -> list[int]:
    return [int(str(one)) for one in (value if isinstance(value, list) else [value])]


def _iff(tests: str, yes: str, no: str) -> str:
    found, first, second = _array(tests), json.loads(yes), json.loads(no)
    if not all(isinstance(test, bool | int | float) for test in found):
        return _text([None] * len(found))
    return _text([_at(first if test else second, at) for at, test in enumerate(found)])


def _at(value: object, place: int) -> object:
    if not isinstance(value, list):
        return value
    return value[place] if place < len(value) else None


def _merge(*bags: str) -> str:
    made: dict[str, object] = {}
    for bag in filter(None, bags):
        for key, value in _bag(bag).items():
            made.setdefault(key, value)
    return _text(made)


def _keys(bag: str) -> str:
    return _text(list(_bag(bag)))


def _remove_keys(bag: str, keys: str) -> str:
    gone = [str(key) for key in _array(keys)]
    made = {key: value for key, value in _bag(bag).items() if key not in gone}
    for path in (key.removeprefix("$.").split(".") for key in gone if key.startswith("$.")):
        below: object = made
        for step in path[:-1]:
            below = below.get(step) if isinstance(below, dict) else None
        if isinstance(below, dict):
            below.pop(path[-1], None)
    return _text(made)


def _has_key(bag: str, key: str) -> str:
    below: object = _bag(bag)
    name = json.loads(key)
    for step in name.removeprefix("$.").split(".") if name.startswith("$.") else [name]:
        if not isinstance(below, dict) or step not in below:
            return "false"
        below = below[step]
    return "true"


def _set_key(bag: str, key: str, value: str) -> str:
    made = _bag(bag)
    name, below = json.loads(key), made
    steps = name.removeprefix("$.").split(".") if name.startswith("$.") else [name]
    for step in steps[:-1]:
        inner = below.setdefault(step, {})
        if not isinstance(inner, dict):
            raise TypeError(name)
        below = inner
    below[steps[-1]] = json.loads(value)
    return _text(made)


def _without_empty(bag: str) -> str:
    return _text({key: value for key, value in _bag(bag).items() if value not in (None, "")})


def _zip_bag(keys: str, values: str) -> str:
    found, given = _array(keys), _array(values)
    return _text({str(key): _at(given, at) for at, key in enumerate(found)})


def _repeat(value: str, count: str) -> str:
    return _text([json.loads(value)] * min(int(count), _MOST))


def _paths(value: str) -> str:
    return _text(list(dict.fromkeys(_below(json.loads(value), ""))))


def _below(value: object, path: str) -> Iterable[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            name = f"{path}['{key}']" if path else f"['{key}']"
            yield name
            yield from _below(one, name)
    elif isinstance(value, list) and value:
        yield f"{path}[0]"
        for one in value:
            yield from _below(one, f"{path}[0]")


def _index_of(
    array: str, sought: str, start: str = "0", length: str = "-1", occurrence: str = "1"
) -> str:
    """Where a value is; a start below 0 counts from the end."""
    values, begin, span = _array(array), int(start), int(length)
    begin = max(len(values) + begin, 0) if begin < 0 else begin
    last = len(values) if span < 0 else begin + span
    value = json.loads(sought)
    places = [at for at, one in enumerate(values) if one == value and begin <= at < last]
    nth = int(occurrence)
    return str(places[nth - 1] if 0 < nth <= len(places) else -1)


def _sorted_arrays(descending: bool) -> Callable[..., str]:
    def sort(array: str, nulls_last: str = "true") -> str:
        values = [value for value in _array(array) if value is not None]
        numbers = [value for value in values if isinstance(value, int | float)]
        if len(numbers) != len(values) and numbers:
            return _text(_array(array))  # of several types: their order is not said
        in_order = sorted(values, key=lambda one: one, reverse=descending)  # type: ignore[arg-type, return-value]
        nothing = [None] * (len(_array(array)) - len(values))
        first = 0 if nulls_last == "true" else len(nothing)
        return _text([*nothing[:first], *in_order, *nothing[first:]])

    return sort


DYNAMICS = {
    "set_union": Python(_union, "j", "JSON", 1, 64),
    "set_intersect": Python(_intersect, "j", "JSON", 1, 64),
    "set_difference": Python(_difference, "j", "JSON", 1, 64),
    "jaccard_index": Python(_jaccard, "j", "DOUBLE", 2, 2),
    "array_rotate_left": Python(_rotate_left, "j", "JSON", 2, 2),
    "array_rotate_right": Python(_rotate_right, "j", "JSON", 2, 2),
    "array_shift_left": Python(_shift_left, "j", "JSON", 2, 3),
    "array_shift_right": Python(_shift_right, "j", "JSON", 2, 3),
    "array_split": Python(_split, "j", "JSON", 2, 2),
    "array_iff": Python(_iff, "j", "JSON", 3, 3),
    "array_iif": Python(_iff, "j", "JSON", 3, 3),
    "array_index_of": Python(_index_of, "j", "BIGINT", 2, 5),
    "array_sort_asc": Python(_sorted_arrays(descending=False), "j", "JSON", 1, 2),
    "array_sort_desc": Python(_sorted_arrays(descending=True), "j", "JSON", 1, 2),
    "bag_merge": Python(_merge, "j", "JSON", 2, 64),
    "bag_keys": Python(_keys, "j", "JSON", 1, 1),
    "bag_remove_keys": Python(_remove_keys, "j", "JSON", 2, 2),
    "bag_has_key": Python(_has_key, "j", "BOOLEAN", 2, 2),
    "bag_set_key": Python(_set_key, "j", "JSON", 3, 3),
    "bag_without_empty": Python(_without_empty, "j", "JSON", 1, 1),
    "bag_zip": Python(_zip_bag, "j", "JSON", 2, 2),
    "repeat": Python(_repeat, "j", "JSON", 2, 2),
    "treepath": Python(_paths, "j", "JSON", 1, 1),
}
