"""Events of other systems become rows of the tables that queries and rules know."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from soc_tui.files.log_import import tables_of
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.errors import ConfigError
from soc_tui.workspaces.local.log_import.load import import_files
from soc_tui.workspaces.local.log_import.normalise.source import load_sources, source_of

KNOWN = tables_of(load_catalog())
TIME = "2026-11-28T13:00:03.123456Z"
SYSTEM = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
    "EventID": 1,
    "TimeCreated": {"#attributes": {"SystemTime": TIME}},
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Computer": "host-1",
}
DATA = {
    "Image": "C:\\Windows\\System32\\rundll32.exe",
    "CommandLine": "rundll32.exe comsvcs.dll, MiniDump 612 l.dmp full",
    "ParentImage": "C:\\Windows\\System32\\cmd.exe",
    "User": "CORP\\ann",
    "ProcessId": "4242",
    "Hashes": "MD5=AA,SHA256=BB",
}
XML = (
    '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
    '<Provider Name="Microsoft-Windows-Sysmon"/><EventID>1</EventID>'
    f'<TimeCreated SystemTime="{TIME}"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>'
    "<Computer>host-1</Computer></System><EventData>"
    + "".join(f'<Data Name="{name}">{text}</Data>' for name, text in DATA.items())
    + "</EventData></Event>"
)
MESSAGE = "Process Create:\r\nUtcTime: 2026-11-28 13:00:03.123\r\n" + "\r\n".join(
    f"{name}: {text}" for name, text in DATA.items()
)
PAYLOAD = {"EventData": {"Data": [{"@Name": k, "#text": v} for k, v in DATA.items()]}}
SYSMON: dict[str, tuple[str, str]] = {
    "evtx_dump": ("a.jsonl", json.dumps({"Event": {"System": SYSTEM, "EventData": DATA}})),
    "python-evtx": (
        "a.json",
        json.dumps(
            {
                "Event": {
                    "System": {
                        **SYSTEM,
                        "EventID": {"@Qualifiers": "", "#text": "1"},
                        "TimeCreated": {"@SystemTime": TIME},
                    },
                    "EventData": PAYLOAD["EventData"],
                }
            }
        ),
    ),
    "velociraptor": (
        "a.json",
        json.dumps(
            {
                "System": {
                    **SYSTEM,
                    "EventID": {"Value": 1},
                    "TimeCreated": {"SystemTime": 1795870803.123},
                },
                "EventData": DATA,
            }
        ),
    ),
    "winlogbeat": (
        "a.ndjson",
        json.dumps(
            {
                "@timestamp": TIME,
                "@version": "1",
                "host": {"name": "host-1"},
                "winlog": {"event_id": 1, "channel": SYSTEM["Channel"], "event_data": DATA},
            }
        ),
    ),
    "dotted": (
        "a.json",
        json.dumps(
            {
                "@timestamp": TIME,
                "host.name": "host-1",
                "winlog.event_id": "1",
                "winlog.channel": SYSTEM["Channel"],
                **{f"winlog.event_data.{name}": text for name, text in DATA.items()},
            }
        ),
    ),
    "nxlog": (
        "a.json",
        json.dumps(
            {
                "EventID": 1,
                "Channel": SYSTEM["Channel"],
                "Hostname": "host-1",
                "UtcTime": "2026-11-28 13:00:03.123",
                **DATA,
            }
        ),
    ),
    "get-winevent": (
        "a.json",
        json.dumps(
            [
                {
                    "Id": 1,
                    "LogName": SYSTEM["Channel"],
                    "ProviderName": "Microsoft-Windows-Sysmon",
                    "MachineName": "host-1",
                    "TimeCreated": "/Date(1795870803123)/",
                    "Message": MESSAGE,
                }
            ]
        ),
    ),
    "evtxecmd": (
        "a.csv",
        "EventId,Channel,Computer,TimeCreated,Payload\n1,Microsoft-Windows-Sysmon/Operational,"
        'host-1,2026-11-28 13:00:03.1234560,"' + json.dumps(PAYLOAD).replace('"', '""') + '"\n',
    ),
    "xml": ("a.xml", f'<?xml version="1.0"?>\n<Events>{XML}</Events>'),
    "xml, one after another": ("events.txt", f"\n{XML}\n"),
    "xml, utf-16": ("a.xml", f"<Events>{XML}</Events>"),
    "splunk": ("a.json", json.dumps({"preview": False, "result": {"_raw": XML}})),
    "linux": ("messages", f"Nov 28 13:00:03 host-1 sysmon: {XML.replace(' xmlns=', ' x=')}"),
}


def imported(folder: Path, name: str, content: str, **how: Any) -> dict[str, list[dict[str, Any]]]:
    path = folder / name
    path.write_bytes(content.encode("utf-16" if how.pop("utf16", False) else "utf-8"))
    report = import_files(folder / "w.duckdb", how.pop("table", None), [path], known=KNOWN, **how)
    return {table.table: rows_of(folder, table.table) for table in report.tables}


def rows_of(folder: Path, table: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as con:
        rows = con.sql(f"SELECT * FROM {table}")
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]


@pytest.mark.parametrize("form", [form for form in SYSMON if form != "linux"])
def test_a_sysmon_event_in_any_wrapper(tmp_path: Path, form: str) -> None:
    found = imported(tmp_path, *SYSMON[form], utf16="utf-16" in form)
    assert list(found) == ["DeviceProcessEvents"]
    (row,) = found["DeviceProcessEvents"]
    assert str(row["TimeGenerated"]).startswith("2026-11-28 13:00:03.123")
    raw = json.loads(row["RawEvent"])
    assert (raw["EventID"], raw["Image"]) == (1, DATA["Image"])
    assert {name: row[name] for name in EXPECTED} == EXPECTED


EXPECTED = {
    "ActionType": "ProcessCreated",
    "DeviceName": "host-1",
    "FileName": "rundll32.exe",
    "FolderPath": DATA["Image"],
    "ProcessCommandLine": DATA["CommandLine"],
    "ProcessId": 4242,
    "InitiatingProcessFileName": "cmd.exe",
    "AccountDomain": "CORP",
    "AccountName": "ann",
    "SHA256": "bb",
}


def event(channel: str, number: int, **fields: object) -> str:
    return json.dumps(
        {"Channel": channel, "EventID": number, "Hostname": "h", "@timestamp": TIME, **fields}
    )


SYSMON_LOG = "Microsoft-Windows-Sysmon/Operational"
EVENTS: list[tuple[str, str, dict[str, object]]] = [
    (
        event(SYSMON_LOG, 13, Image="C:\\a.exe", Details="DWORD (0x00000001)",
              TargetObject="HKLM\\System\\CurrentControlSet\\Services\\x\\Start"),
        "DeviceRegistryEvents",
        {"RegistryKey": "HKEY_LOCAL_MACHINE\\System\\ControlSet001\\Services\\x",
         "RegistryValueName": "Start", "RegistryValueData": "1", "RegistryValueType": "Dword"},
    ),
    (
        event(SYSMON_LOG, 3, Image="C:\\a.exe", Initiated="true", DestinationIp="198.51.100.7",
              DestinationPort="443", SourceIp="10.0.0.1", SourcePort="50000", Protocol="tcp"),
        "DeviceNetworkEvents",
        {"ActionType": "ConnectionSuccess", "RemoteIP": "198.51.100.7", "RemotePort": 443,
         "RemoteIPType": "Public",
         "LocalIP": "10.0.0.1", "Protocol": "Tcp"},
    ),
    (
        event(SYSMON_LOG, 3, Image="C:\\a.exe", Initiated="false", DestinationIp="10.0.0.1",
              DestinationPort="445", SourceIp="10.0.0.9", SourcePort="50000"),
        "DeviceNetworkEvents",
        {"ActionType": "InboundConnectionAccepted", "RemoteIP": "10.0.0.9", "LocalPort": 445,
         "RemoteIPType": "Private"},
    ),
    (
        event(SYSMON_LOG, 10, SourceImage="C:\\a.exe", TargetImage="C:\\w\\lsass.exe",
              GrantedAccess="0x1010"),
        "DeviceEvents",
        {"ActionType": "OpenProcessApiCall", "FileName": "lsass.exe",
         "InitiatingProcessFileName": "a.exe"},
    ),
    (
        event("Security", 4688, NewProcessName="C:\\w\\vssadmin.exe", CommandLine="vssadmin",
              NewProcessId="0x12d8", SubjectUserName="ann", SubjectDomainName="CORP",
              ParentProcessName="C:\\w\\cmd.exe"),
        "DeviceProcessEvents",
        {"FileName": "vssadmin.exe", "ProcessId": 4824, "AccountName": "ann",
         "InitiatingProcessFileName": "cmd.exe"},
    ),
    (
        event("Security", 4625, TargetUserName="ann", TargetDomainName="CORP", LogonType="3",
              IpAddress="::ffff:198.51.100.7", SubStatus="0xc000006a"),
        "DeviceLogonEvents",
        {"ActionType": "LogonFailed", "LogonType": "Network", "RemoteIP": "198.51.100.7",
         "FailureReason": "InvalidUserNameOrPassword"},
    ),
    (
        event("Security", 4625, TargetUserName="ann", TargetDomainName="CORP", LogonType="3",
              SubjectUserName="SYSTEM", SubjectDomainName="NT"),
        "SecurityEvent",
        {"Account": "CORP\\ann", "EventID": 4625, "SubjectUserName": "SYSTEM",
         "LogonTypeName": "3 - Network",
         "Activity": "4625 - An account failed to log on.", "TargetUserName": "ann"},
    ),
    (
        event("System", 7045, ServiceName="x", ImagePath="C:\\x.exe"),
        "DeviceEvents",
        {"ActionType": "ServiceInstalled", "FileName": "x.exe"},
    ),
    (
        event("System", 7036, param1="x"),
        "Event",
        {"EventLog": "System", "EventID": 7036, "Computer": "h"},
    ),
    (
        event("Microsoft-Windows-PowerShell/Operational", 4104, ScriptBlockText="iex"),
        "DeviceEvents",
        {"ActionType": "PowerShellCommand"},
    ),
    (
        event("Microsoft-Windows-Windows Defender/Operational", 1116,
              **{"Threat Name": "T", "Path": "file:_C:\\a\\b.exe", "Process Name": "C:\\c.exe"}),
        "DeviceEvents",
        {"ActionType": "AntivirusDetection", "FileName": "b.exe", "FolderPath": "C:\\a\\b.exe"},
    ),
    (
        event("Microsoft-Windows-TaskScheduler/Operational", 106, TaskName="\\x",
              UserContext="CORP\\ann"),
        "DeviceEvents",
        {"ActionType": "ScheduledTaskCreated", "InitiatingProcessAccountName": "ann"},
    ),
    (
        json.dumps({"timestamp": TIME, "event_type": "alert", "src_ip": "10.0.0.5",
                    "dest_ip": "198.51.100.9", "dest_port": 443, "proto": "TCP",
                    "alert": {"signature": "ET MALWARE"}}),
        "DeviceNetworkEvents",
        {"ActionType": "NetworkSignatureInspected", "RemoteIP": "198.51.100.9"},
    ),
    (
        json.dumps({"ts": 1795870803.123456, "uid": "C1", "id.orig_h": "10.0.0.5",
                    "id.resp_h": "198.51.100.9", "id.resp_p": 53, "proto": "udp",
                    "query": "x.test"}),
        "DeviceNetworkEvents",
        {"ActionType": "DnsConnectionInspected", "RemoteUrl": "x.test", "Protocol": "Udp"},
    ),
    (
        "#separator \\x09\n#set_separator\t,\n#unset_field\t-\n#path\tconn\n"
        "#fields\tts\tuid\tid.orig_h\tid.resp_h\tid.resp_p\tproto\tconn_state\tservice\n"
        "#types\ttime\tstring\taddr\taddr\tport\tenum\tstring\tstring\n"
        "1795870803.123456\tC1\t10.0.0.5\t198.51.100.9\t443\ttcp\tSF\t-\n#close\tx\n",
        "DeviceNetworkEvents",
        {"ActionType": "ConnectionSuccess", "DeviceName": "10.0.0.5", "RemotePort": 443},
    ),
    (
        "<34>1 2026-11-28T13:00:03.123Z host-1 su 77 ID47 - \ufeffsu root failed for ann\n",
        "Syslog",
        {"HostName": "host-1", "ProcessName": "su", "ProcessID": 77, "Facility": "auth",
         "SeverityLevel": "crit", "SyslogMessage": "su root failed for ann"},
    ),
    (
        "2026-11-28T13:00:03.123456+00:00 host-1 sshd[1001]: Failed password for a\n",
        "Syslog",
        {"HostName": "host-1", "ProcessName": "sshd", "ProcessID": 1001},
    ),
    (
        "<13>Nov 28 13:00:03 fw CEF:0|Check Point|VPN|1|100|Drop\\|it|5|src=10.0.0.1 "
        "dst=198.51.100.7 dpt=443 msg=two words rt=1795870803123 cs1Label=Rule cs1=a\\=b\n",
        "CommonSecurityLog",
        {"DeviceVendor": "Check Point", "Activity": "Drop|it", "DestinationPort": 443,
         "Message": "two words", "DeviceCustomString1": "a=b"},
    ),
    (
        "LEEF:2.0|Palo|PAN|9|TRAFFIC|^|src=10.0.0.1^dst=198.51.100.7^dstPort=443"
        "^devTime=2026-11-28 13:00:03.123\n",
        "CommonSecurityLog",
        {"DeviceProduct": "PAN", "DestinationIP": "198.51.100.7", "DestinationPort": 443},
    ),
    (
        "type=SYSCALL msg=audit(1795870803.123:7): syscall=59 success=yes pid=5 ppid=4 "
        'comm="arp" exe="/usr/sbin/arp"\n'
        'type=EXECVE msg=audit(1795870803.123:7): argc=2 a0="arp" a1=2D61\n',
        "DeviceProcessEvents",
        {"ProcessCommandLine": "arp -a", "FolderPath": "/usr/sbin/arp", "ProcessId": 5,
         "InitiatingProcessId": 4},
    ),
    (
        "#Software: Microsoft Internet Information Services 10.0\n"
        "#Fields: date time s-ip cs-method cs-uri-stem c-ip sc-status cs(User-Agent)\n"
        "2026-11-28 13:00:03.123 10.0.0.1 POST /x.aspx 198.51.100.7 200 curl/8\n",
        "W3CIISLog",
        {"csMethod": "POST", "cIP": "198.51.100.7", "csUserAgent": "curl/8"},
    ),
    (
        json.dumps({"Records": [{"eventTime": TIME, "eventSource": "s3.amazonaws.com",
                                 "eventName": "GetObject", "awsRegion": "eu-west-1",
                                 "userIdentity": {"type": "IAMUser", "userName": "ann"},
                                 "requestParameters": {"bucketName": "b"}}]}),
        "AWSCloudTrail",
        {"EventName": "GetObject", "UserIdentityUserName": "ann",
         "RequestParameters": '{"bucketName": "b"}'},
    ),
    (
        json.dumps({"value": [{"createdDateTime": TIME, "userPrincipalName": "Ann@x.test",
                               "appDisplayName": "Portal", "conditionalAccessStatus": "success",
                               "status": {"errorCode": 50126}, "ipAddress": "198.51.100.7"}]}),
        "SigninLogs",
        {"UserPrincipalName": "ann@x.test", "ResultType": "50126", "IPAddress": "198.51.100.7"},
    ),
    (
        json.dumps([{"activityDateTime": TIME, "activityDisplayName": "Add user",
                     "initiatedBy": {"user": {"displayName": "Ann"}}, "targetResources": [],
                     "result": "success"}]),
        "AuditLogs",
        {"OperationName": "Add user", "Identity": "Ann"},
    ),
    (
        json.dumps({"CreationTime": "2026-11-28T13:00:03.123", "Operation": "New-InboxRule",
                    "Workload": "Exchange", "UserId": "ann@x.test", "ClientIP": "198.51.100.7:99"}),
        "OfficeActivity",
        {"Operation": "New-InboxRule", "OfficeWorkload": "Exchange", "ClientIP": "198.51.100.7"},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def all_events(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What a folder becomes that holds each event in a file whose name says nothing."""
    folder = tmp_path_factory.mktemp("events")
    logs = folder / "logs"
    logs.mkdir()
    for at, (text, _, _) in enumerate(EVENTS):
        (logs / f"download_{at}").write_text(text)
    report = import_files(folder / "w.duckdb", None, [logs], known=KNOWN)
    assert not [note for note in report.notes if note.startswith("left out")]
    return {table.table: rows_of(folder, table.table) for table in report.tables}


@pytest.mark.parametrize("at", range(len(EVENTS)))
def test_an_event_becomes_a_row(all_events: dict[str, list[dict[str, Any]]], at: int) -> None:
    _, table, expected = EVENTS[at]
    fitting = [
        row for row in all_events[table] if {name: row.get(name) for name in expected} == expected
    ]
    assert len(fitting) == 1, all_events[table]
    assert str(fitting[0]["TimeGenerated"]).startswith("2026-11-28 13:00:03")
    assert fitting[0]["RawEvent"]


def test_the_portals_csv_of_entra_and_purview(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    signins = (
        "Date (UTC),Request ID,Username,Application,IP address,Location,Status,Sign-in error code\n"
        '2026-11-28T13:00:03Z,r0,Ann@x.test,Portal,198.51.100.7,"Town, US",Failure,50126\n'
    )
    (row,) = imported(tmp_path / "one", "x.csv", signins)["SigninLogs"]
    assert (row["UserPrincipalName"], row["ResultType"], row["Location"]) == (
        "ann@x.test", "50126", "US",
    )  # fmt: skip
    data = json.dumps(
        {
            "CreationTime": "2026-11-28T13:00:03",
            "Operation": "New-InboxRule",
            "ClientIP": "198.51.100.7:1234",
            "Parameters": [{"Name": "ForwardTo"}],
        }
    )
    audit = 'RecordId,CreationDate,Operation,UserId,AuditData\nr0,2026-11-28,x,ann,"' + (
        data.replace('"', '""') + '"\n'
    )
    (row,) = imported(tmp_path / "two", "x.csv", audit)["OfficeActivity"]
    assert (row["Operation"], row["ClientIP"]) == ("New-InboxRule", "198.51.100.7")
    assert json.loads(row["Parameters"]) == [{"Name": "ForwardTo"}]


def test_a_table_that_is_named_takes_all_rows(tmp_path: Path) -> None:
    both = "\n".join((EVENTS[0][0], EVENTS[4][0]))
    found = imported(tmp_path, "a.jsonl", both, table="SecurityEvent")
    assert [row["EventID"] for row in found["SecurityEvent"]] == [13, 4688]


def test_a_users_own_source_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = tmp_path / "log_sources"
    own.mkdir()
    (own / "door.toml").write_text(
        'name = "Doors"\nhas = ["door", "badge"]\n[[event]]\ntable = "Doors_CL"\n'
        '[event.columns]\nTimeGenerated = "when"\nDoor = "door | upper"\n'
    )
    found = imported(
        tmp_path, "a.json", '[{"door": "a1", "badge": 1, "when": "2026-11-28"}]', sources=own
    )
    assert found["Doors_CL"][0]["Door"] == "A1"
    (own / "door.toml").write_text('name = "Doors"\n')
    with pytest.raises(ConfigError, match=r"door\.toml"):
        load_sources(own)


@pytest.mark.parametrize(
    "content",
    [
        {"name": "x", "event": [{"table": "T", "columns": {"A": "b | nonsense"}}]},
        {"name": "x", "event": [{"table": "T", "columns": {"A": "b | map:none"}}]},
        {"name": "x", "event": [{"table": "T; DROP"}]},
        {"name": "x", "evnt": []},
        {"event": [{"table": "T"}]},
    ],
)
def test_what_a_source_cannot_say(content: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        source_of(content)
