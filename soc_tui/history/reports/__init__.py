"""A hunt, or some of its findings, as a report to hand on."""
