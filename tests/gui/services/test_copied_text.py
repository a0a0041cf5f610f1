"""What was copied in a program that has ended can be pasted, with a clipboard manager and without. Each is a
program of its own: the windows of one process are one to the X server."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from gui.services.copied_text import MOST_BYTES
from tests.programs import Programs, running_programs
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only X11 forgets what was copied")

TEXTS = ["第一行\nsecond 😀\n", "first line\nsecond line\n" * 4000]
NOTHING = "(nothing)"

ENDING = """
import sys, tkinter as tk
from gui.services import copied_text
copied_text.MOST_BYTES = int(sys.argv[1])
root = tk.Tk()
root.withdraw()
text = sys.stdin.buffer.read().decode()
if text:
    root.clipboard_clear()
    root.clipboard_append(text)
root.update()
copied_text.keep_copied_text(root)
root.destroy()
"""

PASTING = """
import sys, tkinter as tk
root = tk.Tk()
root.withdraw()
try:
    text = root.clipboard_get(type="UTF8_STRING")
except tk.TclError:
    text = "(nothing)"
sys.stdout.buffer.write(text.encode())
"""

OTHER = """
import tkinter as tk
root = tk.Tk()
root.withdraw()
root.clipboard_clear()
root.clipboard_append("theirs")
root.update()
print("copied", flush=True)
root.mainloop()
"""

MANAGER = """
import tkinter as tk
root = tk.Tk()
root.withdraw()

def save(_offset, _length):
    kept = root.clipboard_get(type="UTF8_STRING")
    print("saved", len(kept), flush=True)
    return ""

root.selection_handle(save, selection="CLIPBOARD_MANAGER", type="SAVE_TARGETS")
root.selection_own(selection="CLIPBOARD_MANAGER")
root.update()
print("ready", flush=True)
root.mainloop()
"""


class Desktop:
    """``programs`` on one display."""

    def __init__(self, programs: Programs, display: str) -> None:
        self.programs = programs
        self.display = display

    def start(self, source: str, tag: str) -> None:
        self.programs.start(sys.executable, "-c", source, DISPLAY=self.display).wait_for(tag)

    def copy_and_end(self, text: str, most: int = MOST_BYTES) -> None:
        ending = self.programs.start(sys.executable, "-c", ENDING, str(most), DISPLAY=self.display)
        ending.type(text, end="")
        ending.end_input()
        assert ending.process.wait(PATIENCE_SECONDS) == 0, ending.printed

    def pasted(self) -> str:
        pasting = self.programs.start(sys.executable, "-c", PASTING, DISPLAY=self.display)
        assert pasting.process.wait(PATIENCE_SECONDS) == 0
        pasting.stop()
        return pasting.output.decode()


@pytest.fixture
def desktop(display: str) -> Iterator[Desktop]:
    with running_programs() as programs:
        made = Desktop(programs, display)
        yield made
        # whatever still keeps the clipboard ends with this
        made.start(OTHER, "copied")


@pytest.mark.parametrize("text", TEXTS, ids=["short", "long"])
def test_what_was_copied_is_pasted_after_the_end(desktop: Desktop, text: str) -> None:
    desktop.copy_and_end(text)
    assert desktop.pasted() == text


def test_who_copies_next_is_not_disturbed(desktop: Desktop) -> None:
    desktop.copy_and_end("mine")
    desktop.copy_and_end("yours")
    assert desktop.pasted() == "yours"


def test_what_somebody_else_copied_is_left_alone(desktop: Desktop) -> None:
    desktop.start(OTHER, "copied")
    desktop.copy_and_end("")
    assert desktop.pasted() == "theirs"


def test_a_running_manager_takes_it(desktop: Desktop) -> None:
    manager = desktop.programs.start(sys.executable, "-c", MANAGER, DISPLAY=desktop.display)
    manager.wait_for("ready")
    desktop.copy_and_end("for the manager")
    manager.wait_for("saved 15")
    assert desktop.pasted() == NOTHING


def test_the_very_large_is_not_kept(desktop: Desktop) -> None:
    desktop.copy_and_end("x" * 9, most=8)
    assert desktop.pasted() == NOTHING
