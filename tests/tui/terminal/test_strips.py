"""A strip is what it is in Textual, but for the caches that it does not use."""

import pytest
from rich.segment import Segment
from textual.strip import Strip

from soc_tui.tui.terminal import strips


@pytest.fixture(autouse=True)
def as_the_app_begins() -> None:
    strips.use()


def caches(strip: Strip) -> list[str]:
    return [name for name in Strip.__slots__ if name.endswith("_cache") and has(strip, name)]


def has(strip: Strip, name: str) -> bool:
    try:
        object.__getattribute__(strip, name)
    except AttributeError:
        return False
    return True


def test_a_cache_is_made_when_it_is_used_and_then_stays() -> None:
    strip = Strip([Segment("one "), Segment("two")])
    assert caches(strip) == ["_render_cache"]  # a text, which is none yet
    part = strip.crop(1, 5)
    assert part.text == "ne t"
    assert strip.crop(1, 5) is part
    assert sorted(caches(strip)) == ["_crop_cache", "_render_cache"]
    left, right = strip.divide([3, 7])
    assert (left.text, right.text, strip.cell_length) == ("one", " two", 7)
    assert strip == Strip([Segment("one "), Segment("two")], 7)


def test_what_a_strip_never_has_is_an_error() -> None:
    with pytest.raises(AttributeError, match="_nothing"):
        _ = Strip([])._nothing  # type: ignore[attr-defined]
