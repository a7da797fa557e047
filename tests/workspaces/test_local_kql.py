# ruff: noqa: E501 (one query, one line)
"""KQL as hunters write it gives on DuckDB what Kusto gives: each answer below is Kusto's."""

import datetime as dt

import duckdb
import pytest

from soc_tui.workspaces.local import LocalWorkspace

NOW = dt.datetime(2026, 11, 24, 13, 0, tzinfo=dt.UTC)

BAG = '{"a":"x","b":[1,2],"u":{"n":"q"}}'

ANSWERS: dict[str, list[object]] = {
    r"print x = '\u001b[2J\x41\U0001F600'": ["\x1b[2JA\U0001f600"],
    r"print x = h'secret'": ["secret"],
    r"print x = @'C:\u0041'": [r"C:\u0041"],
    r"T | where K == 'k\u0031' | project N": [1, 3],
    "T | where S has 'powershell' | project N": [1, 2],
    "T | where S contains 'POWERSHELL' | project N": [1, 2, 5],
    "T | where S !has 'powershell' | project N": [3, None, 5],
    "T | where S != 'PowerShell' | project N": [1, 3, None, 5],
    "T | where S !contains 'cmd' | project N": [1, 2, 3, None],
    "T | where S !in~ ('powershell') | project N": [1, 3, None, 5],
    "T | where S has_any ('cmd','enc') | project N": [1, 5],
    "T | where S has_all ('powershell','enc') | project N": [1],
    "T | where S startswith 'POWER' | project N": [1, 2],
    "T | where S endswith 'A' | project N": [1],
    "T | where K in~ ('K1') | project N": [1, 3, 5],
    "T | where K in ('K1') | project N": [5],
    "T | where K =~ 'K1' | project N": [1, 3, 5],
    "T | where N between (2..3) | project N": [2, 3],
    "T | where TimeGenerated > ago(2h) | project N": [None, 5],
    "T | where TimeGenerated between (datetime(2026-11-24 10:00)..datetime(2026-11-24 11:00)) | project N": [
        1,
        2,
    ],
    "T | where TimeGenerated >= ago(1d) | summarize c=count() by bin(TimeGenerated,1d) | project c": [
        4
    ],
    "T | summarize dcount(K)": [4],
    "T | summarize c=count() by K | order by K asc | project c": [1, 2, 1, 1],
    "T | summarize arg_max(TimeGenerated,*) by K | order by TimeGenerated asc | project N": [
        1,
        2,
        None,
        5,
    ],
    "T | summarize s=make_set(K) | project array_length(s)": [4],
    "T | summarize s=make_list(N) | project array_length(s)": [4],
    "T | join kind=inner U on K | project V | order by V asc": ["v1", "v1", "v2", "v2"],
    "T | join U on K | project V | order by V asc": ["v1", "v2"],
    "T | join kind=leftouter U on K | count": [7],
    "T | join kind=leftanti U on K | count": [3],
    "T | join kind=leftsemi U on K | count": [2],
    "T | join kind=rightanti U on K | project V": ["v9"],
    "T | join kind=fullouter U on K | count": [8],
    "T | extend x=tostring(D.a) | where x=='x' | project N": [1],
    "T | extend x=tostring(D.u.n) | where x=='q' | project N": [1],
    "T | extend x=toint(D.b[1]) | where x==2 | project N": [1],
    "T | where D.a == 'y' | project N": [2],
    "T | where D has 'x' | project N": [1],
    "T | where tostring(D) has 'x' | project N": [1],
    "T | mv-expand b=D.b | where isnotnull(b) | project tolong(b)": [1, 2],
    "T | extend e=extract('-(\\\\w+) A',1,S) | where e=='enc' | project N": [1],
    "T | extend e=extract(@'-(\\w+) A',1,S) | where e=='enc' | project N": [1],
    "T | top 2 by N desc | project N": [5, 3],
    "T | order by N desc | take 2 | project N": [5, 3],
    "T | sort by N asc | project N": [None, 1, 2, 3, 5],
    "T | project-away S,D,K,TimeGenerated": [1, 2, 3, None, 5],
    "union T, (U | extend N=9) | count": [8],
    "let t=2h; T | where TimeGenerated > ago(t) | count": [2],
    "let ks=U | distinct K; T | where K in (ks) | project N": [1, 3],
    "let ks=dynamic(['k1','k2']); T | where K in (ks) | project N": [1, 2, 3],
    "datatable(a:string,b:long)['x',1,'y',2] | where b>1 | project a": ["y"],
    "T | where isempty(S) | project N": [3, None],
    "T | where isnotempty(S) | count": [3],
    "T | extend y=parse_json('{\"z\":5}') | extend q=tolong(y.z) | take 1 | project q": [5],
    "T | where S matches regex '(?i)power' | project N": [1, 2, 5],
    "T | summarize countif(N>1), sum(N), avg(N), max(TimeGenerated) | project sum_N": [11],
    "T | extend h=strlen(S) | summarize max(h)": [21],
    "T | extend z=iff(N>2,'big','small') | summarize count() by z | order by z asc | project count_": [
        2,
        3,
    ],
    "T | extend z=case(N==1,'one',N==2,'two','other') | distinct z | count": [3],
    "T | project x=strcat(K,'-',N) | take 1": ["k1-1"],
    "T | where hourofday(TimeGenerated)==10 | project N": [1, 3],
    "T | parse S with * '-' flag ' ' * | where flag == 'enc' | project N": [1],
    "T | extend part=split(S,' ')[0] | where tostring(part)=='cmd' | project N": [5],
    "T | extend day=format_datetime(TimeGenerated,'yyyy-MM-dd') | take 1 | project day": [
        "2026-11-24"
    ],
    "T | extend age=datetime_diff('hour',now(),TimeGenerated) | where N == 1 | project age": [3],
    "T | extend age=now()-TimeGenerated | where age > 2h | count": [2],
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> LocalWorkspace:
    path = tmp_path_factory.mktemp("db") / "logs.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "CREATE TABLE T (TimeGenerated TIMESTAMP, S VARCHAR, N BIGINT, D JSON, K VARCHAR)"
        )
        rows = [
            (
                "2026-11-24 10:00",
                "powershell.exe -enc A",
                1,
                '{"a":"x","b":[1,2],"u":{"n":"q"}}',
                "k1",
            ),
            ("2026-11-24 11:00", "PowerShell", 2, '{"a":"y"}', "k2"),
            ("2026-11-20 10:00", "", 3, None, "k1"),
            ("2026-11-24 12:00", None, None, None, "k3"),
            ("2026-11-24 12:30", "cmd powershellx", 5, '"str"', "K1"),
        ]
        con.executemany("INSERT INTO T VALUES (?, ?, ?, ?, ?)", rows)
        con.execute("CREATE TABLE U (K VARCHAR, V VARCHAR)")
        con.execute("INSERT INTO U VALUES ('k1', 'v1'), ('k1', 'v2'), ('k9', 'v9')")
    return LocalWorkspace(path, now=lambda: NOW)


@pytest.mark.parametrize("kql", ANSWERS)
async def test_answers(workspace: LocalWorkspace, kql: str) -> None:
    found = (await workspace.query(kql)).table.column(0).to_pylist()
    wanted = ANSWERS[kql]
    if not any(word in kql for word in ("order by", "sort by", "top ")):
        found, wanted = sorted(found, key=_nulls_last), sorted(wanted, key=_nulls_last)
    assert found == wanted


def _nulls_last(value: object) -> tuple[bool, str]:
    return value is None, str(value)
