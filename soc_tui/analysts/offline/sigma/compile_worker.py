"""The process that compiles rules: a line of JSON texts in, a line of compiled files out."""

from __future__ import annotations

import json
import os
import sys

from soc_tui.analysts.offline.sigma import rule_cache
from soc_tui.analysts.offline.sigma.compile_rules import compile_file


def main() -> None:
    """Compile until the input ends."""
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    if hasattr(os, "nice"):
        os.nice(10)  # the screen goes first
    for line in sys.stdin.buffer:
        answers.write(rule_cache.as_line([compile_file(text) for text in json.loads(line)]))
        answers.flush()


if __name__ == "__main__":
    main()
