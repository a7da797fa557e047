"""The KQL editor: completions, the verdict, files and external editors."""
