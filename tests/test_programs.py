"""Tests start programs in one place, and only those that dev.py brings to a machine that has nothing."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev
from tests import programs

THE_PLACE = "programs.py"
SAYS_WHAT_IS_FORBIDDEN = {"test_programs.py", "test_architecture.py"}
START_ONLY_PYTHON = {"net/lab/run/test_bad_days.py"}
"""Their sources of programs start nothing but ``sys.executable``: that what a program starts ends with it is
what is tested there."""
# What of subprocess starts nothing.
HARMLESS = {"PIPE", "DEVNULL", "STDOUT", "CompletedProcess", "TimeoutExpired", "CalledProcessError"}
STARTING = {
    "os": {"system", "popen", "startfile"},
    "pty": {"spawn", "fork"},
    "shutil": {"which"},  # whether a program is there, `is_installed` says, and of those listed only
    "psutil": {"Popen"},
    "dev": {"run", "start_quietly", "find_tool", "has_tool"},
}
"""By module, what starts programs, or finds them past dev.py's list."""
STARTING_PREFIXES = {"os": ("exec", "spawn", "posix_spawn")}
STARTING_METHODS = {
    "create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell",
    "set_executable",
}  # fmt: skip
SOURCE = "the source of a program that starts others"
IN_TEXT = re.compile(
    r"\bsubprocess\b|\bos\.(system|popen|exec|spawn|posix_spawn)|create_subprocess_|\bpty\.spawn"
)
"""In the source of a program that a test starts."""


def reaches_around(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of whatever starts, or could start, a program."""
    nodes = list(ast.walk(tree))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    # As in Popen[str]; Popen[str](...) is a call.
    types = {id(node.value) for node in nodes if isinstance(node, ast.Subscript) and id(node) not in called}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname and alias.name in {"subprocess", *STARTING}:
                    yield node.lineno, f"{alias.name} as {alias.asname}"
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if node.module == "subprocess" or starts(node.module or "", alias.name):
                    yield node.lineno, f"from {node.module} import {alias.name}"
        elif isinstance(node, ast.Attribute) and node.attr in STARTING_METHODS:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = node.value.id, node.attr
            if module == "subprocess":
                reaches = name not in HARMLESS and (name != "Popen" or id(node) not in types)
            else:
                reaches = starts(module, name)
            if reaches:
                yield node.lineno, f"{module}.{name}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_TEXT.search(node.value):
            yield node.lineno, SOURCE


def starts(module: str, name: str) -> bool:
    return name in STARTING.get(module, ()) or name.startswith(STARTING_PREFIXES.get(module, ("\0",)))


def test_programs_are_started_in_one_place() -> None:
    found = []
    folder = dev.ROOT / "tests"
    for path in sorted(folder.rglob("*.py")):
        name = str(path.relative_to(folder))
        if name in {THE_PLACE, *SAYS_WHAT_IS_FORBIDDEN}:
            continue
        for line, what in reaches_around(ast.parse(path.read_text("utf-8"))):
            python_only = name in START_ONLY_PYTHON and what == SOURCE
            # test_dev.py: it is what is tested there
            if not python_only and not (name == "test_dev.py" and what == "dev.run"):
                found.append(f"tests/{name}:{line}: {what}: start programs with tests/{THE_PLACE}")
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "subprocess.run(['nft'])",
        "subprocess.Popen[str](['nft'])",
        "start = subprocess.Popen",
        "run = getattr(subprocess, 'run'); subprocess.call",
        "from subprocess import PIPE",
        "import subprocess as s",
        "os.system('nft')",
        "os.execvp('nft', [])",
        "os.posix_spawnp('nft', [], {})",
        "from os import execv",
        "pty.spawn('nft')",
        "await asyncio.create_subprocess_exec('nft')",
        "loop.subprocess_shell(None, 'nft')",
        "multiprocessing.set_executable('nft')",
        "psutil.Popen('nft')",
        "shutil.which('nft')",
        "dev.run('nft')",
        "CODE = 'import subprocess'",
    ],
)
def test_a_way_around_is_found(line: str) -> None:
    assert list(reaches_around(ast.parse(line)))


@pytest.mark.parametrize("line", ["a: subprocess.Popen[str]", "b = subprocess.PIPE", "os.fork()", "dev.ROOT"])
def test_what_starts_nothing_is_not(line: str) -> None:
    assert not list(reaches_around(ast.parse(line)))


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program that is installed here, and that dev.py does not list."""
    program = tmp_path / "unlisted"
    shutil.copy2(sys.executable, program)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return program


def commands(program: str) -> list[list[str]]:
    return [
        [program],
        ["ip", "netns", "exec", "pc", program, "--version"],
        ["env", "A=1", program],
        ["unshare", "--net", "ip", "netns", "exec", "pc", "env", program],
        ["ncat", "--exec", f"{program} x", "-l"],
    ]


posix = pytest.mark.skipif(sys.platform != "linux", reason="the programs of Linux")


@posix
def test_what_is_not_listed_fails_though_it_is_installed(there: Path) -> None:
    for words in [*commands(there.name), *commands(str(there))]:
        for start in (programs.run_program, programs.start_program, programs.Program):
            with pytest.raises(programs.NotListedError, match=r"add tools\('unlisted', \.\.\.\) to its TEST"):
                start(words)
    with pytest.raises(programs.NotListedError):
        programs.is_installed(there.name)


@posix
def test_what_is_listed_is_started_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    ip, env = dev.find_tool("ip"), shutil.which("env", path="/usr/bin:/bin")
    if not ip:
        pytest.skip("no ip here")
    words = ["netns", "exec", "pc"]
    assert programs.checked(["ip", *words, "ip", "link"]) == [ip, *words, ip, "link"]
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert programs.checked(["env", "A=1", sys.executable, "-c", ""])[0] == env
    assert programs.run_program(["env", "A=1", "true"]).returncode == 0


@posix
def test_what_is_listed_and_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "find_tool", lambda name: None)
    assert not programs.is_installed("nft")
    with pytest.raises(programs.NotInstalledError, match=r"dev\.py test"):
        programs.run_program(["nft", "list"])


def test_a_namesake_elsewhere_is_not_what_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "find_tool", lambda name: f"/usr/sbin/{name}")
    with pytest.raises(programs.NotListedError, match="start it as 'nft'"):
        programs.run_program(["/opt/other/nft"])


@pytest.mark.parametrize("shell", ["sh", "/bin/bash"])
def test_a_shell_is_refused(shell: str) -> None:
    with pytest.raises(programs.NotListedError, match="hides what it starts"):
        programs.run_program([shell, "-c", "nft"])
    with pytest.raises(programs.NotListedError, match="could not be seen"):
        programs.run_program([sys.executable], shell=True)


def test_this_python_is_started() -> None:
    done = programs.run_program([sys.executable, "-c", "print(1)"], stdout=subprocess.PIPE, text=True)
    assert done.stdout == "1\n"
