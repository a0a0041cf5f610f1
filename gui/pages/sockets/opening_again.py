"""`OpeningAgain`: what helps a session whose address is taken. Another session of Duplex: show that one; a
connection that has just ended: wait until it lets go, and open then; another program: the next port."""

from __future__ import annotations

import math
import time
import tkinter as tk
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from gui.pages.sockets.choice import OWN_ADDRESS
from gui.pages.sockets.model import SessionInfo, SessionModel
from gui.pages.sockets.sessions import Sessions
from gui.shared.i18n import _
from net.events import Fault, FaultKind, PortHolder

LAST_PORT = 65535
TICK_MS = 500


class OpeningAgain:
    """``on_tick()`` is called while seconds are counted down, for whoever shows them."""

    def __init__(
        self, master: tk.Misc, model: SessionModel, sessions: Sessions, on_tick: Callable[[], object]
    ) -> None:
        self._master = master
        self._model = model
        self._sessions = sessions
        self._on_tick = on_tick
        self._waiting: int | None = None
        self._due: str | None = None

    def offer(self, known: SessionInfo) -> tuple[str, Callable[[], object]]:
        """The label of what helps this ended session, and the action; ("", ...) if nothing can be done."""
        again = partial(self._sessions.reconnect, known.session)
        if not known.can_reopen:
            return "", again
        holder = _holder(known)
        if holder is PortHolder.DUPLEX:
            other = self._other_with(known)
            if other is not None:
                return _("Show that session"), partial(self._sessions.show, other.session)
        elif self.seconds_left(known):
            if self._waiting == known.session:
                return _("Don't wait"), self._stop
            return _("Open it when it is free"), partial(self._wait, known)
        elif holder is PortHolder.PROGRAM and self._next_port(known):
            port = self._next_port(known)
            label = _("Use port {port}").format(port=port)
            return label, partial(self._open_at, known, port)
        return _("Try again"), again

    def seconds_left(self, known: SessionInfo) -> int:
        """Until the connection that holds the address of this session lets go; 0: nobody waits for one."""
        fault = known.fault
        if fault is None or fault.kind not in (FaultKind.ADDRESS_IN_USE, FaultKind.PAIR_IN_USE):
            return 0
        seconds = float(fault.params.get("seconds") or 0)
        return max(0, math.ceil(seconds - (time.time_ns() - known.ended_at) / 1e9))

    def fault_now(self, known: SessionInfo) -> Fault | None:
        """The session's fault, with the seconds that are left now."""
        fault = known.fault
        if fault is None or not float(fault.params.get("seconds") or 0) or fault.kind is FaultKind.TIMED_OUT:
            return fault
        self._keep_ticking(known)
        return replace(fault, params={**fault.params, "seconds": self.seconds_left(known)})

    def is_waiting(self, known: SessionInfo) -> bool:
        """Whether it opens by itself once its address is free."""
        return self._waiting == known.session

    # --- Waiting ---

    def _wait(self, known: SessionInfo) -> None:
        self._waiting = known.session
        self._keep_ticking(known)
        self._on_tick()

    def _stop(self) -> None:
        self._waiting = None
        self._on_tick()

    def _keep_ticking(self, known: SessionInfo) -> None:
        counts = self.seconds_left(known) and self._model.shown == known.session
        if self._due is None and (counts or self.is_waiting(known)):
            self._due = self._master.after(TICK_MS, self._tick)

    def _tick(self) -> None:
        self._due = None
        waiting = self._model.get(self._waiting)
        if waiting is None:
            self._waiting = None
        elif not self.seconds_left(waiting):
            self._waiting = None
            self._sessions.reconnect(waiting.session)
            return
        else:
            self._keep_ticking(waiting)
        self._on_tick()

    # --- Other ways ---

    def _other_with(self, known: SessionInfo) -> SessionInfo | None:
        """The open session that has the address of this one."""
        if known.choice is None:
            return None
        port = known.choice.address.port
        for other in self._model:
            same = other.is_udp == known.is_udp and other.parent is None
            if same and other.is_live and other.local is not None and other.local.port == port:
                return other
        return None

    def _next_port(self, known: SessionInfo) -> int:
        """The port after the one that is taken; 0 where the session has no port of its own to choose."""
        if known.choice is None or known.role not in OWN_ADDRESS:
            return 0
        port = known.choice.address.port
        return port + 1 if 0 < port < LAST_PORT else 0

    def _open_at(self, known: SessionInfo, port: int) -> None:
        if known.choice is not None:
            self._model.forget(known.session)
            self._sessions.open(replace(known.choice, port=str(port)))


def _holder(known: SessionInfo) -> PortHolder | None:
    if known.fault is None or known.fault.kind is not FaultKind.ADDRESS_IN_USE:
        return None
    try:
        return PortHolder(str(known.fault.params.get("holder", "")))
    except ValueError:
        return None
