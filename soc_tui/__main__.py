"""Entry point of `soc-tui` and `python -m soc_tui`."""

import sys

from soc_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
