"""Names that differ in case only are kept apart, as Kusto does."""

from pathlib import Path

import duckdb
import pytest

from soc_tui.model.errors import QueryError
from soc_tui.workspaces.local.rewrite.spellings import AS_WRITTEN, unmarked
from soc_tui.workspaces.local.workspace import LocalWorkspace

PAIR = "datatable(a:string)['x'] | extend A = 1"

ANSWERS = {
    f"{PAIR} | project a, A": [{"a": "x", "A": 1}],
    f"{PAIR} | summarize make_set(A), make_set(a) | project set_A, set_a": [
        {"set_A": "[1]", "set_a": '["x"]'}
    ],
    f"{PAIR} | extend d = dynamic({{'A': 2, 'a': 3}}) | project A, b = d.A, c = d['A'], e = d.a": [
        {"A": 1, "b": "2", "c": "2", "e": "3"}
    ],
    "datatable(a:string)['x'] | extend ['A'] = 1 | where ['A'] == 1 and a == 'x' | project A": [
        {"A": 1}
    ],
    "SignIn | union Process | summarize n = count() by IPAddress, IpAddress | sort by n desc": [
        {"IPAddress": "", "IpAddress": "10.0.0.2", "n": 2},
        {"IPAddress": "10.0.0.1", "IpAddress": "", "n": 1},
    ],
    "union (SignIn | project IPAddress), (Process | project IpAddress) | count": [{"Count": 3}],
    "union (SignIn | project IPAddress), (Process | project IpAddress | take 1)": [
        {"IPAddress": "10.0.0.1", "IpAddress": ""},
        {"IPAddress": "", "IpAddress": "10.0.0.2"},
    ],
    "SignIn | join kind=inner Process on k | take 1 | project IPAddress, IpAddress, k1": [
        {"IPAddress": "10.0.0.1", "IpAddress": "10.0.0.2", "k1": 1}
    ],
    "SignIn | extend ipAddress = 'x', d = dynamic({'v': 1}) | evaluate bag_unpack(d)"
    " | project IPAddress, ipAddress, v": [{"IPAddress": "10.0.0.1", "ipAddress": "x", "v": 1}],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> LocalWorkspace:
    path: Path = tmp_path_factory.mktemp("spellings") / "logs.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE SignIn AS SELECT 1::BIGINT AS k, '10.0.0.1' AS \"IPAddress\"")
        con.execute(
            "CREATE TABLE Process AS"
            " SELECT 1::BIGINT AS k, '10.0.0.2' AS \"IpAddress\" FROM range(2)"
        )
    return LocalWorkspace(path)


@pytest.mark.parametrize("kql", ANSWERS)
async def test_each_name_has_its_own_values(workspace: LocalWorkspace, kql: str) -> None:
    assert (await workspace.query(kql)).table.to_pylist() == ANSWERS[kql]


async def test_errors_have_the_names_of_the_query(workspace: LocalWorkspace) -> None:
    with pytest.raises(QueryError) as told:
        await workspace.query(f"{PAIR} | project-away A | project A, a")
    assert "'A'" in told.value.what
    assert "__" not in str(told.value)


def test_what_is_marked_is_as_it_was_without_marks() -> None:
    hint = "columns 'Url' and 'URL' differ only in case."
    spellings = AS_WRITTEN.and_one_of(hint)
    assert spellings is not None
    kql = "T | where Url has x.URL // URL\n| extend n = URL, ['URL'] = a['URL'], set_URL, URL1 = ''"
    said = spellings.text(kql, {"URL1"})

    assert said.count("__spelled") == 3  # n, ['URL'] and set_URL
    assert unmarked(said) == kql.replace("['URL'] =", "URL =")
    assert spellings.and_one_of(hint) is None
    assert spellings.and_one_of("another refusal") is None
