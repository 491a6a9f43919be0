"""A worker as a plain subprocess: commands come in through standard input, messages leave through standard output.

``python -P -m service.dispatch.process.worker PARENT_PID EPOCH`` reads its specification as the first line. It dies
with the process that started it, however that one ends; so it never has another engine than that of this epoch.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from typing import BinaryIO, NoReturn

from service.dispatch import wire
from service.dispatch.worker.worker import Worker

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until the pipe closes."""
    die_with(int(sys.argv[1]))
    commands, messages = take_pipes()
    worker, epoch = Worker(wire.decode(commands.readline()), end_group), int(sys.argv[2])
    threading.Thread(target=send, args=(worker, epoch, messages), name="messages", daemon=True).start()
    for line in commands:
        worker.obey(line.decode())
    end_group()


def die_with(parent: int) -> None:
    """Let the kernel end this process with its parent, also while foreign code holds the interpreter."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        end_group()


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for the protocol; what training reads or prints cannot disturb it any more."""
    commands, messages = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device, not a path
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return commands, messages


def send(worker: Worker, epoch: int, pipe: BinaryIO) -> None:
    """Write every message of the worker, one a line."""
    try:
        for message in worker.messages(epoch):
            pipe.write(message.encode() + b"\n")
            pipe.flush()
    except BrokenPipeError:
        end_group()


def end_group() -> NoReturn:
    """End this process and everything that training has started."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
