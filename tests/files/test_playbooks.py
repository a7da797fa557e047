from __future__ import annotations

import datetime as dt
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.files.playbook_folder import (
    Shelf,
    TakenError,
    delete_playbook,
    load_shelf,
    read_playbook,
    rename_playbook,
    save_playbook,
)
from soc_tui.files.playbooks import chosen_by_value, fill, made_from, offered, problems_of
from soc_tui.guardrails.bounds import add_bounds
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.writing.parameters import let_literals
from soc_tui.model.errors import ConfigError, SocError
from soc_tui.model.limits import Limits
from soc_tui.model.playbook import NAME_FORM, ParameterKind, Playbook, playbook_name
from soc_tui.workspaces.local.workspace import LocalWorkspace
from tests.history.hunts import example_hunt

KQL = """DeviceProcessEvents
| where TimeGenerated > ago(7d)
| where DeviceName =~ "win-07" or DeviceName startswith "win-07."
| take 50"""
HUNT = replace(example_hunt(1, request="anything odd on host win-07?"), kql=KQL)
SHIPPED = load_shelf(Path("no such folder"))


def likely(name: str = "odd-host") -> Playbook:
    chosen = [(one, one.name) for one in offered(KQL) if one.likely]
    return made_from(HUNT, name, chosen)


def test_a_hunt_becomes_a_playbook_and_runs_for_another_host() -> None:
    playbook = likely()
    assert [(one.name, one.default) for one in playbook.parameters] == [
        ("span", "7d"),
        ("host", "win-07"),
    ]
    assert playbook.origin == HUNT.id
    filled = fill(playbook, {"host": ' srv "01"; T ', "span": "36"})
    assert filled.values == {"span": "36h", "host": 'srv "01"; T'}
    assert filled.request == 'anything odd on host srv "01"; T?'
    assert let_literals(filled.kql)["host"].value == 'srv "01"; T'
    begun = filled.begun(example_hunt(2))
    assert begun.playbook == "odd-host"
    assert begun.notes == ('Playbook odd-host: span = 36h, host = srv "01"; T.',)


def test_without_values_the_query_is_that_of_the_file_letter_by_letter() -> None:
    playbook = replace(likely(), kql=likely().kql.replace('"win-07"', "@'win-07'", 1))
    assert fill(playbook, {"host": "win-07"}).kql == playbook.kql


@pytest.mark.parametrize(
    ("given_values", "word"), [({"hots": "x"}, "hots"), ({"span": "soon"}, "span")]
)
def test_a_wrong_name_or_value_is_named(given_values: dict[str, str], word: str) -> None:
    with pytest.raises(SocError, match=word):
        fill(likely(), given_values)


def test_each_wrong_value_is_told_what_is_wanted() -> None:
    wrong = problems_of(likely(), {"span": "soon", "host": " ", "other": ""})
    assert {*wrong} == {"span", "host"}
    assert "12h" in wrong["span"]


def test_a_value_that_looks_like_a_place_is_not_filled_again() -> None:
    playbook = replace(likely(), request="{host} and {span} and {what}")
    assert fill(playbook, {"host": "{span}"}).request == "{span} and 7d and {what}"


def test_parameters_are_chosen_by_their_value() -> None:
    found = offered(KQL)
    ((one, name),) = chosen_by_value(found, KQL, {"machine": "win-07"})
    assert (one.value, name) == ("win-07", "machine")
    assert chosen_by_value(found, KQL, {"back": "168h"})[0][0].kind is ParameterKind.SPAN
    with pytest.raises(SocError, match="No filter"):  # one value is one parameter
        chosen_by_value(found, KQL, {"one": "win-07", "two": "win-07"})
    with pytest.raises(SocError, match="Did you mean win-07"):
        chosen_by_value(found, KQL, {"host": "win-7"})
    for bad in ("take", "DeviceName", "a b", ""):
        with pytest.raises(SocError, match="not a valid parameter name"):
            chosen_by_value(found, KQL, {bad: "win-07"})


@pytest.mark.parametrize("name", ["../x", "Odd", "", "-x", "a" * 61, "a/b", "a.toml"])
def test_a_name_never_leaves_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(SocError):
        made_from(HUNT, name, ())
    with pytest.raises(SocError):
        save_playbook(replace(likely(), name=name), tmp_path)
    with pytest.raises(SocError):
        delete_playbook(name, tmp_path)


@given(st.text(max_size=80))
def test_any_title_gives_a_name(title: str) -> None:
    assert NAME_FORM.fullmatch(playbook_name(title))


def test_a_playbook_is_kept_in_a_file_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "playbooks"
    path = save_playbook(likely(), folder)
    assert path == folder / "odd-host.toml"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_playbook(path) == likely()
    with pytest.raises(SocError, match="already"):
        save_playbook(likely(), folder)
    save_playbook(replace(likely(), title="Anew"), folder, over=True)
    assert load_shelf(folder).find("odd-host").title == "Anew"
    delete_playbook("odd-host", folder)
    with pytest.raises(SocError, match="No playbook"):
        load_shelf(folder).find("odd-host")


@settings(max_examples=40, deadline=None)
@given(request=st.text(max_size=40), value=st.text(max_size=30), title=st.text(max_size=30))
def test_whatever_it_holds_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, request: str, value: str, title: str
) -> None:
    from soc_tui.kql.text.literals import string

    folder = tmp_path_factory.mktemp("playbooks")
    kql = f"T | where DeviceName == {string(value)} | take 5"
    hunt = replace(example_hunt(1, request=request), kql=kql)
    chosen = [(one, one.name) for one in offered(kql)]
    if not value.strip():
        chosen = []
    playbook = made_from(hunt, "any", chosen, title=title)
    again = read_playbook(save_playbook(playbook, folder))
    assert (again.kql, again.parameters) == (playbook.kql, playbook.parameters)
    assert again.request == playbook.request


GOOD = 'kql = """let host = "a";\nDeviceEvents | where DeviceName == host"""\n'


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title = 5\n" + GOOD, "title"),
        ("kql = ]", "line 1"),
        ('title = "x"', "kql"),
        ('kql = "T | where ("', "kql"),
        ("colour = 1\n" + GOOD, "colour"),
        (GOOD + '[parameters.user]\nkind = "user"', "parameters.user"),
        (GOOD + '[parameters.host]\nkind = "planet"', "parameters.host.kind"),
        (GOOD + '[parameters.host]\nkind = "number"', "parameters.host"),
        (GOOD + '[parameters.host]\nkind = "address"', "parameters.host"),
        (GOOD + "[parameters.host]\nsize = 1", "parameters.host.size"),
        (GOOD + "[parameters]\nhost = 1", "parameters.host"),
        (GOOD + "[parameters.'a\u202eb']", "at parameters"),
    ],
)
def test_a_bad_file_is_named_with_its_place_and_left_out(
    tmp_path: Path, text: str, place: str
) -> None:
    (tmp_path / "bad.toml").write_text(text)
    (tmp_path / "good.toml").write_text(GOOD)
    shelf = load_shelf(tmp_path)
    assert [one.name for one in shelf.playbooks if not one.shipped] == ["good"]
    (problem,) = shelf.problems
    assert "bad.toml" in str(problem)
    assert place in str(problem)
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        shelf.find("bad")


def test_ours_stays_when_the_users_own_of_that_name_is_bad(tmp_path: Path) -> None:
    (tmp_path / "run-keys.toml").write_text("kql = 1")
    assert load_shelf(tmp_path).find("run-keys").shipped
    (tmp_path / "run-keys.toml").write_text(GOOD)
    assert not load_shelf(tmp_path).find("run-keys").shipped


def test_ours_cannot_be_deleted_or_renamed(tmp_path: Path) -> None:
    with pytest.raises(SocError, match="built in"):
        delete_playbook("run-keys", tmp_path)
    with pytest.raises(SocError, match="built in"):
        rename_playbook("run-keys", "mine", tmp_path)


def test_ones_own_is_renamed_over_no_other(tmp_path: Path) -> None:
    save_playbook(likely(), tmp_path)
    save_playbook(likely("other"), tmp_path)
    with pytest.raises(TakenError):
        rename_playbook("odd-host", "other", tmp_path)
    for name in ("../x", "Odd", ""):
        with pytest.raises(SocError, match="not a valid playbook name"):
            rename_playbook("odd-host", name, tmp_path)
    path = rename_playbook("odd-host", "odd-machine", tmp_path)
    assert read_playbook(path) == replace(likely(), name="odd-machine")
    with pytest.raises(SocError, match="No playbook"):
        rename_playbook("odd-host", "again", tmp_path)


def test_a_list_is_one_parameter_of_a_file_and_takes_several_values(tmp_path: Path) -> None:
    kql = KQL.replace('=~ "win-07" or DeviceName startswith "win-07."', 'in~ ("win-07", "win-08")')
    made = made_from(
        replace(HUNT, kql=kql), "hosts", [(one, one.name) for one in offered(kql) if one.likely]
    )
    playbook = read_playbook(save_playbook(made, tmp_path))
    assert [(one.name, one.kind, one.default) for one in playbook.parameters] == [
        ("span", ParameterKind.SPAN, "7d"),
        ("hosts", ParameterKind.TEXTS, "win-07, win-08"),
    ]
    filled = fill(playbook, {"hosts": 'srv-1,"]); T'})
    assert r'let hosts = dynamic(["srv-1", "\"]); T"]);' in filled.kql
    assert "DeviceName in~ (hosts)" in filled.kql
    assert filled.values["hosts"] == 'srv-1, "]); T'
    assert "hosts" in problems_of(playbook, {"hosts": " , "})


def test_a_name_that_is_almost_right_is_offered() -> None:
    with pytest.raises(SocError, match="Did you mean run-keys"):
        Shelf(SHIPPED.playbooks).find("run-key")


def test_ours_are_read_without_a_problem() -> None:
    assert not SHIPPED.problems
    assert 5 <= len(SHIPPED.playbooks) <= 12


@pytest.mark.parametrize("playbook", SHIPPED.playbooks, ids=lambda one: one.name)
async def test_ours_pass_the_guardrails_and_find_rows_on_the_demo(
    playbook: Playbook, demo_database: Path, tmp_path: Path
) -> None:
    catalog, limits = load_catalog(tmp_path), Limits()
    kql = fill(playbook, {}).kql
    verdict = judge_kql(kql, catalog, limits, dt.datetime.now(dt.UTC))
    assert [line.message for line in verdict.lines if line.level.name != "OK"] == []
    assert add_bounds(kql, catalog, limits).notes == ()
    assert playbook.parameters
    assert all(one.description for one in playbook.parameters)
    workspace = LocalWorkspace(demo_database)
    try:
        rows = await workspace.query(
            kql, timespan=dt.timedelta(hours=limits.max_hours), max_rows=limits.max_rows
        )
    finally:
        await workspace.aclose()
    assert rows.count > 0
