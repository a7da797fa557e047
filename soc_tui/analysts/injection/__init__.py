"""Finds cells that talk to a model: orders, verdicts, and imitations of a prompt. No model asked."""
