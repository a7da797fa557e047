"""KQL as a text: its pieces, brackets, strings and literals. No parser is needed here."""
