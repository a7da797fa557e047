"""Word lists for telling names in a request apart."""

from __future__ import annotations

_EXTENSIONS_TEXT = """
exe dll sys ps1 psm1 psd1 bat cmd vbs vbe js jse hta lnk iso img zip rar 7z gz tar cab msi msp
doc docx docm xls xlsx xlsm ppt pptx pptm pdf txt log csv dmp tmp dat bin cfg conf ini xml json
yml yaml sh py jar scr one rtf reg inf evtx vhd vhdx wsf chm cpl
"""
EXTENSIONS = frozenset(_EXTENSIONS_TEXT.split())
"""Endings of file names, without the dot."""

_NO_EXTENSION_WORDS_TEXT = "one log cmd reg tar img bin dat tmp"
NO_EXTENSION_WORDS = frozenset(_NO_EXTENSION_WORDS_TEXT.split())
"""Endings that are words of their own: "log files" are not *.log."""

# No whole list of top-level domains: those that logs show most, and the reserved ones (RFC 2606).
_TOP_DOMAINS_TEXT = """
com net org edu gov mil int info biz name pro io ai app dev cloud online site store shop xyz top
club live email tech space website agency digital network systems solutions services support page
test example invalid localhost local internal lan corp home intranet arpa onion
"""
TOP_DOMAINS = frozenset(_TOP_DOMAINS_TEXT.split())
"""Last labels of domain names, beside those of two letters."""

TOOLS = (
    r"powershell|pwsh|cmd|rundll32|regsvr32|mshta|certutil|bitsadmin|wmic|psexec|psexesvc|schtasks"
    r"|vssadmin|wbadmin|bcdedit|wevtutil|mimikatz|procdump|comsvcs|minidump|rclone|cscript|wscript"
    r"|whoami|nltest|ipconfig|systeminfo|tasklist|adfind|bloodhound|sharphound|rubeus|netsh"
    r"|svchost|spoolsv|winlogon|w3wp|sqlservr|winword|wmiprvse|fodhelper|msiexec|chrome"
    r"|msedge|firefox|iexplore|ntdsutil|esentutl|msbuild|installutil|curl|wget|python3?|perl"
    r"|bash|ssh|netcat|ncat|lsass"
    r"|anydesk|teamviewer|ngrok|rustdesk|screenconnect|tailscale|openvpn|wireguard|tor"
    r"|crontab|sudo|useradd|winscp|filezilla|megasync|pscp|plink|putty|psexec64"
    r"|nmap|masscan|hydra|kerbrute|impacket|cobalt ?strike|lazagne|seatbelt|winpeas|crackmapexec"
)
"""Programs that requests name without .exe, as a regular expression."""

PARENTS = (
    r"services|explorer|taskeng|taskhostw|wininit|userinit|dllhost|smss|csrss|outlook|excel|teams"
)
"""Programs whose names are ordinary words: they count only where something is done by them."""

_SHORT_TOOLS_TEXT = "net net1 reg sc at sh nc id arp route find where tar"
SHORT_TOOLS = frozenset(_SHORT_TOOLS_TEXT.split())
"""Programs that are ordinary words too: they count only before "commands"."""

_NO_NAMES_TEXT = """
non guests a an the this that these those my our your all any every each some in on at for from to
of by with and or not no is are was were be been has have had do does did which who what when
where why how logs log events event activity activities data records sign signs signin signins
sign-in sign-ins logon logons logins login last past since today yesterday week weeks day days
hour hours minute minutes month months monday tuesday wednesday thursday friday saturday sunday
anything something anomalies brute force suspicious strange odd unusual weird new old names name
list lists groups group created added deleted changed enabled disabled locked failed remote local
admin admins network windows linux azure cloud entra microsoft sha sha-256 sha-1 sha256 sha1 md5
base64 rules rule flows traffic connections alerts alert enumeration discovery isolation behaviour
behavior takeover compromise compromised infected affected making running using doing connecting
talking beaconing utf-8 utf-16 port ports lockout lockouts lateral movement process processes file
files persistence only also over within between during there creation changes change management
roles role assignment assignments risk risky agent agents accounts account users user hosts host
named called whose like such more most less than then them they it its other others another same
as but except without talked connected ran run logged wrote made used accessed keys key behind
against about around before after until till per via through should could would can may might must
will shall started stopped restarted let here he she principal object control profile profiles
home folder folders filter filters column columns field fields id ids sid daily hourly weekly
monthly alias aliases wherethe identity identities domain domains registry triggered caused alive
available still service active configuration configurations
information info details overview security located based removed assigned granted invited blocked
settings capabilities clusters inventory inactive incident incidents table evidence detected
"""
NO_NAMES = frozenset(_NO_NAMES_TEXT.split())
"""What may stand after "host", "on" or "user" without being the name of one."""

_PLAIN_TEXT = """
everything nothing query queries
show list find give get tell want need see please me us you we i hi hello let look looking search
display fetch pull check return print whose whom which there here very really just maybe possibly
per each every count counts counted number numbers total top many much first second earliest latest
newest oldest different distinct unique order ordered sort sorted break broken down up out off back
table tables row rows entry entries record log logging detail full complete whole range time times
timestamp date dates morning afternoon evening night nights noon midnight long recent recently now
one ones two three four five six seven eight nine ten dozen half couple few lot lots and/or etc
company corporate organisation organization environment estate tenant our everyone anyone someone
anybody somebody nobody everybody whoever thing things stuff kind kinds sort type types including
include includes included involve involves involved involving related relating regarding concerning
contain contains containing with/without via came come comes coming went gone go goes got gets take
takes took taken put set sets use uses try trying tried attempt attempts attempted make makes
belong belongs know known unknown own owned if whether because since ever never yet still already
both either neither nor own same such too also quite own do among amongst
suspicious odd strange unusual weird malicious evil bad abnormal threat threats attack attacks
attacker attackers hunt hunting hunts investigate investigation check happen happened
happening going wrong
trouble problem problems issue issues risk risks indicator indicators ioc iocs using used anywhere
per-user occurred occur occurs received ingested triggered occurring results result
"""
PLAIN = frozenset(_PLAIN_TEXT.split())
"""Words that say nothing of their own about what to look for."""

THREATS = (
    r"beacon\w*|c2|c&c|command and control|exfil\w*|lateral movement|privilege escalation"
    r"|persisten\w+"
    r"|ransomware|brute[ -]?forc\w*|spray\w*|password spray\w*|impossible travel|mfa fatigue"
    r"|token theft"
    r"|recon\w*|discovery|defense evasion|credential (?:dump\w*|stuffing|theft)|kerberoast\w*"
    r"|pass[ -]the[ -]hash"
    r"|living off the land|lolbins?|web ?shells?|malware|rare\w*|rare domains?|stag(?:ing|ed)"
    r"|compromis\w*|takeover|insider"
    r"|phish\w*|impersonat\w*|tunnels?|escalation|obfuscated|code injections?"
)
"""Words for threats: they lead to a table, but only a filter stands for them."""
