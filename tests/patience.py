"""How long a test waits for what must happen. A machine may be busy with much else."""

PATIENCE_SECONDS = 120.0
