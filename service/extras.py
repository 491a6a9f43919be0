"""The parts of Studyhall that are installed on demand: what needs them, and how to get them.

Without any of them there are the client, the API and the command line, in an environment without PyTorch and Ray.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from service.errors import Unavailable
from service.settings import Settings

EXTRAS = {"train": ("torch", "pytorch_lightning", "mlflow"), "ray": ("ray",), "postgres": ("psycopg",)}
"""Extra of the distribution to the modules it brings; without them nothing of it works."""


def demand(*extras: str) -> None:
    """Return if everything of these extras can be imported.

    Raises:
        Unavailable: something is missing; the message says how to install it.
    """
    wanted = {extra: modules for extra, modules in EXTRAS.items() if extra in extras}
    missing = {extra: [each for each in modules if find_spec(each) is None] for extra, modules in wanted.items()}
    lacking = [extra for extra, modules in missing.items() if modules]
    if lacking:
        modules = ", ".join(module for extra in lacking for module in missing[extra])
        raise Unavailable(f"this needs {modules}, not installed here: pip install 'studyhall[{','.join(lacking)}]'")


def of_service(settings: Settings) -> Iterator[str]:
    """The extras that a service with these settings needs."""
    if settings.pool == "ray":
        yield "ray"
    yield from of_tracker(settings)


def of_tracker(settings: Settings) -> Iterator[str]:
    """Those that whoever writes to MLflow needs."""
    yield "train"
    if settings.database.startswith("postgresql"):
        yield "postgres"
