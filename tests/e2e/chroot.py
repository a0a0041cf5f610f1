"""A minimal Debian in a folder: no Python, no Tcl, only what any desktop has. Needs root and debootstrap."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import dev

# What any desktop has and the program does not carry: the X protocol library and its tables of languages
# (without which no Chinese can be typed), a Latin and a Chinese font, fontconfig's settings.
PACKAGES = ("libxcb1", "libx11-data", "fonts-dejavu-core", "fonts-wqy-microhei", "fontconfig-config")
MAKE_SECONDS = 500
CACHE = dev.ROOT / "build" / "chroot"

# In mount and process namespaces of its own, so that nothing stays mounted or running, however this ends.
ENTER = """
set -e
root=$1 program=$2 home=$3; shift 3
mkdir -p "$root/tmp/.X11-unix" "$root/opt/duplex" "$root/home/user"
mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
mount --bind "$program" "$root/opt/duplex"
mount -o remount,bind,ro "$root/opt/duplex"
mount --bind "$home" "$root/home/user"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
exec chroot "$root" /usr/bin/env -i HOME=/home/user "$@"
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
    listed = subprocess.run(["apt-get", "indextargets", *wanted], capture_output=True, text=True).stdout
    return [line.split()[2] for line in listed.splitlines() if line.startswith(f"{release} main ")][:1]


def make() -> Path:
    """The folder with the minimal system, made once and kept under build/chroot."""
    release = codename()
    root = CACHE / "-".join([release, *PACKAGES])
    if root.exists():
        return root
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = CACHE / f"unfinished-{os.getpid()}"
    try:
        options = ["--variant=minbase", f"--include={','.join(PACKAGES)}"]
        subprocess.run(
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
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return root


def command(root: Path, home: Path, *words: str) -> list[str]:
    """The command that runs ``words`` in ``root``, the environment empty but for HOME (``home`` outside).

    The built program is at /opt/duplex, which cannot be written to. ``words`` may begin with NAME=value.
    """
    spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    return [*spaces, "sh", "-c", ENTER, "sh", str(root), str(dev.PROGRAM.parent), str(home), *words]
