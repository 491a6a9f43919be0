"""How fast the page is in headless Chromium: ``python -m tests.benchmarks.page [part ...]``.

On the real service as a process of its own, with a study of 1,000 runs of 1,000 points, one of 10,000 trials, and 50
runs that report while they are looked at. The parts are the modules beside this one; without a name all are measured.
"""

from __future__ import annotations

import argparse

from tests.benchmarks.page import chart, live, loading, redraw, table, trials
from tests.benchmarks.page.serving import browsing, service

ALONE = {"redraw": redraw.measure}
"""Parts that need no service."""
SERVED = {"loading": loading.measure, "chart": chart.measure, "trials": trials.measure, "live": live.measure}


def main() -> None:
    """Measure what was named, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", help=f"{', '.join([*ALONE, *SERVED])}; everything if left out")
    wanted = parser.parse_args().part or [*ALONE, *SERVED]
    if unknown := set(wanted) - {*ALONE, *SERVED}:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join([*ALONE, *SERVED])}")
    table.begin()
    with browsing() as browser:
        for part in filter(ALONE.get, wanted):
            ALONE[part](browser)
        if served := [part for part in SERVED if part in wanted]:
            with service() as found:
                for part in served:
                    SERVED[part](browser, found)


if __name__ == "__main__":
    main()
