"""The public names of ``studyhall``, from their docstrings, which Sphinx reads."""

from __future__ import annotations

import inspect

import studyhall

HEADING = """Python
======

``from studyhall import …``: each name is imported when it is first used.

"""


def python_page() -> str:
    """The client first, then every other public name."""
    names = sorted(dir(studyhall), key=lambda name: (name != "Studyhall", name))
    return HEADING + "\n".join(map(_documented, names))


def _documented(name: str) -> str:
    found = getattr(studyhall, name)
    home = f"{found.__module__}.{found.__qualname__}"
    if not inspect.isclass(found):
        return f".. autofunction:: {home}\n"
    members = "   :members:\n   :inherited-members:\n" if name == "Studyhall" else ""
    return f".. autoclass:: {home}\n{members}"
