"""Secrets in texts: found by their shapes, and masked before a model is sent anything."""
