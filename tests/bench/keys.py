"""Types on a screen as a keyboard would, from a process of its own: ``python -m tests.bench.keys COUNT``.

Each press prints its moment (`time.monotonic`, which all processes share on Linux) in seconds.
"""

from __future__ import annotations

import ctypes
import sys
import time

KEYSYM_A = 0x61
PAUSE_SECONDS = 0.09
HELD_SECONDS = 0.02


def press(count: int) -> None:
    x11, xtst = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    screen = ctypes.c_void_p(x11.XOpenDisplay(None))
    code = x11.XKeysymToKeycode(screen, ctypes.c_ulong(KEYSYM_A))
    # A release that comes late on a busy machine must not be taken for a key held down.
    x11.XAutoRepeatOff(screen)
    for number in range(count):
        # The steps have no common measure with the window's frames.
        time.sleep(PAUSE_SECONDS + number % 16 / 1000)
        moment = time.monotonic()
        xtst.XTestFakeKeyEvent(screen, code, 1, ctypes.c_ulong(0))
        x11.XFlush(screen)
        print(moment, flush=True)
        time.sleep(HELD_SECONDS)
        xtst.XTestFakeKeyEvent(screen, code, 0, ctypes.c_ulong(0))
        x11.XFlush(screen)


if __name__ == "__main__":
    press(int(sys.argv[1]))
