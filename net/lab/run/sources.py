"""Reading a program's source: its encoding, the ports it names, and a name that hides a module."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path

from net.lab.recording import Trouble

SOURCE_LIMIT = 1_000_000
"""Bytes of a file that can be a program here."""


class SourceError(Exception):
    """A file that can't be run. ``trouble``: why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Source:
    """``text``: what is run, and shown. ``troubles``: what a person must know all the same."""

    path: Path
    text: str
    troubles: tuple[Trouble, ...] = ()


def read_source(path: Path, who: str = "") -> Source:
    """Blocks. Raises `SourceError`.

    A file without a coding line that is no UTF-8 is taken as GBK, in which Chinese Windows editors save.
    Python itself would refuse it (PEP 263), so that is told.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SOURCE_LIMIT + 1)
    except OSError as error:
        raise SourceError(_trouble("file-gone", who, path)) from error
    if len(data) > SOURCE_LIMIT or b"\0" in data:
        raise SourceError(_trouble("not-readable", who, path))
    troubles = []
    try:
        encoding, _lines = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        try:
            text = data.decode("gbk")
        except UnicodeDecodeError:
            raise SourceError(_trouble("not-readable", who, path)) from error
        troubles.append(_trouble("saved-as-gbk", who, path))
    if path.stem in sys.stdlib_module_names:
        values = {"file": shown_name(path), "module": path.stem}
        troubles.append(Trouble(0.0, code="named-like-module", who=who, values=values))
    # As the compiler reads it: universal line ends.
    return Source(path, text.replace("\r\n", "\n").replace("\r", "\n"), tuple(troubles))


def _trouble(code: str, who: str, path: Path) -> Trouble:
    return Trouble(0.0, code=code, who=who, values={"file": shown_name(path)})


def shown_name(path: Path) -> str:
    """The file's name, also where it is no text (POSIX)."""
    return path.name.encode("utf-8", "replace").decode("utf-8")


def named_numbers(text: str) -> frozenset[int]:
    """All whole numbers in a source that could be a port."""
    return frozenset(value for node in ast.walk(_tree(text)) if (value := _port(node)) is not None)


def fixed_ports(text: str) -> tuple[int, ...]:
    """The ports that a source names in an address, ``("127.0.0.1", 12345)``, or under a name with "port" in
    it, in their order. Others show when they are used."""
    found: dict[int, None] = {}
    for node in ast.walk(_tree(text)):
        value: ast.expr | None = None
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            value = node.elts[1]
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and "port" in target.id.lower() for target in node.targets
        ):
            value = node.value
        port = _port(value)
        if port is not None:
            found[port] = None
    return tuple(found)


def waits_for_others(text: str) -> bool:
    """Whether a program binds an address of its own: others are to find it there when they start."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("bind", "create_server", "start_server")
        for node in ast.walk(_tree(text))
    )


def _tree(text: str) -> ast.Module:
    """Empty for what is no Python: the interpreter itself says what is wrong."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _port(node: ast.AST | None) -> int | None:
    if isinstance(node, ast.Constant) and type(node.value) is int and 0 < node.value < 65536:
        return node.value
    return None
