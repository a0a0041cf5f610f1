"""A hand on a screen, from outside of the measured program: it sees pixels, moves the mouse, presses keys.

X11 alone: its library and the XTEST extension, called directly, since a program started for each look would
take longer than what is measured.
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple

ALL_PLANES = 0xFFFFFFFF
Z_PIXMAP = 2


class Box(NamedTuple):
    """A rectangle on the screen, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2


class _Image(ctypes.Structure):
    """The beginning of Xlib's XImage."""

    _fields_ = (
        ("width", ctypes.c_int), ("height", ctypes.c_int), ("xoffset", ctypes.c_int),
        ("format", ctypes.c_int), ("data", ctypes.POINTER(ctypes.c_char)), ("byte_order", ctypes.c_int),
        ("bitmap_unit", ctypes.c_int), ("bitmap_bit_order", ctypes.c_int), ("bitmap_pad", ctypes.c_int),
        ("depth", ctypes.c_int), ("bytes_per_line", ctypes.c_int),
    )  # fmt: skip


class ScreenHand:
    """On the screen ``display``, such as ":1". Raises OSError where there is none."""

    def __init__(self, display: str) -> None:
        self._x11, self._xtst = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x11.XGetImage.restype = ctypes.POINTER(_Image)
        screen = self._x11.XOpenDisplay(display.encode())
        if not screen:
            raise OSError(f"no screen {display}")
        self._screen = ctypes.c_void_p(screen)
        self._root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._screen))
        self._x11.XAutoRepeatOff(self._screen)

    def look(self, box: Box) -> bytes:
        """The pixels of a part of the screen."""
        image = self._x11.XGetImage(
            self._screen, self._root, *box, ctypes.c_ulong(ALL_PLANES), ctypes.c_int(Z_PIXMAP)
        )
        if not image:
            raise OSError(f"can't see {box}")
        found = image.contents
        pixels = ctypes.string_at(found.data, found.bytes_per_line * found.height)
        self._x11.XDestroyImage(image)
        return pixels

    def move(self, x: int, y: int) -> None:
        self._xtst.XTestFakeMotionEvent(self._screen, 0, x, y, ctypes.c_ulong(0))
        self._x11.XSync(self._screen, 0)

    def click(self, box: Box, times: int = 1) -> None:
        self.move(*box.middle)
        for pressed in (1, 0) * times:
            self._xtst.XTestFakeButtonEvent(self._screen, 1, pressed, ctypes.c_ulong(0))
        self._x11.XSync(self._screen, 0)

    def type(self, digits: str) -> None:
        for digit in digits:
            code = self._x11.XKeysymToKeycode(self._screen, ctypes.c_ulong(ord(digit)))
            for pressed in (1, 0):
                self._xtst.XTestFakeKeyEvent(self._screen, code, pressed, ctypes.c_ulong(0))
        self._x11.XSync(self._screen, 0)

    def close(self) -> None:
        self._x11.XCloseDisplay(self._screen)
