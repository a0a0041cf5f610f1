"""A program in which something was copied that Tk can't offer: `python -m tests.copied TYPE FILE`.

While it runs, FILE's content can be pasted elsewhere as TYPE (``image/png``, ``text/uri-list``). As other
programs do, it sends what is large in parts (the X protocol's INCR).
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, Structure, Union, byref, c_char_p, c_int, c_long, c_ulong, c_void_p
from pathlib import Path

PART = 256 * 1024
SELECTION_REQUEST, SELECTION_NOTIFY, PROPERTY_NOTIFY = 30, 31, 28
PROPERTY_CHANGES, DELETED = 1 << 22, 1
ATOM = 4


ANY = (("type", c_int), ("serial", c_ulong), ("sent", c_int), ("display", c_void_p))


class Request(Structure):
    _fields_ = (
        *ANY, ("owner", c_ulong), ("requestor", c_ulong), ("selection", c_ulong), ("target", c_ulong),
        ("property", c_ulong), ("time", c_ulong),
    )  # fmt: skip


class Answer(Structure):
    _fields_ = (
        *ANY, ("requestor", c_ulong), ("selection", c_ulong), ("target", c_ulong), ("property", c_ulong),
        ("time", c_ulong),
    )  # fmt: skip


class PropertyChange(Structure):
    _fields_ = (*ANY, ("window", c_ulong), ("atom", c_ulong), ("time", c_ulong), ("state", c_int))


class XEvent(Union):
    _fields_ = (
        ("type", c_int),
        ("request", Request),
        ("answer", Answer),
        ("change", PropertyChange),
        ("all", c_long * 24),
    )


class Owner:
    """Owns the clipboard of the screen in DISPLAY."""

    def __init__(self, kind: str, data: bytes) -> None:
        x = self.x = ctypes.CDLL("libX11.so.6")
        x.XOpenDisplay.restype = c_void_p
        x.XOpenDisplay.argtypes = [c_char_p]
        x.XInternAtom.restype = x.XDefaultRootWindow.restype = x.XCreateSimpleWindow.restype = c_ulong
        x.XInternAtom.argtypes = [c_void_p, c_char_p, c_int]
        x.XDefaultRootWindow.argtypes = [c_void_p]
        x.XCreateSimpleWindow.argtypes = [c_void_p, c_ulong, *[c_int] * 5, c_ulong, c_ulong]
        x.XSetSelectionOwner.argtypes = [c_void_p, c_ulong, c_ulong, c_ulong]
        x.XChangeProperty.argtypes = [c_void_p, *[c_ulong] * 3, c_int, c_int, c_char_p, c_int]
        x.XSelectInput.argtypes = [c_void_p, c_ulong, c_long]
        x.XSendEvent.argtypes = [c_void_p, c_ulong, c_int, c_long, POINTER(XEvent)]
        x.XNextEvent.argtypes = [c_void_p, POINTER(XEvent)]
        x.XSync.argtypes = [c_void_p, c_int]
        self.display = x.XOpenDisplay(None)
        assert self.display, "no screen"
        self.kind, self.data = self.atom(kind), data
        self.targets, self.incr = self.atom("TARGETS"), self.atom("INCR")
        self.rest: dict[tuple[int, int], bytes] = {}
        root = x.XDefaultRootWindow(self.display)
        window = x.XCreateSimpleWindow(self.display, root, 0, 0, 1, 1, 0, 0, 0)
        x.XSetSelectionOwner(self.display, self.atom("CLIPBOARD"), window, 0)
        x.XSync(self.display, 0)

    def atom(self, name: str) -> int:
        return int(self.x.XInternAtom(self.display, name.encode(), 0))

    def serve(self) -> None:
        event = XEvent()
        while True:
            self.x.XNextEvent(self.display, byref(event))
            if event.type == SELECTION_REQUEST:
                self._answer(event.request)
            elif event.type == PROPERTY_NOTIFY and event.change.state == DELETED:
                self._go_on(event.change.window, event.change.atom)

    def _put(self, request: Request, kind: int, bits: int, data: bytes) -> None:
        count = len(data) // ctypes.sizeof(c_long) if bits == 32 else len(data)
        self.x.XChangeProperty(self.display, request.requestor, request.property, kind, bits, 0, data, count)

    def _answer(self, request: Request) -> None:
        place = request.property
        if request.target == self.targets:
            self._put(request, ATOM, 32, bytes((c_long * 2)(self.targets, self.kind)))
        elif request.target != self.kind:
            place = 0
        elif len(self.data) <= PART:
            self._put(request, self.kind, 8, self.data)
        else:
            self.x.XSelectInput(self.display, request.requestor, PROPERTY_CHANGES)
            self.rest[request.requestor, place] = self.data
            self._put(request, self.incr, 32, bytes((c_long * 1)(len(self.data))))
        event = XEvent()
        event.answer = Answer(
            SELECTION_NOTIFY, 0, 1, self.display, request.requestor, request.selection, request.target,
            place, request.time,
        )  # fmt: skip
        self.x.XSendEvent(self.display, request.requestor, 0, 0, byref(event))
        self.x.XSync(self.display, 0)

    def _go_on(self, window: int, place: int) -> None:
        """The other took a part; an empty one is the last."""
        left = self.rest.pop((window, place), None)
        if left is None:
            return
        part = left[:PART]
        self.x.XChangeProperty(self.display, window, place, self.kind, 8, 0, part, len(part))
        self.x.XSync(self.display, 0)
        if part:
            self.rest[window, place] = left[PART:]


if __name__ == "__main__":
    owner = Owner(sys.argv[1], Path(sys.argv[2]).read_bytes())
    print("copied", flush=True)
    owner.serve()
