"""Reports on a hunt, or on some of its findings."""
