"""KQL as text: build, parse, describe."""
