"""Names that are no UTF-8, as Tk gives them, lead to their files."""

from __future__ import annotations

import os
import sys
import tkinter as tk
from pathlib import Path

import pytest

from gui.widgets.tk_paths import path_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names are no bytes there")


def test_what_tk_lists_is_found(app: tk.Tk, tmp_path: Path) -> None:
    names = ["文件.txt".encode("gbk"), "作业".encode("gbk"), b"caf\xe9", b"x\x80y", "好.txt".encode(), b"a"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name)
    listed = app.tk.splitlist(app.tk.call("glob", "-directory", str(tmp_path), "*"))
    assert sorted(path_of(name).read_bytes() for name in listed) == sorted(names)


def test_a_file_yet_to_be_written_goes_into_such_a_folder(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + "/文".encode("gbk")))
    folder.mkdir()
    shown = "文".encode("gbk").decode("latin-1")
    assert path_of(f"{tmp_path}/{shown}/新.txt") == folder / "新.txt"
    assert path_of(f"{tmp_path}/还没有/新.txt") == tmp_path / "还没有" / "新.txt"


def test_a_file_that_is_there_is_meant(tmp_path: Path) -> None:
    real = tmp_path / "ÎÄ"
    real.write_text("")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xce\xc4")).write_text("")
    assert path_of(str(real)) == real
