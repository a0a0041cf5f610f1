#!/usr/bin/env python3
"""The command-line entry point for developers of Duplex: run, test, bench, build, lint, shots.

Needs only Python 3.10 or later. Each command first installs what is missing: system packages (on Debian and
Ubuntu as root; elsewhere it prints the exact command and installs nothing), the virtual environment
``.venv``, the packages of ``requirements.txt`` from whichever index pip is configured to use, and the
compiled language catalogs.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "duplex-ready"
REQUIREMENTS = ROOT / "requirements.txt"
LOCALES = ROOT / "assets" / "locale"
TEST_SECONDS = 3600
"""An ordinary run takes a few minutes; a run that takes this long hangs."""
STUCK_TEST = ("-o", "faulthandler_timeout=420", "-o", "faulthandler_exit_on_timeout=true")
"""A test that even its time-out could not end prints its stacks, and its process ends as failed."""
PROGRAM = ROOT / "dist" / {"win32": "Duplex.exe", "darwin": "Duplex.app"}.get(sys.platform, "Duplex")
LINTED = ("main.py", "dev.py", "build.spec", "net", "gui", "tests")
OLDEST_PYTHON = (3, 10)
SCREEN = "1600x1000x24"
SCREEN_START_SECONDS = 60.0


def fail(message: str) -> NoReturn:
    """End with exit code 1 and ``message`` on standard error."""
    sys.stdout.flush()
    sys.exit(f"dev.py: {message}")


def run(*command: str | Path, limit: float | None = None, **environment: str) -> None:
    """Run ``command`` in the project's folder; a failure ends dev.py with the same exit code.

    After ``limit`` seconds it is killed, and dev.py fails.
    """
    words = [str(part) for part in command]
    try:
        code = subprocess.run(words, cwd=ROOT, env={**os.environ, **environment}, timeout=limit).returncode
    except subprocess.TimeoutExpired:
        fail(f"{words[0]} did not end within {limit:g} s")
    if code:
        sys.exit(code if code > 0 else 128 - code)


# --- System packages --------------------------------------------------------------------------------------


def find_tool(name: str) -> str | None:
    """The full path of a program; None where it is not installed.

    The administrator's folders are searched too: an ordinary user's PATH may lack them.
    """
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    return shutil.which(name, path=path)


def has_tool(name: str) -> bool:
    return find_tool(name) is not None


def has_tk() -> bool:
    if importlib.util.find_spec("_tkinter") is None:
        return False
    try:
        import _tkinter  # noqa: F401  # it may be there while the Tk library it links to is not
    except ImportError:
        return False
    return importlib.util.find_spec("tkinter") is not None


def has_library(name: str) -> bool:
    """Whether a shared library is there that a package of requirements.txt links to; only on Linux do
    packages leave libraries to the system."""
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_venv() -> bool:
    return importlib.util.find_spec("ensurepip") is not None and importlib.util.find_spec("venv") is not None


def has_font(*fragments: str) -> bool:
    """Whether some installed font file has one of ``fragments`` in its name."""
    if sys.platform != "linux":
        return True  # Windows and macOS bring Chinese and emoji fonts
    folders = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
    for folder in folders:
        for _, _, files in os.walk(os.path.expanduser(folder)):
            if any(fragment in name.lower() for name in files for fragment in fragments):
                return True
    return False


def has_shared_python() -> bool:
    """Whether the library that PyInstaller bundles exists: Debian's own python3 does not link to it."""
    if sys.platform != "linux":
        return True
    name = str(sysconfig.get_config_var("INSTSONAME") or "")
    folders = [sysconfig.get_config_var("LIBDIR"), "/usr/lib", "/lib", "/usr/lib64"]
    folders += [f"{folder}/{sysconfig.get_config_var('MULTIARCH')}" for folder in folders]
    return ".so" in name and any(folder and os.path.exists(f"{folder}/{name}") for folder in folders)


class Need(NamedTuple):
    """Something the system must provide, and the package that provides it for each package manager.

    An empty package name: that system has no such package, and what needs it is skipped there. ``programs``:
    those in the package that tests start; tests may start no others (tests/programs.py).
    """

    what: str
    present: Callable[[], bool]
    apt: str
    dnf: str = ""
    pacman: str = ""
    brew: str = ""
    programs: tuple[str, ...] = ()


def tools(names: str, apt: str, dnf: str = "", pacman: str = "", brew: str = "") -> Need:
    """Programs that come in one package on every system."""
    programs = tuple(names.split())
    return Need(", ".join(programs), lambda: all(map(has_tool, programs)), apt, dnf, pacman, brew, programs)


def has_openbsd_netcat() -> bool:
    """Debian has two programs of that name; the other one does not know ``-N``."""
    return has_tool("nc.openbsd") or (has_tool("nc") and not has_tool("nc.traditional"))


def has_browser_packages() -> bool:
    """Ubuntu has its browsers as snaps only, which a container cannot install."""
    try:
        return "ID=ubuntu" not in Path("/etc/os-release").read_text("utf-8").splitlines()
    except OSError:
        return True


MINOR = f"3.{sys.version_info[1]}"
NEED_TK = Need("tkinter (Tk for Python)", has_tk, "python3-tk", "python3-tkinter", "tk", f"python-tk@{MINOR}")
NEED_VENV = Need(
    "venv and ensurepip", has_venv, f"python{MINOR}-venv", "python3", "python", f"python@{MINOR}"
)
NEED_SHARED_PYTHON = Need(
    "the shared Python library", has_shared_python, f"libpython{MINOR}", "python3-libs", "python"
)
PYTHON_ITSELF = (NEED_VENV, NEED_SHARED_PYTHON)
RUN_NEEDS = (
    NEED_TK,
    NEED_VENV,
    Need(
        "a Chinese font",
        lambda: has_font("cjk", "wqy", "droidsansfallback", "sourcehan", "notosanssc", "lxgw", "fandol"),
        "fonts-noto-cjk", "google-noto-sans-cjk-fonts", "noto-fonts-cjk",
    ),
    Need(
        "libXcursor (for files dropped on the window)", lambda: has_library("libXcursor.so.1"),
        "libxcursor1", "libXcursor", "libxcursor",
    ),
)  # fmt: skip
TEST_NEEDS = (
    tools("Xvfb", "xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"),
    tools("openbox", "openbox", "openbox", "openbox"),
    tools("xdotool", "xdotool", "xdotool", "xdotool"),
    Need(
        "an emoji font", lambda: has_font("emoji"),
        "fonts-noto-color-emoji", "google-noto-color-emoji-fonts", "noto-fonts-emoji",
    ),
    tools("ncat", "ncat", "nmap-ncat", "nmap", "nmap"),
    tools("socat", "socat", "socat", "socat", "socat"),
    Need(
        "nc (OpenBSD's)", has_openbsd_netcat,
        "netcat-openbsd", "netcat", "openbsd-netcat", "netcat", programs=("nc",),
    ),
    tools("packetsender", "packetsender"),
    tools("tshark", "tshark", "wireshark-cli", "wireshark-cli", "wireshark"),
    tools("gcc", "gcc", "gcc", "gcc"),
    tools("node", "nodejs", "nodejs", "nodejs", "node"),
    tools("openssl", "openssl", "openssl", "openssl", "openssl"),
    tools("ip", "iproute2", "iproute", "iproute2"),
    tools("tc", "iproute2", "iproute-tc", "iproute2"),
    tools("iptables", "iptables", "iptables-nft", "iptables-nft"),
    tools("nft", "nftables", "nftables", "nftables"),
    tools("sysctl", "procps", "procps-ng", "procps-ng"),
    tools("mount umount", "mount", "util-linux", "util-linux"),
    tools("setpriv unshare", "util-linux", "util-linux", "util-linux"),
    tools("cat chroot cp env head true yes", "coreutils", "coreutils", "coreutils"),
    tools("git", "git", "git", "git", "git"),
    tools("apt-cache apt-get", "apt"),
    # It prints the lessons' hand-outs, and reads the page of the lesson on HTTP.
    tools("chromium", "chromium" if has_browser_packages() else "", "chromium", "chromium"),
    tools("debootstrap", "debootstrap", "debootstrap", "debootstrap"),
)  # fmt: skip
BUILD_NEEDS = (
    tools("objdump", "binutils", "binutils", "binutils", "binutils"),
    NEED_SHARED_PYTHON,
)
NEEDS = {"run": RUN_NEEDS, "test": RUN_NEEDS + TEST_NEEDS, "build": RUN_NEEDS + BUILD_NEEDS}
INSTALLERS = {
    # A freshly installed system has no package lists yet.
    "apt": ("apt-get update", "apt-get install --no-install-recommends"),
    "dnf": ("dnf install",),
    "pacman": ("pacman -S --needed",),
    "brew": ("brew install",),
}
"""For each package manager its commands; the names of the packages follow the last."""


def package_system() -> str:
    """The system's package manager: a key of INSTALLERS, or ``windows``, or ``unknown``."""
    if os.name == "nt":
        return "windows"
    if sys.platform == "darwin":
        return "brew"
    programs = {"apt": "apt-get", "dnf": "dnf", "pacman": "pacman"}
    return next((name for name, program in programs.items() if has_tool(program)), "unknown")


def python_is_the_systems() -> bool:
    """Whether the system's package manager can add Tk and ensurepip to this Python."""
    return sys.platform != "linux" or sys.base_prefix in ("/usr", "/")


def missing(level: str, system: str) -> list[Need]:
    """What ``level`` (a key of NEEDS) needs, is not here, and ``system`` could provide."""
    anywhere = system in ("windows", "unknown")
    wanted = [need for need in NEEDS[level] if anywhere or getattr(need, system) or need in RUN_NEEDS]
    return [need for need in wanted if not need.present()]


def install_command(system: str, needs: list[Need]) -> str:
    """The exact command (or the step of the Windows installer) that installs ``needs``."""
    if system == "windows":
        return 'run the Python installer again, choose "Modify", and tick "pip" and "tcl/tk and IDLE"'
    if system == "unknown":
        return "install, with your system's package manager: " + ", ".join(need.what for need in needs)
    packages = dict.fromkeys(name for name in (getattr(need, system) for need in needs) if name)
    *before, install = INSTALLERS[system]
    commands = [*before, f"{install} {' '.join(packages)}"]
    if system == "brew" or (hasattr(os, "geteuid") and os.geteuid() == 0):
        return " && ".join(commands)
    if has_tool("sudo"):
        return " && ".join(f"sudo {command}" for command in commands)
    return f"su -c '{' && '.join(commands)}'"


def ensure_system(level: str) -> None:
    """Install the system packages that ``level`` needs, or print how to and exit."""
    system = package_system()
    if system == "windows" and level != "run":
        level = "run"  # the peers the tests talk to are Unix programs; their tests do not run on Windows
    lacking = missing(level, system)
    if lacking and system == "apt" and os.geteuid() == 0:
        install_with_apt([need for need in lacking if python_is_the_systems() or need not in PYTHON_ITSELF])
        lacking = missing(level, system)
    if not lacking:
        return
    names = ", ".join(need.what for need in lacking)
    lines = [f"missing: {names}", "", f"  {install_command(system, lacking)}"]
    if not python_is_the_systems() and any(need in (NEED_TK, *PYTHON_ITSELF) for need in lacking):
        lines += [
            "",
            f"{sys.executable} did not come from the system, so its packages may not reach it. Then delete",
            "the folder .venv and use /usr/bin/python3, or build this Python again with the Tk development",
            "files installed and with --enable-shared.",
        ]
    fail("\n".join(lines))


def install_with_apt(needs: list[Need]) -> None:
    packages = list(dict.fromkeys(need.apt for need in needs))
    if not packages:
        return
    print("dev.py: installing", *packages, flush=True)
    # A failed update is no reason to stop: the package lists at hand may do.
    subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL)
    install = ("apt-get", "install", "-y", "-q", "--no-install-recommends")
    run(*install, *packages, DEBIAN_FRONTEND="noninteractive")
    importlib.invalidate_caches()


# --- The environment --------------------------------------------------------------------------------------


def wanted_stamp(level: str) -> str:
    """The expected content of the stamp: a digest of requirements, needs and .venv's Python; then the levels
    prepared."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes())
    for needs in NEEDS.values():
        for need in needs:
            digest.update(repr((need.what, need.apt, need.dnf, need.pacman, need.brew)).encode())
    with contextlib.suppress(OSError):
        digest.update((VENV / "pyvenv.cfg").read_bytes())
    done = STAMP.read_text().split() if STAMP.exists() else []
    kept = done[1:] if done[:1] == [digest.hexdigest()] else []
    return " ".join([digest.hexdigest(), *sorted({*kept, level})])


def ensure(level: str) -> None:
    """Install everything ``level`` (a key of NEEDS) needs; takes a few milliseconds if nothing is missing."""
    if VENV_PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted_stamp(level):
        return
    if VENV_PYTHON.exists() and Path(sys.prefix) != VENV:
        # The needs are those of .venv's Python, whichever Python started this.
        run(VENV_PYTHON, "-c", f"import dev; dev.ensure({level!r})")
        return
    ensure_system(level)
    if not VENV_PYTHON.exists():
        print("dev.py: making .venv with Python", sys.version.split()[0], flush=True)
        run(sys.executable, "-m", "venv", "--clear", VENV)
    print("dev.py: installing the packages of requirements.txt", flush=True)
    run(VENV_PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", REQUIREMENTS)
    STAMP.write_text(wanted_stamp(level))


def compile_catalogs() -> None:
    """Compile each language catalog that is older than its source."""
    for source in LOCALES.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            run(VENV_PYTHON, "-c", COMPILE_CATALOG, source, compiled)


# Written to a temporary file and renamed, so that a test running meanwhile never reads half a catalog.
COMPILE_CATALOG = """
import os, sys
from babel.messages import mofile, pofile
source, compiled = sys.argv[1:]
with open(source, "rb") as file:
    catalog = pofile.read_po(file, abort_invalid=True)
wrong = [f"{source}: {message.id!r}: {error}" for message, errors in catalog.check() for error in errors]
if wrong:
    sys.exit("\\n".join(wrong))
with open(f"{compiled}.{os.getpid()}", "wb") as file:
    mofile.write_mo(file, catalog)
os.replace(file.name, compiled)
"""


# --- A screen ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def virtual_screen() -> Iterator[str]:
    """Run an X server with a window manager; yields its DISPLAY and ends both afterwards.

    Raises RuntimeError if either does not start.
    """
    reading, writing = os.pipe()
    geometry = ["-screen", "0", SCREEN, "-dpi", "96"]
    started = [start_quietly("Xvfb", "-displayfd", str(writing), *geometry, "-noreset", pass_fds=(writing,))]
    os.close(writing)
    try:
        with open(reading) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb did not start (exit code {started[0].wait()})")
        screen = {**os.environ, "DISPLAY": f":{number}"}
        started.append(start_quietly("openbox", env=screen))
        deadline = time.monotonic() + SCREEN_START_SECONDS
        # The number of desktops is a property that only a running window manager sets.
        while subprocess.run(["xdotool", "get_num_desktops"], env=screen, capture_output=True).returncode:
            if started[-1].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("openbox did not start")
            time.sleep(0.02)
        yield screen["DISPLAY"]
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def start_quietly(
    *command: str, pass_fds: tuple[int, ...] = (), env: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=silent, stdout=silent, stderr=silent, pass_fds=pass_fds, env=env)


def run_with_screen(*command: str | Path) -> None:
    """Run ``command`` on the present screen, or on a virtual one on a Linux without a screen."""
    if sys.platform != "linux" or os.environ.get("DISPLAY"):
        run(*command)
    else:
        with virtual_screen() as display:
            run(*command, DISPLAY=display)


# --- Commands ---------------------------------------------------------------------------------------------


def command_run(arguments: list[str]) -> None:
    """start Duplex from source; the arguments are its own"""
    windowless = {"--headless", "--version", "--help", "-h"} & {*arguments}
    if sys.platform == "linux" and not os.environ.get("DISPLAY") and not windowless:
        fail(
            "no screen: DISPLAY is not set. Start this in a desktop session, or over `ssh -X`,\n"
            "or use it in the terminal: python3 dev.py run --headless --open tcp-client://127.0.0.1:12345"
        )
    ensure("run")
    compile_catalogs()
    if os.name == "nt":
        run(VENV_PYTHON, ROOT / "main.py", *arguments)
    else:
        sys.stdout.flush()
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), str(ROOT / "main.py"), *arguments])


def command_test(arguments: list[str]) -> None:
    """run the tests; --all adds the deep ones and the packaged program; the rest goes to pytest"""
    ensure("test")
    compile_catalogs()
    everything = "--all" in arguments
    arguments = [argument for argument in arguments if argument != "--all"]
    if everything and build_is_stale():
        command_build([])
    pytest: list[str | Path] = [VENV_PYTHON, "-m", "pytest"]
    alone = any(argument.startswith(("-n", "--pdb", "--collect-only", "--co")) for argument in arguments)
    spread = [] if alone else ["-n", "2", "--dist", "worksteal"]
    if everything and not arguments:
        run(*pytest, "-m", "not packaged and not bare", *spread)
        # One at a time: the first share one minimal machine, the last has tests that run two at a time.
        run(*pytest, "-m", "packaged or bare", "-n", "0")
    elif everything or any(argument.startswith("-m") for argument in arguments):
        run(*pytest, *spread, *arguments)
    else:
        run(*pytest, "-m", "not deep and not packaged", *STUCK_TEST, *spread, *arguments, limit=TEST_SECONDS)


def command_bench(arguments: list[str]) -> None:
    """measure; names choose among the benchmarks; the table also goes to build/bench.json"""
    ensure("test")
    compile_catalogs()
    (ROOT / "build").mkdir(exist_ok=True)
    run_with_screen(VENV_PYTHON, "-m", "tests.bench", *arguments)


def build_is_stale() -> bool:
    """Whether the built program is missing, or older than one of its sources."""
    if not PROGRAM.exists():
        return True
    sources = [ROOT / name for name in ("main.py", "build.spec", "requirements.txt", "pyproject.toml")]
    for folder in ("net", "gui", "assets"):
        sources += [path for path in (ROOT / folder).rglob("*") if path.suffix not in (".pyc", ".mo")]
    built = PROGRAM.stat().st_mtime
    return any(path.is_file() and path.stat().st_mtime > built for path in sources)


def command_build(arguments: list[str]) -> None:
    """build the program that needs no Python into dist/"""
    ensure("build")
    compile_catalogs()
    run(
        VENV_PYTHON, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN",
        "--distpath", "dist", "--workpath", "build/pyinstaller", *arguments, "build.spec",
    )  # fmt: skip
    if PROGRAM.is_file():
        print(f"dev.py: built {PROGRAM.relative_to(ROOT)}, {PROGRAM.stat().st_size / 1e6:.1f} MB")
    else:
        print(f"dev.py: built {PROGRAM.relative_to(ROOT)}")


def command_lint(arguments: list[str]) -> None:
    """ruff, mypy --strict, and whether the language catalogs compile"""
    ensure("run")
    compile_catalogs()
    places = arguments or [name for name in LINTED if (ROOT / name).exists()]
    run(VENV_PYTHON, "-m", "ruff", "check", "--output-format", "concise", *places)
    run(VENV_PYTHON, "-m", "mypy", "--strict", *(name for name in places if not name.endswith(".spec")))


def command_shots(arguments: list[str]) -> None:
    """take screenshots of the window's states into build/shots/"""
    ensure("test")
    compile_catalogs()
    (ROOT / "build" / "shots").mkdir(parents=True, exist_ok=True)
    run_with_screen(VENV_PYTHON, "-m", "tests.shots", *arguments)


COMMANDS = {
    "run": command_run,
    "test": command_test,
    "bench": command_bench,
    "build": command_build,
    "lint": command_lint,
    "shots": command_shots,
}


def main() -> None:
    if sys.version_info < OLDEST_PYTHON:
        fail(f"Python 3.{OLDEST_PYTHON[1]} or later is needed; this is {sys.version.split()[0]}")
    parser = argparse.ArgumentParser(
        prog="dev.py",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Build, run and check Duplex.",
        epilog="\n".join(f"  {name:6} {command.__doc__}" for name, command in COMMANDS.items()),
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the command takes")
    chosen = parser.parse_args(sys.argv[1:] or ["--help"])
    COMMANDS[chosen.command](chosen.arguments)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
