"""Signing in to Azure: the chain of credentials, device codes, what went wrong and what to do."""
