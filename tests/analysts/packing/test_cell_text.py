"""One rendering of cells: visible, injective, typed."""

import datetime as dt
import re
import sys
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.packing.cell_text import cell_text, escape, unescape
from soc_tui.model.catalog import KqlType


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_escaping_loses_nothing(text: str) -> None:
    assert unescape(escape(text)) == text


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("⟦⟧⏎⇥␍U+001B\n\t\r\x1b")))
def test_no_text_can_pass_for_a_mark(text: str) -> None:
    assert unescape(escape(text)) == text


def test_every_control_and_format_character_is_made_visible() -> None:
    hostile = {"Cc", "Cf", "Zl", "Zp", "Cs"}
    characters = (chr(point) for point in range(sys.maxunicode + 1))
    missed = [c for c in characters if unicodedata.category(c) in hostile and escape(c) == c]
    assert missed == []


def test_ordinary_text_stays_as_it_is() -> None:
    text = r'C:\Windows\System32\cmd.exe /c "echo ümläut 日本 🙂 | more" [red]x[/red]'
    assert escape(text) == text


def test_keeping_marks_still_hides_controls() -> None:
    assert escape("a⏎b\x1b⟦U+200B⟧", keep_marks=True) == "a⏎b⟦U+001B⟧⟦U+200B⟧"


@pytest.mark.parametrize(
    ("value", "kql_type", "text"),
    [
        (None, KqlType.STRING, ""),
        (True, KqlType.BOOL, "true"),
        (4624, KqlType.LONG, "4624"),
        (4624.0, KqlType.LONG, "4624"),
        (0.5, KqlType.REAL, "0.5"),
        (Decimal("1.10"), KqlType.DECIMAL, "1.10"),
        (dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC), KqlType.DATETIME, "2026-11-24T10:00:00Z"),
        (
            dt.datetime(2026, 11, 24, 12, 0, 0, 120_000, dt.timezone(dt.timedelta(hours=2))),
            KqlType.DATETIME,
            "2026-11-24T10:00:00.12Z",
        ),
        (dt.timedelta(days=1, hours=2, microseconds=5), KqlType.TIMESPAN, "1.02:00:00.0000050"),
        (-dt.timedelta(seconds=90), KqlType.TIMESPAN, "-00:01:30"),
        ('{"a":"\n"}', KqlType.DYNAMIC, '{"a":"⏎"}'),
    ],
)
def test_rendering_by_type(value: object, kql_type: KqlType, text: str) -> None:
    assert cell_text(value, kql_type) == text


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_datetimes_come_back(value: dt.datetime) -> None:
    text = cell_text(value, KqlType.DATETIME)
    assert dt.datetime.fromisoformat(text) == value
    assert not re.search(r"\.\d*0Z", text)
