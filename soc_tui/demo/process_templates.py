"""What ordinary processes of Halvorsen Marine look like: weights, parents and command lines.

Each line: weight | scope | parent image | image | integrity | seconds it runs | command line.
Scope `user:X` means sessions of department X (`*`: everybody), `machine:X` hosts of kind X or names
that start with X, `night:X` the same between one and four o'clock. Integrity `=` is the parent's.
Much of it looks odd on purpose: management agents run encoded PowerShell, administrators look
around, backups touch shadow copies. In the lines {n} {m} {hex} {guid} {user} {doc} {server} {site}
are filled in per row, {b64:N} with the N-th of ENCODED_SCRIPTS.
"""

from __future__ import annotations

ENCODED_SCRIPTS = (
    "$ErrorActionPreference='Stop';Get-CimInstance Win32_QuickFixEngineering|Select HotFixID",
    "(Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion').DisplayVersion",
    "Get-Volume|Where DriveType -eq 'Fixed'|Select DriveLetter,SizeRemaining|ConvertTo-Json",
    "$s=Get-Service -Name 'W32Time','wuauserv','BITS';$s|Select Name,Status|ConvertTo-Json",
    "Import-Module ConfigurationManager;Invoke-CMClientAction -ActionType MachinePolicy",
    "Get-BitLockerVolume -MountPoint C:|Select ProtectionStatus,EncryptionPercentage",
)
DOCUMENTS = (
    "Board pack Q3", "Crew roster week 41", "Port dues calculation", "Budget 2027 draft",
    "Berth schedule", "Safety review notes", "Tender North Quay", "Invoice 20417", "Payroll check",
    "Supplier agreement", "Minutes management meeting", "Tide tables", "Maintenance plan crane 4",
    "Customs form", "Price list", "Holiday plan", "Insurance claim", "Fuel log", "Contract renewal",
)  # fmt: skip
SITES = (
    "intranet.halvorsen.example", "berth.halvorsen.example", "news.example", "weather.example",
    "www.portpilot.example.com", "mail.example.net", "shop.example.org", "maps.example.com",
    "docs.example.org", "travel.example.net", "forum.example", "bank.example", "learn.example.com",
)  # fmt: skip

TEMPLATES = r"""
7000|user:*|chrome.exe|chrome.exe|Low|900|"C:\Program Files\Google\Chrome\Application\chrome.exe" --type=renderer --lang=en-GB --device-scale-factor=1.25 --renderer-client-id={n} --time-ticks-at-unix-epoch=-{m}{n} /prefetch:1
4200|user:*|msedge.exe|msedge.exe|Low|900|"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --type=renderer --lang=en-GB --js-flags=--ms-user-locale= --renderer-client-id={n} --launch-time-ticks={m}{n} /prefetch:1
500|user:*|chrome.exe|chrome.exe|=|60|"C:\Program Files\Google\Chrome\Application\chrome.exe" --type=utility --utility-sub-type=network.mojom.NetworkService --lang=en-GB /prefetch:11
900|user:*|OUTLOOK.EXE|chrome.exe|=|40|"C:\Program Files\Google\Chrome\Application\chrome.exe" --single-argument https://{site}/{hex}
700|user:*|OUTLOOK.EXE|WINWORD.EXE|=|1200|"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "C:\Users\{user}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\{hex8}\{doc}.docx" /o ""
600|user:*|OUTLOOK.EXE|Acrobat.exe|=|600|"C:\Program Files\Adobe\Acrobat DC\Acrobat\Acrobat.exe" "C:\Users\{user}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\{hex8}\{doc}.pdf"
800|user:*|explorer.exe|WINWORD.EXE|=|1500|"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "C:\Users\{user}\OneDrive - Halvorsen Marine\{doc}.docx" /o ""
1100|user:*|explorer.exe|EXCEL.EXE|=|2400|"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "\\srv-file-01\Shared\{doc}.xlsx"
500|user:finance|explorer.exe|EXCEL.EXE|=|2400|"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "\\srv-file-01\Finance\{doc}.xlsm"
300|user:*|explorer.exe|POWERPNT.EXE|=|1800|"C:\Program Files\Microsoft Office\root\Office16\POWERPNT.EXE" "C:\Users\{user}\OneDrive - Halvorsen Marine\{doc}.pptx" /ou ""
500|user:*|explorer.exe|Acrobat.exe|=|500|"C:\Program Files\Adobe\Acrobat DC\Acrobat\Acrobat.exe" "C:\Users\{user}\Downloads\{doc}.pdf"
350|user:*|explorer.exe|notepad.exe|=|200|"C:\WINDOWS\system32\notepad.exe" C:\Users\{user}\Documents\{doc}.txt
120|user:*|explorer.exe|rundll32.exe|=|30|"C:\WINDOWS\system32\rundll32.exe" C:\WINDOWS\system32\shell32.dll,Control_RunDLL C:\WINDOWS\system32\timedate.cpl
60|user:*|explorer.exe|rundll32.exe|=|20|rundll32.exe printui.dll,PrintUIEntry /in /n "\\srv-print-01\Floor{d}"
50|user:*|explorer.exe|cmd.exe|=|6|cmd.exe /c "\\halvorsen.example\NETLOGON\map_drives.cmd"
220|user:*|explorer.exe|cmd.exe|=|5|"C:\WINDOWS\system32\cmd.exe" /c net use S: \\srv-file-01\Shared /persistent:no
260|user:*|OneDrive.exe|FileCoAuth.exe|=|60|"C:\Users\{user}\AppData\Local\Microsoft\OneDrive\24.156.0804.0002\FileCoAuth.exe" -Embedding
90|user:*|explorer.exe|7z.exe|=|20|"C:\Program Files\7-Zip\7z.exe" x "C:\Users\{user}\Downloads\{doc}.zip" -o"C:\Users\{user}\Downloads\{doc}"
40|user:*|explorer.exe|7z.exe|=|20|"C:\Program Files\7-Zip\7z.exe" a -tzip "C:\Users\{user}\Desktop\{doc}.zip" "C:\Users\{user}\Desktop\{doc}"
1500|user:engineering|Code.exe|git.exe|=|2|git.exe -c color.ui=false status -z -uall
500|user:engineering|Code.exe|git.exe|=|3|git.exe fetch --all --prune
250|user:engineering|Code.exe|powershell.exe|=|1800|powershell.exe -noexit -command "try {{ . \"c:\Users\{user}\AppData\Local\Programs\Microsoft VS Code\resources\app\out\vs\workbench\contrib\terminal\browser\media\shellIntegration.ps1\" }} catch {{}}"
700|user:engineering|Code.exe|node.exe|=|900|"C:\Program Files\nodejs\node.exe" c:\Users\{user}\.vscode\extensions\tsserver.js --useInferredProjectPerProjectRoot --cancellationPipeName {hex}
300|user:engineering|Code.exe|cmd.exe|=|60|C:\WINDOWS\system32\cmd.exe /d /s /c "npm run build -- --env={hex8}"
250|user:engineering|Code.exe|python.exe|=|60|"C:\Program Files\Python311\python.exe" -m pytest -q tests\test_berth_{d}.py
60|user:engineering|Code.exe|curl.exe|=|4|curl.exe -sSfL https://artifacts.halvorsen.example/berth/{n}.zip -o berth.zip
40|user:engineering|Code.exe|certutil.exe|=|2|certutil.exe -hashfile berth.zip SHA256
8|user:engineering|Code.exe|procdump64.exe|High|20|C:\Sysinternals\procdump64.exe -accepteula -ma Berth.exe C:\dumps\berth_{n}.dmp
35|user:it|powershell.exe|whoami.exe|=|1|"C:\WINDOWS\system32\whoami.exe" /groups
90|user:it|powershell.exe|ipconfig.exe|=|1|"C:\WINDOWS\system32\ipconfig.exe" /all
150|user:it|powershell.exe|nslookup.exe|=|2|"C:\WINDOWS\system32\nslookup.exe" {server}.halvorsen.example
200|user:it|powershell.exe|ping.exe|=|4|"C:\WINDOWS\system32\PING.EXE" {server}
40|user:it|powershell.exe|net.exe|=|2|"C:\WINDOWS\system32\net.exe" user {person} /domain
25|user:it|powershell.exe|nltest.exe|=|2|"C:\WINDOWS\system32\nltest.exe" /dsgetdc:halvorsen
30|user:it|powershell.exe|quser.exe|=|2|"C:\WINDOWS\system32\quser.exe" /server:{server}
45|user:it|powershell.exe|sc.exe|=|2|"C:\WINDOWS\system32\sc.exe" \\{server} query spooler
60|user:it|powershell.exe|gpupdate.exe|=|30|"C:\WINDOWS\system32\gpupdate.exe" /force
20|user:it|powershell.exe|schtasks.exe|=|2|"C:\WINDOWS\system32\schtasks.exe" /query /s {server} /fo csv
6|user:it|powershell.exe|schtasks.exe|=|2|"C:\WINDOWS\system32\schtasks.exe" /create /s {server} /tn "Halvorsen\Log rotation" /tr C:\Scripts\rotate.cmd /sc daily /st 02:30 /ru SYSTEM
18|user:it|powershell.exe|wevtutil.exe|=|5|"C:\WINDOWS\system32\wevtutil.exe" epl System C:\Temp\{server}-system.evtx
10|user:it|powershell.exe|systeminfo.exe|=|5|"C:\WINDOWS\system32\systeminfo.exe" /s {server}
15|user:it|powershell.exe|reg.exe|=|1|"C:\WINDOWS\system32\reg.exe" query HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run
120|user:it|explorer.exe|mstsc.exe|=|1800|"C:\WINDOWS\system32\mstsc.exe" /v:{server}
100|user:it|explorer.exe|mmc.exe|High|1200|"C:\WINDOWS\system32\mmc.exe" "C:\WINDOWS\system32\dsa.msc"
60|user:it|Code.exe|powershell.exe|=|30|powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\Scripts\New-Starter.ps1 -Name {person} -WhatIf
25|user:it|Code.exe|pwsh.exe|=|90|"C:\Program Files\PowerShell\7\pwsh.exe" -NoLogo -Command "Get-AzVM -Status | Where-Object PowerState -ne 'VM running'"
1100|machine:windows|CcmExec.exe|powershell.exe|=|12|powershell.exe -NoLogo -NonInteractive -NoProfile -ExecutionPolicy Bypass -EncodedCommand {b64:*}
700|machine:workstation|Microsoft.Management.Services.IntuneWindowsAgent.exe|powershell.exe|=|10|"powershell.exe" -NoProfile -executionPolicy bypass -file "C:\Program Files (x86)\Microsoft Intune Management Extension\Content\DetectionScripts\{guid}_{d}.ps1"
260|machine:workstation|Microsoft.Management.Services.IntuneWindowsAgent.exe|powershell.exe|=|15|"powershell.exe" -WindowStyle Hidden -NoProfile -ExecutionPolicy Bypass -File C:\Windows\IMECache\HealthScripts\{guid}\remediate.ps1
30|machine:workstation|Microsoft.Management.Services.IntuneWindowsAgent.exe|powershell.exe|=|6|powershell.exe -NoProfile -Command "Set-MpPreference -ScanScheduleDay 3 -SignatureUpdateInterval 4; Get-MpPreference | Out-Null"
900|machine:windows|MsSense.exe|powershell.exe|=|8|powershell.exe -ExecutionPolicy AllSigned -NoProfile -NonInteractive -Command "& {{$OutputEncoding = [Console]::OutputEncoding = [System.Text.Encoding]::UTF8;$scriptFileStream = [System.IO.File]::Open('C:\ProgramData\Microsoft\Windows Defender Advanced Threat Protection\DataCollection\{n}.{m}\{guid}.ps1', 'Open', 'Read', 'Read')}}"
900|machine:server|MonitoringHost.exe|cscript.exe|=|6|"C:\Windows\system32\cscript.exe" /nologo "C:\Program Files\Microsoft Monitoring Agent\Agent\Health Service State\Monitoring Host Temporary Files {n}\{m}\MemoryUtilization.vbs" 2.5 {server}
500|machine:server|MonitoringHost.exe|powershell.exe|=|6|powershell.exe -NoProfile -NonInteractive -enc {b64:*}
450|machine:windows|tidewatch.exe|cmd.exe|=|2|cmd.exe /c "query user & tasklist /svc /fo csv"
260|machine:server|tidewatch.exe|wevtutil.exe|=|2|wevtutil.exe qe Security /c:50 /rd:true /f:xml /q:"*[System[(EventID=4625)]]"
90|machine:server|tidewatch.exe|vssadmin.exe|=|2|vssadmin.exe list shadows
60|machine:server|tidewatch.exe|WMIC.exe|=|3|wmic os get FreePhysicalMemory,LastBootUpTime /value
40|machine:server|tidewatch.exe|bcdedit.exe|=|1|bcdedit.exe /enum {{current}}
1500|machine:windows|svchost.exe|taskhostw.exe|=|60|taskhostw.exe {guid8}
1700|machine:workstation|svchost.exe|backgroundTaskHost.exe|Low|20|"C:\WINDOWS\system32\backgroundTaskHost.exe" -ServerName:App.AppX{hex}.mca
1500|machine:workstation|svchost.exe|RuntimeBroker.exe|Medium|400|C:\Windows\System32\RuntimeBroker.exe -Embedding
1500|machine:windows|svchost.exe|dllhost.exe|=|10|C:\WINDOWS\system32\DllHost.exe /Processid:{{{GUID}}}
2200|machine:workstation|SearchIndexer.exe|SearchProtocolHost.exe|=|90|"C:\WINDOWS\system32\SearchProtocolHost.exe" Global\UsGthrFltPipeMssGthrPipe{n}_ Global\UsGthrCtrlFltPipeMssGthrPipe{n} 1 -2147483646 "Software\Microsoft\Windows Search"
600|machine:workstation|svchost.exe|updater.exe|=|20|"C:\Program Files (x86)\Google\GoogleUpdater\130.0.6679.0\updater.exe" --wake --system
250|machine:workstation|svchost.exe|AdobeARM.exe|=|15|"C:\Program Files (x86)\Common Files\Adobe\ARM\1.0\AdobeARM.exe" /PRODUCT:Acrobat /VERSION:24.0 /MODE:3
500|machine:windows|svchost.exe|UsoClient.exe|=|10|C:\WINDOWS\system32\usoclient.exe StartScan
500|machine:windows|MsMpEng.exe|MpCmdRun.exe|=|40|"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24080.9-0\MpCmdRun.exe" SignaturesUpdateService -ScheduleJob -UnmanagedUpdate
300|machine:windows|svchost.exe|AM_Delta.exe|=|20|"C:\Windows\SoftwareDistribution\Download\Install\AM_Delta.exe" WD /q
220|machine:windows|WmiPrvSE.exe|ccmeval.exe|=|30|C:\WINDOWS\CCM\CcmEval.exe /register
140|machine:windows|CcmExec.exe|gpupdate.exe|=|20|gpupdate.exe /target:computer
150|machine:workstation|CcmExec.exe|msiexec.exe|=|90|"C:\WINDOWS\system32\msiexec.exe" /i "C:\WINDOWS\ccmcache\{c}\Berth-7.3.{d}.msi" /qn REBOOT=ReallySuppress
240|machine:windows|CcmExec.exe|reg.exe|=|1|reg.exe add HKLM\SOFTWARE\Halvorsen\Inventory /v LastRun /t REG_SZ /d {n} /f
260|machine:windows|CcmExec.exe|schtasks.exe|=|1|schtasks.exe /query /tn "\Microsoft\Configuration Manager\Configuration Manager Health Evaluation"
600|machine:web|w3wp.exe|w3wp.exe|=|900|c:\windows\system32\inetsrv\w3wp.exe -ap "Portal{d}" -v "v4.0" -a \\.\pipe\iisipm{guid}
40|machine:sql|SQLAGENT.EXE|powershell.exe|=|60|powershell.exe -NoProfile -File D:\Jobs\Reindex.ps1 -Database Berth{d}
150|night:server|keelsafe-backup.exe|vssadmin.exe|=|5|vssadmin.exe create shadow /for=D:
60|night:server|keelsafe-backup.exe|vssadmin.exe|=|3|vssadmin.exe resize shadowstorage /for=D: /on=D: /maxsize=20%
60|night:server|keelsafe-backup.exe|wbadmin.exe|=|10|wbadmin get versions
120|night:server|svchost.exe|cmd.exe|=|60|C:\WINDOWS\SYSTEM32\cmd.exe /c "C:\Scripts\rotate.cmd"
90|night:server|svchost.exe|robocopy.exe|=|900|robocopy.exe D:\Logs \\srv-backup-01\Logs$\%COMPUTERNAME% /MIR /R:1 /W:1
60|night:server|svchost.exe|7z.exe|=|200|"C:\Program Files\7-Zip\7z.exe" a -t7z D:\Archive\logs_{n}.7z D:\Logs\*.log -mx=3
300|night:windows|svchost.exe|defrag.exe|=|300|C:\WINDOWS\system32\defrag.exe -c -h -o -$
60|night:windows|svchost.exe|cleanmgr.exe|=|60|C:\WINDOWS\system32\cleanmgr.exe /autoclean /d C:
2600|machine:linux|/usr/sbin/cron|/usr/bin/dash|=|3|/bin/sh -c command -v debian-sa1 > /dev/null && debian-sa1 1 1
700|machine:linux|/usr/bin/python3.11|/usr/bin/ps|=|1|ps -eo pid,ppid,comm,args
800|machine:linux|/opt/microsoft/mdatp/sbin/wdavdaemon|/usr/bin/df|=|1|df -P /var/opt/microsoft/mdatp
300|machine:linux|/usr/sbin/cron|/usr/bin/find|=|5|find /var/log -name *.gz -mtime +30
200|machine:linux|/usr/sbin/sshd|/usr/bin/bash|=|900|-bash
900|machine:lin-build|/usr/bin/gitlab-runner|/usr/bin/bash|=|120|/usr/bin/bash --login -e
300|machine:lin-db|/usr/lib/postgresql/15/bin/postgres|/usr/lib/postgresql/15/bin/postgres|=|60|postgres: autovacuum worker berth
60|night:linux|/usr/sbin/cron|/usr/bin/logrotate|=|3|/usr/sbin/logrotate /etc/logrotate.conf
40|night:linux|/usr/lib/systemd/systemd|/usr/bin/apt-get|=|60|/usr/bin/apt-get -qq -y update
"""  # noqa: E501

# share of the parents | parent image | word the parent's line must hold | image | line
CHILDREN = r"""
1.0|cmd.exe|net use|net.exe|net use S: \\srv-file-01\Shared /persistent:no
1.0|cmd.exe|query user|tasklist.exe|tasklist /svc /fo csv
1.0|cmd.exe|npm|node.exe|"C:\Program Files\nodejs\node.exe" "C:\Program Files\nodejs\node_modules\npm\bin\npm-cli.js" run build
1.0|cmd.exe|rotate|robocopy.exe|robocopy C:\inetpub\logs D:\Logs /MOV /MINAGE:7
0.8|powershell.exe||conhost.exe|\??\C:\WINDOWS\system32\conhost.exe 0xffffffff -ForceV1
0.8|cmd.exe||conhost.exe|\??\C:\WINDOWS\system32\conhost.exe 0xffffffff -ForceV1
0.1|WINWORD.EXE||splwow64.exe|C:\WINDOWS\splwow64.exe 8192
1.0|net.exe|user|net1.exe|C:\WINDOWS\system32\net1 user {person} /domain
0.9|/usr/bin/bash|--login|/usr/bin/git|git fetch origin --depth 20 --prune --quiet
0.6|/usr/bin/bash|--login|/usr/bin/docker|docker build --pull -t registry.halvorsen.example/berth:{hex8} .
0.7|/usr/bin/bash|-bash|/usr/bin/sudo|sudo systemctl status nginx
0.5|/usr/bin/bash|-bash|/usr/bin/journalctl|journalctl -u nginx --since today
0.2|/usr/bin/dash||/usr/bin/curl|curl -fsS -m 10 https://tidewatch.halvorsen.example/ping/{guid}
0.2|/usr/bin/apt-get||/usr/bin/dpkg|/usr/bin/dpkg --print-foreign-architectures
"""  # noqa: E501
