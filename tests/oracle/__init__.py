"""Holds our reading of KQL against Microsoft's own parser. Not in the test command: needs node."""
