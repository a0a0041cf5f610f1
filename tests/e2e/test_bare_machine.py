"""A machine that has nothing: dev.py alone makes it ready to run, test and build Duplex.

A minimal Debian with Python, git and certificates, set up to reach its packages as this machine reaches them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dev
from tests.e2e import chroot
from tests.programs import START_SECONDS, Program, run_program
from tests.waiting import wait_until

HAS = ("python3", "git", "ca-certificates")
STEP_SECONDS = 1200.0
"""Of any step but the tests: the slowest fetches all packages."""
pytestmark = [
    pytest.mark.deep,
    pytest.mark.bare,
    pytest.mark.netns,
    pytest.mark.timeout(chroot.MAKE_SECONDS + dev.TEST_SECONDS + 5 * STEP_SECONDS),
]
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGE_SETTINGS = re.compile(r"PIP_\w+|\w+_proxy|SSL_CERT_\w+|\w+_CA_BUNDLE", re.IGNORECASE)
"""Variables that say how to reach packages."""
PACKAGE_FILES = (
    "/etc/apt", "/usr/share/keyrings", "/etc/pip.conf", "/etc/ssl/certs", "/usr/local/share/ca-certificates",
    "/etc/resolv.conf", "/etc/hosts",
)  # fmt: skip


class Machine:
    """One that is thrown away afterwards. ``printed``: where what its programs print is kept."""

    def __init__(self, root: Path, printed: Path) -> None:
        self.root = root
        self._printed = printed
        names = filter(PACKAGE_SETTINGS.fullmatch, os.environ)
        self._settings = {name: os.environ[name] for name in names}
        self._set_up()

    def _set_up(self) -> None:
        """It reaches its packages as this machine does."""
        shutil.rmtree(self.root / "etc/apt")
        named = [path for path in (*PACKAGE_FILES, *self._settings.values()) if path.startswith("/")]
        known = [path for path in dict.fromkeys(named) if os.path.exists(path)]
        copy = ["cp", "--archive", "--parents", "--remove-destination"]
        run_program([*copy, *known, self.root], check=True)

    def clone(self, home: str) -> None:
        """What is committed here."""
        target = f"{self.root}{home}/duplex"
        run_program(["git", "clone", "--quiet", "--no-hardlinks", dev.ROOT, target], check=True)

    def command(self, user: str, *words: str) -> list[str]:
        """Runs ``words`` in the clone of ``user``."""
        home = "/root" if user == "root" else f"/home/{user}"
        settings = [f"{name}={value}" for name, value in self._settings.items()]
        switch = [] if user == "root" else ["runuser", "-u", user, "--"]
        environment = [f"--chdir={home}/duplex", f"HOME={home}", PATH, "CI=1", *settings]
        return chroot.inside(self.root, *environment, *switch, *words)

    def run(self, *words: str, user: str = "root", limit: float = STEP_SECONDS) -> tuple[int, str]:
        """Run to the end; the exit code, and what was printed."""
        with self._printed.open("wb") as output:
            code = run_program(
                self.command(user, *words),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=limit,
            ).returncode
        return code, self._printed.read_text("utf-8", "replace")

    def must_run(self, *words: str, user: str = "root", limit: float = STEP_SECONDS) -> str:
        code, printed = self.run(*words, user=user, limit=limit)
        assert code == 0, f"{' '.join(words)} as {user} ended with {code}:\n{printed[-20_000:]}"
        return printed


@contextmanager
def bare_machine(printed: Path) -> Iterator[Machine]:
    with chroot.copied(chroot.make(HAS)) as root:
        machine = Machine(root, printed)
        machine.clone("/root")
        yield machine


def echo(machine: Machine, user: str, *duplex: str) -> None:
    """Two of them talk over loopback."""
    headless = (*duplex, "--headless", "--lang", "en", "--open")
    server = Program(machine.command(user, *headless, "tcp-server://127.0.0.1:0?framing=lines&reply=echo"))
    try:
        listening = re.compile(r"Listening on 127\.0\.0\.1:(\d+)")
        found = wait_until(lambda: listening.search(server.printed), START_SECONDS, what="it listens")
        url = f"tcp-client://127.0.0.1:{found.group(1)}?framing=lines"
        client = Program(machine.command(user, *headless, url, "--quiet"))
        try:
            client.type("你好 nothing")
            wait_until(lambda: "你好 nothing" in client.output.decode(), START_SECONDS, what="the echo")
            client.end_input()
            assert client.wait() == 0, client.printed
        finally:
            client.stop()
    finally:
        server.stop()


def test_a_machine_that_has_nothing(tmp_path: Path) -> None:
    with bare_machine(tmp_path / "printed") as machine:
        machine.must_run("useradd", "--create-home", "user")
        run, test, build = (("python3", "dev.py", word) for word in ("run", "test", "build"))
        machine.clone("/home/user")
        machine.must_run("chown", "--recursive", "user:", "/home/user/duplex")

        # An ordinary user gets a list of all that is missing, and the command that installs it.
        code, reported = machine.run(*run, "--headless", "--version", user="user")
        assert code == 1 and "missing: tkinter" in reported, reported
        assert "su -c 'apt-get update && apt-get install" in reported and "python3-tk" in reported, reported

        assert "Duplex" in machine.must_run(*run, "--headless", "--version")
        echo(machine, "root", *run)
        printed = machine.must_run(*test, limit=dev.TEST_SECONDS)
        assert re.search(r"\d passed", printed) and "skipped" not in printed, printed[-2000:]
        machine.must_run(*build)
        echo(machine, "root", "dist/Duplex")

        assert "Duplex" in machine.must_run(*run, "--headless", "--version", user="user")
        echo(machine, "user", *run)
        machine.must_run(*build, user="user")
        echo(machine, "user", "dist/Duplex")
