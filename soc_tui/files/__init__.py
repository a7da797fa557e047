"""Files that come from outside or go there: logs to import, queries, playbooks."""
