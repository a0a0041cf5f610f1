"""The Pythons of this PC."""

from __future__ import annotations

import sys

import pytest

from net.lab.run.pythons import PythonError, find_pythons, listed_paths, named_python
from net.system.own_python import own_python


def test_the_pythons_found_can_run_the_hook() -> None:
    found = find_pythons()
    versions = [tuple(map(int, each.version.split("."))) for each in found]
    assert versions == sorted(versions, reverse=True)
    assert all(version >= (3, 8) for version in versions)
    assert sys.version.split()[0] in [each.version for each in found]


def test_no_name_is_our_own() -> None:
    assert named_python("") == (own_python(), sys.version.split()[0])


def test_a_named_one_is_asked_for_its_version() -> None:
    assert named_python(sys.executable) == ([sys.executable, "-u"], sys.version.split()[0])
    with pytest.raises(PythonError) as raised:
        named_python("/no/such/python")
    assert raised.value.trouble.code == "no-python"


def test_what_windows_launcher_lists() -> None:
    printed = (
        " -V:3.13 *        C:\\Users\\Li Ming\\AppData\\Local\\Programs\\Python\\Python313\\python.exe\r\n"
        " -V:3.9-32        C:\\Python39\\python.exe\r\n"
        "No runtimes\r\n"
    )
    assert listed_paths(printed) == [
        "C:\\Users\\Li Ming\\AppData\\Local\\Programs\\Python\\Python313\\python.exe",
        "C:\\Python39\\python.exe",
    ]
