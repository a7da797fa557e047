"""Countries that a request names, as the two-letter codes that sign-in logs hold (ISO 3166-1)."""

from __future__ import annotations

import re
from functools import cache

_TEXT = """
AF afghanistan|AL albania|DZ algeria|AO angola|AR argentina|AM armenia|AU australia|AT austria
AZ azerbaijan|BH bahrain|BD bangladesh|BY belarus|BE belgium|BJ benin|BO bolivia
BA bosnia and herzegovina|BA bosnia|BW botswana|BR brazil|BG bulgaria|KH cambodia|CM cameroon
CA canada|CL chile|CN china|CO colombia|CR costa rica|HR croatia|CU cuba|CY cyprus
CZ czech republic|CZ czechia|DK denmark|DO dominican republic|EC ecuador|EG egypt|SV el salvador
EE estonia|ET ethiopia|FI finland|FR france|GE georgia|DE germany|GH ghana|GR greece|GT guatemala
HN honduras|HK hong kong|HU hungary|IS iceland|IN india|ID indonesia|IR iran|IQ iraq|IE ireland
IL israel|IT italy|CI ivory coast|JM jamaica|JP japan|KZ kazakhstan|KE kenya|KW kuwait
KG kyrgyzstan|LA laos|LV latvia|LB lebanon|LY libya|LT lithuania|LU luxembourg|MO macao
MG madagascar|MY malaysia|MV maldives|MT malta|MU mauritius|MX mexico|MD moldova|MN mongolia
ME montenegro|MA morocco|MZ mozambique|MM myanmar|NA namibia|NP nepal|NL netherlands|NL holland
NZ new zealand|NI nicaragua|NG nigeria|KP north korea|MK north macedonia|NO norway|OM oman
PK pakistan|PA panama|PY paraguay|PE peru|PH philippines|PL poland|PT portugal|QA qatar|RO romania
RU russia|RU russian federation|RW rwanda|SA saudi arabia|SN senegal|RS serbia|SC seychelles
SG singapore|SK slovakia|SI slovenia|SO somalia|ZA south africa|KR south korea|ES spain
LK sri lanka|SD sudan|SE sweden|CH switzerland|SY syria|TW taiwan|TZ tanzania|TH thailand
TN tunisia|TR turkey|TR türkiye|UG uganda|UA ukraine|AE united arab emirates|AE uae
GB united kingdom|GB uk|GB great britain|GB england|US united states|US usa|UY uruguay
UZ uzbekistan|VE venezuela|VN vietnam|YE yemen|ZM zambia|ZW zimbabwe
"""


_US = re.compile(
    r"\b(?:(?:the|from|in|of|outside) US|(?:from|in|of|outside) the us|outside us|non-US)(?!\w)"
    r"|\bU\.S\.A?(?!\w)"
)
# "Russian addresses": the people for the country, of those that hunts are about.
_PEOPLE = {
    "RU": "russian", "CN": "chinese", "KP": "north korean", "IR": "iranian", "NG": "nigerian",
    "UA": "ukrainian", "BY": "belarusian", "BR": "brazilian", "IN": "indian", "VN": "vietnamese",
    "DE": "german", "FR": "french", "NL": "dutch", "NO": "norwegian", "SE": "swedish",
    "PL": "polish", "TR": "turkish", "RO": "romanian", "GB": "british", "US": "american",
}  # fmt: skip


def countries(text: str) -> tuple[str, ...]:
    """Codes of the countries named; `US` in capitals, or after "outside the" and the like."""
    pattern, codes = _pattern()
    found = [codes[match[0].lower()] for match in pattern.finditer(text)]
    if _US.search(text):
        found.append("US")
    found += [
        code for code, people in _PEOPLE.items() if re.search(rf"\b(?:{people})\b", text, re.I)
    ]
    return tuple(dict.fromkeys(found))


def country_names(text: str) -> tuple[str, ...]:
    """The countries named, as the request writes them."""
    pattern, _ = _pattern()
    return tuple(dict.fromkeys(match[0] for match in pattern.finditer(text)))


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    entries = (entry for line in _TEXT.strip().splitlines() for entry in line.split("|"))
    codes = {name: code for code, _, name in (entry.partition(" ") for entry in entries)}
    names = "|".join(sorted(map(re.escape, codes), key=len, reverse=True))
    return re.compile(rf"(?<![\w.@-])(?:{names})(?![\w.@-])", re.I), codes
