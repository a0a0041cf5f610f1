"""Minimal Debians in folders, and programs run in them. Needs root and debootstrap.

The desktop (`make`) has no Python and no Tcl, only what any desktop has: the packaged program must run there.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import dev
from tests.programs import become_program, run_program

# What any desktop has and the program does not carry: the X protocol library and its tables of languages
# (without which no Chinese can be typed), a Latin and a Chinese font, fontconfig's settings.
DESKTOP = ("libxcb1", "libx11-data", "fonts-dejavu-core", "fonts-wqy-microhei", "fontconfig-config")
MAKE_SECONDS = 500
SCREENS = "/tmp/.X11-unix"
CACHE = dev.ROOT / "build" / "chroot"
_numbers = itertools.count(1)

ENTER = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.e2e.chroot import enter
enter(*sys.argv[2:])
"""


def codename() -> str:
    """This system's release: a program built here needs this C library or a later one."""
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise RuntimeError("/etc/os-release has no VERSION_CODENAME: not Debian or Ubuntu")


def archive(release: str) -> list[str]:
    """The package archive this system uses for ``release``; empty where debootstrap's own choice must do."""
    wanted = ["--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]
    listed = run_program(["apt-get", "indextargets", *wanted], capture_output=True, text=True).stdout
    return [line.split()[2] for line in listed.splitlines() if line.startswith(f"{release} main ")][:1]


def make(packages: Sequence[str] = DESKTOP) -> Path:
    """The folder with the minimal system and these packages, made once and kept under build/chroot."""
    release = codename()
    root = CACHE / "-".join([release, *packages])
    if root.exists():
        return root
    with unfinished() as fresh:
        options = ["--variant=minbase", f"--include={','.join(packages)}"]
        run_program(
            ["debootstrap", *options, release, fresh, *archive(release)],
            # The tools it calls are in sbin, which a user's PATH may lack.
            env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            check=True,
            timeout=MAKE_SECONDS,
            stdout=subprocess.DEVNULL,
        )
        try:
            fresh.rename(root)
        except OSError:
            # Another test process was quicker; its copy is as good.
            if not root.exists():
                raise
    return root


@contextlib.contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of a system, which may be changed and goes afterwards."""
    with unfinished() as fresh:
        run_program(["cp", "--archive", root, fresh], check=True)
        yield fresh


@contextlib.contextmanager
def unfinished() -> Iterator[Path]:
    """A name under build/chroot for this process; what is there then goes, and what killed processes left."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for left in CACHE.glob("unfinished-*"):
        if not Path("/proc", left.name.rpartition("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    fresh = CACHE / f"unfinished-{next(_numbers)}-{os.getpid()}"
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


# --- Running programs in one ------------------------------------------------------------------------------


def command(root: Path, home: Path, *words: str) -> list[str]:
    """The command that runs ``words`` in ``root``, the environment empty but for HOME (``home`` outside).

    The built program is at /opt/duplex, which cannot be written to. ``words`` may begin with NAME=value.
    """
    shown = {str(dev.PROGRAM.parent): "/opt/duplex", str(home): "/home/user", SCREENS: SCREENS}
    return inside(root, "HOME=/home/user", *words, shown=shown, unwritable=("/opt/duplex",))


def inside(
    root: Path, *words: str, shown: dict[str, str] | None = None, unwritable: Sequence[str] = ()
) -> list[str]:
    """The command that runs ``words`` in ``root``; ``shown``: folders of this machine, and where they are.

    The environment is empty but for the NAME=value that ``words`` may begin with, after options of ``env``.
    In mount and process namespaces of its own, which end with the process that runs this: nothing stays
    mounted or running, however that ends.
    """
    spaces = ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]
    places = json.dumps([[outside, place, place in unwritable] for outside, place in (shown or {}).items()])
    return [*spaces, sys.executable, "-c", ENTER, str(dev.ROOT), str(root), places, *words]


def enter(root: str, places: str, *words: str) -> None:
    """In the new namespaces: mount what a system needs, and become the program in ``root``."""

    def mount(*options: str) -> None:
        run_program(["mount", *options], check=True)

    # `ip netns` changes the mount that its folder is on, which must be one of the system's own.
    mount("--bind", root, root)
    for outside, place, unwritable in json.loads(places):
        target = root + place
        os.makedirs(target, exist_ok=True)
        mount("--bind", outside, target)
        if unwritable:
            mount("-o", "remount,bind,ro", target)
    mount("-t", "proc", "proc", f"{root}/proc")
    mount("-t", "sysfs", "sysfs", f"{root}/sys")
    mount("--rbind", "/dev", f"{root}/dev")
    become_program(["chroot", root, "/usr/bin/env", "-i", *words])
