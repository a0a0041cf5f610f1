"""The built program on a machine without Python: its window and its pipe talk to scripts outside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import dev
from tests.e2e import chroot
from tests.ports import free_port
from tests.programs import run_program, start_program
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.packaged,
    pytest.mark.timeout(chroot.MAKE_SECONDS + 120),
]
START_SECONDS = 60.0
LARGEST_BYTES = 45_000_000
PROGRAM = "/opt/duplex/Duplex"


@pytest.fixture(scope="module")
def machine() -> Path:
    if not dev.PROGRAM.exists():
        pytest.fail("no built program: run `python3 dev.py build` first")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("debootstrap and chroot need root")
    return chroot.make()


class Window:
    """The program's window in the minimal machine, as its user has it: a keyboard, and the transcript."""

    def __init__(self, display: str, transcript: Path, process: subprocess.Popen[bytes]) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "LC_ALL": "C.UTF-8"}
        self.transcript = transcript
        self.process = process

    def xdotool(self, *words: str, within: float | None = None) -> str:
        done = run_program(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=within
        )
        return done.stdout.strip()

    def focus(self) -> None:
        def visible() -> str:
            assert self.process.poll() is None, f"ended with {self.process.returncode} before it had a window"
            return self.xdotool("search", "--onlyvisible", "--name", "Duplex")

        found = wait_until(visible, START_SECONDS, what="the window shows")

        def active() -> bool:
            with suppress(subprocess.TimeoutExpired):
                self.xdotool("windowactivate", "--sync", found.split()[-1], within=10.0)
                return True
            return False

        wait_until(active, START_SECONDS, what="the window is active")

    def say(self, text: str, so_far: Callable[[bytes], bool]) -> None:
        """Type ``text`` and Return until the script has it: a window just painted may not listen yet."""

        def arrived() -> bool:
            self.xdotool("key", "ctrl+a", "BackSpace")
            self.xdotool("type", "--delay", "40", text)
            self.xdotool("key", "Return")
            with suppress(AssertionError):
                wait_until(lambda: so_far(text.encode()), 2.0)
            return so_far(text.encode())

        wait_until(arrived, START_SECONDS, what="the script receives what was typed")

    def lines(self, direction: str) -> list[dict[str, Any]]:
        if not self.transcript.exists():
            return []
        whole = self.transcript.read_bytes().rpartition(b"\n")[0].decode("utf-8")
        entries = [json.loads(line) for line in whole.splitlines()]
        return [entry for entry in entries if entry["direction"] == direction]

    def texts(self, direction: str) -> str:
        return "\n".join(entry["text"] for entry in self.lines(direction))


@contextmanager
def started(machine: Path, home: Path, display: str, url: str) -> Iterator[Window]:
    arguments = [PROGRAM, "--lang", "en", "--open", url, "--transcript", "/home/user/transcript.jsonl"]
    with open(home / "stderr", "wb") as errors:
        process = start_program(
            chroot.command(machine, home, f"DISPLAY={display}", *arguments), stderr=errors, stdout=errors
        )
    window = Window(display, home / "transcript.jsonl", process)
    try:
        window.focus()
        yield window
        window.xdotool("key", "alt+F4")
        assert process.wait(START_SECONDS) == 0
        assert "Traceback" not in (home / "stderr").read_text("utf-8", "replace")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def received(peer: socket.socket) -> Callable[[bytes], bool]:
    """A condition: whether ``peer`` has received these bytes by now."""
    peer.setblocking(False)
    collected = bytearray()

    def so_far(expected: bytes) -> bool:
        with suppress(BlockingIOError):
            collected.extend(peer.recv(65536))
        return expected in collected

    return so_far


def test_the_machine_has_no_python_and_no_tcl(machine: Path) -> None:
    names = {path.name for folder in ("usr", "opt") for path in (machine / folder).rglob("*")}
    foreign = ("python3", "libpython", "libtcl", "libtk", "tcl8")
    assert "libxcb.so.1" in names
    assert not [name for name in names if name.startswith(foreign)]


def test_the_program_is_small_enough(machine: Path) -> None:
    assert dev.PROGRAM.stat().st_size <= LARGEST_BYTES


def test_tcp_server_window_chats_with_a_script(machine: Path, tmp_path: Path, display: str) -> None:
    port = free_port()
    with started(machine, tmp_path, display, f"tcp-server://127.0.0.1:{port}") as window:

        def connected() -> socket.socket | None:
            try:
                return socket.create_connection(("127.0.0.1", port), 1.0)
            except OSError:
                return None

        with wait_until(connected, START_SECONDS, what="it listens") as peer:
            peer.sendall("你好 from a script\n".encode())
            wait_until(lambda: "你好 from a script" in window.texts("in"), what="the message is written")
            window.say("hello from the window", received(peer))
            wait_until(lambda: "hello from the window" in window.texts("out"))
            entry = window.lines("in")[0]
            assert entry["transport"] == "tcp"
            assert bytes.fromhex(entry["hex"]).startswith("你好".encode())
            assert entry["remote"].endswith(f":{peer.getsockname()[1]}")


def test_udp_window_chats_with_a_script(machine: Path, tmp_path: Path, display: str) -> None:
    port = free_port(socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{port}?peer=127.0.0.1:{peer.getsockname()[1]}"
        with started(machine, tmp_path, display, url) as window:

            def arrived() -> bool:
                peer.sendto("数据报".encode(), ("127.0.0.1", port))
                return "数据报" in window.texts("in")

            wait_until(arrived, START_SECONDS, what="the transcript has the datagram")
            window.say("datagram from the window", received(peer))
            wait_until(lambda: "datagram from the window" in window.texts("out"))
            assert {entry["transport"] for entry in window.lines("in")} == {"udp"}


def test_headless_works_in_a_pipe(machine: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(START_SECONDS)
        url = f"tcp-client://127.0.0.1:{listener.getsockname()[1]}"
        process = start_program(
            chroot.command(machine, tmp_path, PROGRAM, "--headless", "--quiet", "--open", url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            peer, _ = listener.accept()
            with peer:
                process.stdin.write("管道\n".encode())
                process.stdin.flush()
                so_far = received(peer)
                wait_until(lambda: so_far("管道".encode()), START_SECONDS, what="the script receives")
                peer.setblocking(True)
                peer.sendall(b"answer\n")
                assert process.stdout.readline() == b"answer\n"
            process.stdin.close()
            assert process.wait(START_SECONDS) == 0
        finally:
            process.kill()
            process.wait()


LEFT_OUT = {
    "_curses", "_curses_panel", "curses", "ensurepip", "idlelib", "lib2to3", "nis", "pydoc_data", "readline",
    "turtledemo", "venv",
}  # fmt: skip
"""Modules of the standard library that the packaged program does not carry; build.spec says why. It leaves
out distutils too, which setuptools brings to the Python that runs the tests."""
IMPORTS = """
import importlib, sys
for name in sorted(sys.stdlib_module_names - {"antigravity", "this", "distutils"}):
    try:
        importlib.import_module(name)
    except ImportError:
        print(name, end=" ")
"""
"""Prints the names that can't be imported. Two that open a browser and print a poem are not asked."""


def test_the_standard_library_is_carried(tmp_path: Path) -> None:
    path = tmp_path / "imports.py"
    path.write_text(IMPORTS, "utf-8")
    missing = [
        set(run_program([*words, path], capture_output=True, text=True, check=True).stdout.split())
        for words in ([sys.executable], [dev.PROGRAM, "--run-example"])
    ]
    assert missing[1] - missing[0] == {name for name in LEFT_OUT if name not in missing[0]}


def test_a_lesson_and_its_task_run_without_python(machine: Path, tmp_path: Path) -> None:
    """Lesson 6 through all its steps, and its model answer before the grader, both run by the packaged
    program."""
    run = [PROGRAM, "--headless", "--lesson", "stream", "--run", "--lang", "en"]
    done = run_program(
        chroot.command(machine, tmp_path, *run), capture_output=True, text=True, timeout=2 * START_SECONDS
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    steps = [line for line in lines if line["kind"] == "step"]
    assert [step["number"] for step in steps if step.get("reached", True)]
    assert all(step.get("reached", True) for step in steps)
    assert {"call", "returned", "facts"} <= {line["kind"] for line in lines}
    model = (dev.ROOT / "assets" / "lessons" / "stream" / "model.py").read_text("utf-8")
    port = free_port()
    assert "23456" in model
    (tmp_path / "model.py").write_text(model.replace("23456", str(port)), "utf-8")
    task = [PROGRAM, "--headless", "--task", "stream", "--port", str(port), "--seed", "1", "--once"]
    grader = start_program(
        chroot.command(machine, tmp_path, *task), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert grader.stdout is not None
        assert grader.stdout.readline() == f"task stream 127.0.0.1:{port}\n"
        answer = [PROGRAM, "--run-example", "/home/user/model.py"]
        run_program(chroot.command(machine, tmp_path, *answer), timeout=START_SECONDS)
        printed, said = grader.communicate(timeout=START_SECONDS)
        assert (grader.returncode, printed) == (0, "verdict 座位 1 passed\n"), said
    finally:
        grader.kill()
        grader.wait()


EXAMPLE = """
import socket, sys, threading
with socket.create_connection(("127.0.0.1", int(sys.stdin.readline()))) as connection:
    connection.sendall("你好".encode("gb18030"))
    print(connection.recv(100).decode("gb18030"))
"""


def test_an_example_program_runs_without_python(machine: Path, tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text(EXAMPLE, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(START_SECONDS)
        with start_program(
            chroot.command(machine, tmp_path, PROGRAM, "--run-example", "/home/user/client.py"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdin is not None
            process.stdin.write(f"{listener.getsockname()[1]}\n".encode())
            process.stdin.flush()
            peer, _ = listener.accept()
            with peer:
                assert peer.recv(100) == "你好".encode("gb18030")
                peer.sendall("再见".encode("gb18030"))
            reported, _ = process.communicate(timeout=START_SECONDS)
            assert reported.decode() == "再见\n"
            assert process.returncode == 0
