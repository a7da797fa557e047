"""What a finding's words claim, each kind held against the rows that it cites."""
