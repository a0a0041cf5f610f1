"""Reading the source: modules, imports, circles, the order of the rooms, and what no code may do.

Every check returns its findings as one line each, so that a test can compare them with those it knows.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
WIDGET_TOOLKITS = {"tkinter", "ttkbootstrap", "tkinterdnd2", "_tkinter", "PIL.ImageTk"}
WHOLES = {"ChatPage", "SocketsPage", "LessonsPage", "Window", "Terminal", "ChatTerminal", "Chat"}
"""Classes that compose others: none of their parts gets the whole as an argument."""

Graph = Mapping[str, Mapping[str, int]]
"""Module -> what it imports -> the line of the import."""

# --- The order of the rooms ---

LAYERS: tuple[tuple[str, ...], ...] = (
    # net: what all wings stand on
    ("net.protocol",),
    ("net.address",),
    ("net.events", "net.certificates", "net.wing"),
    ("net.faults",),
    ("net.loop", "net.system", "net.storage"),
    # net: the wings
    ("net.sockets.events",),
    ("net.sockets.commands",),
    ("net.sockets.open_url", "net.sockets.session"),
    ("net.sockets.counters", "net.sockets.fault_states", "net.sockets.jobs", "net.sockets.tls"),
    ("net.sockets.network",),
    ("net.sockets.address_watch", "net.sockets.opening", "net.sockets.socket_options"),
    ("net.sockets.tcp", "net.sockets.udp"),
    ("net.sockets.relay",),
    ("net.sockets.core",),
    ("net.transcript",),
    ("net.lab.lesson", "net.lab.moves", "net.lab.recording", "net.lab.troubles"),
    ("net.lab.commands", "net.lab.events", "net.lab.lesson_files", "net.lab.picture",
     "net.lab.recording_file"),
    ("net.lab.tasks",),
    ("net.lab.run",),
    ("net.lab.experiments", "net.lab.preflight"),
    ("net.lab.core",),
    ("net.chat.conversation",),
    ("net.chat.events", "net.chat.ids", "net.chat.limits", "net.chat.line", "net.chat.tasks"),
    ("net.chat.commands", "net.chat.identity", "net.chat.pace", "net.chat.troubles"),
    ("net.chat.discovery", "net.chat.history", "net.chat.identity_file", "net.chat.mistakes",
     "net.chat.profile"),
    ("net.chat.counts", "net.chat.transfer"),
    ("net.chat.people",),
    ("net.chat.context", "net.chat.inbox"),
    ("net.chat.found", "net.chat.pictures", "net.chat.search",
     "net.chat.texts", "net.chat.wires.duplex"),
    ("net.chat.diagnosis", "net.chat.directory", "net.chat.introductions", "net.chat.rooms",
     "net.chat.trust"),
    ("net.chat.file_arrivals", "net.chat.file_offers"),
    ("net.chat.files", "net.chat.loading", "net.chat.presence", "net.chat.text_sender",
     "net.chat.typing_notices"),
    ("net.chat.chat",),
    ("net.chat.core",),
    ("net.chat", "net.sockets", "net.chat.wires", "net.lab"),
    ("net.engine",),
    ("net",),
    # gui: what all pages stand on
    ("gui",),
    ("gui.shared",),
    ("gui.terminal", "gui.look"),
    ("gui.widgets",),
    ("gui.services",),
    # gui: the pages
    ("gui.pages.chat.settings", "gui.pages.chat.model", "gui.pages.chat.portraits", "gui.pages.chat.signals"),
    ("gui.pages.chat.words", "gui.pages.chat.own", "gui.pages.chat.typing_clock"),
    ("gui.pages.chat.avatars", "gui.pages.chat.context"),
    ("gui.pages.chat.status", "gui.pages.chat.files", "gui.pages.chat.dialogs"),
    ("gui.pages.chat.rooms",),
    ("gui.pages.chat.actions",),
    ("gui.pages.chat.conversation", "gui.pages.chat.people"),
    ("gui.pages.chat.side", "gui.pages.chat.startup"),
    ("gui.pages.chat.profile", "gui.pages.chat.opening"),
    ("gui.pages.chat.keys",),
    ("gui.pages.chat.page",),
    ("gui.pages.sockets.choice", "gui.pages.sockets.copy_text", "gui.pages.sockets.relay_settings",
     "gui.pages.sockets.side_fold"),
    ("gui.pages.sockets.model", "gui.pages.sockets.recent_choices"),
    ("gui.pages.sockets.kernel_watch", "gui.pages.sockets.reply_rules", "gui.pages.sockets.words"),
    ("gui.pages.sockets.code", "gui.pages.sockets.session_items", "gui.pages.sockets.sessions",
     "gui.pages.sockets.status"),
    ("gui.pages.sockets.opening_again",),
    ("gui.pages.sockets.setup",),
    ("gui.pages.sockets.conversation",),
    ("gui.pages.sockets.diagram", "gui.pages.sockets.earlier"),
    ("gui.pages.sockets.keys", "gui.pages.sockets.menus"),
    ("gui.pages.sockets.page",),
    ("gui.pages.chat", "gui.pages.sockets", "gui.pages.lessons"),
    ("gui.pages",),
    # the program
    ("gui.window",),
    ("main",),
)  # fmt: skip
"""Every room, the lowest first. A module imports lower rooms, and its own; never another room of the same
row. A folder's name covers all modules in it that no longer name covers; `FACES` are folders of which only
the ``__init__`` is meant."""

FACES = {
    "net", "net.chat", "net.sockets", "net.chat.wires", "net.lab",
    "gui", "gui.pages", "gui.pages.chat", "gui.pages.sockets",
}  # fmt: skip

STRANGERS = (
    ("net.chat", ("net.sockets", "net.transcript")),
    ("net.sockets", ("net.chat", "net.transcript")),
    ("net.transcript", ("net.chat",)),
    ("net.chat", ("net.lab",)),
    ("net.lab", ("net.chat", "net.transcript")),
    ("gui.pages.chat", ("gui.pages.sockets", "gui.pages.lessons")),
    ("gui.pages.sockets", ("gui.pages.chat", "gui.pages.lessons")),
    ("gui.pages.lessons", ("gui.pages.chat", "gui.pages.sockets")),
    ("gui.terminal", ("gui.look", "gui.widgets", "gui.services", "gui.pages", "gui.window")),
)
"""Modules that never import each other, whatever the order says: the wings, the pages, window and
terminal."""

# --- Modules and imports ---


def module_name(path: Path, root: Path) -> str:
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(root: Path) -> dict[str, Path]:
    """The project's own modules by name: main, and everything in net and gui."""
    paths = [root / "main.py", *root.glob("net/**/*.py"), *root.glob("gui/**/*.py")]
    return {module_name(path, root): path for path in paths if path.exists()}


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file's text, cached."""
    return _parsed(path.read_text("utf-8"))


@cache
def _import_statements(text: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    return tuple(node for node in ast.walk(_parsed(text)) if isinstance(node, ast.Import | ast.ImportFrom))


def imports(path: Path, name: str, known: Collection[str]) -> Iterator[tuple[str, int]]:
    """Each module ``path`` imports, anywhere in it, and the line: ``from net import tcp`` is ``net.tcp``."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _import_statements(path.read_text("utf-8")):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
            continue
        source = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            source = ".".join([*above, *filter(None, [source])])
        for alias in node.names:
            whole = f"{source}.{alias.name}"
            yield (whole if whole in known or whole == "PIL.ImageTk" else source), node.lineno


def import_graph(root: Path) -> dict[str, dict[str, int]]:
    """Each module's imports, including those under TYPE_CHECKING, inside functions, and of other projects."""
    known = modules(root)
    return {name: dict(imports(path, name, known)) for name, path in known.items()}


def inside(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


# --- Circles ---


def circles(graph: Graph) -> list[set[str]]:
    """The sets of two or more modules that import each other directly or indirectly: the strongly connected
    components (Tarjan 1972, with an explicit stack: a chain of imports may exceed Python's recursion
    limit)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    found: list[set[str]] = []

    def enter(name: str) -> tuple[str, Iterator[str]]:
        index[name] = lowest[name] = len(index)
        path.append(name)
        on_path.add(name)
        return name, iter([each for each in graph[name] if each in graph and each != name])

    for start in graph:
        waiting = [] if start in index else [enter(start)]
        while waiting:
            name, rest = waiting[-1]
            for imported in rest:
                if imported not in index:
                    waiting.append(enter(imported))
                    break
                if imported in on_path:
                    lowest[name] = min(lowest[name], index[imported])
            else:
                waiting.pop()
                if waiting:
                    above = waiting[-1][0]
                    lowest[above] = min(lowest[above], lowest[name])
                if lowest[name] == index[name]:
                    circle = set(path[path.index(name) :])
                    del path[path.index(name) :]
                    on_path -= circle
                    if len(circle) > 1:
                        found.append(circle)
    return found


def in_a_circle(root: Path) -> set[str]:
    return {name for circle in circles(import_graph(root)) for name in circle}


# --- Order ---


def room_of(module: str, layers: tuple[tuple[str, ...], ...] = LAYERS) -> tuple[int, str] | None:
    """The row and the name of the room of ``module``; None if no row names one."""
    fitting = [
        (len(room), row, room)
        for row, rooms in enumerate(layers)
        for room in rooms
        if module == room or (room not in FACES and inside(module, room))
    ]
    if not fitting:
        return None
    _length, row, room = max(fitting)
    return row, room


def upward_imports(root: Path) -> set[str]:
    """``importer -> imported`` for each import that does not go down, and each module without a room."""
    found = set()
    graph = import_graph(root)
    places = {name: room_of(name) for name in graph}
    for name, imported in graph.items():
        here = places[name]
        if here is None:
            found.add(f"{name} has no place in LAYERS")
            continue
        for other in imported:
            there = places.get(other)
            if there is not None and here[1] != there[1] and there[0] >= here[0]:
                found.add(f"{name} -> {other}")
    return found


def strange_imports(root: Path) -> set[str]:
    """Imports across the walls that `STRANGERS` names."""
    return {
        f"{name} -> {other}"
        for name, imported in import_graph(root).items()
        for other in imported
        for room, strangers in STRANGERS
        if inside(name, room) and inside(other, *strangers)
    }


def ways_to_a_toolkit(root: Path, *starts: str) -> list[str]:
    """A chain of imports to a widget toolkit for each module in ``starts`` that has one. Importing a module
    also imports the packages that contain it."""
    graph = import_graph(root)
    found = []
    for start in (name for name in graph if inside(name, *starts)):
        came: dict[str, str] = {start: ""}
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if inside(name, *WIDGET_TOOLKITS):
                chain = [name]
                while came[chain[-1]]:
                    chain.append(came[chain[-1]])
                found.append(" <- ".join(chain))
                break
            above = {name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1)}
            for each in {*graph.get(name, {}), *above} - came.keys():
                came[each] = name
                waiting.append(each)
    return found


# --- What no code may do ---

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Place(NamedTuple):
    """A syntax node with its scope. ``taken``: the names that its function assigns from an attribute."""

    node: ast.Call | ast.Assert | ast.arg
    scope: str
    taken: set[str]


@cache
def _places(text: str) -> tuple[Place, ...]:
    found: list[Place] = []

    def visit(node: ast.AST, scope: str, taken: set[str]) -> None:
        if isinstance(node, ast.Call | ast.Assert | ast.arg):
            found.append(Place(node, scope or "module", taken))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
            taken.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.ClassDef | Function):
            scope = f"{scope}.{node.name}" if scope else node.name
            taken = set()
        for child in ast.iter_child_nodes(node):
            visit(child, scope, taken)

    visit(_parsed(text), "", set())
    return tuple(found)


def offences(root: Path, check: Callable[[Place], bool]) -> set[str]:
    """``path: Class.function`` of each function in main, net and gui that contains a place for which
    ``check`` is true."""
    return {
        f"{path.relative_to(root).as_posix()}: {place.scope}"
        for path in modules(root).values()
        for place in _places(path.read_text("utf-8"))
        if check(place)
    }


def asks_itself_what_it_has(place: Place) -> bool:
    """``hasattr(self, ...)``: the object is used before it is fully constructed."""
    node = place.node
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "hasattr"
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id == "self"
    )


def splats_a_tuple(place: Place) -> bool:
    """``f(*(a, b), c)``: arguments without names, whose order nothing checks."""
    node = place.node
    return isinstance(node, ast.Call) and any(
        isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Tuple | ast.List)
        for argument in node.args
    )


def asserts_an_attribute(place: Place) -> bool:
    """``assert self.x`` or ``assert self.x is not None``, also through a local name: a part may be
    missing."""
    node = place.node
    if not isinstance(node, ast.Assert):
        return False
    parts = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
    for part in parts:
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.IsNot):
            part = part.left
        if isinstance(part, ast.Attribute) or (isinstance(part, ast.Name) and part.id in place.taken):
            return True
    return False


def takes_the_whole(place: Place) -> bool:
    """A parameter whose type is one of `WHOLES`: pass only the part that is needed."""
    node = place.node
    if not isinstance(node, ast.arg) or node.annotation is None:
        return False
    names = {each.id for each in ast.walk(node.annotation) if isinstance(each, ast.Name)}
    names |= {each.attr for each in ast.walk(node.annotation) if isinstance(each, ast.Attribute)}
    if isinstance(node.annotation, ast.Constant):
        names.add(str(node.annotation.value))
    return bool(names & WHOLES)
