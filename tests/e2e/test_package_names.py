"""The packages that dev.py names are there in this system's releases, read from its own archive's lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dev
from tests.e2e import chroot
from tests.programs import run_program

RELEASES = {"debian": ("bookworm", "trixie"), "ubuntu": ("jammy", "noble")}
COMPONENTS = {"debian": "main", "ubuntu": "main universe"}
pytestmark = pytest.mark.deep


def system() -> str:
    """``debian``, ``ubuntu``, or what else this is."""
    reported = Path("/etc/os-release")
    found = re.search(r'^ID="?(\w+)', reported.read_text(), re.MULTILINE) if reported.exists() else None
    return found.group(1) if found else ""


class Lists:
    """The package lists of one release, fetched from the archive that this system uses, beside its own."""

    def __init__(self, folder: Path, release: str) -> None:
        for name in ("state/lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        (uri,) = chroot.archive(chroot.codename())
        keys = f"/usr/share/keyrings/{system()}-archive-keyring.gpg"
        line = f"deb [signed-by={keys}] {uri} {release} {COMPONENTS[system()]}\n"
        (folder / "sources.list").write_text(line)
        values = {
            "Dir::Etc::SourceList": folder / "sources.list", "Dir::Etc::SourceParts": "-",
            "Dir::State": folder / "state", "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache", "APT::Sandbox::User": "root",
        }  # fmt: skip
        self._options = [f"--option={name}={value}" for name, value in values.items()]
        self._run("apt-get", "update", "-q", "--error-on=any")

    def _run(self, *words: str) -> str:
        done = run_program([*words, *self._options], capture_output=True, text=True, env={"LC_ALL": "C"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def versions(self, *packages: str) -> dict[str, str]:
        """Of those which can be installed."""
        reported = self._run("apt-cache", "policy", *packages)
        return dict(re.findall(r"^(\S+):\n.*\n  Candidate: (\d.*)$", reported, re.MULTILINE))


@pytest.mark.parametrize("release", RELEASES.get(system(), ()))
def test_every_package_is_there(tmp_path: Path, release: str) -> None:
    lists = Lists(tmp_path, release)
    assert lists.versions("python3", "no-such-package").keys() == {"python3"}
    python = ".".join(lists.versions("python3")["python3"].split(".")[:2])
    named = {need.apt.replace(dev.MINOR, python) for needs in dev.NEEDS.values() for need in needs}
    assert len(named) > 20
    assert named - lists.versions(*named).keys() == set()
