"""Files of the packaged program that leave its bundle only when a module that needs them is imported.

The one file unpacks what it carries at each start, before Python runs: most of what a start takes, and each
file costs, above all where a virus scanner looks at it. So what no window needs at its start is kept in one
archive, which `build.spec` makes and which is unpacked as it is: extension modules (those of the chat, and
most of the standard library's) and the files of the lessons. A program that runs from source, or from a
folder, has no such archive.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from types import ModuleType

ARCHIVE, INDEX = "late_files.zip", "late_files.json"
"""In the folder of the bundle. The archive (zip) holds each file under its place in that folder; the index is
a JSON object: name of a module -> places of the files that its import needs."""

FOLDERS = {
    "assets/lessons/": "net.lab",
    "net/lab/": "net.lab",
    "net/system/": "net.lab",
    "babel/": "babel",
    "LICENSES.txt": "gui.window.about_dialog",
}
"""Of files that are no modules: the package that they are taken out with."""


def module_of(place: str) -> str:
    """The module whose import takes out the file at ``place`` (its path in the bundle, with ``/``); "" for
    none: it has to be there from the start."""
    for suffix in EXTENSION_SUFFIXES:
        if place.endswith(suffix):
            inside = place.removesuffix(suffix).rpartition("lib-dynload/")[2]
            return inside.removesuffix("/__init__").replace("/", ".")
    return next((module for folder, module in FOLDERS.items() if place.startswith(folder)), "")


def take_out_late_files(folder: str) -> None:
    """Take files out of the archive in ``folder``, where the bundle was unpacked, from now on."""
    index = os.path.join(folder, INDEX)
    if os.path.exists(index):
        with open(index, encoding="utf-8") as file:
            sys.meta_path.insert(0, _LateFiles(folder, json.load(file)))


class _LateFiles:
    """A finder for ``sys.meta_path`` that finds nothing: when it is asked, it takes out the files of the
    module, and those that are asked after it find them."""

    def __init__(self, folder: str, waiting: dict[str, list[str]]) -> None:
        self._folder = folder
        self._waiting = waiting

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> None:
        """Raises OSError if a file can't be written."""
        places = self._waiting.get(name)
        if places is None:
            return
        import zipfile  # only now: a program of a pupil's passes here too

        with zipfile.ZipFile(os.path.join(self._folder, ARCHIVE)) as archive:
            for place in places:
                file = os.path.join(self._folder, *place.split("/"))
                if not os.path.exists(file):
                    _write(file, archive.read(place))
        self._waiting.pop(name, None)
        importlib.invalidate_caches()


def _write(file: str, content: bytes) -> None:
    """Whole or not at all: a program that this one runs may take files out into the same folder."""
    import tempfile

    folder = os.path.dirname(file)
    os.makedirs(folder, exist_ok=True)
    number, unfinished = tempfile.mkstemp(dir=folder)
    with open(number, "wb") as written:
        written.write(content)
    try:
        os.replace(unfinished, file)
    except PermissionError:  # on Windows, where the other program has loaded it meanwhile
        os.unlink(unfinished)
