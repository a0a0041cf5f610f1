"""The rules of the house, read from the imports: main -> gui, net; gui -> public net; net alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What a view may know of net: what is said to the Engine and what it says, and what does no I/O.
PUBLIC_NET = {
    "net", "net.address", "net.chat.commands", "net.chat.diagnosis.findings", "net.chat.discovery.hosts",
    "net.chat.events", "net.chat.history", "net.chat.rooms.entries", "net.engine", "net.events",
    "net.sockets.commands", "net.sockets.events", "net.sockets.open_url", "net.sockets.tls",
    "net.system.interfaces", "net.transcript.catalog", "net.transcript.export", "net.transcript.finding",
    "net.transcript.reader",
}  # fmt: skip
WIDGET_TOOLKITS = {"tkinter", "ttkbootstrap", "tkinterdnd2", "_tkinter"}
SOCKETS = {"socket", "ssl", "asyncio", "select", "selectors", "socketserver", "uvloop"}
THREADS = {"threading", "_thread", "queue", "multiprocessing", "concurrent"}
IO = SOCKETS | THREADS | {
    "time", "os", "io", "pathlib", "shutil", "tempfile", "subprocess", "signal", "sqlite3", "http", "urllib",
    "psutil",
}  # fmt: skip
# Where the queue meets Tk or the terminal, where work is done beside Tk, what writes settings, the hook for
# lost errors: none is a view.
MAY_SEE_THREADS = {
    "gui.terminal.chat", "gui.window.pump", "gui.terminal.sockets", "gui.window.app", "gui.shared.settings",
    "gui.window.failures", "gui.services.notify", "gui.services.background",
    "gui.pages.sockets.code.example_process",
}  # fmt: skip
# Upwards in net: what the wings stand on knows no wing, and the sockets do not know who records them.
WINGS = ("net.sockets", "net.transcript", "net.chat", "net.lab")
BELOW = {
    "net.loop": (*WINGS, "net.engine", "net.wing"),
    "net.storage": (*WINGS, "net.engine", "net.wing"),
    "net.system": (*WINGS, "net.engine", "net.wing"),
    "net.sockets": ("net.transcript", "net.chat", "net.lab", "net.engine"),
    "net.transcript": ("net.chat", "net.lab", "net.engine"),
    "net.chat": ("net.sockets", "net.transcript", "net.lab", "net.engine"),
}
FORBIDDEN_NAME_PARTS = ("Manager", "Handler", "Helper", "Utils", "Wrapper")


def module_name(path: Path, root: Path) -> str:
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(root: Path) -> dict[str, Path]:
    """The project's own modules by name: main, and everything in net and gui."""
    paths = [root / "main.py", *root.glob("net/**/*.py"), *root.glob("gui/**/*.py")]
    return {module_name(path, root): path for path in paths if path.exists()}


def imports(path: Path, name: str, known: set[str]) -> Iterator[tuple[str, int]]:
    """Each module ``path`` imports, anywhere in it, and the line: ``from net import tcp`` is ``net.tcp``."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                source = ".".join([*above, *filter(None, [source])])
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                yield (whole if whole in known | {"PIL.ImageTk"} else source), node.lineno


def inside(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def broken_rule(importer: str, imported: str) -> str | None:
    """The rule that ``importer`` breaks with this import; None if it may."""
    top = imported.partition(".")[0]
    if inside(importer, "net"):
        if top in WIDGET_TOOLKITS | {"gui", "main"} or imported == "PIL.ImageTk":
            return "net imports neither gui nor tkinter"
        if any(inside(importer, below) and inside(imported, *above) for below, above in BELOW.items()):
            return "net imports nothing upward"
        if inside(importer, "net.protocol"):
            if top in IO:
                return "net.protocol does no I/O and takes time as an argument"
            if inside(imported, "net") and not inside(imported, "net.protocol"):
                return "net.protocol stands on nothing else of net"
    if inside(importer, "gui"):
        if top == "main":
            return "gui does not import main"
        if inside(imported, "net") and imported not in PUBLIC_NET and not inside(imported, "net.protocol"):
            return "gui imports only the public part of net"
        if top in SOCKETS:
            return "gui never touches a socket"
        if top in THREADS and importer not in MAY_SEE_THREADS:
            return "views never see a queue or a thread"
    return None


def violations(root: Path) -> list[str]:
    found = []
    known = modules(root)
    for name, path in known.items():
        for imported, line in imports(path, name, set(known)):
            rule = broken_rule(name, imported)
            if rule:
                found.append(f"{path.relative_to(root)}:{line}: imports {imported}: {rule}")
    return found


def test_every_import_keeps_the_rules() -> None:
    assert len(modules(ROOT)) > 10
    assert violations(ROOT) == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("net/sockets/tcp/connection.py", "from gui import theme"),
        ("net/sockets/tcp/connection.py", "def f():\n    import tkinter.font"),
        ("net/sockets/tcp/connection.py", "from PIL import ImageTk"),
        ("net/loop/outlet.py", "from net.sockets.events import Opened"),
        ("net/storage/file.py", "def f():\n    from net.transcript import reader"),
        ("net/sockets/core.py", "from net.transcript.recorder import Recorder"),
        ("net/chat/core.py", "import net.engine"),
        ("net/protocol/framing.py", "import socket"),
        ("net/protocol/framing.py", "from time import monotonic"),
        ("net/protocol/framing.py", "from .. import engine"),
        ("gui/pages/sockets/page.py", "from net.sockets import network"),
        ("gui/pages/sockets/page.py", "from net.sockets.tcp.connection import Connection"),
        ("gui/widgets/log.py", "import queue"),
        ("gui/widgets/log.py", "from concurrent.futures import Future"),
        ("gui/window/pump.py", "import socket"),
        ("gui/window/app.py", "import main"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, path: str, line: str) -> None:
    for name in ("main.py", "net/sockets/tcp/connection.py", "gui/look/look.py", path):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("from net import events\n" if name.startswith("gui") else "")
    assert violations(tmp_path) == []
    (tmp_path / path).write_text(line)
    assert len(violations(tmp_path)) == 1
    assert violations(tmp_path)[0].startswith(path)


def test_protocol_asks_no_clock() -> None:
    """``datetime`` is allowed as a type there; its clock is not."""
    for path in (ROOT / "net" / "protocol").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), f"{path.name}:{node.lineno}"


def test_names_say_what_a_thing_is() -> None:
    for name, path in modules(ROOT).items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert not any(part in node.name for part in FORBIDDEN_NAME_PARTS), f"{name}: {node.name}"
                assert not node.name.startswith("Base"), f"{name}: {node.name}"
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.name != "process" and not node.name.startswith("do_"), f"{name}: {node.name}"


def test_the_terminal_needs_no_tk() -> None:
    needed = "gui.terminal.sockets, gui.terminal.chat, gui.shared.portrait"
    code = f"import sys, {needed}; print({{'tkinter', 'ttkbootstrap'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")
