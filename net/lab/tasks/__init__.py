"""Tasks: a pupil writes one program, in any language, and Duplex is the other end and grades it.

Everything that `net.lab.tasks.check_file` bundles runs on any Python from 3.8 on and uses the standard
library alone: no ``X | Y`` that is evaluated, no ``match``, no ``zip(strict=...)``.
"""

from __future__ import annotations

TASK_PORT = 23456
"""Where Duplex listens for pupils' programs, if nothing else is said."""

TASK_NAMES = (
    "hello-server",
    "which-door",
    "why-stuck",
    "stream",
    "postcards",
    "reliability",
    "reliability-2",
    "reliability-3",
    "reliability-4",
    "who-hangs-up",
    "one-road",
    "http",
    "serve-page",
)
"""In the order of the lessons."""
