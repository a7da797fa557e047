"""DeviceFileEvents and DeviceRegistryEvents of the ordinary week."""

from __future__ import annotations

import hashlib
import ntpath
import posixpath

import numpy as np

from soc_tui.demo.clock import Ints, Texts
from soc_tui.demo.company import accounts
from soc_tui.demo.network import busy_moments
from soc_tui.demo.process_noise import fill
from soc_tui.demo.processes import Processes, account_column, device_columns, initiating_columns

# weight | program | action | mean size in bytes | path | origin URL | account of a share request
_FILE_PROFILES = r"""
2600|chrome.exe|FileCreated|60000|C:\Users\{user}\AppData\Local\Google\Chrome\User Data\Default\Cache\Cache_Data\f_{hex8}|
900|chrome.exe|FileCreated|900000|C:\Users\{user}\Downloads\{doc}.pdf|https://{site}/files/{hex8}
260|chrome.exe|FileCreated|2000000|C:\Users\{user}\Downloads\{doc}.zip|https://{site}/files/{hex8}
40|chrome.exe|FileCreated|50000000|C:\Users\{user}\Downloads\setup_{d}.exe|https://{site}/download/{hex8}
900|chrome.exe|FileRenamed|900000|C:\Users\{user}\Downloads\{doc}.pdf|https://{site}/files/{hex8}
1500|msedge.exe|FileCreated|60000|C:\Users\{user}\AppData\Local\Microsoft\Edge\User Data\Default\Cache\Cache_Data\f_{hex8}|
1500|OUTLOOK.EXE|FileCreated|300000|C:\Users\{user}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\{hex8}\{doc}.pdf|
1100|OUTLOOK.EXE|FileCreated|200000|C:\Users\{user}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\{hex8}\{doc}.docx|
600|OUTLOOK.EXE|FileCreated|200000|C:\Users\{user}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\{hex8}\{doc}.xlsx|
1700|WINWORD.EXE|FileCreated|162|C:\Users\{user}\OneDrive - Halvorsen Marine\~${doc}.docx|
1500|WINWORD.EXE|FileModified|240000|C:\Users\{user}\OneDrive - Halvorsen Marine\{doc}.docx|
2200|EXCEL.EXE|FileModified|700000|\\srv-file-01\Shared\{doc}.xlsx|
500|EXCEL.EXE|FileCreated|700000|\\srv-file-01\Finance\{doc}.xlsm|
2300|OneDrive.exe|FileCreated|300000|C:\Users\{user}\OneDrive - Halvorsen Marine\{doc}.docx|
900|OneDrive.exe|FileModified|40000|C:\Users\{user}\AppData\Local\Microsoft\OneDrive\logs\Business1\SyncEngine-{n}.odl|
1500|ms-teams.exe|FileCreated|20000|C:\Users\{user}\AppData\Local\Packages\MSTeams_8wekyb3d8bbwe\LocalCache\f_{hex8}|
600|explorer.exe|FileCreated|4000|C:\Users\{user}\AppData\Roaming\Microsoft\Windows\Recent\{doc}.lnk|
350|explorer.exe|FileDeleted|300000|C:\Users\{user}\Downloads\{doc}.pdf|
200|explorer.exe|FileRenamed|300000|C:\Users\{user}\Documents\{doc} final.docx|
500|7z.exe|FileCreated|200000|C:\Users\{user}\Downloads\{doc}\{hex8}.csv|
120|7z.exe|FileCreated|40000000|D:\Archive\logs_{n}.7z|
1200|git.exe|FileCreated|5000|C:\Users\{user}\src\berth\.git\objects\{c}\{hex}|
900|Code.exe|FileModified|12000|C:\Users\{user}\src\berth\app\module_{d}.py|
900|node.exe|FileCreated|9000|C:\Users\{user}\src\berth\node_modules\.cache\{hex}.js|
1900|powershell.exe|FileCreated|60|C:\Windows\Temp\__PSScriptPolicyTest_{hex8}.{c}{d}.ps1|
300|powershell.exe|FileCreated|2000|C:\Windows\IMECache\HealthScripts\{guid}\detect.ps1|
1600|MsMpEng.exe|FileCreated|90000|C:\ProgramData\Microsoft\Windows Defender\Scans\History\Store\{hex}|
500|MpCmdRun.exe|FileCreated|600000|C:\Windows\Temp\MpSigStub_{n}.log|
900|AM_Delta.exe|FileCreated|500000|C:\ProgramData\Microsoft\Windows Defender\Definition Updates\{GUID}\mpasdlta.vdm|
2600|svchost.exe|FileCreated|8000|C:\Windows\Prefetch\APP{n}-{hex8}.pf|
700|svchost.exe|FileCreated|9000000|C:\Windows\SoftwareDistribution\Download\{hex}\update_{n}.cab|
700|CcmExec.exe|FileCreated|20000|C:\Windows\CCM\Inventory\Temp\{guid}.xml|
400|CcmExec.exe|FileCreated|18000000|C:\Windows\ccmcache\{c}\Berth-7.3.{d}.msi|
500|msiexec.exe|FileCreated|300000|C:\Program Files\Halvorsen\Berth\plugin_{d}.dll|
200|msiexec.exe|FileCreated|900000|C:\Windows\Installer\{hex8}.msi|
700|tidewatch.exe|FileModified|4000|C:\ProgramData\Tidewatch\spool\{hex8}.json|
400|keelsafe-backup.exe|FileCreated|90000000|D:\Keelsafe\cache\{hex8}.kbk|
300|sqlservr.exe|FileCreated|700000000|D:\Backup\Berth{d}_{n}.bak|
500|w3wp.exe|FileModified|90000|C:\inetpub\logs\LogFiles\W3SVC1\u_ex{n}.log|
900|ntoskrnl.exe|FileModified|400000|D:\Shares\Shared\{doc}.xlsx|
200|robocopy.exe|FileCreated|900000|D:\Logs\app_{n}.log|
300|SearchProtocolHost.exe|FileModified|9000|C:\ProgramData\Microsoft\Search\Data\Temp\usgthrsvc\{hex8}.tmp|
700|/usr/bin/git|FileCreated|6000|/home/gitlab-runner/builds/{hex8}/.git/objects/{c}/{hex}|
500|/usr/bin/docker|FileCreated|90000|/tmp/docker-build{n}/context.tar|
900|/opt/microsoft/mdatp/sbin/wdavdaemon|FileCreated|9000|/var/opt/microsoft/mdatp/tmp/{guid}|
400|/usr/lib/postgresql/15/bin/postgres|FileCreated|16777216|/var/lib/postgresql/15/main/pg_wal/{hex}|
120|/usr/bin/logrotate|FileRenamed|200000|/var/log/nginx/access.log.{d}.gz|
60|/usr/bin/dpkg|FileCreated|90000|/var/lib/dpkg/info/pkg{n}.list|
"""  # noqa: E501

# weight | program | action | key | value name | value type | data
_REGISTRY_PROFILES = r"""
150|OneDrive.exe|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Windows\CurrentVersion\Run|OneDrive|String|"C:\Users\{user}\AppData\Local\Microsoft\OneDrive\OneDrive.exe" /background
90|ms-teams.exe|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Windows\CurrentVersion\Run|Teams|String|"C:\Program Files\WindowsApps\MSTeams_24215.1007.3082.1590_x64__8wekyb3d8bbwe\ms-teams.exe" msteams:system-initiated
60|msedge.exe|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Windows\CurrentVersion\Run|MicrosoftEdgeAutoLaunch_{hex}|String|"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --no-startup-window --win-session-start
40|chrome.exe|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Windows\CurrentVersion\Run|GoogleChromeAutoLaunch_{hex}|String|"C:\Program Files\Google\Chrome\Application\chrome.exe" --no-startup-window
2200|explorer.exe|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Windows\CurrentVersion\Explorer\RecentDocs\.docx|{n}|Binary|
900|explorer.exe|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Windows\CurrentVersion\Explorer\UserAssist\{GUID}\Count|P:\Hfref\{n}|Binary|
900|OUTLOOK.EXE|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Office\16.0\Outlook\Resiliency\{hex8}|{n}|Binary|
800|WINWORD.EXE|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Office\16.0\Word\Reading Locations\Document {d}|Datetime|String|{n}
900|EXCEL.EXE|RegistryValueSet|HKEY_CURRENT_USER\{sid}\Software\Microsoft\Office\16.0\Excel\File MRU|Item {d}|String|\\srv-file-01\Shared\{doc}.xlsx
700|svchost.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\bam\State\UserSettings\S-1-5-18|\Device\HarddiskVolume3\Windows\System32\svchost.exe|Binary|
700|svchost.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\{GUID}|DynamicInfo|Binary|
90|svchost.exe|RegistryKeyCreated|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree\GoogleUserPEH{n}|||
350|svchost.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender\Exclusions\Paths|C:\Program Files\Microsoft SQL Server\MSSQL16.MSSQLSERVER\MSSQL\Data|String|0
350|svchost.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows Defender\Scan|ScheduleDay|Dword|3
600|svchost.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update|LastSuccessTime|String|{n}
400|svchost.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\W32Time\Config|LastKnownGoodTime|Qword|{n}
150|msiexec.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{GUID}|DisplayVersion|String|7.3.{d}
60|msiexec.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Run|BerthHelper|String|"C:\Program Files\Halvorsen\Berth\BerthHelper.exe"
900|CcmExec.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\CCM\CcmEval|LastEvalTime|String|{n}
400|reg.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Halvorsen\Inventory|LastRun|String|{n}
700|MsMpEng.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Security Center\Provider\Av\{GUID}|STATE|Dword|397568
900|MsSense.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status|LastConnected|Qword|{n}
400|Microsoft.Management.Services.IntuneWindowsAgent.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\IntuneManagementExtension\SideCarPolicies\Scripts\Execution\{guid}|RunningStatus|Dword|{d}
300|tidewatch.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Tidewatch\Agent|Cursor|Qword|{n}
200|SearchIndexer.exe|RegistryValueSet|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows Search\Gather\Windows\SystemIndex|Crawl{d}|Dword|{n}
120|svchost.exe|RegistryValueDeleted|HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired|{guid}||
"""  # noqa: E501


def file_name(path: str) -> str:
    """Last part of a Windows or a POSIX path."""
    return posixpath.basename(path) if path.startswith("/") else ntpath.basename(path)


def content_digests(algorithm: str, keys: Texts) -> Texts:
    """A hash for each file content; `keys` says which contents are the same."""
    unique, inverse = np.unique(keys.astype(str), return_inverse=True)
    hashed = np.empty(len(unique), dtype=object)
    hashed[:] = [
        hashlib.new(algorithm, key.encode(), usedforsecurity=False).hexdigest() for key in unique
    ]
    return hashed[inverse]


def _names(codes: Ints) -> list[str]:
    return [accounts()[code].name for code in codes]


def _before_rename(names: Texts) -> Texts:
    """What renamed files were called before: drafts, logs not yet packed, downloads under way."""
    out = np.empty(len(names), dtype=object)
    out[:] = [
        name.replace(" final.", ".") if " final." in name
        else name.removesuffix(".gz") if name.endswith(".gz")
        else f"{name}.crdownload"
        for name in names
    ]  # fmt: skip
    return out


def file_columns(
    table: Processes, rows: Ints, times: Ints, what: dict[str, Ints | Texts]
) -> dict[str, Ints | Texts]:
    """DeviceFileEvents columns; `what` holds ActionType, FolderPath, FileSize, FileOriginUrl."""
    folder = np.asarray(what["FolderPath"], dtype=object)
    names = np.empty(len(folder), dtype=object)
    names[:] = [file_name(path) for path in folder]
    account = table.account[rows]
    shared = np.array([path.startswith("D:\\Shares") for path in folder], dtype=bool)
    renamed = what["ActionType"] == "FileRenamed"
    origins = np.array(["/".join(str(url).split("/")[:3]) for url in what["FileOriginUrl"]], object)
    content = np.array([f"{n}|{s}" for n, s in zip(names, what["FileSize"], strict=True)], object)
    return {
        "TimeGenerated": times,
        **device_columns(table, rows),
        **what,
        "FileName": names,
        "MD5": content_digests("md5", content),
        "SHA1": content_digests("sha1", content),
        "SHA256": content_digests("sha256", content),
        "RequestAccountDomain": account_column("domain", account),
        "RequestAccountName": account_column("name", account),
        "RequestAccountSid": account_column("sid", account),
        "RequestProtocol": np.where(shared, "Smb", "Local").astype(object),
        "ShareName": np.where(shared, "Shared", "").astype(object),
        "PreviousFileName": np.where(renamed, _before_rename(names), "").astype(object),
        "PreviousFolderPath": np.where(renamed, _before_rename(folder), "").astype(object),
        "FileOriginReferrerUrl": np.where(what["FileOriginUrl"] == "", "", origins).astype(object),
        "IsAzureInfoProtectionApplied": np.zeros(len(rows), dtype=bool),
        **initiating_columns(table, rows),
    }


def ordinary_files(
    rng: np.random.Generator, table: Processes, count: int
) -> dict[str, Ints | Texts]:
    """About `count` rows of DeviceFileEvents."""
    profiles = [line.split("|") for line in _FILE_PROFILES.strip().splitlines()]
    share = count / sum(int(profile[0]) for profile in profiles)
    parts: list[tuple[Ints, Ints]] = []
    blocks: list[dict[str, Ints | Texts]] = []
    for weight, image, action, size, path, origin in profiles:
        number = max(int(int(weight) * share), 1)
        rows, times = busy_moments(rng, table, image, number)
        parts.append((rows, times))
        users = _names(table.account[rows])
        blocks.append(
            {
                "ActionType": np.full(number, action, dtype=object),
                "FolderPath": fill(rng, path, users),
                "FileOriginUrl": fill(rng, origin, users),
                "FileSize": (int(size) * rng.lognormal(0, 0.6, number)).astype(np.int64) + 1,
            }
        )
    rows, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    what = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return file_columns(table, rows, times, what)


def registry_columns(
    table: Processes, rows: Ints, times: Ints, what: dict[str, Ints | Texts]
) -> dict[str, Ints | Texts]:
    """DeviceRegistryEvents columns; `what` holds ActionType and the Registry... columns."""
    return {
        "TimeGenerated": times,
        **device_columns(table, rows),
        **what,
        **initiating_columns(table, rows),
    }


def _with_sids(keys: Texts, table: Processes, rows: Ints) -> Texts:
    sids = account_column("sid", table.account[rows])
    out = np.empty(len(keys), dtype=object)
    out[:] = [key.replace("@sid@", sid) for key, sid in zip(keys, sids, strict=True)]
    return out


def ordinary_registry(
    rng: np.random.Generator, table: Processes, count: int
) -> dict[str, Ints | Texts]:
    """About `count` rows of DeviceRegistryEvents."""
    profiles = [line.split("|") for line in _REGISTRY_PROFILES.strip().splitlines()]
    share = count / sum(int(profile[0]) for profile in profiles)
    parts: list[tuple[Ints, Ints]] = []
    blocks: list[dict[str, Ints | Texts]] = []
    for weight, image, action, key, name, kind, data in profiles:
        number = max(int(int(weight) * share), 1)
        rows, times = busy_moments(rng, table, image, number)
        parts.append((rows, times))
        users = _names(table.account[rows])
        keys = fill(rng, key.replace("{sid}", "@sid@"), users)
        blocks.append(
            {
                "ActionType": np.full(number, action, dtype=object),
                "RegistryKey": _with_sids(keys, table, rows),
                "RegistryValueName": fill(rng, name, users),
                "RegistryValueType": np.full(number, kind, dtype=object),
                "RegistryValueData": fill(rng, data, users),
            }
        )
    rows, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    what = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return registry_columns(table, rows, times, what)
