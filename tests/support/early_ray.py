"""Ray in the process of the tests: it reads once, when it is imported, whether it may listen on all interfaces."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

from service.dispatch.ray.environment import local_variables, ray_environment


def import_ray(module: str = "ray") -> ModuleType:
    """Ray or a module of it, such that a later test of this process can still attach to one on loopback."""
    with ray_environment({} if "ray" in sys.modules else local_variables(Path())):
        return importlib.import_module(module)


def was_imported_elsewhere() -> bool:
    """Whether a test has imported Ray without that: all that would attach in this process are refused."""
    ray = sys.modules.get("ray")
    return ray is not None and ray._private.ray_constants.ENABLE_RAY_CLUSTER
