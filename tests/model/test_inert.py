import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from soc_tui.model.inert import inert

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def test_escapes_what_acts() -> None:
    assert inert("\x1b[31mred") == "\\x1b[31mred"
    assert inert("a\u202egnp.exe") == "a\\u202egnp.exe"
    assert inert("one\ttwo\nthree\r") == "one\\ttwo\\nthree\\r"
    assert inert("\x9b2J\x7f") == "\\x9b2J\\x7f"
    assert inert("a\u200bb\u2028c\u2066d\ufeff") == "a\\u200bb\\u2028c\\u2066d\\ufeff"
    assert inert("\ud800") == "\\ud800"
    assert inert("\U000e0041") == "\\U000e0041"


def test_keeps_ordinary_text() -> None:
    for text in ("Zürich – 東京", "C:\\Windows\\x.exe [bold]", "naïve 🙂", ""):
        assert inert(text) == text


def test_cuts_to_the_limit() -> None:
    assert inert("abcdef", 6) == "abcdef"
    assert inert("abcdefg", 6) == "abcde…"
    assert inert("\x1b" * 1_000_000, 10) == "\\x1b\\x1b\\…"
    assert inert("ab", 1) == "…"


@given(ANY_TEXT, st.none() | st.integers(1, 40))
def test_result_never_acts(text: str, limit: int | None) -> None:
    shown = inert(text, limit)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)
    assert not any(unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO"} for c in shown)
    assert limit is None or len(shown) <= limit
    shown.encode("utf-8")


@given(ANY_TEXT)
def test_second_pass_changes_nothing(text: str) -> None:
    assert inert(inert(text)) == inert(text)
