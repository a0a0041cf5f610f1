from __future__ import annotations

import ntpath
import os
import sys
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.protocol.chat.filenames import MAX_COMPONENT, offered_name, safe_component
from net.protocol.chat.messages import MAX_FILE_NAME

HELL = [
    "",
    ".",
    "..",
    "...",
    ". .",
    "../",
    "..\\",
    "/etc/passwd",
    "C:",
    "C:\\x",
    "\\\\server\\share",
    "\\\\?\\C:\\",
    "CON",
    "con.txt",
    "NUL .tar.gz",
    "COM1",
    "com¹.x",
    "LPT9.",
    "CONIN$",
    "aux.h",
    "a\0b",
    "a.",
    "a. .",
    " a",
    "file:stream",
    "file::$DATA",
    "x" * 300,
    "名" * 100 + ".jpg",
    "a" * 300 + ".txt",
    "." * 300,
    "nul" + " " * 300 + ".x",
    "\u202egpj.exe",
    "\ud800",
    "e" + "\u0301" * 500,
    "~",
    "~root",
    "-rf",
    '*?<>|"',
    "\u3000",
    "a\u2028b",
    "nul\u200b.txt",
]
NASTY = st.one_of(
    st.text(st.characters()),
    st.text(
        st.sampled_from('./\\:*?"<>| \0\t\u202e\u3000\u00a0\u200bcnuolpt1$aCON名\u0301\ud800'), max_size=30
    ),
    st.builds("".join, st.lists(st.sampled_from(HELL), max_size=3)),
    st.builds(lambda a, n, b: a * n + b, st.text(max_size=3), st.integers(0, 400), st.text(max_size=30)),
)
DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"} | {
    f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"
}


def check_safe(name: str) -> None:
    assert name and len(name.encode()) <= MAX_COMPONENT
    assert not set(name) & set('/\\:*?"<>|') and all(ord(c) >= 32 and ord(c) != 127 for c in name)
    assert name.strip(". ") != "" and name == name.strip() and not name.endswith(".")
    assert name.split(".")[0].rstrip().lower() not in DEVICES
    assert unicodedata.normalize("NFC", name) == name
    for kind in (PurePosixPath, PureWindowsPath):
        path = kind("folder") / name
        assert path.parts == ("folder", name) and not kind(name).is_absolute() and not kind(name).drive
    if sys.version_info >= (3, 13):
        assert not ntpath.isreserved(name)
    else:
        assert not PureWindowsPath(name).is_reserved()


@given(NASTY)
def test_always_one_safe_component(name: str) -> None:
    safe = safe_component(name)
    check_safe(safe)
    assert safe_component(safe) == safe


@pytest.mark.parametrize("name", HELL)
def test_names_from_hell(name: str) -> None:
    check_safe(safe_component(name))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("报告 2026（终稿）.docx", "报告 2026（终稿）.docx"),
        ("archive.tar.gz", "archive.tar.gz"),
        (".gitignore", ".gitignore"),
        ("Résumé.pdf", "Résumé.pdf"),
        ("con", "_con"),
        ("Aux.txt", "_Aux.txt"),
        ("console.log", "console.log"),
        ("..", "_"),
        ("a/b\\c:d", "a_b_c_d"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a.txt. .", "a.txt"),
    ],
)
def test_what_names_become(name: str, safe: str) -> None:
    assert safe_component(name) == safe


@pytest.mark.parametrize("extension", [".txt", ".tar", ".mp4", ".文档"])
def test_the_extension_stays(extension: str) -> None:
    for stem in ("x" * 400, "名" * 200, "x. " * 200):
        name = safe_component(stem + extension)
        assert name.endswith(extension) and len(name.encode()) > MAX_COMPONENT - 8


# --- Names of this PC's files ---


@pytest.mark.skipif(sys.platform == "win32", reason="its names are no bytes")
@pytest.mark.parametrize(
    ("on_disk", "offered"),
    [
        ("文件.txt".encode(), "文件.txt"),
        ("文件.txt".encode("gbk"), "文件.txt"),
        ("作业 第3课.docx".encode("gb18030"), "作业 第3课.docx"),
        (b"caf\xe9.txt", "caf%E9.txt"),
        (b"x\x80y", "x%80y"),
        (b"\xff\xfe", "%FF%FE"),
        ("好".encode() + b"\xff", "好%FF"),
    ],
)
def test_bytes_that_are_no_text_are_offered_as_what_they_mean(on_disk: bytes, offered: str) -> None:
    assert offered_name(os.fsdecode(on_disk)) == offered


def test_a_name_of_half_a_surrogate_pair_is_offered_readably() -> None:
    assert offered_name("a\ud83d.txt") == "a%uD83D.txt"


def test_a_name_that_must_be_cut_keeps_what_kind_of_file_it_is() -> None:
    name = offered_name("长" * 2000 + ".pdf.exe")
    assert len(name) == MAX_FILE_NAME and name.endswith("长.exe")
    assert len(offered_name("x" * 2000)) == MAX_FILE_NAME
