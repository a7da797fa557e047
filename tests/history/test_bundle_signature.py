"""A signed bundle cannot be changed in any part without that being told."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.history.bundle_file import Bundle, pack, unpack
from soc_tui.history.bundle_signature import (
    SIGNATURE,
    Origin,
    Seal,
    public_text,
    seal_of,
    sign,
)
from soc_tui.model.errors import HistoryError
from tests.history.hunts import example_finding, example_hunt

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
OURS = public_text(KEY)
HUNT, MESSAGES = "bundle.json", "messages.jsonl"
Parts = dict[str, bytes]
BUNDLE = Bundle(example_hunt(1, example_finding()))


def parts_of(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read(tmp_path: Path, parts: Parts, **zipped: int) -> Bundle:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", **zipped) as archive:  # type: ignore[arg-type]
        for name, data in parts.items():
            archive.writestr(name, data)
    return unpack(path)


def origin(bundle: Bundle) -> Origin:
    return bundle.seal.origin(OURS) if bundle.seal else Origin.UNSIGNED


def test_what_was_signed_here_is_from_here_and_for_others_from_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(pack(BUNDLE, 1 << 30, KEY))
    seal = unpack(path).seal
    assert seal is not None
    assert seal.origin(OURS) is Origin.HERE
    assert seal.origin(public_text(OTHER)) is Origin.ELSEWHERE
    assert seal.origin("") is Origin.ELSEWHERE
    assert len(seal.fingerprint) == 39
    assert unpack(path).hunt == BUNDLE.hunt


def test_without_a_key_nothing_is_signed(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(pack(BUNDLE, 1 << 30))
    assert unpack(path).seal is None


def test_how_the_zip_packs_the_parts_does_not_matter(tmp_path: Path) -> None:
    parts = parts_of(pack(BUNDLE, 1 << 30, KEY))
    turned = dict(reversed(parts.items()))
    assert origin(read(tmp_path, turned, compression=zipfile.ZIP_STORED)) is Origin.HERE


def _finding_changed(parts: Parts) -> Parts:
    return parts | {HUNT: parts[HUNT].replace(b"Encoded PowerShell", b"Encoded PowerSheII")}


def _resigned_in_part(parts: Parts) -> Parts:
    """The signature of another bundle by the same key."""
    other = parts_of(pack(Bundle(example_hunt(2)), 1 << 30, KEY))
    return parts | {SIGNATURE: other[SIGNATURE]}


def _other_key_named(parts: Parts) -> Parts:
    told = json.loads(parts[SIGNATURE])
    return parts | {SIGNATURE: json.dumps(told | {"key": public_text(OTHER)}).encode()}


def _own_key_over_a_foreign_signature(parts: Parts) -> Parts:
    rest = {name: data for name, data in parts.items() if name != SIGNATURE}
    told = json.loads(sign(rest, OTHER))
    return parts | {SIGNATURE: json.dumps(told | {"key": OURS}).encode()}


CHANGES: dict[str, Callable[[Parts], Parts]] = {
    "a finding": _finding_changed,
    "a space": lambda parts: parts | {HUNT: parts[HUNT] + b" "},
    "the messages left out": lambda parts: {k: v for k, v in parts.items() if k != MESSAGES},
    "rows added": lambda parts: parts | {"rows.parquet": b"PAR1"},
    "the signature of another bundle": _resigned_in_part,
    "another key named": _other_key_named,
    "our key over their signature": _own_key_over_a_foreign_signature,
    "an empty signature": lambda parts: parts | {SIGNATURE: b""},
    "a signature that is a list": lambda parts: parts | {SIGNATURE: b"[]"},
    "a short key": lambda parts: parts | {SIGNATURE: b'{"algorithm":"Ed25519","key":"00"}'},
    "another algorithm": lambda parts: (
        parts | {SIGNATURE: parts[SIGNATURE].replace(b"Ed25519", b"none")}
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_change_is_told(name: str, tmp_path: Path) -> None:
    changed = CHANGES[name](parts_of(pack(BUNDLE, 1 << 30, KEY)))
    assert origin(read(tmp_path, changed)) is Origin.CHANGED


def test_who_signs_it_again_is_not_us_and_who_drops_the_signature_is_nobody(
    tmp_path: Path,
) -> None:
    parts = _finding_changed(parts_of(pack(BUNDLE, 1 << 30, KEY)))
    rest = {name: data for name, data in parts.items() if name != SIGNATURE}
    again = read(tmp_path, rest | {SIGNATURE: sign(rest, OTHER)})
    assert origin(again) is Origin.ELSEWHERE
    assert origin(read(tmp_path, rest)) is Origin.UNSIGNED


@pytest.mark.parametrize("name", ["extra.txt", "../bundle.json", "BUNDLE.JSON", "signature.json/"])
def test_a_part_that_is_none_of_a_bundle_is_refused(name: str, tmp_path: Path) -> None:
    parts = parts_of(pack(BUNDLE, 1 << 30, KEY))
    with pytest.raises(HistoryError, match="cannot be replayed"):
        read(tmp_path, parts | {name: b"x"})


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [HUNT, SIGNATURE])
def test_a_part_that_is_there_twice_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(pack(BUNDLE, 1 << 30, KEY))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"{}")
    with pytest.raises(HistoryError):
        unpack(path)


def test_a_huge_signature_and_a_cut_file_are_refused(tmp_path: Path) -> None:
    data = pack(BUNDLE, 1 << 30, KEY)
    with pytest.raises(HistoryError):
        read(tmp_path, parts_of(data) | {SIGNATURE: b" " * 100_000})
    (tmp_path / "cut.zip").write_bytes(data[:-30])
    with pytest.raises(HistoryError):
        unpack(tmp_path / "cut.zip")


@given(st.dictionaries(st.text(max_size=5), st.binary(max_size=20), max_size=3), st.data())
def test_a_seal_holds_for_exactly_what_was_signed(parts: Parts, data: st.DataObject) -> None:
    whole = parts | {SIGNATURE: sign(parts, KEY)}
    assert seal_of(whole) == Seal(OURS, holds=True)
    name = data.draw(st.text(max_size=5))
    changed = data.draw(st.binary(max_size=20))
    if whole.get(name) != changed and name != SIGNATURE:
        assert seal_of(whole | {name: changed}) == Seal(OURS, holds=False)


def test_a_bundle_never_holds_the_private_key() -> None:
    data = b"".join(parts_of(pack(BUNDLE, 1 << 30, KEY)).values())
    secret = KEY.private_bytes_raw()
    assert secret not in data
    assert secret.hex().encode() not in data
    assert b"PRIVATE" not in data


def test_a_hunt_that_says_it_is_signed_is_not(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(pack(replace(BUNDLE, seal=Seal(OURS, holds=True)), 1 << 30))
    assert unpack(path).seal is None
