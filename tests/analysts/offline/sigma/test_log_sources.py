"""Where the events of public rules stand: each kind of log source on rows as its table has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from soc_tui.analysts.offline.sigma import field_columns, generic_sources
from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.matching import RuleMatcher
from soc_tui.analysts.offline.sigma.nested_values import values_of
from soc_tui.analysts.offline.sigma.rulebook import Rulebook
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.finding import Finding
from tests.analysts.offline.sigma.rows_by_hand import make_rows, read_rules

XML = (
    '<DataItem type="System.XmlData"><EventData><Data Name="ServiceName">a &amp; b</Data>'
    '<Data Name="ImagePath">C:\\Temp\\x.exe</Data><Data Name="Empty" /></EventData></DataItem>'
)
SYSTEM = {"EventLog": "System", "Source": "Service Control Manager", "EventID": 7045}
SCRIPTS = "Microsoft-Windows-PowerShell/Operational"
EXECVE = 'type=EXECVE msg=audit(1700000000.1:7): argc=2 a0="chattr" a1="-i /etc/passwd"'

Row = Mapping[str, object]


@pytest.mark.parametrize(
    ("source", "selection", "table", "row", "others"),
    [
        ("category: image_load", "{ImageLoaded|endswith: '\\evil.dll', Signed: 'false'}",
         "DeviceImageLoadEvents", {"FolderPath": "C:\\evil.dll", "Signed": "false"},
         [{"Signed": "true"}]),
        ("category: dns_query", "{QueryName|endswith: '.bad.example'}", "DeviceEvents",
         {"ActionType": "DnsQueryResponse",
          "AdditionalFields": '{"DnsQueryString":"www.BAD.example"}'},
         [{"ActionType": "DriverLoad"}, {"AdditionalFields": "{}"}]),
        ("category: dns_query", "{QueryName|endswith: '.bad.example'}", "DeviceEvents",
         {"ActionType": "DnsQueryResponse", "AdditionalFields": '{"QueryName":"a.bad.example"}'},
         [{"AdditionalFields": '{"QueryName":"a.good.example"}'}]),
        ("category: process_access",
         "{TargetImage|endswith: '\\lsass.exe', GrantedAccess: '0x1410', SourceImage|contains: x}",
         "DeviceEvents",
         {"ActionType": "OpenProcessApiCall", "FolderPath": "C:\\lsass.exe",
          "InitiatingProcessFolderPath": "x.exe", "AdditionalFields": '{"GrantedAccess":"0x1410"}'},
         [{"AdditionalFields": '{"GrantedAccess":"0x1000"}'}, {"FolderPath": "C:\\l.exe"}]),
        ("category: driver_load", "{Hashes|contains: 'SHA256=AB'}", "DeviceEvents",
         {"ActionType": "DriverLoad", "SHA256": "ab", "SHA1": "", "MD5": ""}, [{"SHA256": "cd"}]),
        ("category: pipe_created", "{PipeName|startswith: '\\bad-'}", "DeviceEvents",
         {"ActionType": "NamedPipeEvent", "AdditionalFields": '{"PipeName":"\\\\bad-7"}'},
         [{"AdditionalFields": '{"PipeName":"\\\\good"}'}, {"AdditionalFields": ""}]),
        ("product: windows, service: security",
         "{EventID: 4698, TaskContent|contains: rundll32, SubjectUserName: eve}", "SecurityEvent",
         {"EventID": 4698, "SubjectUserName": "eve",
          "EventData": "<EventData><Data Name='TaskContent'>&lt;rundll32&gt;</Data></EventData>"},
         [{"EventID": 4699}, {"SubjectUserName": "ann"}, {"EventData": ""}]),
        ("product: windows, service: system",
         "{EventID: 7045, Provider_Name: 'Service Control Manager', ImagePath|endswith: 'x.exe'}",
         "Event", SYSTEM | {"EventData": XML},
         [{"EventLog": "Application"}, {"EventData": XML.replace("x.exe", "y.exe")}]),
        ("product: windows, category: ps_script", "{ScriptBlockText|contains: Get-Secret}", "Event",
         {"EventLog": SCRIPTS, "EventID": 4104, "EventData": '{"ScriptBlockText":"get-secret"}'},
         [{"EventID": 4103}, {"EventLog": "System"}]),
        ("product: windows, category: ps_classic_start", "{Data|contains: EngineVersion=2}",
         "Event",
         {"EventLog": "Windows PowerShell", "EventID": 400,
          "EventData": "<Data>a</Data><Data>EngineVersion=2.0</Data>"},
         [{"EventData": "<Data>EngineVersion=5.1</Data>"}]),
        ("product: windows, service: windefend", "{EventID: 5001}", "Event",
         {"EventLog": "Microsoft-Windows-Windows Defender/Operational", "EventID": 5001},
         [{"EventID": 5007}, {"EventLog": "System"}]),
        ("product: linux, service: auditd", "{type: EXECVE, a0: chattr, a1|contains: '-i'}",
         "Syslog", {"SyslogMessage": EXECVE}, [{"SyslogMessage": EXECVE.replace("chattr", "ls")}]),
        ("product: linux, service: sshd", "['incorrect signature']", "Syslog",
         {"SyslogMessage": "sshd[9]: error: Incorrect signature"}, [{"SyslogMessage": "fine"}]),
        ("product: azure, service: auditlogs",
         "{properties.message: Add user, Category: X, TargetResources.type: User}", "AuditLogs",
         {"OperationName": "Add user", "Category": "x", "TargetResources": '[{"type":"User"}]'},
         [{"OperationName": "Delete user"}, {"TargetResources": '[{"type":"Group"}]'}]),
        ("product: azure, service: riskdetection", "{riskEventType: leakedCredentials}",
         "AADUserRiskEvents", {"RiskEventType": "leakedCredentials"}, [{"RiskEventType": "x"}]),
        ("product: azure, service: signinlogs", "{userAgent|contains: hound, ResultType: 0}",
         "SigninLogs", {"UserAgent": "azurehound/1", "ResultType": "0"}, [{"ResultType": "50126"}]),
        ("product: m365, service: audit",
         "{Operation: Set-Mailbox, Parameters|contains: ForwardingAddress}", "OfficeActivity",
         {"Operation": "Set-Mailbox", "Parameters": '[{"Name":"ForwardingAddress"}]'},
         [{"Parameters": "[]"}]),
        ("product: aws, service: cloudtrail",
         "{eventName: PutX, userIdentity.type: Root, requestParameters.enable: 'false'}",
         "AWSCloudTrail",
         {"EventName": "PutX", "UserIdentityType": "Root", "RequestParameters": '{"enable":false}'},
         [{"UserIdentityType": "IAMUser"}, {"RequestParameters": '{"enable":true}'}]),
        ("category: webserver", "{cs-uri-query|contains: '../..', cs-method: GET}", "W3CIISLog",
         {"csUriQuery": "f=../../x", "csMethod": "GET"}, [{"csMethod": "POST"}]),
        ("category: proxy", "{c-useragent|startswith: curl}", "CommonSecurityLog",
         {"RequestClientApplication": "curl/8"}, [{"RequestClientApplication": "Mozilla"}]),
    ],
)  # fmt: skip
def test_a_log_source_is_found_in_its_table(
    source: str, selection: str, table: str, row: Row, others: Sequence[Row]
) -> None:
    text = f"title: Public\nlogsource: {{{source}}}\ndetection:\n  s: {selection}\n  condition: s\n"
    rules, problems = read_rules(text, "public.yml")
    assert problems == []
    assert rules[0].table == table
    matcher = RuleMatcher(make_rows([row, *({**row, **other} for other in others)]), rules)
    assert matcher.hits(rules[0]) == [0]


def test_columns_of_tables_that_the_catalog_knows_are_documented() -> None:
    catalog = load_catalog().tables
    known = {name: {one.name for one in table.columns} for name, table in catalog.items()}
    wrong = [
        (name, column)
        for name, about in generic_sources.tables().items()
        if name in known
        for field in about.values()
        for column in field_columns.columns_in(field)
        if not field_columns.keys(column) and column not in known[name]
    ]
    assert wrong == []


def test_a_finding_quotes_the_column_that_holds_the_value() -> None:
    text = (
        "title: Public\nlogsource: {product: windows, service: security}\nlevel: high\n"
        "detection:\n  s: {EventID: 4697, ServiceFileName|contains: x, SubjectUserName: eve}\n"
        "  condition: s\n"
    )
    rules, _ = read_rules(text, "public.yml")
    event = '<EventData><Data Name="ServiceFileName">x.exe</Data></EventData>'
    rows = make_rows([{"EventID": 4697, "EventData": event, "SubjectUserName": "eve"}])
    hunt = RuleHunt(rows, "SecurityEvent", Rulebook(tuple(rules)))
    (finding,) = (one for one in hunt.findings() if isinstance(one, Finding))
    quoted = {one.column: one.text for one in finding.evidence[0].quotations}
    assert quoted == {"EventID": "4697", "EventData": event, "SubjectUserName": "eve"}
    assert finding.grounded


@pytest.mark.parametrize(
    ("cell", "name", "value"),
    [
        (XML, "ServiceName", "a & b"),
        (XML, "Empty", ""),
        (XML, "None", None),
        ("<EventData><Data>one</Data><Data>two</Data></EventData>", "param2", "two"),
        ("<UserData><EventXML><Param1>7</Param1></EventXML></UserData>", "Param1", "7"),
        ('{"a":{"B":[{"c":1},{"c":"x"}]}}', "A.b.C", "1\nx"),
        ('[{"Name":"Forward","Value":"x@y"}]', "forward", "x@y"),
        ('{"a":', "a", None),
        ('{"a":null,"b":true}', "a", None),
        ('{"a":null,"b":true}', "b", "true"),
        ('{"Threat Name":"EICAR"}', "ThreatName", "EICAR"),
        (EXECVE, "a1", "-i /etc/passwd"),
        (EXECVE, "a2|argc", "2"),
        ("", "a", None),
        ("[" * 100_000, "a", None),
    ],
)
def test_a_value_within_a_cell(cell: str, name: str, value: str | None) -> None:
    assert values_of(cell, [name.lower()]) == [value]
