"""What a query refers to: tables, lets, scopes, time bounds. The guardrails judge by it."""
