"""The packaged program's late files: taken out with the module that needs them, and only then."""

from __future__ import annotations

import importlib.machinery
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from net.system.late_files import ARCHIVE, INDEX, module_of
from tests.programs import ROOT, run_program

SUFFIX = importlib.machinery.EXTENSION_SUFFIXES[0]
SHOW = """
import os, sys
sys.path.insert(0, {root!r})
from net.system.late_files import take_out_late_files
take_out_late_files({bundle!r})
sys.path.insert(0, {bundle!r})
there = lambda: sorted(os.path.relpath(os.path.join(at, name), {bundle!r}).replace(os.sep, "/")
                       for at, _folders, names in os.walk({bundle!r}) for name in names)
"""


@pytest.mark.parametrize(
    ("place", "module"),
    [
        (f"python3.11/lib-dynload/_decimal{SUFFIX}", "_decimal"),
        (f"_decimal{SUFFIX}", "_decimal"),
        (f"zeroconf/_protocol/incoming{SUFFIX}", "zeroconf._protocol.incoming"),
        (f"zeroconf/_services/__init__{SUFFIX}", "zeroconf._services"),
        ("assets/lessons/stream/lesson.toml", "net.lab"),
        ("net/system/kernel.py", "net.lab"),
        ("babel/locale-data/zh.dat", "babel"),
        ("assets/icons/duplex-128.png", ""),
        ("libcrypto.so.3", ""),
    ],
)
def test_the_module_that_a_file_waits_for(place: str, module: str) -> None:
    assert module_of(place) == module


def bundle(folder: Path, waiting: dict[str, dict[str, str]]) -> Path:
    """A folder as the packaged program unpacks it; ``waiting``: module -> its files, with their texts."""
    with zipfile.ZipFile(folder / ARCHIVE, "w") as archive:
        for files in waiting.values():
            for place, text in files.items():
                archive.writestr(place, text)
    index = {module: list(files) for module, files in waiting.items()}
    (folder / INDEX).write_text(json.dumps(index), "utf-8")
    return folder


def shown(folder: Path, program: str) -> str:
    text = SHOW.format(root=str(ROOT), bundle=str(folder)) + program
    words = [sys.executable, "-B", "-c", text]
    return run_program(words, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_files_come_with_their_module_and_not_before(tmp_path: Path) -> None:
    waiting = {
        "parrot": {"parrot.py": "WORD = 'hello'"},
        "cage": {"cage/__init__.py": "", "cage/seeds/one.txt": "1"},
        "cage.door": {"cage/door.py": "OPEN = True"},
    }
    program = """
print(there())
import parrot; print(parrot.WORD, there())
import cage; print(there())
import cage.door; print(cage.door.OPEN, there())
"""
    lines = shown(bundle(tmp_path, waiting), program).splitlines()
    always = [INDEX, ARCHIVE]
    assert lines == [
        str(always),
        f"hello {[*always, 'parrot.py']}",
        str(["cage/__init__.py", "cage/seeds/one.txt", *always, "parrot.py"]),
        f"True {['cage/__init__.py', 'cage/door.py', 'cage/seeds/one.txt', *always, 'parrot.py']}",
    ]


def test_a_file_that_is_there_already_stays(tmp_path: Path) -> None:
    folder = bundle(tmp_path, {"parrot": {"parrot.py": "WORD = 'from the archive'"}})
    (folder / "parrot.py").write_text("WORD = 'there'", "utf-8")
    assert shown(folder, "import parrot; print(parrot.WORD)").strip() == "there"


def test_a_folder_without_an_archive_is_left_alone(tmp_path: Path) -> None:
    assert (
        shown(tmp_path, "print(len(sys.meta_path) - len([f for f in sys.meta_path if f]), there())")
        == "0 []\n"
    )
