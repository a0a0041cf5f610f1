"""The clipboard of other programs: pictures small and large, and files."""

from __future__ import annotations

import contextlib
import random
import sys
import tkinter as tk
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from gui.services.clipboard import copied_files, copied_picture
from tests.programs import Program
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the owner speaks the X protocol")


@pytest.fixture
def root(display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tk.Tk]:
    # Pillow would use xclip, which may be installed; that is not the code under test
    monkeypatch.setattr(ImageGrab, "grabclipboard", lambda: None)
    made = tk.Tk()
    made.withdraw()
    yield made
    made.destroy()


@contextlib.contextmanager
def copied(root: tk.Tk, display: str, kind: str, path: Path) -> Iterator[None]:
    other = Program([sys.executable, "-m", "tests.copied", kind, str(path)], DISPLAY=display)

    def is_offered() -> bool:
        try:
            return kind in root.selection_get(selection="CLIPBOARD", type="TARGETS").split()
        except tk.TclError:
            return False

    try:
        other.wait_for("copied")
        # an earlier test's copy is still valid until Tk has noticed the new owner
        wait_until(is_offered, root=root, what="Tk knows whose the clipboard is")
        yield
    finally:
        other.stop()


@pytest.mark.parametrize("side", [8, 900])
def test_a_picture_copied_in_another_program(root: tk.Tk, display: str, tmp_path: Path, side: int) -> None:
    """The larger one is transferred in parts."""
    picture = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    picture.save(tmp_path / "a.png")
    with copied(root, display, "image/png", tmp_path / "a.png"):
        found = copied_picture(root)
        assert found is not None and found.convert("RGB").tobytes() == picture.tobytes()
        assert copied_files(root) == []


def test_what_only_says_it_is_a_picture(root: tk.Tk, display: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with copied(root, display, "image/png", tmp_path / "a.png"):
        assert copied_picture(root) is None


def test_files_copied_in_a_file_browser(root: tk.Tk, display: str, tmp_path: Path) -> None:
    here = tmp_path / "一个 文件.txt"
    (tmp_path / "list").write_text(f"{here.as_uri()}\r\nhttps://example.org/a\r\nfile:///etc/hosts\r\n")
    with copied(root, display, "text/uri-list", tmp_path / "list"):
        assert copied_files(root) == [here, Path("/etc/hosts")]
        assert copied_picture(root) is None


def test_text_is_neither(root: tk.Tk) -> None:
    root.clipboard_clear()
    root.clipboard_append("file:///etc/hosts")
    assert copied_files(root) == []
    assert copied_picture(root) is None
