"""SigninLogs of the week: ordinary sign-ins and, at the end of the module, the intruder's."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from soc_tui.demo import clock
from soc_tui.demo.clock import HOUR, MINUTE, SECOND, WEEK, Ints, Texts, hours_before
from soc_tui.demo.company import (
    DNS_DOMAIN,
    OFFICE_IP,
    TENANT_ID,
    VPN_IP,
    home_ip,
    people,
    stable_guid,
)
from soc_tui.demo.intrusion import (
    ATTACKER_SIGN_IN_IPS,
    ATTACKER_USER_AGENT,
    COUNTRY,
    HOSTILE_USER_AGENT,
    VICTIM_USER,
)
from soc_tui.demo.network import internet_addresses
from soc_tui.demo.sessions import LogonSession

EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0"
)
CHROME = EDGE.removesuffix(" Edg/128.0.0.0")
PHONE = "Dalvik/2.1.0 (Linux; U; Android 14; SM-A546B Build/UP1A.231005.007)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15"
BROWSER, MOBILE, OTHER = "Browser", "Mobile Apps and Desktop clients", "Other clients"
SCANNER = "scanner"

APPS = (
    ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    ("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264"),
    ("OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca"),
    ("Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000"),
    ("Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c"),
    ("Berth Portal", stable_guid("app:berth")),
    ("GitLab", stable_guid("app:gitlab")),
    ("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"),
)
RESULTS = {
    "0": "",
    "50126": "Error validating credentials due to invalid username or password.",
    "50074": "Strong Authentication is required.",
    "50076": "Due to a configuration change made by your administrator, or because you moved to a "
    "new location, you must use multi-factor authentication.",
    "50140": "This error occurred due to 'Keep me signed in' interrupt when the user was "
    "signing-in.",
    "50053": "The account is locked because the user tried to sign in too many times with an "
    "incorrect user ID or password.",
    "50034": "The user account does not exist in the directory.",
    "500121": "Authentication failed during strong authentication request.",
    "70043": "The refresh token has expired or is invalid due to sign-in frequency checks by "
    "conditional access.",
}
CITIES = {
    "NO": ("Bergen", "Vestland"), "GB": ("Hull", "East Riding of Yorkshire"),
    "DK": ("Esbjerg", "Syddanmark"), "DE": ("Hamburg", "Hamburg"), "US": ("Houston", "Texas"),
    "FR": ("Le Havre", "Normandie"), "NL": ("Rotterdam", "Zuid-Holland"),
    "SC": ("Victoria", "English River"),
}  # fmt: skip
TRAVEL = {
    "henrik.bakke": (4, 6, "DE"), "liam.obrien": (0, 2, "US"), "amelia.hart": (5, 7, "FR"),
    "ella.wright": (4, 5, "NL"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in. `person` is an index of people(), or a mailbox name for other accounts."""

    time: int
    person: int | str
    ip: str
    country: str
    app: int
    result: str = "0"
    agent: str = EDGE
    client: str = BROWSER
    mfa: bool = False
    risk: str = "none"


def _place(rng: np.random.Generator, person: int, day: int) -> tuple[str, str]:
    """Address and country for a working day."""
    one = people()[person]
    first, last, country = TRAVEL.get(one.name, (9, 9, ""))
    if first <= day <= last:
        return f"198.18.{240 + person % 10}.{person + 10}", country
    choice = rng.random()
    if choice < 0.62:
        return OFFICE_IP, "NO"
    return (home_ip(person), one.country) if choice < 0.88 else (VPN_IP, "NO")


def _app(rng: np.random.Generator, department: str) -> int:
    technical = department in ("it", "engineering")
    return int(clock.zipf_choice(rng, len(APPS) if technical else 6, 1, 0.7)[0])


def _day(rng: np.random.Generator, session: LogonSession) -> list[SignIn]:
    """A person's sign-ins of one working day, interrupts and typos included."""
    person = people()[session.person]
    ip, country = _place(rng, session.person, session.day)
    agent = EDGE if session.person % 3 else CHROME
    lasts = max(session.end - session.start, MINUTE)
    found = []
    for _ in range(int(rng.poisson(17)) + 2):
        when = session.start + int(rng.beta(0.8, 1.4) * lasts)
        app = _app(rng, person.department)
        before = _before(rng)
        for step, code in enumerate(before):
            found.append(
                SignIn(when - (len(before) - step) * 9 * SECOND, session.person, ip, country, app,
                       code, agent)
            )  # fmt: skip
        risky = country not in (person.country, "NO") and rng.random() < 0.05
        found.append(
            SignIn(when, session.person, ip, country, app, "0", agent,
                   BROWSER if rng.random() < 0.6 else MOBILE, bool({"50074", "50076"} & {*before}),
                   "low" if risky else "none")
        )  # fmt: skip
    return found


def _before(rng: np.random.Generator) -> tuple[str, ...]:
    """Failures just ahead of a success."""
    choice = rng.random()
    for limit, codes in (
        (0.035, ("50126",)), (0.042, ("50126", "50126")), (0.10, ("50074",)), (0.13, ("50076",)),
        (0.135, ("50074", "500121")), (0.16, ("50140",)), (0.18, ("70043",)),
        (0.181, ("50126", "50126", "50053")),
    ):  # fmt: skip
        if choice < limit:
            return codes
    return ()


def _phones(rng: np.random.Generator, count: int) -> list[SignIn]:
    """Mail on the phone, at all hours, from home."""
    return [
        SignIn(int(time), int(person), home_ip(int(person)), people()[person].country, 0,
               "0" if rng.random() > 0.01 else "70043", IPHONE if person % 2 else PHONE, MOBILE)
        for time, person in zip(
            clock.flat_times(rng, count), clock.zipf_choice(rng, len(people()), count, 0.5),
            strict=True,
        )
    ]  # fmt: skip


def _scanner() -> list[SignIn]:
    """The old multifunction printer that still sends mail with basic authentication."""
    times = range(-WEEK + HOUR, 0, 4 * HOUR + 7 * MINUTE)
    return [
        SignIn(time, SCANNER, OFFICE_IP, "NO", 0, "0", ATTACKER_USER_AGENT, OTHER) for time in times
    ]


def _strangers(rng: np.random.Generator) -> list[SignIn]:
    """The internet's daily guesses, most at names that do not exist."""
    names = ("info", "admin", "sales", "accounts", "test", "office", "support", "ingrid")
    addresses = internet_addresses(rng, 90)
    return [
        SignIn(int(time), str(rng.choice(names)), str(ip), str(rng.choice(["US", "DE", "NL"])), 2,
               "50034", CHROME)
        for time, ip in zip(clock.flat_times(rng, 90), addresses, strict=True)
    ]  # fmt: skip


def ordinary_sign_ins(rng: np.random.Generator, sessions: tuple[LogonSession, ...]) -> list[SignIn]:
    """The ordinary sign-ins of the week."""
    found = _phones(rng, 1600) + _scanner() + _strangers(rng)
    for session in sessions:
        found += _day(rng, session)
    return [one for one in found if -WEEK <= one.time < 0]


def intruder_sign_ins() -> list[SignIn]:
    """Spray, MFA fatigue, and the sessions that follow."""
    victim = next(i for i, one in enumerate(people()) if one.name == VICTIM_USER)
    first, second = ATTACKER_SIGN_IN_IPS
    start, step = hours_before(47), int(1.55 * HOUR / len(people()))
    spray = [
        SignIn(start + i * step + (i * 7919) % 40 * SECOND, i, (first, second)[i % 2], COUNTRY, 0,
               "50126", ATTACKER_USER_AGENT, OTHER)
        for i in range(len(people()))
        if i != victim
    ]  # fmt: skip
    hostile = SignIn(
        hours_before(45.35), 3, second, COUNTRY, 2, "50126", HOSTILE_USER_AGENT, BROWSER
    )
    fatigue = [
        SignIn(hours_before(44.3) + i * 100 * SECOND, victim, first, COUNTRY, 7, "500121", CHROME,
               risk="medium")
        for i in range(14)
    ]  # fmt: skip
    inside = [
        SignIn(hours_before(hours), victim, first, COUNTRY, app, "0", CHROME, BROWSER, True, "high")
        for hours, app in ((43.89, 7), (43.8, 0), (43.6, 3), (26.1, 7), (25.3, 7))
    ]
    return [*spray, hostile, *fatigue, *inside]


def _texts(values: list[str]) -> Texts:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _identity(one: SignIn) -> tuple[str, str, str]:
    """UPN, display name, object id."""
    if isinstance(one.person, int):
        person = people()[one.person]
        return (
            f"{person.name}@{DNS_DOMAIN}", person.display_name, stable_guid(f"user:{person.name}")
        )  # fmt: skip
    known = one.person == SCANNER
    return (
        f"{one.person}@{DNS_DOMAIN}",
        "Scanner Floor 2" if known else "",
        stable_guid("user:scanner") if known else "",
    )


def _device(one: SignIn) -> str:
    managed = one.ip in (OFFICE_IP, VPN_IP) and one.client != OTHER
    system = {PHONE: "Android 14", IPHONE: "iOS 17.6"}.get(one.agent, "Windows10")
    device = {"operatingSystem": "" if one.client == OTHER else system, "browser": ""}
    if one.client == BROWSER and len(one.agent) < 130:
        device["browser"] = "Edge 128.0.0" if "Edg/" in one.agent else "Chrome 128.0.0"
    if managed:
        device |= {
            "deviceId": stable_guid(f"device:{one.person}"),
            "trustType": "Azure AD joined",
            "isManaged": "true",
        }
    return json.dumps(device)


def _location(country: str) -> str:
    city, state = CITIES[country]
    return json.dumps({"city": city, "state": state, "countryOrRegion": country})


def _authentication(one: SignIn) -> str:
    good = one.result == "0"
    steps = [{"authenticationMethod": "Password", "succeeded": one.result not in ("50126",)}]
    if one.mfa or one.result == "500121":
        steps.append({"authenticationMethod": "Mobile app notification", "succeeded": good})
    return json.dumps(steps)


def sign_in_columns(rng: np.random.Generator, entries: list[SignIn]) -> dict[str, Ints | Texts]:
    """SigninLogs columns."""
    from soc_tui.demo.process_noise import random_guids

    times = np.array([one.time for one in entries], dtype=np.int64)
    identities = [_identity(one) for one in entries]
    upns, names, ids = (_texts([i[part] for i in identities]) for part in range(3))
    ok = np.array([one.result == "0" for one in entries])
    risk = _texts([one.risk for one in entries])
    types = [json.dumps(["unfamiliarFeatures"]) if r != "none" else "[]" for r in risk]
    guids = random_guids(rng, 2 * len(entries))
    app_names = _texts([APPS[one.app][0] for one in entries])
    strong = [one.mfa or one.result in ("50074", "50076", "500121") for one in entries]
    return {
        "TimeGenerated": times,
        "CreatedDateTime": times - 400_000,
        "OperationName": _texts(["Sign-in activity"] * len(entries)),
        "OperationVersion": _texts(["1.0"] * len(entries)),
        "Category": _texts(["SignInLogs"] * len(entries)),
        "ResultType": _texts([one.result for one in entries]),
        "ResultDescription": _texts([RESULTS[one.result] for one in entries]),
        "ResultSignature": _texts(["None"] * len(entries)),
        "CorrelationId": _texts(guids[: len(entries)]),
        "Id": _texts(guids[len(entries) :]),
        "OriginalRequestId": _texts(guids[len(entries) :]),
        "UniqueTokenIdentifier": _texts(
            [guid[:22] if good else "" for guid, good in zip(guids, ok, strict=False)]
        ),
        "ProcessingTimeInMilliseconds": _texts(
            [str(n) for n in rng.integers(60, 900, len(entries))]
        ),
        "DurationMs": np.zeros(len(entries), dtype=np.int64),
        "MfaDetail": _texts([_mfa_detail(one) for one in entries]),
        "AutonomousSystemNumber": _texts([_network_number(one.ip) for one in entries]),
        **_constants(len(entries)),
        "Identity": names,
        "Level": _texts(["4"] * len(entries)),
        "Location": _texts([one.country for one in entries]),
        "LocationDetails": _texts([_location(one.country) for one in entries]),
        "AlternateSignInName": upns,
        "AppDisplayName": app_names,
        "AppId": _texts([APPS[one.app][1] for one in entries]),
        "ResourceDisplayName": app_names,
        "AuthenticationDetails": _texts([_authentication(one) for one in entries]),
        "AuthenticationRequirement": _texts(
            ["multiFactorAuthentication" if s else "singleFactorAuthentication" for s in strong]
        ),
        "ClientAppUsed": _texts([one.client for one in entries]),
        "ConditionalAccessStatus": np.where(
            ok, _texts(["success" if s else "notApplied" for s in strong]), "failure"
        ).astype(object),
        "DeviceDetail": _texts([_device(one) for one in entries]),
        "IPAddress": _texts([one.ip for one in entries]),
        "IsInteractive": np.array([one.client != OTHER for one in entries]),
        "RiskDetail": _texts(["none"] * len(entries)),
        "RiskEventTypes": _texts(types),
        "RiskEventTypes_V2": _texts(types),
        "RiskLevelAggregated": risk,
        "RiskLevelDuringSignIn": risk,
        "RiskState": np.where(risk == "none", "none", "atRisk").astype(object),
        "SignInIdentifier": upns,
        "Status": _texts([_status(one) for one in entries]),
        "TokenIssuerType": _texts(["AzureAD"] * len(entries)),
        "UserAgent": _texts([one.agent for one in entries]),
        "UserDisplayName": names,
        "UserId": ids,
        "UserPrincipalName": upns,
        "UserType": _texts(["Member"] * len(entries)),
    }


def _constants(count: int) -> dict[str, Ints | Texts]:
    fixed = {
        "AADTenantId": TENANT_ID, "HomeTenantId": TENANT_ID, "ResourceTenantId": TENANT_ID,
        "CrossTenantAccessType": "none", "AuthenticationProtocol": "none",
        "Resource": "Microsoft.aadiam", "ResourceGroup": "Microsoft.aadiam",
        "ResourceId": f"/tenants/{TENANT_ID}/providers/Microsoft.aadiam",
        "AuthenticationProcessingDetails": "[]", "NetworkLocationDetails": "[]",
    }  # fmt: skip
    return {name: _texts([text] * count) for name, text in fixed.items()}


def _mfa_detail(one: SignIn) -> str:
    asked = one.mfa or one.result == "500121"
    return json.dumps({"authMethod": "Mobile app notification"}) if asked else ""


def _network_number(ip: str) -> str:
    """A private-use autonomous system number (RFC 6996) for each /16."""
    first, second = ip.split(".")[:2]
    return str(64_512 + (int(first) * 7 + int(second)) % 1000)


def _status(one: SignIn) -> str:
    status: dict[str, object] = {"errorCode": int(one.result)}
    if one.result != "0":
        status["failureReason"] = RESULTS[one.result]
    elif one.mfa:
        status["additionalDetails"] = "MFA requirement satisfied by claim in the token"
    return json.dumps(status)
