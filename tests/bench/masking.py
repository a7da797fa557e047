"""How many planted secrets are masked, how many ordinary cells are, and how long it takes.

    python -m tests.bench.masking [ROWS.arrow ...]

Secrets are made from a seed, 20 kinds in the places where logs have them. Ordinary cells are those
of the demo, whose own secrets are counted apart, and the text cells of Arrow files that are named.
"""

from __future__ import annotations

import asyncio
import base64
import random
import string
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from soc_tui.analysts.secrets.finder import Finder, finder
from soc_tui.demo.workspace import ensure_demo
from soc_tui.workspaces.local.workspace import LocalWorkspace

SEED = 14
PER_KIND = 5
_DIGITS, _HEX = string.digits, "0123456789abcdef"
_LETTERS = string.ascii_letters + _DIGITS
_BASE64 = _LETTERS + "+/"
_URL_SAFE = _LETTERS + "-_"

Make = Callable[[random.Random], str]


def _of(alphabet: str, length: int) -> Make:
    return lambda chance: "".join(chance.choices(alphabet, k=length))


def _password(chance: random.Random) -> str:
    """Two words, a sign and digits, as people make them."""
    words = ("Summer", "Blue", "Falcon", "river", "Tango", "maple", "Orbit", "winter")
    two = "".join(chance.choices(words, k=2))
    return f"{two}{chance.choice('!#.@')}{chance.randint(10, 9999)}"


def _jwt(chance: random.Random) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = f'{{"sub":"{chance.randint(1, 10**9)}","admin":true}}'.encode()
    return (
        f"{head}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{_of(_URL_SAFE, 43)(chance)}"
    )


def _pem(chance: random.Random) -> str:
    lines = "\n".join(_of(_BASE64, 64)(chance) for _ in range(4))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----"


KINDS: dict[str, tuple[Make, tuple[str, ...]]] = {
    "net use": (
        _password,
        (
            r"net use \\dc01\c$ {} /user:CORP\admin",
            r"net.exe use Z: \\10.0.0.4\share /user:CORP\svc {}",
            r'net1 use * "\\fs01\finance data" "{}" /user:bob',
            r'{{"CommandLine":"net use \\\\dc01\\ipc$ /user:adm \"{}\""}}',
            r"cmd /c net use \\fs\d$ {} /u:x /persistent:no",
        ),
    ),
    "net user": (
        _password,
        (
            "net user backdoor {} /add",
            r'C:\Windows\system32\net1 user "sql svc" {} /add /domain',
            "net user guest {}",
            'cmd.exe /c "net user helper {} /add && net localgroup administrators helper /add"',
            "net  user  administrator  {}",
        ),
    ),
    "remote execution": (
        _password,
        (
            r"PsExec64.exe -accepteula \\srv7 -u corp\adm -p {} cmd",
            r"psexec \\10.1.1.5 /u adm /p {} ipconfig",
            "wmic /node:srv2 /user:adm /password:{} process call create calc.exe",
            "winrs -r:srv3 -u:adm -p:{} hostname",
            r"paexec.exe \\h -u adm -p {} whoami",
        ),
    ),
    "scheduled task and service": (
        _password,
        (
            r"schtasks /create /tn upd /tr C:\a.exe /sc daily /ru corp\svc /rp {}",
            r"schtasks.exe /change /tn x /ru svc /rp {} /s srv",
            r"sc.exe config mssql obj= corp\svc password= {}",
            r'reg add "HKLM\SOFTWARE\Windows NT\Winlogon" /v DefaultPassword /t REG_SZ /d {} /f',
            "cmdkey /add:srv1 /user:corp\\adm /pass:{}",
        ),
    ),
    "database client": (
        _password,
        (
            'sqlcmd -S db01 -U sa -P {} -Q "select 1"',
            "mysql -h db02 -uroot -p{} mysql",
            "mysqldump --user=root --password={} shop",
            "PGPASSWORD={} psql -h db -U postgres",
            "bcp shop.dbo.cards out c.txt -S db -U sa -P {}",
        ),
    ),
    "web client": (
        _password,
        (
            "curl -u admin:{} https://nas.local/api",
            "curl -sk --user svc:{} https://jenkins.local/job",
            "wget --http-user=bob --http-password={} http://intranet/f",
            "curl -X POST -d 'username=adm&password={}' https://portal/login",
            "wget --user bob --password {} ftp://h/f",
        ),
    ),
    "ssh client": (
        _password,
        (
            "plink.exe -ssh root@10.2.3.4 -pw {} uname",
            "sshpass -p '{}' ssh root@10.9.8.7",
            "pscp -pw {} a.zip u@h:/tmp",
            "sshpass -p{} scp f u@h:",
            "echo {} | sudo -S id",
        ),
    ),
    "PowerShell": (
        _password,
        (
            "ConvertTo-SecureString '{}' -AsPlainText -Force",
            'ConvertTo-SecureString -String "{}" -AsPlainText -Force',
            "New-Object System.Net.NetworkCredential('adm','{}')",
            '$password = "{}"; Enter-PSSession srv',
            "Invoke-DomainPasswordSpray -Password {} -OutFile o.txt",
        ),
    ),
    "cloud command line": (
        _password,
        (
            "az login --service-principal -u app -p {} --tenant t",
            "az login -u bob@corp.example -p {}",
            "docker login -u bob -p {} registry.corp.example",
            "az vm create -n v --admin-username a --admin-password {}",
            "gcloud sql users set-password root --password={}",
        ),
    ),
    "connection string": (
        _password,
        (
            "Server=db;Database=shop;User Id=sa;Password={};",
            "Data Source=db;Initial Catalog=x;uid=sa;pwd={}",
            "Driver={{ODBC Driver 17}};Server=s;UID=u;PWD={};Encrypt=yes",
            '"ConnectionString": "Host=pg;Username=u;Password={};Port=5432"',
            "jdbc:sqlserver://db;user=sa;password={};",
        ),
    ),
    "password in a URL": (
        _of(_LETTERS, 12),
        (
            "git clone https://bob:{}@git.corp.example/x.git",
            "mongodb+srv://app:{}@cluster0.example.net/shop",
            "postgres://u:{}@10.0.0.3:5432/db",
            "redis://:{}@cache:6379/0",
            "amqps://svc:{}@mq.corp.example/vhost",
        ),
    ),
    "bearer": (
        _of(_URL_SAFE, 40),
        (
            "Authorization: Bearer {}",
            "curl -H 'authorization: bearer {}' https://api",
            '{{"headers":{{"Authorization":"Bearer {}"}}}}',
            "Invoke-RestMethod -Headers @{{Authorization='Bearer {}'}}",
            "GET /v1 HTTP/1.1 Authorization=Bearer%20{}",
        ),
    ),
    "JSON web token": (
        _jwt,
        ("{}", "token={}", '"id_token":"{}"', "Cookie: s={}", "https://app/cb#id_token={}&state=1"),
    ),
    "AWS": (
        _of(_BASE64, 40),
        (
            "aws_secret_access_key = {}",
            "export AWS_SECRET_ACCESS_KEY={}",
            "aws configure set aws_secret_access_key {}",
            '"SecretAccessKey": "{}"',
            "$env:AWS_SECRET_ACCESS_KEY='{}'",
        ),
    ),
    "Azure": (
        lambda chance: f"{_of(_BASE64, 86)(chance)}==",
        (
            "DefaultEndpointsProtocol=https;AccountName=st1;AccountKey={};EndpointSuffix=core.windows.net",
            "az storage blob list --account-name st1 --account-key {}",
            "{}",
            "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}",
            "AzCopy /DestKey:{} /Source:C:\\a",
        ),
    ),
    "client secret": (
        lambda chance: f"{_of(_LETTERS, 3)(chance)}8Q~{_of(_URL_SAFE, 34)(chance)}",
        (
            "AZURE_CLIENT_SECRET={}",
            "grant_type=client_credentials&client_id=a&client_secret={}",
            "{}",
            'clientSecret: "{}"',
            "Connect-App -ClientSecret {}",
        ),
    ),
    "signed URL": (
        lambda chance: f"{_of(_LETTERS, 43)(chance)}%3D",
        (
            "https://st1.blob.core.windows.net/c/f?sv=2022-11-02&se=2026-01-01&sr=b&sp=r&sig={}",
            "azcopy cp a 'https://st.blob.core.windows.net/c?sp=racwdl&sig={}'",
            "SharedAccessSignature sr=hub.azure-devices.net&sig={}&se=1700000000",
            "https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual?sp=%2F&sig={}",
            "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={}",
        ),
    ),
    "forge token": (
        lambda chance: f"ghp_{_of(_LETTERS, 36)(chance)}",
        (
            "{}",
            "GITHUB_TOKEN={}",
            "git clone https://{}@github.com/o/r",
            "gh auth --with-token {}",
            "-H 'Authorization: token {}'",
        ),
    ),
    "private key": (
        _pem,
        ("{}", "key={}", "cat > id_rsa\n{}", "echo '{}' > k.pem", "ScriptBlock: {}"),
    ),
    "cookie": (
        _of(_LETTERS, 32),
        (
            "Cookie: JSESSIONID={}",
            "Set-Cookie: sessionid={}; Path=/; HttpOnly",
            "ESTSAUTHPERSISTENT={}",
            '"Cookie":"PHPSESSID={}"',
            "curl -b 'session={}' https://app",
        ),
    ),
}
"""What is planted: how a value is made, and `PER_KIND` places for it."""


def planted(seed: int = SEED) -> list[tuple[str, str, str]]:
    """Kind, cell and secret of each."""
    chance = random.Random(seed)
    found = []
    for kind, (make, places) in KINDS.items():
        for place in places:
            value = make(chance)
            found.append((kind, place.format(value), value))
    return found


def missed(cases: Sequence[tuple[str, str, str]], secrets: Finder) -> list[tuple[str, str]]:
    """Kind and cell of those whose secret can still be read in part."""
    left = []
    for kind, cell, value in cases:
        rest, at = [], 0
        for one in secrets.find(cell):
            rest.append(cell[at : one.start])
            at = one.end
        rest.append(cell[at:])
        if any(value[i : i + 6] in piece for piece in rest for i in range(0, len(value) - 5, 3)):
            left.append((kind, cell))
    return left


def _cells(paths: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for path in paths:
        with pa.OSFile(path) as file:
            table = pyarrow.ipc.open_file(file).read_all()
        for column in table.columns:
            if pa.types.is_string(column.type):
                found.update(dict.fromkeys(cell for cell in column.unique().to_pylist() if cell))
    return list(found)


def _demo() -> list[str]:
    found: dict[str, None] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.duckdb"
        ensure_demo(path)
        workspace = LocalWorkspace(path)
        for table in asyncio.run(workspace.schema()):
            for column in asyncio.run(workspace.query(table)).table.columns:
                if pa.types.is_string(column.type):
                    cells = column.unique().to_pylist()
                    found.update(dict.fromkeys(cell for cell in cells if cell))
    return list(found)


def _measure(name: str, cells: Sequence[str], secrets: Finder) -> None:
    begun = time.perf_counter()
    masked = [cell for cell in cells if secrets.find(cell)]
    seconds = time.perf_counter() - begun
    share = 10_000 * len(masked) / max(1, len(cells))
    print(
        f"{name}: {len(cells):,} distinct cells, {sum(map(len, cells)):,} characters, "
        f"{len(masked)} masked ({share:.1f} of 10,000), {seconds:.2f} s"
    )


def main(paths: Sequence[str]) -> None:
    """Print the figures."""
    secrets = finder()
    cases = planted()
    left = missed(cases, secrets)
    print(f"planted: {len(cases) - len(left)} of {len(cases)} masked, {len(KINDS)} kinds")
    for kind, cell in left:
        print(f"  missed, {kind}: {cell[:150]}")
    _measure("demo", _demo(), secrets)
    for path in paths:
        _measure(Path(path).name, _cells([path]), secrets)


if __name__ == "__main__":
    main(sys.argv[1:])
