"""The architecture's rules, checked in the source (`tests.house`)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import house
from tests.house import ROOT, WIDGET_TOOLKITS, imports, inside, modules
from tests.programs import run_program

# The part of net that a view may import: commands, events, readers, and modules without I/O.
PUBLIC_NET = {
    "net", "net.address", "net.chat.commands", "net.chat.conversation", "net.chat.diagnosis.findings",
    "net.chat.discovery.hosts", "net.chat.events", "net.chat.history", "net.chat.ids",
    "net.chat.rooms.entries", "net.engine", "net.events", "net.lab.commands", "net.lab.events",
    "net.lab.lesson", "net.lab.lesson_files", "net.lab.picture", "net.lab.picture.capture",
    "net.lab.picture.graph", "net.lab.picture.road", "net.lab.picture.rows", "net.lab.picture.state",
    "net.lab.picture.traffic",
    "net.lab.preflight.mechanisms", "net.lab.recording", "net.lab.recording_file", "net.lab.run.pythons",
    "net.lab.tasks", "net.lab.tasks.catalog", "net.lab.tasks.check_file", "net.lab.tasks.verdicts",
    "net.lab.troubles", "net.sockets.commands", "net.sockets.events", "net.sockets.open_url",
    "net.sockets.tls", "net.system.interfaces", "net.system.own_python", "net.transcript.catalog",
    "net.transcript.commands", "net.transcript.events", "net.transcript.export", "net.transcript.reader",
    "net.transcript.search",
}  # fmt: skip
SOCKETS = {"socket", "ssl", "asyncio", "select", "selectors", "socketserver", "uvloop"}
THREADS = {"threading", "_thread", "queue", "multiprocessing", "concurrent"}
IO = SOCKETS | THREADS | {
    "time", "os", "io", "pathlib", "shutil", "tempfile", "subprocess", "signal", "sqlite3", "http", "urllib",
    "psutil",
}  # fmt: skip
# Modules that connect the queue with Tk or the terminal, run work off the Tk thread, write the settings, or
# hook uncaught errors: none of them is a view.
MAY_SEE_THREADS = {
    "gui.pages.sockets.code.example_process", "gui.services.background", "gui.services.notify",
    "gui.shared.settings", "gui.terminal.chat", "gui.terminal.chat_deliveries", "gui.terminal.conversations",
    "gui.terminal.following", "gui.terminal.output", "gui.terminal.standard_input", "gui.window.failures",
    "gui.window.pump", "gui.window.signals",
}  # fmt: skip
FORBIDDEN_NAME_PARTS = ("Manager", "Handler", "Helper", "Utils", "Wrapper")

CHECKS: dict[str, Callable[[Path], set[str]]] = {
    "in a circle of imports": house.in_a_circle,
    "imports upward": house.upward_imports,
    "imports a stranger": house.strange_imports,
    "hasattr(self, ...)": lambda root: house.offences(root, house.asks_itself_what_it_has),
    "splats a tuple": lambda root: house.offences(root, house.splats_a_tuple),
    "asserts an attribute": lambda root: house.offences(root, house.asserts_an_attribute),
    "takes the whole": lambda root: house.offences(root, house.takes_the_whole),
}

# --- Walls: main -> gui, net; gui -> public net; net alone ---


def broken_rule(importer: str, imported: str) -> str | None:
    """The rule that ``importer`` breaks with this import; None if it may."""
    top = imported.partition(".")[0]
    if inside(importer, "net"):
        if top in {"gui", "main"} or inside(imported, *WIDGET_TOOLKITS):
            return "net imports neither gui nor tkinter"
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
        for imported, line in imports(path, name, known):
            rule = broken_rule(name, imported)
            if rule:
                found.append(f"{path.relative_to(root)}:{line}: imports {imported}: {rule}")
    return found


def test_every_import_keeps_the_rules() -> None:
    assert len(modules(ROOT)) > 10
    assert violations(ROOT) == []


def make_tree(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("net/sockets/tcp/connection.py", "from gui import theme"),
        ("net/sockets/tcp/connection.py", "def f():\n    import tkinter.font"),
        ("net/sockets/tcp/connection.py", "from PIL import ImageTk"),
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
        make_tree(tmp_path, {name: "from net import events\n" if name.startswith("gui") else ""})
    assert violations(tmp_path) == []
    (tmp_path / path).write_text(line)
    assert len(violations(tmp_path)) == 1
    assert violations(tmp_path)[0].startswith(path)


# --- No circles, nothing upward, nobody who takes the whole ---


@pytest.mark.parametrize("rule", CHECKS)
def test_the_house_is_in_order(rule: str) -> None:
    assert CHECKS[rule](ROOT) == set()


@pytest.mark.parametrize(
    ("rule", "files", "found"),
    [
        (
            "in a circle of imports",
            {
                "net/address.py": "import net.events",
                "net/events.py": "import typing\nif typing.TYPE_CHECKING:\n    from net import faults",
                "net/faults.py": "def f():\n    from net.address import Address",
                "net/engine.py": "import net.events",
            },
            {"net.address", "net.events", "net.faults"},
        ),
        (
            "in a circle of imports",
            {"main.py": "import gui.look.look", "gui/look/look.py": "import main"},
            {"main", "gui.look.look"},
        ),
        (
            "in a circle of imports",
            {"gui/look/look.py": "from .styles import f", "gui/look/styles.py": "from . import look"},
            {"gui.look.look", "gui.look.styles"},
        ),
        (
            "imports upward",
            {
                "net/engine.py": "import net.chat.core",
                "net/events.py": "def f():\n    import net.engine",
                "net/loop/outlet.py": "import net.system.kernel\nimport net.faults",
                "net/system/kernel.py": "",
                "net/faults.py": "",
                "net/chat/core.py": "",
            },
            {"net.events -> net.engine", "net.loop.outlet -> net.system.kernel"},
        ),
        (
            "imports upward",
            {
                "gui/shared/i18n.py": "import gui.look.words",
                "gui/look/words.py": "",
                "gui/look/look.py": "import gui.look.words",
                "gui/pages/__init__.py": "import gui.pages.chat.page",
                "gui/pages/chat/page.py": "import gui.pages",
            },
            {"gui.shared.i18n -> gui.look.words", "gui.pages.chat.page -> gui.pages"},
        ),
        ("imports upward", {"net/cellar/wine.py": ""}, {"net.cellar.wine has no place in LAYERS"}),
        (
            "imports a stranger",
            {
                "gui/pages/chat/page.py": "from gui.pages.sockets.setup import addresses",
                "gui/pages/sockets/setup/addresses.py": "",
            },
            {"gui.pages.chat.page -> gui.pages.sockets.setup.addresses"},
        ),
        (
            "imports a stranger",
            {
                "net/chat/history/history.py": "import net.transcript.clearing",
                "net/transcript/clearing.py": "",
            },
            {"net.chat.history.history -> net.transcript.clearing"},
        ),
        (
            "hasattr(self, ...)",
            {"gui/a.py": "class A:\n    def f(self):\n        return hasattr(self, 'x') or hasattr(f, 'y')"},
            {"gui/a.py: A.f"},
        ),
        (
            "splats a tuple",
            {"net/a.py": "def f(x):\n    g(*x)\ndef h(x):\n    return f(*(1, x), 2)"},
            {"net/a.py: h"},
        ),
        (
            "asserts an attribute",
            {
                "main.py": "def f(a, b):\n    assert a is not None and isinstance(b, int)\n"
                "def g(a):\n    assert a.x\n"
                "def h(a):\n    b = a.x\n    assert b is not None\n"
                "def i(a):\n    assert 1 and a.b.c is not None"
            },
            {"main.py: g", "main.py: h", "main.py: i"},
        ),
        (
            "takes the whole",
            {
                "gui/a.py": "def f(page: ChatPage): ...\ndef g(page: str): ...\n"
                "class A:\n    def h(self, *, whole: 'Window'): ...\n"
                "    def i(self, make: Callable[[], app.Window]): ..."
            },
            {"gui/a.py: f", "gui/a.py: A.h", "gui/a.py: A.i"},
        ),
    ],
)
def test_what_is_out_of_order_is_found(
    tmp_path: Path, rule: str, files: dict[str, str], found: set[str]
) -> None:
    make_tree(tmp_path, files)
    assert CHECKS[rule](tmp_path) == found


def test_every_room_is_named_once() -> None:
    rooms = [room for row in house.LAYERS for room in row]
    assert len(rooms) == len(set(rooms))


# --- Faces without tkinter, and the rest ---


def test_what_needs_no_screen_imports_no_toolkit() -> None:
    assert house.ways_to_a_toolkit(ROOT, "gui.shared", "gui.terminal", "net") == []


def test_a_way_to_a_toolkit_is_found(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "gui/__init__.py": "",
            "gui/terminal/chat.py": "from gui.shared import links",
            "gui/shared/links.py": "from gui.widgets.parts import small",
            "gui/widgets/__init__.py": "def f():\n    from tkinter import font",
            "gui/widgets/parts/small.py": "",
        },
    )
    way = "gui.widgets <- gui.widgets.parts.small <- gui.shared.links <- gui.terminal.chat"
    assert house.ways_to_a_toolkit(tmp_path, "gui.terminal") == [f"tkinter <- {way}"]


@pytest.mark.parametrize(
    ("imported", "spared"),
    [
        ("gui.terminal.sockets, gui.terminal.chat, gui.shared.portrait", {"tkinter", "ttkbootstrap"}),
        ("main, gui.window.app", {"net", "asyncio", "sqlite3", "cryptography"}),
        (
            "main, gui.window.app, net.engine, gui.pages.sockets.page",
            {
                "net.chat",
                "net.lab",
                "gui.pages.chat",
                "gui.pages.lessons",
                "cryptography",
                "zeroconf",
                "babel",
            },
        ),
    ],
    ids=["the terminal", "the window's first paint", "the Sockets page"],
)
def test_a_start_loads_no_more_than_it_needs(imported: str, spared: set[str]) -> None:
    code = f"import sys, {imported}; print({spared} & set(sys.modules))"
    done = run_program([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")


DATACLASSES = {"gui.shared.arguments", "gui.shared.settings", "net.system.kernel"}
"""Those of a start: they are also needed where there is only the standard library."""


def test_a_start_compiles_no_dataclasses() -> None:
    """Each is half a millisecond of every start; a struct of msgspec is a fortieth of that."""
    code = (
        "import dataclasses\n"
        "made, make = set(), dataclasses._process_class\n"
        "def noted(kind, *options):\n"
        "    made.add(kind.__module__)\n"
        "    return make(kind, *options)\n"
        "dataclasses._process_class = noted\n"
        "import main, gui.window.app, net.engine, gui.pages.sockets.page\n"
        "print(*sorted(name for name in made if name.partition('.')[0] in ('gui', 'net')))\n"
    )
    done = run_program([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    assert set(done.stdout.split()) <= DATACLASSES


def test_protocol_asks_no_clock() -> None:
    """``datetime`` is allowed as a type there; its clock is not."""
    for path in (ROOT / "net" / "protocol").rglob("*.py"):
        for node in ast.walk(house.tree(path)):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), f"{path.name}:{node.lineno}"


def conversation_texts(root: Path) -> set[str]:
    """``path:line`` of each text outside `net.chat.conversation` that spells a conversation's kind, alone or
    before an id."""
    found = set()
    for name, path in modules(root).items():
        if name == "net.chat.conversation":
            continue
        for node in ast.walk(house.tree(path)):
            if isinstance(node, ast.Constant) and re.fullmatch(r"[pr]:[0-9a-f]*", str(node.value)):
                found.add(f"{path.relative_to(root).as_posix()}:{node.lineno}")
    return found


def test_conversations_are_no_texts(tmp_path: Path) -> None:
    assert conversation_texts(ROOT) == set()
    make_tree(
        tmp_path,
        {
            "net/chat/conversation.py": "ROOM = 'r:'",
            "net/chat/texts.py": "def f(identity):\n    return f'p:{identity}'",
            "gui/pages/chat/model.py": "def f(here):\n    return here.startswith('r:') or here + 'reader:'",
        },
    )
    assert conversation_texts(tmp_path) == {"net/chat/texts.py:2", "gui/pages/chat/model.py:2"}


def test_names_say_what_a_thing_is() -> None:
    for name, path in modules(ROOT).items():
        for node in ast.walk(house.tree(path)):
            if isinstance(node, ast.ClassDef):
                assert not any(part in node.name for part in FORBIDDEN_NAME_PARTS), f"{name}: {node.name}"
                assert not node.name.startswith("Base"), f"{name}: {node.name}"
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.name != "process" and not node.name.startswith("do_"), f"{name}: {node.name}"
