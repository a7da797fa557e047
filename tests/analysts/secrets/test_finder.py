"""Secrets are found where logs have them; what only looks like one is left."""

from __future__ import annotations

import base64

import pytest

from soc_tui.analysts.secrets.finder import Masks, finder, hide_keys, key_finder
from soc_tui.analysts.secrets.shapes import load_shapes
from soc_tui.model.secret import HIDDEN
from tests.bench.masking import KINDS, PER_KIND, missed, planted

HEX = "0123456789abcdef" * 4

ORDINARY = [
    "net use",
    r"net use \\srv1\share /user:CORP\bob *",
    "net user administrator",
    "net user bob /add",
    'net user bob | find "Password"',
    r"C:\Windows\System32\svchost.exe -k netsvcs -p -s Schedule",
    "powershell.exe -NoProfile -ExecutionPolicy Bypass -File a.ps1",
    r"schtasks /create /tn x /tr C:\a.exe /ru SYSTEM",
    "ConvertTo-SecureString $plain -AsPlainText -Force",
    "Set-ADAccountPassword -Identity bob -NewPassword $new",
    "mysql -h db -u root -p",
    "docker run -p 8080:80 nginx",
    "ssh -p 2222 bob@host",
    "curl https://h/api?page=2&key=name",
    '{"passwordPolicies":"DisablePasswordExpiration","PasswordLastSet":"2026-01-01T00:00:00Z"}',
    '{"AuthenticationMethod":"Password","authenticationRequirement":"singleFactorAuthentication"}',
    "Failed password for invalid user admin from 10.0.0.5 port 51022 ssh2",
    "Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089",
    "https://login.microsoftonline.com/common/oauth2/authorize?client_id=1&response_type=code",
    "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
    "aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0",
    '"accessKeyId":"ASIAIOSFODNN7EXAMPLE"',
    "password: authentication failed",
    "password=********",
    "password=<password>",
    "Authorization: Bearer",
    "token type: Bearer",
    "cookie=1",
    "psql -U postgres -p 5432 shop",
    "docker run -u 1000 -p 8080:80 nginx",
    "ps -u root -p 4711",
]


@pytest.mark.parametrize("kind", KINDS)
def test_planted_secrets_are_found(kind: str) -> None:
    cases = [case for seed in (1, 2) for case in planted(seed) if case[0] == kind]
    assert len(cases) == 2 * PER_KIND
    assert missed(cases, finder()) == []


def test_ordinary_cells_are_left() -> None:
    assert [cell for cell in ORDINARY if finder().find(cell)] == []


@pytest.mark.parametrize(
    "cell",
    [
        "adidnsdump -u corp\\bob -p {} --print-zones dc1",
        "tool.exe -username bob -server s -p {}",
        'mount volume "smb://s" as user name "me" with password "{}"',
    ],
)
def test_other_tools_take_passwords_too(cell: str) -> None:
    masked = Masks().masked(cell.format("Tulip!77"))
    assert "Tulip" not in masked and "[secret-1" in masked


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8"])
def test_what_base64_hides_is_masked_with_it(encoding: str) -> None:
    code = base64.b64encode("net user bob Tulip!7731 /add # go on".encode(encoding)).decode()
    masked = Masks().masked(f"powershell -enc {code} -w hidden")
    assert masked == "powershell -enc [secret-1: secret in Base64] -w hidden"
    plain = base64.b64encode("Get-ChildItem C:\\Users -Recurse | Out-Null".encode(encoding))
    assert finder().find(f"powershell -enc {plain.decode()}") == ()


def test_each_shape_is_found_by_one_of_its_words() -> None:
    lowered = [shape.name for shape in load_shapes() if not shape.exact]
    assert lowered
    for shape in load_shapes():
        if not shape.exact:
            assert [word for word in shape.words if word != word.lower()] == []


def test_one_secret_has_one_mark_and_another_has_another() -> None:
    masks = Masks()
    first = masks.masked("curl -u bob:Tulip!77 https://a")
    again = masks.masked("wget --user bob --password Tulip!77 ftp://h")
    other = masks.masked("curl -u bob:Rose!88 https://a")
    assert "Tulip" not in first + again
    assert "[secret-1: password]" in first
    assert "[secret-1: password]" in again
    assert "[secret-2: password]" in other
    assert masks.restored(other) == "curl -u bob:Rose!88 https://a"


def test_a_marked_text_holds_no_secret_any_more() -> None:
    masks = Masks()
    for _, cell, _ in planted():
        once = masks.masked(cell)
        assert masks.masked(once) == once


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-" + "a1B2" * 10,
        "AKIA" + "J7Q2" * 4,
        "ghp_" + "a1B2" * 9,
        "abc8Q~" + "a1B2" * 8 + "xy",
        "xoxb-" + "1234567890-abcdefghij",
        "AccountKey=" + "aB3+" * 21 + "ab==",
    ],
)
def test_a_key_that_was_pasted_is_hidden(key: str) -> None:
    hidden = hide_keys(f"who used {key} yesterday")
    assert HIDDEN in hidden
    assert key not in hidden
    assert hidden.endswith("yesterday")


@pytest.mark.parametrize(
    "request_",
    [
        "who ran net user bob Passw0rd1 /add",
        "command lines with password=Summer2026",
        f"rows with the hash {HEX}",
        "sign-ins of task-force-with-a-long-name-of-sk-users",
    ],
)
def test_a_question_about_a_secret_stays_what_it_was(request_: str) -> None:
    assert hide_keys(request_) == request_
    assert key_finder().find(request_) == ()
