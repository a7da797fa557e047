"""Ordinary logons, security log, syslog and firewall of a firm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from soc_tui.demo.firms.endpoint import HOUR, Maker, Row
from soc_tui.demo.firms.firm import Host


def logon(
    maker: Maker, host: Host, time: float, account: str, kind: str, source: str, *,
    failed: str = "", protocol: str = "Kerberos", domain: str = "",
) -> Row:  # fmt: skip
    """One row of DeviceLogonEvents."""
    inside = next((one for one in maker.firm.hosts if one.ip == source), None)
    return {
        **maker.on(host, time), "ActionType": "LogonFailed" if failed else "LogonSuccess",
        "AccountDomain": domain or maker.firm.domain, "AccountName": account, "LogonType": kind,
        "RemoteIP": source, "RemoteDeviceName": inside.name if inside else "",
        "RemoteIPType": "Private" if inside or not source else "Public", "FailureReason": failed,
        "Protocol": protocol, "IsLocalAdmin": account.startswith("adm."),
        **maker.process("InitiatingProcess", "lsass.exe", "lsass.exe",
                        ("nt authority", "system", "System")),
    }  # fmt: skip


def ordinary_logons(maker: Maker, count: int) -> Iterator[Row]:
    """DeviceLogonEvents: people, shares, services, the scanner, the help desk, typing errors."""
    firm, rng = maker.firm, maker.rng
    for _ in range(count):
        person = rng.choice(firm.people)
        desk, share = firm.desk(person), rng.random()
        time = maker.office()
        if share < 0.3:
            kind = rng.choice(("Interactive", "CachedInteractive", "Unlock"))
            yield logon(maker, desk, time, person.name, kind, "")
        elif share < 0.55:
            where = rng.choice(firm.of("file") + firm.of("print") + firm.of("app"))
            yield logon(maker, where, time, person.name, "Network", desk.ip)
        elif share < 0.65:
            where = rng.choice(firm.of("server"))
            service = rng.choice(("svc-backup", "svc-sql", "svc-task"))
            yield logon(maker, where, maker.any_time(), service, "Service", "")
        elif share < 0.8:
            where = rng.choice(firm.of("server") + firm.of("workstation"))
            night = -rng.randrange(7) * 24 * HOUR - 3 * HOUR - rng.random() * HOUR
            ntlm = rng.choice(("Kerberos", "NTLM"))
            source = firm.one("scan").ip
            yield logon(maker, where, night, "svc-scan", "Network", source, protocol=ntlm)
        elif share < 0.9:
            admin = rng.choice(firm.at("it"))
            where, kind = (
                rng.choice(firm.of("server")),
                rng.choice(("RemoteInteractive", "Network")),
            )
            yield logon(maker, where, time, f"adm.{admin.name}", kind, firm.desk(admin).ip)
        elif share < 0.93:
            admin = rng.choice(firm.at("it"))
            where = rng.choice(firm.of("workstation"))
            source = firm.desk(admin).ip
            yield logon(maker, where, time, f"adm.{admin.name}", "RemoteInteractive", source)
        elif share < 0.97:
            kind = rng.choice(("Interactive", "Network"))
            for again in range(rng.randrange(1, 4)):
                yield logon(
                    maker,
                    desk,
                    time + again * 8,
                    person.name,
                    kind,
                    "",
                    failed="InvalidCredentials",
                )
            yield logon(maker, desk, time + 40, person.name, "Interactive", "")
        else:
            host = rng.choice(firm.of("linux"))
            admin = rng.choice(firm.at("it", "engineering"))
            yield logon(
                maker, host, time, admin.name, "Network", firm.desk(admin).ip, protocol="ssh"
            )


def identity(
    maker: Maker, time: float, account: str, source: Host, to: Host, kind: str, **more: object
) -> Row:
    """One row of IdentityLogonEvents."""
    return {
        "Time": time, "AccountName": account, "AccountUpn": f"{account}@{maker.firm.dns}",
        "AccountDomain": maker.firm.domain, "ActionType": "LogonSuccess", "LogonType": kind,
        "Protocol": "Kerberos", "Application": "Active Directory", "DeviceName": source.name,
        "IPAddress": source.ip, "DestinationDeviceName": to.name, "DestinationIPAddress": to.ip,
        "TargetDeviceName": to.name, **more,
    }  # fmt: skip


def ordinary_identity(maker: Maker, count: int) -> Iterator[Row]:
    """IdentityLogonEvents of everybody; an old appliance takes NTLM."""
    firm, rng = maker.firm, maker.rng
    for _ in range(count):
        person = rng.choice(firm.people)
        to, kind = rng.choice(firm.of("server")), "Resource access"
        more: dict[str, object] = {}
        if rng.random() < 0.05:
            more = {"ActionType": "LogonFailed", "FailureReason": "WrongPassword"}
        elif rng.random() < 0.1:
            more = {"Protocol": "Ntlm", "LogonType": "Credentials validation"}
        yield identity(maker, maker.office(), person.name, firm.desk(person), to, kind, **more)


_ACTIVITIES = {
    4624: "4624 - An account was successfully logged on.", 4625: "4625 - An account failed to log on.",
    4634: "4634 - An account was logged off.",
    4672: "4672 - Special privileges assigned to new logon.",
    4768: "4768 - A Kerberos authentication ticket (TGT) was requested.",
    4769: "4769 - A Kerberos service ticket was requested.",
    4688: "4688 - A new process has been created.",
    4662: "4662 - An operation was performed on an object.",
    4720: "4720 - A user account was created.", 4724: "4724 - An attempt was made to reset an account's password.",
    4728: "4728 - A member was added to a security-enabled global group.",
    4732: "4732 - A member was added to a security-enabled local group.",
    4738: "4738 - A user account was changed.", 4740: "4740 - A user account was locked out.",
    4697: "4697 - A service was installed in the system.", 1102: "1102 - The audit log was cleared.",
    4719: "4719 - System audit policy was changed.", 4698: "4698 - A scheduled task was created.",
    5140: "5140 - A network share object was accessed.",
}  # fmt: skip


def event(maker: Maker, host: Host, time: float, number: int, data: Mapping[str, object]) -> Row:
    """One row of SecurityEvent; what is no column of it stands in EventData too."""
    xml = "".join(f'<Data Name="{key}">{value}</Data>' for key, value in data.items())
    return {
        "Time": time, "Computer": f"{host.name}.{maker.firm.dns}", "EventID": number,
        "Activity": _ACTIVITIES.get(number, str(number)), "Channel": "Security",
        "EventSourceName": "Microsoft-Windows-Security-Auditing",
        "EventData": f"<EventData>{xml}</EventData>", **data,
    }  # fmt: skip


def ticket(account: str, service: str, cipher: str, source: str, status: str = "0x0") -> Row:
    """Data of a 4769."""
    return {
        "TargetUserName": account, "ServiceName": service, "TicketEncryptionType": cipher,
        "TicketOptions": "0x40810000", "IpAddress": f"::ffff:{source}", "Status": status,
    }  # fmt: skip


def ordinary_security(maker: Maker, count: int) -> Iterator[Row]:
    """SecurityEvent of domain controllers and servers: tickets, logons, help desk, replication."""
    firm, rng = maker.firm, maker.rng
    controllers = firm.of("dc")
    for _ in range(count):
        dc, person, share = rng.choice(controllers), rng.choice(firm.people), rng.random()
        desk, time = firm.desk(person), maker.office()
        upn = f"{person.name}@{firm.dns.upper()}"
        admin = f"adm.{rng.choice(firm.at('it')).name}"
        data: dict[str, object]
        subject: dict[str, object] = {"SubjectUserName": admin, "SubjectDomainName": firm.domain}
        if share < 0.4:
            service = f"{rng.choice(firm.of('server')).name.upper()}$"
            yield event(maker, dc, time, 4769, ticket(upn, service, "0x12", desk.ip))
        elif share < 0.43:  # an old appliance knows RC4 only
            yield event(maker, dc, time, 4769, ticket(upn, "svc-filer", "0x17", desk.ip))
        elif share < 0.6:
            data = {
                "TargetUserName": person.name, "TargetDomainName": firm.domain, "LogonType": 3,
                "IpAddress": desk.ip, "WorkstationName": desk.name,
                "AuthenticationPackageName": rng.choice(("Kerberos", "Kerberos", "NTLM")),
                "LogonProcessName": "Kerberos",
            }  # fmt: skip
            yield event(maker, rng.choice(firm.of("server")), time, 4624, data)
        elif share < 0.75:
            yield event(maker, dc, time, 4634, {"TargetUserName": person.name, "LogonType": 3})
        elif share < 0.82:
            data = {"SubjectUserName": admin, "PrivilegeList": "SeSecurityPrivilege"}
            yield event(maker, rng.choice(firm.of("server")), time, 4672, data)
        elif share < 0.88:
            other = f"{controllers[-1].name.upper()}$"
            data = {
                "SubjectUserName": other, "SubjectDomainName": firm.domain, "ObjectServer": "DS",
                "AccessMask": "0x100",
                "Properties": "%%7688 {1131f6aa-9c07-11d1-f79f-00c04fc2dcd2}",
            }  # fmt: skip
            yield event(maker, dc, maker.any_time(), 4662, data)
        elif share < 0.92:
            data = {
                "TargetUserName": person.name, "TargetDomainName": firm.domain, "LogonType": 3,
                "IpAddress": desk.ip, "Status": "0xc000006d", "SubStatus": "0xc000006a",
            }  # fmt: skip
            yield event(maker, rng.choice(firm.of("server")), time, 4625, data)
        elif share < 0.93:
            yield event(maker, dc, time, 4724, subject | {"TargetUserName": person.name})
        elif share < 0.932:
            yield event(maker, dc, time, 4720, subject | {"TargetUserName": f"new.{person.name}"})
        elif share < 0.934:
            member = f"CN={person.display},OU=Users,DC={firm.domain}"
            data = subject | {"TargetUserName": "VPN Users", "MemberName": member}
            yield event(maker, dc, time, 4728, data)
        elif share < 0.937:
            yield event(maker, dc, time, 4740, {"TargetUserName": person.name})
        elif share < 0.94:
            data = {
                "ServiceName": "VendorSvc", "ServiceFileName": r'"C:\Program Files\Vendor\svc.exe"',
                "ServiceAccount": "LocalSystem", "SubjectUserName": "SYSTEM",
            }  # fmt: skip
            yield event(maker, rng.choice(firm.of("server")), time, 4697, data)
        elif share < 0.943:
            data = {
                "SubjectUserName": "SYSTEM", "TaskName": r"\Vendor\Updater",
                "TaskContent": r"<Exec><Command>C:\Program Files\Vendor\up.exe</Command></Exec>",
            }  # fmt: skip
            yield event(maker, rng.choice(firm.of("server")), time, 4698, data)
        else:
            data = {
                "SubjectUserName": person.name, "IpAddress": desk.ip,
                "ShareName": rng.choice((r"\\*\SYSVOL", r"\\*\Projects", r"\\*\IPC$")),
            }  # fmt: skip
            yield event(maker, rng.choice(firm.of("file") + controllers), time, 5140, data)


def log(host: Host, time: float, process: str, message: str, facility: str = "daemon") -> Row:
    """One row of Syslog."""
    return {
        "Time": time, "Computer": host.name, "HostName": host.name, "HostIP": host.ip,
        "ProcessName": process, "SyslogMessage": message, "Facility": facility,
        "SeverityLevel": "info",
    }  # fmt: skip


_SYSLOG = (
    (30, "CRON", "cron", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
    (30, "CRON", "cron", "(root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)"),
    (20, "systemd", "daemon", "Started apt-daily.service - Daily apt download activities."),
    (12, "sshd", "authpriv", "Accepted publickey for {p} from {ip} port 5{n} ssh2: ED25519 SHA256:{h}"),
    (6, "sshd", "authpriv", "Accepted publickey for svc-scan from {scan} port 4{n} ssh2: RSA SHA256:{h}"),
    (3, "sshd", "authpriv", "Failed password for {p} from {ip} port 5{n} ssh2"),
    (2, "sshd", "authpriv", "Connection closed by {scan} port 4{n} [preauth]"),
    (6, "sudo", "authpriv", "{p} : TTY=pts/0 ; PWD=/home/{p} ; USER=root ; COMMAND=/usr/bin/systemctl restart nginx"),
    (3, "sudo", "authpriv", "{p} : TTY=pts/0 ; PWD=/home/{p} ; USER=root ; COMMAND=/usr/bin/apt-get install -y jq"),
    (1, "useradd", "authpriv", "new user: name=build{n}, UID=1{n}, GID=1{n}, home=/home/build, shell=/usr/sbin/nologin"),
    (10, "kernel", "kern", "[UFW BLOCK] IN=eth0 OUT= SRC=198.18.77.{d} DST=10.0.0.{d} PROTO=TCP SPT={n} DPT=23"),
    (4, "dockerd", "daemon", "level=info msg=\"Container {h} exited\" code=0"),
    (1, "crontab", "cron", "(root) REPLACE (root)"),
    (1, "rsyslogd", "syslog", "rsyslogd was HUPed"),
)  # fmt: skip


def ordinary_syslog(maker: Maker, count: int) -> Iterator[Row]:
    """Syslog of the Linux servers."""
    firm, rng = maker.firm, maker.rng
    for _, process, facility, text in rng.choices(_SYSLOG, [one[0] for one in _SYSLOG], k=count):
        person = rng.choice(firm.at("it", "engineering"))
        message = text.format(
            p=person.name, ip=firm.desk(person).ip, n=rng.randrange(1000, 9000),
            h=f"{rng.getrandbits(64):x}", scan=firm.one("scan").ip, d=rng.randrange(1, 250),
        )  # fmt: skip
        yield log(rng.choice(firm.of("linux")), maker.any_time(), process, message, facility)


def firewall(time: float, source: str, to: str, port: int, action: str, **more: object) -> Row:
    """One row of CommonSecurityLog as a firewall writes it."""
    return {
        "Time": time, "DeviceVendor": "Palo Alto Networks", "DeviceProduct": "PAN-OS",
        "DeviceEventClassID": "TRAFFIC", "Activity": "TRAFFIC", "SourceIP": source,
        "DestinationIP": to, "DestinationPort": port, "DeviceAction": action, "Protocol": "tcp",
        "SentBytes": 4_000, "ReceivedBytes": 30_000, "LogSeverity": "1",
        "ApplicationProtocol": "ssl", **more,
    }  # fmt: skip


def ordinary_firewall(maker: Maker, count: int) -> Iterator[Row]:
    """CommonSecurityLog: people out, the internet's noise in, VPN, the scanner inside."""
    firm, rng = maker.firm, maker.rng
    for _ in range(count):
        person, share = rng.choice(firm.people), rng.random()
        desk = firm.desk(person)
        far = f"198.19.{rng.randrange(20)}.{rng.randrange(1, 250)}"
        if share < 0.7:
            more = {"SentBytes": rng.randrange(900, 90_000)}
            yield firewall(maker.office(), desk.ip, far, 443, "allow", **more)
        elif share < 0.85:
            port = rng.choice((22, 23, 445, 3389, 5900, 8080))
            yield firewall(maker.any_time(), far, firm.office_ip, port, "deny")
        elif share < 0.95:
            night = -rng.randrange(7) * 24 * HOUR - 3 * HOUR - rng.random() * HOUR
            to = rng.choice(firm.hosts).ip
            port = rng.choice((22, 80, 135, 139, 443, 445, 3389, 5985, 8443, 1433))
            yield firewall(night, firm.one("scan").ip, to, port, "allow")
        elif share < 0.97:
            more = {"SentBytes": rng.randrange(10**9, 4 * 10**9)}
            yield firewall(
                maker.any_time(), firm.one("backup").ip, "198.19.4.4", 443, "allow", **more
            )
        else:
            tunnel = {
                "DeviceEventClassID": "GLOBALPROTECT", "Activity": "gateway-auth",
                "SourceUserName": person.name, "Message": "login success",
            }  # fmt: skip
            yield firewall(maker.office(), person.address, firm.office_ip, 443, "success", **tunnel)
