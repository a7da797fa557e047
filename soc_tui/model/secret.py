"""What stands where a secret stood."""

HIDDEN = "[hidden]"
