"""MITRE ATT&CK (Enterprise): tactics and URLs, without the list of techniques."""

# In the order of an intrusion; the list itself has none. Source: https://attack.mitre.org/tactics/
TACTICS = (
    "Reconnaissance",
    "Resource Development",
    "Initial Access",
    "Execution",
    "Persistence",
    "Privilege Escalation",
    "Stealth",
    "Defense Impairment",
    "Credential Access",
    "Discovery",
    "Lateral Movement",
    "Collection",
    "Command and Control",
    "Exfiltration",
    "Impact",
)
"""Tactics of the Enterprise matrix, in its order."""
