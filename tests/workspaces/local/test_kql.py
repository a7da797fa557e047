# ruff: noqa: E501 (one query, one line)
"""KQL as hunters write it gives on DuckDB what Kusto gives: each answer below is Kusto's."""

import datetime as dt

import duckdb
import pytest

from soc_tui.workspaces.local.workspace import LocalWorkspace

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
    # What Kusto reads and the grammar of duckdb_kql does not
    "table('T') | join kind=inner (table(\"U\")) on K | count": [4],
    "materialize(T | where N > 1) | count": [3],
    "let t = materialize(T) | where N > 1; t | count as n | where n == 3 | project n": [3],
    "T | where TimeGenerated > date(2026-11-24 11:30) and TimeGenerated > now() - time(2h) | project N": [
        None,
        5,
    ],
    "let kind = 'k2'; let table = T; table | where K == kind | project table = N": [2],
    "T | extend kind = K, title = N | where kind == 'k2' | project title": [2],
    "T | serialize | where N == 1 | serialize | project N": [1],
    "T | extend D = parse_json('{\"kind\": 4}') | where N == 1 | project toint(D.kind)": [4],
    # search and find
    "search in (T, U) 'k1' | summarize c=count() by $table | sort by c desc | project c": [3, 2],
    "search in (T, U) * | count": [8],
    "search in (T) K:'k2' or N == 3 | project N": [2, 3],
    "search in (T) K:'*2' and (* has 'powershell') | project N": [2],
    "search in (T) 'powershell*' and not('cmd') | project N": [1, 2],
    "search in (T) 'x' | project N": [1],
    "search in (T) 'po*exe' | project N": [1],
    "search in (T, U) '*ershell*' and TimeGenerated > ago(2h) | project N": [5],
    "T | search 'k2' | project N": [2],
    "find in (T, U) where K == 'k1' | summarize count() by source_ | project count_": [2, 2],
    "find in (T, U) where V == 'v9' project K": ["U"],
    "find in (T, U) where V == 'v9' | project tostring(pack_.K), V": [""],
    "find withsource=src in (T, U) where K == 'k2' project V, N | project N": [2],
    "find in (T, U) where 'v1' | project tostring(pack_.V)": ["v1"],
    "let k = 'k9'; find in (T, U) where K == k or V == 'v1' project V | project V": ["v1", "v9"],
    # mv-apply, where its subquery looks at one row at a time
    "T | mv-apply x = D.b on (where x == 2 | extend y = toint(x)) | project y": [2],
    "T | mv-apply with_itemindex=i x = D.b to typeof(long) on (where i == 1 | project last = x) | project last": [
        2
    ],
    "T | mv-apply x = D.b to typeof(long) on (where isnotnull(x) | project z = x) | project N": [
        1,
        1,
    ],
    "T | mv-apply D on (mv-apply v = D.b on (where v == 1 | extend w = toint(v))) | project w": [1],
    # Forms as in public hunting queries
    "let f = (t: string, k: string) { table(t) | where K == k }; let a = f('T', 'k1'); union a, (f('U', 'k9')) | count": [
        3
    ],
    "let f = (t: string) { table(t) | where K =~ 'k1' }; f('T') | join kind=inner (f('U')) on K | count": [
        4
    ],
    "T | summarize make_set(K) by N, tostring(S) | project-reorder set_K, N | where N == 2 | project tostring(set_K[0])": [
        "k2"
    ],
    "T | summarize t=argmax(N, K) by S | project t, K | where t == 5 | project K": ["K1"],
    "let n = 2; T | top n by N desc | project N": [5, 3],
    "let n = 1; T | where N > 3 | take n | project N": [5],
    "T | parse S with name '.' * | where N == 1 | project name": ["powershell"],
    "datatable(s:string)['[1,2]'] | mv-expand todynamic(s) | project toint(s)": [1, 2],
    "T | where N == 1 | project extract_json('$.b[1]', tostring(D))": ["2"],
    "T | where N == 1 | project extractjson('$.u.n', tostring(D), typeof(string))": ["q"],
    "union (T | extend a = 'x'), (U | extend a = 'y') | project-reorder a, K | summarize count() by a | sort by a asc | project count_": [
        5,
        3,
    ],
    # What plain_forms says otherwise
    "(T | where N > 1) | summarize count()": [3],
    "(union (T), (U | extend N=9))\n| where N == 9 | count": [3],
    "let t = (union T, (U | extend N=9)); (t) | count": [8],
    "T | summarize c=count(), by K | where c > 1 | project K": ["k1"],
    "T | where N == 1 | extend x=D.['b'].[1] | project toint(x)": [2],
    "T | distinct * | count": [5],
    "T | extend M=N | distinct M | distinct * | where M > 3": [5],
    "T | project-away S, D*, *e*": [1, 2, 3, None, 5],
    "T | project-keep N*": [1, 2, 3, None, 5],
    "T | project N, K, S | project-keep S, N | take 1 | project strcat_array(pack_array(S, N), ',')": [
        "powershell.exe -enc A,1"
    ],
    "T | project-reorder N": [1, 2, 3, None, 5],
    "T | project-reorder N asc, * desc": [1, 2, 3, None, 5],
    "T | join kind=inner U on K | project-away *1 | project V, N | order by V asc, N asc": [
        "v1",
        "v1",
        "v2",
        "v2",
    ],
    "T | extend x=column_ifexists('N', 0) | where x > 2 | project x": [3, 5],
    "T | extend x=columnifexists('Nix', strcat(K, '!')) | take 1 | project x": ["k1!"],
    "T | extend x=arraylength(parsejson('[1,2,3]')) | take 1 | project x": [3],
    "T | summarize s=make_set(K, 2) | project array_length(s)": [2],
    "T | summarize make_set(K, 1 + 1) | project array_length(set_K)": [2],
    "range i from 1 to 300 step 1 | summarize makeset(i) | project array_length(set_i)": [128],
    "range i from 1 to 300 step 1 | summarize makelist(i, 200) | project array_length(list_i)": [
        200
    ],
    "T | summarize s=make_set_if(S, N > 1) | project array_length(s)": [3],
    "T | summarize make_set_if(N, N > 1, 2) | project array_length(set_N)": [2],
    "T | summarize l=make_list_if(N, N > 1) | mv-expand l | project tolong(l)": [2, 3, 5],
    "datatable(i:string)['10.0.0.1','172.31.9.9','172.32.0.1','8.8.8.8','fe80::1','192.168.1.1/24','127.0.0.1','10.0.0.256',''] | extend p=ipv4_is_private(i) | project p": [
        True,
        True,
        False,
        False,
        None,
        True,
        False,
        None,
        None,
    ],
    "datatable(i:string)['10.0.0.1','8.8.8.8','x'] | where not(ipv4_is_private(i)) | project i": [
        "8.8.8.8"
    ],
    "let f = () { T | where N > 2 }; f | project N": [3, 5],
    "let least = 3; let f = (most: long) { let all = T | where N >= least; all | where N < most }; f(5) | project N": [
        3
    ],
    "let f = view () { (T) | summarize makeset(K) }; f() | project array_length(set_K)": [4],
    "T | summarize count=count() by K | where count > 1 | sort by count desc | project K": ["k1"],
    "T | extend first=N, time=TimeGenerated | summarize last=max(first), date=min(time) | project last": [
        5
    ],
    "T | summarize make_set(toscalar((U) | summarize makeset(K)), 5) | count": [1],
    "T | summarize first=min(N), last=max(N) by K | extend d = last - first | summarize max(d)": [
        2
    ],
    "T | summarize count=count() by K | where (count > 1) | summarize sum(count)": [2],
    "let arraylength = (x: dynamic) { 7 }; T | take 1 | project arraylength(D)": [7],
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
