"""The command ``studyhall``. Exit codes: 0 done, 1 the study failed, 2 bad input, 3 no service."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

EXIT_FAILED, EXIT_BAD_INPUT, EXIT_NO_SERVICE, EXIT_INTERRUPTED = 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; it always ends in SystemExit."""
    from experiments.errors import InvalidInput, TrainingError
    from service.cli.app import app
    from service.errors import ServiceError

    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(words, prog_name="studyhall")
    except (ServiceError, InvalidInput, TrainingError, OSError) as error:
        _say(error, as_json="--json" in words)
        raise SystemExit(_code(error)) from error
    except KeyboardInterrupt:
        raise SystemExit(EXIT_INTERRUPTED) from None


def _say(error: Exception, *, as_json: bool) -> None:
    """The error on standard error: as JSON for a program, as one line for each problem for a person."""
    problems = getattr(error, "problems", ())
    if as_json:
        errors = [{"path": problem.path, "message": problem.message} for problem in problems]
        print(json.dumps({"detail": str(error), "errors": errors}), file=sys.stderr)
        return
    lines = [str(problem) for problem in problems] if len(problems) > 1 else [str(error)]
    print("\n".join(f"error: {line}" for line in lines), file=sys.stderr)


def _code(error: Exception) -> int:
    from experiments.errors import TrainingError
    from service.errors import Unavailable

    if isinstance(error, Unavailable):
        return EXIT_NO_SERVICE
    return EXIT_FAILED if isinstance(error, TrainingError) else EXIT_BAD_INPUT
