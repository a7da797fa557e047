"""What is kept of compiled rules comes back the same, or not at all."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.analysts.offline import sigma
from soc_tui.analysts.offline.sigma.compile_rules import compile_file
from soc_tui.analysts.offline.sigma.rule_cache import DamagedError, compiler, decoded, encoded
from tests.analysts.offline.sigma.rows_by_hand import rule_text

GOOD = rule_text("  s: {FileName: odd.exe}\n  condition: s")
ONE = encoded({"a": compile_file(GOOD)})


def with_body(body: bytes) -> bytes:
    """A cache of our own compiler whose checksum is right."""
    checksum = hashlib.sha256(body).hexdigest().encode()
    return b" ".join((b"soc-tui-rules-1", compiler(), checksum)) + b"\n" + body


def test_all_our_rules_come_back_the_same() -> None:
    folder = Path(sigma.__file__).parent / "rules"
    files = {path.name: compile_file(path.read_text("utf-8")) for path in folder.glob("*.yml")}
    files["broken"] = compile_file("title: [")
    assert any(rule.correlation for file in files.values() for rule in file.rules)
    assert any(rule.has_keywords for file in files.values() for rule in file.rules)
    assert decoded(encoded(files)) == files


def test_nothing_is_nothing_and_another_compiler_s_is_nothing() -> None:
    assert decoded(b"") == {}
    assert decoded(ONE) != {}
    assert decoded(ONE.replace(compiler(), b"0" * 64)) == {}


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps({"a": 1}),
        b"\x00" * 50,
        ONE[:-1],
        ONE + b" ",
        ONE.replace(b"odd.exe", b"0dd.exe"),
        with_body(b"\n"),
        with_body(b"[]"),
        with_body(b'{"a": {"rules": [{"id": 1}]}}'),
        with_body(b"[" * 100_000),
        with_body(b'{"a": {"rules": [' + b'{"correlation": {"rules": [' * 10_000),
    ],
    ids=range(10),
)
def test_what_was_not_kept_so_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        decoded(data)


@given(st.integers(0, len(ONE) - 1), st.integers(0, 255))
def test_no_changed_byte_changes_a_rule(place: int, byte: int) -> None:
    changed = ONE[:place] + bytes([byte]) + ONE[place + 1 :]
    try:
        found = decoded(changed)
    except DamagedError:
        return
    assert found in ({}, decoded(ONE))
