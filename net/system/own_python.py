"""The Python that Duplex itself runs with, for programs that are Python files.

The packaged program carries its Python inside and has none to call: it runs a file itself, with
``--run-example``.
"""

from __future__ import annotations

import sys


def own_python() -> list[str]:
    """The words before a file and its arguments, as in ``python -u FILE ARGUMENT ...``."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--run-example"]
    return [sys.executable, "-u"]
