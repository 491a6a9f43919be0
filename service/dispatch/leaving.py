"""How a process ends that has nothing to work with."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from service.errors import PoolFailed


def leave(error: PoolFailed) -> NoReturn:
    """Say why and end this process at once: an orderly end would wait for servers that are gone.

    The exit code says that the last line of the process's log is the reason.
    """
    print(error, file=sys.stderr, flush=True)
    os._exit(os.EX_UNAVAILABLE)
