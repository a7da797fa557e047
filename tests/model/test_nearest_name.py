from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soc_tui.model.nearest_name import ALIKE, did_you_mean, likeness, nearest_name, nearest_names

TABLES = ("SigninLogs", "SecurityEvent", "SecurityAlert", "SecurityIncident", "Syslog")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("SigninLog", "SigninLogs"),
        ("securityevents", "SecurityEvent"),
        ("SYSLOG", "Syslog"),
        ("Foo", ""),
        ("", ""),
    ],
)
def test_the_likest_name_that_is_like_it_at_all(name: str, near: str) -> None:
    assert nearest_name(name, TABLES) == near


def test_a_question_names_the_likest_first_and_none_that_is_unlike() -> None:
    assert did_you_mean("SigninLog", TABLES) == "Did you mean SigninLogs?"
    asked = did_you_mean("SecurityEvents", TABLES)
    assert asked == "Did you mean SecurityEvent, SecurityAlert, SecurityIncident?"
    assert did_you_mean("SecurityEvents", TABLES, 1) == "Did you mean SecurityEvent?"
    assert did_you_mean("Foo", TABLES) == ""
    assert did_you_mean("Foo", TABLES, 1, least=0) == "Did you mean Syslog?"
    assert did_you_mean("x" * 100_000, TABLES) == ""


def test_of_names_as_like_the_first_comes_first() -> None:
    assert nearest_names("x", ("bb", "aa", "cc"), 2, least=0) == ("bb", "aa")
    assert nearest_names("x", {"bb", "aa", "cc"}, 2, least=0) == ("aa", "bb")


@given(st.text(max_size=20), st.sets(st.text(max_size=20), max_size=8))
def test_what_is_offered_is_known_and_alike(name: str, known: set[str]) -> None:
    near = nearest_names(name, known)
    assert set(near) <= known and len(near) <= 3
    assert all(likeness(other.casefold(), name.casefold()) >= ALIKE for other in near)


@given(st.text(max_size=20), st.sets(st.text(max_size=20), max_size=8))
def test_a_known_name_is_its_own_nearest(name: str, known: set[str]) -> None:
    assert nearest_name(name, {*known, name}).casefold() == name.casefold()
