"""`check.py`: the graders in one file that needs nothing but a Python, from 3.8 on.

It carries the sources of `net.lab.tasks.check_main` and of all that it imports, each as it stands here, and
an importer that finds them before any other. So a pupil's PC without Duplex grades as Duplex does, and no
firewall stands between."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).parent
PACKAGE = "net.lab.tasks"
MAIN = f"{PACKAGE}.check_main"
FILE_NAME = "check.py"

HEAD = '''#!/usr/bin/env python3
"""Duplex 的检查程序：在你自己的电脑上检查你写的网络程序，不需要 Duplex。
Duplex's checks: grades your network programs on your own PC, without Duplex.

    python check.py NAME      NAME: {names}
    python check.py --help

Python 3.8+.
"""

import importlib.abc
import importlib.util
import sys

TASK = {task!r}
SOURCES = {{}}
'''

TAIL = '''

class Sources(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds the modules above, and the packages that they are in."""

    def find_spec(self, name, path=None, target=None):
        packages = {each.rsplit(".", depth)[0] for each in SOURCES for depth in range(1, each.count(".") + 1)}
        if name not in SOURCES and name not in packages:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=name in packages)

    def get_source(self, name):
        return SOURCES.get(name, "")


if __name__ == "__main__":
    sys.meta_path.insert(0, Sources())
    from net.lab.tasks.check_main import main

    sys.exit(main(sys.argv[1:], TASK))
'''


def check_program(task: str = "") -> str:
    """The text of `check.py`. ``task``: what it grades if its command line names no task; "" to ask."""
    from net.lab.tasks import TASK_NAMES

    parts = [HEAD.format(names=" ".join(TASK_NAMES), task=task)]
    for module in _needed_modules():
        source = _source_of(module)
        if "'''" in source or source.endswith("\\"):
            raise ValueError(f"{module} can't stand in a raw string")
        parts.append(f"\nSOURCES[{module!r}] = r'''{source}'''\n")
    return "".join([*parts, TAIL])


def _needed_modules() -> list[str]:
    """The main module and all modules of the package that it needs, in the order of their names."""
    needed = {PACKAGE}
    waiting = [MAIN]
    while waiting:
        module = waiting.pop()
        if module not in needed:
            needed.add(module)
            waiting += _imports_of(module)
    return sorted(needed)


def _imports_of(module: str) -> list[str]:
    """Modules of the package that are imported when this one runs: not those under TYPE_CHECKING."""
    tree = ast.parse(_source_of(module))
    nodes = [node for node in tree.body if not isinstance(node, ast.If)]
    found = [
        node.module
        for outer in nodes
        for node in ast.walk(outer)
        if isinstance(node, ast.ImportFrom) and node.module is not None
    ]
    return [name for name in found if name == PACKAGE or name.startswith(f"{PACKAGE}.")]


def _source_of(module: str) -> str:
    rest = module[len(PACKAGE) :].lstrip(".")
    return (FOLDER / f"{rest or '__init__'}.py").read_text("utf-8")
