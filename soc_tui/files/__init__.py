"""External files: logs to import, queries, playbooks."""
