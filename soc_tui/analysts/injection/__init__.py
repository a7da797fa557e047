"""Finds cells that talk to a model: orders, verdicts, imitated prompts. Asks no model."""
