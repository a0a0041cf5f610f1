"""The Pythons of this PC: one that a person has named is checked, others are found."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from net.lab.recording import Trouble
from net.system.own_python import own_python

OLDEST = (3, 8)
"""What the hook needs."""

ASK_SECONDS = 10.0
_ASK = "import sys; sys.stdout.write('%d.%d.%d' % sys.version_info[:3])"


class PythonError(Exception):
    """A named Python can't be used. ``trouble``: why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Python:
    """One that can run a person's programs. ``version`` as ``3.11.7``."""

    path: str
    version: str


def named_python(path: str) -> tuple[list[str], str]:
    """The words that run a file with this Python ("": ours), and its version. Blocks up to ASK_SECONDS.

    Raises `PythonError`.
    """
    if not path:
        return own_python(), platform.python_version()
    version = _version_of(path)
    if version is None:
        raise PythonError(Trouble(0.0, code="no-python", values={"python": path}))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise PythonError(Trouble(0.0, code="python-too-old", values={"python": path, "version": version}))
    return [path, "-u"], version


def find_pythons() -> list[Python]:
    """Those of this PC that can run a person's programs, the newest first. Blocks, some tenths of a second a
    Python: not on the Tk thread, nor on NetThread."""
    found: dict[str, Python] = {}
    for path in _candidates():
        real = os.path.realpath(path)
        if real in found or not os.access(path, os.X_OK):
            continue
        version = _version_of(path)
        if version is not None and _numbers(version)[:2] >= OLDEST:
            found[real] = Python(path, version)
    return sorted(found.values(), key=lambda each: _numbers(each.version), reverse=True)


def clean_environment(command: list[str]) -> dict[str, str]:
    """What a program's environment needs beside ours: texts in UTF-8, and, for another Python than the
    packaged program's, the library path as it was before PyInstaller changed it."""
    added = {"PYTHONIOENCODING": "utf-8:replace", "PYTHONUNBUFFERED": "1"}
    if getattr(sys, "frozen", False) and command[0] != sys.executable:
        added["LD_LIBRARY_PATH"] = os.environ.get("LD_LIBRARY_PATH_ORIG", "")
        added["PYTHONHOME"] = added["PYTHONPATH"] = ""
    return added


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _version_of(path: str) -> str | None:
    """None if it is no Python that answers."""
    try:
        done = subprocess.run(
            [path, "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_SECONDS,
            env={**os.environ, **clean_environment([path])},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    said = done.stdout.decode("ascii", "replace").strip()
    return said if done.returncode == 0 and re.fullmatch(r"\d+\.\d+\.\d+", said) else None


def _candidates() -> Iterator[str]:
    """Paths where a Python may be: PATH, what Windows' launcher lists, and where Thonny and the installers
    put theirs."""
    if not getattr(sys, "frozen", False):
        yield sys.executable
    names = ["python3", "python", *(f"python3.{minor}" for minor in range(20, OLDEST[1] - 1, -1))]
    for name in names:
        path = shutil.which(name)
        # The Microsoft Store's is a link that opens the Store.
        if path is not None and "WindowsApps" not in path:
            yield path
    if sys.platform == "win32":
        yield from _listed_by_launcher()
        local, programs = os.environ.get("LOCALAPPDATA", ""), os.environ.get("PROGRAMFILES", "")
        for folder in (
            Path(local, "Programs", "Python"), Path(local, "Programs", "Thonny"), Path(programs),
            Path(programs, "Thonny"), Path("C:/"),
        ):  # fmt: skip
            with contextlib.suppress(OSError):
                yield from map(str, [folder / "python.exe", *folder.glob("Python3*/python.exe")])
    elif sys.platform == "darwin":
        versions = Path("/Library/Frameworks/Python.framework/Versions")
        yield from map(str, [*versions.glob("3*/bin/python3"), Path("/opt/homebrew/bin/python3")])
        yield "/Applications/Thonny.app/Contents/Frameworks/Python.framework/Versions/Current/bin/python3"
    else:
        for folder in ("/usr/bin", "/usr/local/bin"):
            yield os.path.join(folder, "python3")


def _listed_by_launcher() -> list[str]:
    """What ``py -0p`` prints: a version and a path a line."""
    try:
        done = subprocess.run(
            ["py", "-0p"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_SECONDS,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return listed_paths(done.stdout.decode("mbcs" if sys.platform == "win32" else "utf-8", "replace"))


def listed_paths(printed: str) -> list[str]:
    """The paths in what Windows' launcher prints, as `` -V:3.12 *  C:\\Python312\\python.exe``."""
    return re.findall(r"([A-Za-z]:\\.*\.exe)\s*$", printed, re.MULTILINE)
