"""What can be believed: lies verified, honest findings doubted, injections raised, false alarms.

Run as `python -m tests.bench.claims`; with `-v` it names each that is judged wrongly.
"""

import sys
import time
from collections.abc import Iterable

from soc_tui.analysts.grounding.check_finding import ground
from tests.analysts.grounding.claims.reading import Told, claims, honest, lies
from tests.bench.injections import print_figures as print_injections


def judged_wrongly(told: Iterable[Told]) -> tuple[list[str], int, float]:
    """Names of those judged wrongly with their doubts, how many were tried, seconds a finding."""
    wrong, tried = [], 0
    start = time.perf_counter()
    for one in told:
        tried += 1
        judged = ground(one.finding, one.rows)
        if judged.grounded is not one.honest:
            wrong.append("\n    ".join((one.name, *judged.doubts)))
    return wrong, tried, (time.perf_counter() - start) / max(tried, 1)


def main() -> None:
    """Print a line a set, and what is judged wrongly when asked for."""
    sets = {
        "lies verified": [
            *(one for one in claims() if not one.honest),
            *lies(),
            *lies("lies_fresh.toml"),
        ],
        "honest doubted": [
            *(one for one in claims() if one.honest),
            *honest(),
            *honest("honest_fresh.toml"),
        ],
    }
    for name, told in sets.items():
        wrong, tried, seconds = judged_wrongly(told)
        print(f"{name}: {len(wrong)} / {tried} ({seconds * 1000:.1f} ms each)")
        if "-v" in sys.argv[1:]:
            print(*(f"  {one}" for one in wrong), sep="\n")
    print_injections()


if __name__ == "__main__":
    main()
