"""Lies of every kind are doubted, and honest findings of every style are believed."""

import pytest

from soc_tui.analysts.grounding.check_finding import ground
from tests.analysts.grounding.claims.reading import Told, claims, honest, lies

# Honest findings that are doubted all the same, of more than sixty.
_MOST_DOUBTED = 3


@pytest.mark.parametrize("told", [pytest.param(one, id=one.name) for one in claims()])
def test_one_lie_makes_a_finding_unverified(told: Told) -> None:
    judged = ground(told.finding, told.rows)
    assert judged.grounded is told.honest, judged.doubts


@pytest.mark.parametrize(
    "told", [pytest.param(one, id=one.name) for one in (*lies(), *lies("lies_fresh.toml"))]
)
def test_a_lie_of_any_kind_makes_a_finding_unverified(told: Told) -> None:
    judged = ground(told.finding, told.rows)
    assert not judged.grounded
    assert all(doubt.endswith(".") and doubt.isprintable() for doubt in judged.doubts)


def test_honest_findings_of_any_style_are_verified() -> None:
    doubted = {
        told.name: judged.doubts
        for told in (*honest(), *honest("honest_fresh.toml"))
        if not (judged := ground(told.finding, told.rows)).grounded
    }
    assert len(doubted) <= _MOST_DOUBTED, doubted
