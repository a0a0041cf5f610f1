"""The selector at the bottom of the loop: `Polling`, which a `Doorbell` can wake.

On Linux it is our own: the standard library's takes twice as long to report that one socket is ready, and has
no edge-triggered files.
"""

from __future__ import annotations

import contextlib
import select
import selectors
import sys
from collections.abc import Mapping
from typing import Any

from net.loop.doorbell import Doorbell

Ready = list[tuple[selectors.SelectorKey, int]]
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

if sys.platform == "linux":
    _IN, _OUT = select.EPOLLIN, select.EPOLLOUT

    class Polling(selectors.BaseSelector):
        """Uses epoll. A file that was closed must be unregistered by its number."""

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._keys: dict[Any, selectors.SelectorKey] = {}

        def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
            number = _number(fileobj)
            if number in self._keys:
                raise KeyError(f"{fileobj!r} is registered already")
            self._epoll.register(number, _mask(events))
            self._keys[number] = key = selectors.SelectorKey(fileobj, number, events, data)
            return key

        def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
            number = _number(fileobj)
            known = self._keys[number]
            if known.events != events:
                self._epoll.modify(number, _mask(events))
            self._keys[number] = key = known._replace(events=events, data=data)
            return key

        def unregister(self, fileobj: Any) -> selectors.SelectorKey:
            key = self._keys.pop(_number(fileobj))
            with contextlib.suppress(OSError):  # the kernel has removed a closed file already
                self._epoll.unregister(key.fd)
            return key

        def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
            """By file number."""
            return self._keys

        def close(self) -> None:
            self._epoll.close()
            self._keys.clear()

        def select(self, timeout: float | None = None) -> Ready:
            return self.look(timeout)

        def watch(self, doorbell: Doorbell) -> None:
            """Let ``doorbell`` end `look` early."""
            # Edge-triggered: its count need not be read.
            self._epoll.register(doorbell.fileno, select.EPOLLIN | select.EPOLLET)

        def look(self, timeout: float | None) -> Ready:
            """The ready files, after at most ``timeout`` seconds (None: no limit)."""
            keys = self._keys
            ready: Ready = []
            wait = timeout if timeout is None or timeout > 0 else 0
            for number, event in self._epoll.poll(wait, len(keys) + 1):
                key = keys.get(number)
                if key is not None:
                    # An error or a hang-up is reported as both.
                    events = READ if event & ~_OUT else 0
                    if event & ~_IN:
                        events |= WRITE
                    ready.append((key, events & key.events))
            return ready

    def _number(fileobj: Any) -> int:
        return fileobj if isinstance(fileobj, int) else int(fileobj.fileno())

    def _mask(events: int) -> int:
        return (_IN if events & READ else 0) | (_OUT if events & WRITE else 0)

else:

    class Polling(selectors.DefaultSelector):
        """Uses the best selector of this system."""

        def watch(self, doorbell: Doorbell) -> None:
            self._doorbell = doorbell
            self._bell = self.register(doorbell.fileno, READ)

        def look(self, timeout: float | None) -> Ready:
            ready = super().select(timeout)
            for index, (key, _events) in enumerate(ready):
                if key is self._bell:
                    self._doorbell.hush()
                    del ready[index]
                    break
            return ready
