"""A worker process dies with the process that started it, however that one ends."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import psutil

ENGINE = """
import asyncio, os, sys
from pathlib import Path
from service.dispatch.pool import PoolOptions
from service.dispatch.process.pool import ProcessPool

async def main():
    home = Path(sys.argv[1])
    pool = ProcessPool(PoolOptions(str(home / "artifacts"), home / "workers", workers=1, trainer="counting_trainer"))
    await pool.start(1)
    while pool.workers()[0].state != "idle":
        await asyncio.sleep(0.01)
    print(pool.workers()[0].pid, flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


def test_a_killed_engine_leaves_no_worker(tmp_path: Path) -> None:
    trainers = Path(__file__).parents[3] / "contracts" / "pools" / "trainers"
    path = os.pathsep.join(filter(None, [str(trainers), os.environ.get("PYTHONPATH")]))
    engine = [sys.executable, "-P", "-c", ENGINE, str(tmp_path)]
    done = subprocess.run(engine, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    worker = int(done.stdout)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(worker).wait(timeout=10)
