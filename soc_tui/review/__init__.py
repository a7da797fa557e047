"""Working with findings: list, triage, compare, pivot, trends, the ATT&CK matrix."""
