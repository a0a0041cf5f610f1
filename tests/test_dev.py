"""dev.py reports what is missing, installs what it needs, and starts at once if everything is there."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import dev
import gui
from tests.programs import run_program
from tests.waiting import wait_until

NEED = dev.Need("a thing", lambda: False, "thing-deb", "thing-rpm", "thing-arch", "")
THERE = dev.Need("another", lambda: True, "other", "other", "other", "other")


def front_door(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    command = [sys.executable, str(dev.ROOT / "dev.py"), *words]
    return run_program(command, capture_output=True, text=True, env={**kept, **environment})


@pytest.mark.parametrize("words", [("--help",), ()])
def test_help_names_every_command(words: tuple[str, ...]) -> None:
    reported = front_door(*words).stdout
    assert all(f"  {name} " in reported for name in ("run", "test", "bench", "build", "lint", "shots"))


def test_an_unknown_command_is_refused() -> None:
    assert front_door("fly").returncode == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sessions without a screen")
def test_run_without_a_screen_says_what_to_do() -> None:
    done = front_door("run")
    assert done.returncode == 1
    assert "DISPLAY" in done.stderr
    assert "--headless" in done.stderr


def test_the_arguments_of_run_reach_the_program() -> None:
    assert "Duplex" in front_door("run", "--headless", "--help").stdout


def test_a_python_that_is_too_old_gets_a_plain_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    with pytest.raises(SystemExit, match=r"3\.10 or later"):
        dev.main()


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("apt", "sudo apt-get update && sudo apt-get install --no-install-recommends thing-deb"),
        ("dnf", "sudo dnf install thing-rpm"),
        ("pacman", "sudo pacman -S --needed thing-arch"),
    ],
)
def test_the_exact_command_is_printed(monkeypatch: pytest.MonkeyPatch, system: str, expected: str) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(dev, "has_tool", lambda name: name == "sudo")
    assert dev.install_command(system, [NEED]) == expected


def test_the_command_printed_works_where_there_is_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(dev, "has_tool", lambda name: False)
    expected = "su -c 'apt-get update && apt-get install --no-install-recommends thing-deb'"
    assert dev.install_command("apt", [NEED]) == expected


def test_windows_is_sent_to_its_installer() -> None:
    assert "tcl/tk" in dev.install_command("windows", [NEED])


def test_only_missing_and_available_packages_are_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dev.NEEDS, "run", (NEED, THERE))
    assert dev.missing("run", "apt") == [NEED]
    assert dev.missing("run", "brew") == []  # no such package there: the tests that use it are skipped


def test_a_user_who_may_not_install_gets_the_command_only(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(dev.NEEDS, "run", (NEED,))
    monkeypatch.setattr(dev, "package_system", lambda: "apt")
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SystemExit, match=r"missing: a thing\n\n.*apt-get install .* thing-deb"):
        dev.ensure_system("run")
    assert capfd.readouterr().out == ""


def test_what_hangs_is_ended_and_fails() -> None:
    with pytest.raises(SystemExit, match=r"did not end within 0\.2 s"):
        dev.run(sys.executable, "-c", "import threading; threading.Event().wait(60)", limit=0.2)


def test_packages_may_not_reach_a_python_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = dev.NEED_TK._replace(present=lambda: False)
    monkeypatch.setattr(dev, "NEED_TK", lacking)
    monkeypatch.setitem(dev.NEEDS, "run", (lacking,))
    monkeypatch.setattr(dev, "package_system", lambda: "apt")
    monkeypatch.setattr(dev, "python_is_the_systems", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SystemExit, match="did not come from the system"):
        dev.ensure_system("run")


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project folder with everything that "run" needs; returns its requirements.txt."""
    for name in ("pyvenv.cfg", "python"):
        (tmp_path / name).write_text("version = 3.11.0")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("segno>=1\n")
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "VENV_PYTHON", tmp_path / "python")
    monkeypatch.setattr(dev, "REQUIREMENTS", requirements)
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(dev, "ensure_system", lambda level: None)
    (tmp_path / "stamp").write_text(dev.wanted_stamp("run"))
    return requirements


def test_a_second_run_does_nothing(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "run", lambda *words, **more: pytest.fail(f"ran {words}"))
    dev.ensure("run")


def test_new_requirements_are_installed_once(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[object, ...]] = []
    monkeypatch.setattr(dev, "run", lambda *words, **more: ran.append(words))
    ready.write_text("segno>=2\n")
    dev.ensure("run")
    dev.ensure("run")
    assert [words[3] for words in ran] == ["install"]


def test_new_needs_are_looked_for_once(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(dev, "ensure_system", looked.append)
    monkeypatch.setattr(dev, "run", lambda *words, **more: None)
    dev.ensure("run")
    assert looked == []
    monkeypatch.setitem(dev.NEEDS, "test", (*dev.NEEDS["test"], NEED))
    dev.ensure("run")
    dev.ensure("run")
    assert looked == ["run"]


def test_each_level_is_made_ready_once(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[object, ...]] = []
    monkeypatch.setattr(dev, "run", lambda *words, **more: ran.append(words))
    for level in ("test", "run", "test"):
        dev.ensure(level)
    assert len(ran) == 1


def test_catalogs_are_compiled_when_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = tmp_path / "zh_CN" / "LC_MESSAGES" / "duplex.po"
    source.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    source.write_text(head + 'msgid "Send"\nmsgstr "发送"\n', "utf-8")
    monkeypatch.setattr(dev, "LOCALES", tmp_path)
    monkeypatch.setattr(dev, "VENV_PYTHON", sys.executable)
    dev.compile_catalogs()
    compiled = source.with_suffix(".mo")
    assert "发送".encode() in compiled.read_bytes()
    monkeypatch.setattr(dev, "run", lambda *words, **more: pytest.fail("compiled again"))
    dev.compile_catalogs()


@pytest.mark.parametrize(
    "damage",
    ['msgid "Send"\nmsgstr "a"\nnonsense\n', '#, python-format\nmsgid "%d sent"\nmsgstr "%s"\n'],
    ids=["syntax", "placeholder"],
)
def test_a_damaged_catalog_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: str) -> None:
    source = tmp_path / "zh_CN" / "LC_MESSAGES" / "duplex.po"
    source.parent.mkdir(parents=True)
    source.write_text(damage, "utf-8")
    monkeypatch.setattr(dev, "LOCALES", tmp_path)
    monkeypatch.setattr(dev, "VENV_PYTHON", sys.executable)
    with pytest.raises(SystemExit):
        dev.compile_catalogs()
    assert not source.with_suffix(".mo").exists()


def test_the_program_is_stale_by_a_newer_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "PROGRAM", tmp_path / "Duplex")
    source = tmp_path / "net" / "tcp.py"
    source.parent.mkdir()
    source.touch()
    assert dev.build_is_stale()
    dev.PROGRAM.touch()
    os.utime(source, (1, 1))
    assert not dev.build_is_stale()
    os.utime(source, (2**31, 2**31))
    assert dev.build_is_stale()


def test_one_version_everywhere() -> None:
    written = re.search(r'^version = "(.+)"$', (dev.ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert written is not None
    assert written.group(1) == gui.VERSION


def test_every_requirement_has_both_bounds_and_no_index() -> None:
    lines = [line for line in dev.REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) > 10
    assert all(">=" in line and ",<" in line and "/" not in line for line in lines)


def process_behind(path: str) -> int:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(path)
        process, _user, _group = struct.unpack(
            "3i", asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )
        return int(process)


def test_a_screen_of_its_own_is_there_and_ends(display: str) -> None:
    if sys.platform != "linux":
        pytest.skip("virtual screens are Linux's")
    with dev.virtual_screen() as name:
        assert name != display
        server = Path(f"/proc/{process_behind(f'/tmp/.X11-unix/X{name[1:]}')}")
        assert server.exists()
        geometry = ["xdotool", "getdisplaygeometry"]
        environment = {**os.environ, "DISPLAY": name}
        assert run_program(geometry, env=environment, capture_output=True).stdout == b"1600 1000\n"
    # Another test process may already have a screen of the same number.
    assert not server.exists()


def test_waiting_gives_the_value_or_says_what_did_not_come() -> None:
    values = iter([None, 0, "here"])
    assert wait_until(lambda: next(values)) == "here"
    with pytest.raises(AssertionError, match="the moon"):
        wait_until(lambda: False, timeout=0.01, what="the moon")


def inner_pytest(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """pytest in ``folder`` with this project's conftest, as a process of its own."""
    return run_program(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(dev.ROOT), **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("folder", "ci", "code"),
    [("tests/e2e", "1", 1), ("tests/gui", "1", 1), ("tests/net", "1", 0), ("tests/e2e", "", 0)],
)
def test_a_skipped_window_test_fails_the_run_in_ci(tmp_path: Path, folder: str, ci: str, code: int) -> None:
    test = tmp_path / folder / "test_one.py"
    test.parent.mkdir(parents=True)
    test.write_text("import pytest\ndef test_one():\n    pytest.skip('no')\ndef test_two():\n    pass\n")
    done = inner_pytest(tmp_path, "tests", CI=ci)
    assert done.returncode == code, done.stdout
    assert ("in CI it must run" in done.stdout) == bool(code)


def test_an_error_in_a_tk_callback_is_not_lost(display: str, tk_errors: list[BaseException]) -> None:
    import tkinter

    root = tkinter.Tk()
    root.after_idle(lambda: 1 // 0)
    wait_until(lambda: tk_errors, root=root)
    root.destroy()
    assert isinstance(tk_errors.pop(), ZeroDivisionError)


def test_an_error_left_from_a_tk_callback_fails_the_test(tmp_path: Path, display: str) -> None:
    test = tmp_path / "test_one.py"
    test.write_text(
        "import tkinter\n"
        "def test_one(display):\n"
        "    root = tkinter.Tk()\n"
        "    root.after_idle(lambda: 1 // 0)\n"
        "    root.update()\n"
        "    root.destroy()\n"
    )
    done = inner_pytest(tmp_path, str(test))
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stdout
