from __future__ import annotations

import ast
from pathlib import Path

import pytest

import net.protocol

FORBIDDEN = {
    "socket",
    "ssl",
    "asyncio",
    "threading",
    "time",
    "select",
    "selectors",
    "os",
    "io",
    "tkinter",
    "gui",
}
FILES = sorted(Path(net.protocol.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_wire_formats_do_no_io(path: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert not {name.partition(".")[0] for name in imported} & FORBIDDEN
    assert all(name.startswith("net.protocol.") for name in imported if name.partition(".")[0] == "net")
