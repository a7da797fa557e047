"""From a finding to a detection: a rule drafted from its rows, written for Sigma and Sentinel."""
