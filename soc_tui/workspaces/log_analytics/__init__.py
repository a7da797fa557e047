"""Azure Log Analytics, through azure-monitor-query."""
