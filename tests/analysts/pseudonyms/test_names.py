"""Names are replaced wherever they stand, and come back to the letter."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.pseudonyms.names import Kind, Pseudonyms, is_internal
from soc_tui.analysts.pseudonyms.row_names import Chosen, hidden_rows, names_in
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows

KEY = b"k" * 32
CHOSEN = Chosen(users=True, hosts=True, addresses=True, columns=frozenset({"Ticket"}))


def taught() -> Pseudonyms:
    made = Pseudonyms(KEY, addresses=True, mail=True)
    made.learn(
        Kind.USER, ["jdoe", "ann", "ann-lee", "Mary Ann O'Neil", "müller", "al", "svc_backup"]
    )
    made.learn(Kind.HOST, ["WS-01", "srv", "srv-db"])
    made.learn(Kind.DOMAIN, ["CONTOSO", "contoso.local", "contoso.com"])
    return made


def words(text: str) -> str:
    """The text with the codes left out."""
    return re.sub(r"-[2-7][a-z2-7]{5}(?:[a-z2-7]{2})?(?![a-z0-9])", "-…", text, flags=re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"CONTOSO\jdoe", r"CORP-…\user-…"),
        (r"CONTOSO\al logged on", r"CORP-…\user-… logged on"),
        ("jdoe@contoso.com", "user-…@corp-…"),
        ("ws-01.contoso.local", "host-….corp-…"),
        ("WS-01$", "HOST-…$"),
        ("srv-db and srv", "host-… and host-…"),
        ("srv-web", "host-…-web"),
        ("ann-lee, ann, Ann-Lee; annex", "user-…, user-…, user-…; annex"),
        (r"C:\Users\jdoe\AppData\x.exe", r"C:\Users\user-…\AppData\x.exe"),
        (
            "net use \\\\ws-01\\c$ /user:CONTOSO\\jdoe pw",
            "net use \\\\host-…\\c$ /user:CORP-…\\user-… pw",
        ),
        ("runas /u:jdoe.bak", "runas /u:user-….bak"),
        ("for 'mary ann o'neil' today", "for 'user-…' today"),
        ("MÜLLER", "USER-…"),
        ("svc_backup.zip", "user-….zip"),
        ("10.1.2.3:445 and 8.8.8.8", "addr-…:445 and 8.8.8.8"),
        ("::ffff:192.168.1.9", "::ffff:addr-…"),
        ("fe80::1ff:fe23:4567:890a%3", "addr-…%3"),
        ("at 10:20:30 version 10.0.19041.1", "at 10:20:30 version 10.0.19041.1"),
        ("eve@evil.example", "user-…@evil.example"),
        ("NT AUTHORITY\\SYSTEM", "NT AUTHORITY\\SYSTEM"),
        ('{"user":"jdoe","ip":"10.0.0.7"}', '{"user":"user-…","ip":"addr-…"}'),
        ("user-friendly host-reader", "user-friendly host-reader"),
        ("", ""),
    ],
)
def test_names_in_texts(text: str, shown: str) -> None:
    names = taught()
    hidden = names.hide(text)
    assert words(hidden) == shown
    assert names.restore(hidden) == text
    assert taught().hide(text) == hidden  # the same in another run


def test_another_key_has_other_pseudonyms() -> None:
    other = Pseudonyms(b"x" * 32)
    other.learn(Kind.USER, ["jdoe"])
    assert other.hide("jdoe") != taught().hide("jdoe")


def test_pseudonyms_that_stand_in_the_data_already_come_back_as_they_were() -> None:
    names = taught()
    planted = names.hide("jdoe")
    text = f"jdoe wrote {planted} and {planted.upper()}x and HOST-2abcde"
    hidden = names.hide(text)
    assert hidden.count(planted) == 1
    assert names.restore(hidden) == text


def test_a_model_may_change_the_case_of_a_pseudonym() -> None:
    names = taught()
    told = names.hide("jdoe on WS-01")
    assert names.restore(told.title()).casefold() == "jdoe on ws-01"
    assert names.restore(f"({told.split()[0]}'s)") == "(jdoe's)"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text("abAB1-._\\@ üß", min_size=1, max_size=8), max_size=6),
    st.lists(
        st.sampled_from(["user-", "2abcde", "10.0.0.1", "@", "\\", ".", "-", " ", "A", "ß"]),
        max_size=8,
    ),
    st.text(max_size=30),
)
def test_whatever_stands_there_comes_back(names: list[str], parts: list[str], text: str) -> None:
    made = Pseudonyms(KEY, addresses=True, mail=True)
    made.learn(Kind.USER, names)
    whole = text.join([*names, *parts])
    assert made.restore(made.hide(whole)) == whole


@pytest.mark.parametrize(
    ("cell", "kind", "found"),
    [
        ("CONTOSO\\jdoe", Kind.USER, [(Kind.DOMAIN, "CONTOSO"), (Kind.USER, "jdoe")]),
        ("jdoe@contoso.com", Kind.USER, [(Kind.DOMAIN, "contoso.com"), (Kind.USER, "jdoe")]),
        ("WS-01$", Kind.USER, [(Kind.HOST, "WS-01")]),
        ("ws-01.contoso.local", Kind.HOST, [(Kind.DOMAIN, "contoso.local"), (Kind.HOST, "ws-01")]),
        ("10.0.0.4", Kind.HOST, []),
        ("NT AUTHORITY\\SYSTEM", Kind.USER, []),
        ("8b4d2a61-0f3c-4b62-9a52-1f0d3f7a1c11", Kind.USER, []),
    ],
)
def test_what_a_cell_of_a_name_column_says(
    cell: str, kind: Kind, found: list[tuple[Kind, str]]
) -> None:
    assert list(names_in(cell, kind)) == found


def table(**columns: list[str | None]) -> Rows:
    made = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    return Rows(made, tuple(Column(name, KqlType.STRING) for name in columns))


def test_rows_are_replaced_as_chosen() -> None:
    rows = table(
        DeviceName=["ws-01.contoso.local", "WS-02"],
        AccountName=["jdoe", "al"],
        ProcessCommandLine=["net user jdoe /domain", "ping 10.0.0.4 & type \\\\ws-02\\x"],
        Ticket=["INC 1", None],
    )
    names = Pseudonyms(KEY, addresses=True)
    shown = hidden_rows(
        rows, Chosen(users=True, hosts=True, addresses=True, columns=frozenset({"Ticket"})), names
    )
    text = str(shown.rows.table.to_pydict())
    for name in ("jdoe", "'al'", "ws-0", "WS-0", "contoso", "10.0.0.4", "INC 1"):
        assert name not in text
    assert shown.cells == 7
    assert "net user user-" in text
    assert shown.rows.table.column(3).to_pylist()[1] is None
    users_only = hidden_rows(rows, Chosen(users=True), Pseudonyms(KEY)).rows.table.to_pydict()
    assert users_only["DeviceName"] == rows.table.to_pydict()["DeviceName"]
    assert "jdoe" not in str(users_only)


def test_internal_addresses() -> None:
    assert is_internal("172.31.255.1")
    assert is_internal("fd00::1")
    assert not is_internal("172.32.0.1")
    assert not is_internal("not one")
