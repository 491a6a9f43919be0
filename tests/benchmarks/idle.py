"""What a service with nothing to do costs: ``python -m tests.benchmarks.idle``. Percent of one CPU, by process."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import psutil

from service.client.client import Studyhall
from service.environment import LABEL
from service.settings import Settings
from service.supervisor.serving import serving
from tests.support.real_service import RealService, until


def cpu_of(service: RealService) -> dict[tuple[int, str], float]:
    """CPU seconds so far, by process id and what the process is."""
    return {(process.pid, _what(process)): sum(process.cpu_times()[:2]) for process in service.processes()}


def _what(process: psutil.Process) -> str:
    """The part of the service; of Ray's, which all belong to one part, the program."""
    part = process.environ()[LABEL].rpartition("|")[2]
    if part != "ray" or any("service.dispatch" in word for word in process.cmdline()):
        return part
    program = next((word for word in process.cmdline() if word.endswith(".py")), process.name())
    return f"Ray's {Path(program).name}"


def main() -> None:
    """Serve, wait until workers are warm, and look for a while."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), port=0)
        with serving(settings) as url, Studyhall(url) as hall:
            service = RealService(settings, hall)
            until(lambda: hall.workers() and all(each["state"] == "idle" for each in hall.workers()), 120)
            time.sleep(5.0)
            before, start = cpu_of(service), time.monotonic()
            time.sleep(seconds)
            after, took = cpu_of(service), time.monotonic() - start
    used = {key: 100 * (after[key] - before.get(key, 0.0)) / took for key in after}
    for (_, name), percent in sorted(used.items(), key=lambda each: -each[1]):
        print(f"{percent:6.2f} %  {name}")


if __name__ == "__main__":
    main()
