"""Executables of the demo: paths, version resources, and hashes stable per binary and version."""

from __future__ import annotations

import hashlib
import ntpath
import posixpath
from dataclasses import dataclass
from functools import cache

MICROSOFT = "Microsoft Corporation"
WINDOWS_PRODUCT = "Microsoft® Windows® Operating System"

_SYSTEM = """
ntoskrnl.exe wininit.exe winlogon.exe splwow64.exe SearchIndexer.exe
services.exe lsass.exe svchost.exe spoolsv.exe taskhostw.exe conhost.exe
cmd.exe reg.exe schtasks.exe rundll32.exe whoami.exe net.exe net1.exe nltest.exe systeminfo.exe
ipconfig.exe quser.exe vssadmin.exe wbadmin.exe bcdedit.exe wevtutil.exe sc.exe tasklist.exe
gpupdate.exe robocopy.exe msiexec.exe userinit.exe backgroundTaskHost.exe RuntimeBroker.exe
SearchProtocolHost.exe dllhost.exe sihost.exe notepad.exe mstsc.exe ping.exe nslookup.exe
certutil.exe icacls.exe where.exe findstr.exe dns.exe wsmprovhost.exe cleanmgr.exe
regsvr32.exe wuauclt.exe mmc.exe dwm.exe ctfmon.exe consent.exe cscript.exe curl.exe
hostname.exe tar.exe defrag.exe MusNotification.exe UsoClient.exe timeout.exe fsutil.exe query.exe
"""
_OTHER = r"""
C:\Windows\explorer.exe|Microsoft Corporation|Windows|Windows Explorer|10.0.22621.4111|5413888
C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe|Microsoft Corporation|Windows|Windows PowerShell|10.0.22621.3085|454656
C:\Windows\System32\wbem\WmiPrvSE.exe|Microsoft Corporation|Windows|WMI Provider Host|10.0.22621.4036|530432
C:\Windows\System32\wbem\WMIC.exe|Microsoft Corporation|Windows|WMI Commandline Utility|10.0.22621.4036|576000
C:\Program Files\PowerShell\7\pwsh.exe|Microsoft Corporation|PowerShell|pwsh|7.4.5.500|291280
C:\Windows\System32\inetsrv\w3wp.exe|Microsoft Corporation|Internet Information Services|IIS Worker Process|10.0.20348.1|34304
C:\Windows\CCM\CcmExec.exe|Microsoft Corporation|Configuration Manager|Host Process for Microsoft Configuration Manager|5.00.9128.1007|1841088
C:\Windows\CCM\ccmeval.exe|Microsoft Corporation|Configuration Manager|Client health evaluation|5.00.9128.1007|1031088
C:\Program Files (x86)\Microsoft Intune Management Extension\Microsoft.Management.Services.IntuneWindowsAgent.exe|Microsoft Corporation|Intune Management Extension|Microsoft Intune Agent|1.83.107.0|462888
C:\Program Files\Windows Defender Advanced Threat Protection\MsSense.exe|Microsoft Corporation|Windows|Windows Defender Advanced Threat Protection Service|10.8760.22621.4036|613752
C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24080.9-0\MsMpEng.exe|Microsoft Corporation|Windows|Antimalware Service Executable|4.18.24080.9|133688
C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24080.9-0\MpCmdRun.exe|Microsoft Corporation|Windows|Microsoft Malware Protection Command Line Utility|4.18.24080.9|1621880
C:\Program Files\Microsoft Monitoring Agent\Agent\MonitoringHost.exe|Microsoft Corporation|System Center|Microsoft Monitoring Agent Host|10.20.18067.0|186256
C:\Program Files\AzureConnectedMachineAgent\himds.exe|Microsoft Corporation|Azure Connected Machine Agent|himds|1.45.2769.1806|22415880
C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE|Microsoft Corporation|Microsoft Office|Microsoft Outlook|16.0.17928.20156*|43216176
C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE|Microsoft Corporation|Microsoft Office|Microsoft Word|16.0.17928.20156*|1638192
C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE|Microsoft Corporation|Microsoft Office|Microsoft Excel|16.0.17928.20156*|67121456
C:\Program Files\Microsoft Office\root\Office16\POWERPNT.EXE|Microsoft Corporation|Microsoft Office|Microsoft PowerPoint|16.0.17928.20156*|1893168
C:\Program Files\Common Files\microsoft shared\ClickToRun\OfficeClickToRun.exe|Microsoft Corporation|Microsoft Office|Microsoft Office Click-to-Run (SxS)|16.0.17928.20156*|11871216
C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe|Microsoft Corporation|Microsoft Edge|Microsoft Edge|128.0.2739.54*|4221472
C:\Program Files\Google\Chrome\Application\chrome.exe|Google LLC|Google Chrome|Google Chrome|128.0.6613.120*|2787616
C:\Program Files (x86)\Google\GoogleUpdater\130.0.6679.0\updater.exe|Google LLC|GoogleUpdater|GoogleUpdater|130.0.6679.0|4789536
C:\Program Files\WindowsApps\MSTeams_24215.1007.3082.1590_x64__8wekyb3d8bbwe\ms-teams.exe|Microsoft Corporation|Microsoft Teams|Microsoft Teams|24215.1007.3082.1590|48911952
C:\Users\{user}\AppData\Local\Microsoft\OneDrive\OneDrive.exe|Microsoft Corporation|Microsoft OneDrive|Microsoft OneDrive|24.156.0804.0002|2663832
C:\Users\{user}\AppData\Local\Microsoft\OneDrive\24.156.0804.0002\FileCoAuth.exe|Microsoft Corporation|Microsoft OneDrive|Microsoft OneDriveFile Co-Authoring Executable|24.156.0804.0002|632216
C:\Users\{user}\AppData\Local\Programs\Microsoft VS Code\Code.exe|Microsoft Corporation|Visual Studio Code|Visual Studio Code|1.92.2|176982056
C:\Program Files\Git\cmd\git.exe|The Git Development Community|Git|Git for Windows|2.46.0.1|45440
C:\Program Files\nodejs\node.exe|OpenJS Foundation|Node.js|Node.js JavaScript Runtime|20.16.0|71182992
C:\Program Files\Python311\python.exe|Python Software Foundation|Python|Python|3.11.9|103192
C:\Program Files\7-Zip\7z.exe|Igor Pavlov|7-Zip|7-Zip Console|24.08|557056
C:\Program Files\Adobe\Acrobat DC\Acrobat\Acrobat.exe|Adobe Inc.|Adobe Acrobat|Adobe Acrobat|24.2.21005.0|6331296
C:\Program Files (x86)\Common Files\Adobe\ARM\1.0\AdobeARM.exe|Adobe Inc.|Adobe Reader and Acrobat Manager|Adobe Reader and Acrobat Manager|1.824.460.1067|1540536
C:\Program Files\Halvorsen\Berth\Berth.exe|Halvorsen Marine AS|Berth Planner|Berth Planner|7.3.1*|18310144
C:\Program Files\Microsoft SQL Server\MSSQL16.MSSQLSERVER\MSSQL\Binn\sqlservr.exe|Microsoft Corporation|Microsoft SQL Server|SQL Server Windows NT - 64 Bit|2022.160.4135.4|698304
C:\Program Files\Microsoft SQL Server\MSSQL16.MSSQLSERVER\MSSQL\Binn\SQLAGENT.EXE|Microsoft Corporation|Microsoft SQL Server|SQL Server Agent|2022.160.4135.4|743360
C:\Program Files\Keelsafe\Agent\keelsafe-backup.exe|Keelsafe Software|Keelsafe Backup|Keelsafe Backup Agent|11.4.0.2210|8120440
C:\Program Files\Tidewatch\Agent\tidewatch.exe|Tidewatch Ltd|Tidewatch Monitoring|Tidewatch Agent|5.9.2|15302120
C:\Windows\SoftwareDistribution\Download\Install\AM_Delta.exe|Microsoft Corporation|Microsoft Malware Protection|AntiMalware Definition Update|1.417.331.0|512896
C:\Sysinternals\procdump64.exe|Sysinternals - www.sysinternals.com|ProcDump|Sysinternals process dump utility|11.0|423856
C:\Users\Public\Libraries\msedge_upd.exe||||0.0.0.0|318464
C:\ProgramData\ps.exe|Sysinternals - www.sysinternals.com|Sysinternals PsExec|Execute processes remotely|2.43|833472
C:\Windows\PSEXESVC.exe|Sysinternals - www.sysinternals.com|Sysinternals PsExec|PsExec Service|2.43|383872
C:\PerfLogs\7z.exe|Igor Pavlov|7-Zip|7-Zip Console|23.01|557056
C:\PerfLogs\rclone.exe|https://rclone.org|Rclone|Rsync for cloud storage|1.66.0|61341184
/usr/lib/systemd/systemd|||||1849992
/usr/sbin/sshd|||||921288
/usr/sbin/cron|||||59768
/usr/bin/bash|||||1446024
/usr/bin/dash|||||125688
/usr/sbin/nginx|||||1211336
/usr/lib/postgresql/15/bin/postgres|||||8900944
/usr/bin/dockerd|||||93418112
/usr/bin/docker|||||35520432
/usr/bin/python3.11|||||6839896
/usr/bin/curl|||||260328
/usr/bin/apt-get|||||51592
/usr/bin/dpkg|||||320528
/usr/bin/git|||||3710416
/usr/bin/gitlab-runner|||||72351744
/usr/bin/find|||||224848
/usr/bin/logrotate|||||93112
/usr/bin/rsync|||||524032
/usr/bin/ps|||||145472
/usr/bin/df|||||112440
/opt/microsoft/mdatp/sbin/wdavdaemon|||||30118456
/usr/bin/sudo|||||281624
/usr/bin/systemctl|||||1329808
/usr/bin/ssh|||||1003256
/usr/bin/journalctl|||||80472
/usr/bin/psql|||||764352
"""  # noqa: E501


@dataclass(frozen=True, slots=True)
class Image:
    """One version of one executable. `{user}` in the path is the account's profile."""

    path: str
    company: str
    product: str
    description: str
    version: str
    size: int

    @property
    def name(self) -> str:
        """File name without the folder."""
        return posixpath.basename(self.path) if self.path[0] == "/" else ntpath.basename(self.path)

    def digest(self, algorithm: str) -> str:
        """Hash of the demo binary: a function of file name, maker and version only."""
        text = f"{self.name.lower()}|{self.product}|{self.version}|{self.size}"
        return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


def _system_image(name: str) -> Image:
    folder = r"C:\Windows\System32"
    size = 20_480 + int.from_bytes(name.encode()[:3], "big") % 60 * 8192
    title = name.removesuffix(".exe").removesuffix(".EXE")
    return Image(rf"{folder}\{name}", MICROSOFT, WINDOWS_PRODUCT, title, "10.0.22621.4111*", size)


@cache
def images() -> tuple[Image, ...]:
    """All executables; those that Wednesday's patches replace come twice, old then new."""
    known = {name: _system_image(name) for name in _SYSTEM.split()}
    parsed = (line.split("|") for line in _OTHER.strip().splitlines())
    others = [Image(p[0], p[1], p[2], p[3], p[4], int(p[5])) for p in parsed]
    return tuple(
        version for image in (*known.values(), *others) for version in (_old(image), _new(image))
    )


def _old(image: Image) -> Image:
    return Image(
        image.path, image.company, image.product, image.description,
        image.version.rstrip("*"), image.size,
    )  # fmt: skip


def _new(image: Image) -> Image:
    if not image.version.endswith("*"):
        return _old(image)
    base, _, last = image.version.rstrip("*").rpartition(".")
    return Image(
        image.path, image.company, image.product, image.description,
        f"{base}.{int(last) + 67}", image.size + 512,
    )  # fmt: skip


@cache
def _by_key() -> dict[str, int]:
    found: dict[str, int] = {}
    for index, image in enumerate(images()[::2]):
        found.setdefault(image.name, 2 * index)
        found[image.path] = 2 * index
    return found


def image_index(key: str) -> int:
    """Index (old version) in `images()` of a full path, or of a file name (first of that name)."""
    return _by_key()[key]
