"""Links: at most one link to each person, dialled again for as long as there is a reason to. NetThread
only.

There is a reason while discovery sees the person, something waits for them, or the user asked for them. With
more than EAGER people linked only the last two count, so that a large LAN costs no thousand connections.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from net.address import Address
from net.chat.events import PresenceState
from net.chat.identity import Identity
from net.chat.people import Contact, People
from net.chat.tasks import Tasks
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.dialling import DialError
from net.chat.wires.duplex.doors import Doors
from net.chat.wires.duplex.link import PING_EVERY, Link, keeps_old
from net.chat.wires.duplex.local_side import Directory
from net.chat.wires.duplex.pairing import Paired, PairingError

EAGER = 200
"""People linked at once above which one is dialled only where there is something to say."""

DIALS_AT_ONCE = 16

FIRST_RETRY = 0.5
MOST_RETRY = 30.0
"""Seconds before the next attempt: doubled each time, with jitter."""

LEFT_RETRY = 2.0
"""Seconds after the other said that it goes."""

REFUSED_RETRY = 120.0
"""Seconds where the other does not want us, or speaks another version."""

SILENT = PING_EVERY * 1.5
"""Seconds of silence after which a link gives way to any newer one."""

DUPLICATE_RETRY = 2.0
"""Seconds until it is looked whether the link that the other preferred really stands."""

LARGER_WAITS = 0.25
"""Seconds that the larger identity waits, so that both do not dial at the same moment."""

logger = logging.getLogger("duplex.chat")


@dataclass(slots=True)
class _Attempts:
    task: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = None
    failures: int = 0
    wanted: bool = False


class Links:
    """``on_up(contact, link)`` and ``on_down(contact, link)`` come in pairs; a link that is replaced is
    reported down before the new one is reported up. ``on_paired`` and ``on_update`` as in `Doors`.

    ``doors``: what the links go through; whoever makes `Links` opens and closes them. ``dials``: those under
    way."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        identity: Identity,
        directory: Directory,
        people: People,
        *,
        on_up: Callable[[Contact, Link], object],
        on_down: Callable[[Contact, Link], object],
        on_paired: Callable[[Paired, Address, bool], object],
        on_update: Callable[[bytes, str, bool], object],
    ) -> None:
        self.doors = Doors(loop, identity, directory, self.linked, self._paired, on_update)
        self.dials = Tasks(loop)
        self._loop = loop
        self._identity = identity.hex
        self._people = people
        self._on_up = on_up
        self._on_down = on_down
        self._on_paired = on_paired
        self._reasons: list[Callable[[str], bool]] = []
        self._attempts: dict[str, _Attempts] = {}
        self._turns = asyncio.Semaphore(DIALS_AT_ONCE)
        self._links: dict[Contact, Link] = {}
        self._stopped = False

    def add_reason(self, reason: Callable[[str], bool]) -> None:
        """``reason(identity)``: whether a link to this person is wanted, however many there are."""
        self._reasons.append(reason)

    def want(self, contact: Contact, now: bool = False) -> None:
        """Dial where there is a reason; ``now``: without the wait after a failure, because something
        changed."""
        attempts = self._attempts.setdefault(contact.identity, _Attempts())
        attempts.wanted = attempts.wanted or now
        if now:
            attempts.failures = 0
            if attempts.timer is not None:
                attempts.timer.cancel()
                attempts.timer = None
        if attempts.task is None and attempts.timer is None and self._has_reason(contact, attempts):
            # Both see each other at the same moment: one of them dials first.
            larger = self._identity > contact.identity and contact.seen
            self._later(contact, attempts, LARGER_WAITS if larger else 0.0)

    def linked(self, link: Link) -> None:
        """`Doors` made a link."""
        contact = self._people.get(link.identity.hex())
        if self._stopped or contact is None or not contact.may_talk:
            link.close("leaving" if self._stopped else "blocked")
            return
        old = self._links.get(contact)
        if old is not None:
            mine = bytes.fromhex(self._identity)
            # A peer that lost its network or its power may be back before the old link is known to be dead.
            alive = old.is_open and old.silence < SILENT
            if alive and keeps_old(mine, link.identity, old.outgoing, link.outgoing):
                link.close("duplicate")
                return
            self._release(contact, old, CloseKind.DUPLICATE, "")
            old.close("duplicate")
        contact.line = self._links[contact] = link
        attempts = self._attempts.get(contact.identity)
        if attempts is not None:
            attempts.failures, attempts.wanted = 0, False
            if attempts.timer is not None:
                attempts.timer.cancel()
                attempts.timer = None
        link.on_closed = lambda closed, kind, detail: self._closed(contact, closed, kind, detail)
        self._on_up(contact, link)

    def cut(self, identity: str, reason: str) -> None:
        """End the link, and dial no more for now."""
        attempts = self._attempts.pop(identity, None)
        if attempts is not None:
            if attempts.timer is not None:
                attempts.timer.cancel()
            if attempts.task is not None:
                attempts.task.cancel()
        contact = self._people.get(identity)
        link = self._links.get(contact) if contact is not None else None
        if contact is not None and link is not None:
            self._release(contact, link, CloseKind.BY_ME, reason)
            link.close(reason)

    async def stop(self) -> None:
        """Dial no more and say Bye on every link."""
        self._stopped = True
        for attempts in self._attempts.values():
            if attempts.timer is not None:
                attempts.timer.cancel()
        await self.dials.stop()
        for contact, link in list(self._links.items()):
            self._release(contact, link, CloseKind.BY_ME, "leaving")
            link.close("leaving")

    # --- Inside ---

    def _paired(self, paired: Paired, address: Address, incoming: bool) -> None:
        self._on_paired(paired, address, incoming)
        contact = self._people.get(paired.identity.hex())
        if not incoming and contact is not None and contact.may_talk:
            self.want(contact)

    def _has_reason(self, contact: Contact, attempts: _Attempts) -> bool:
        if self._stopped or contact.line is not None or contact.is_refused:
            return False
        if attempts.wanted or any(reason(contact.identity) for reason in self._reasons):
            return bool(contact.places())
        return bool(contact.seen) and len(self._links) < EAGER

    def _later(self, contact: Contact, attempts: _Attempts, delay: float) -> None:
        def begin() -> None:
            attempts.timer = None
            if attempts.task is None and self._has_reason(contact, attempts):
                attempts.task = self.dials.spawn(self._dial(contact, attempts))

        attempts.timer = self._loop.call_later(delay, begin)

    async def _dial(self, contact: Contact, attempts: _Attempts) -> None:
        delay = 0.0
        try:
            async with self._turns:
                if contact.presence is PresenceState.OFFLINE:
                    self._people.set_presence(contact, PresenceState.CONNECTING)
                await self._reach(contact, contact.places())
        except PairingError as error:
            if error.kind in ("blocked", "version"):
                delay = REFUSED_RETRY
        except DialError as error:
            logger.debug("%s: %s", contact.identity[:8], error)
            if error.kind in (CloseKind.VERSION, CloseKind.IMPOSTOR) or error.detail == "blocked":
                delay = REFUSED_RETRY
        finally:
            attempts.task = None
            if contact.line is None and contact.presence is PresenceState.CONNECTING:
                self._people.set_presence(contact, PresenceState.OFFLINE)
        if contact.line is None and self._attempts.get(contact.identity) is attempts:
            attempts.failures += 1
            attempts.wanted = attempts.wanted and attempts.failures < 3
            delay = delay or min(MOST_RETRY, FIRST_RETRY * 2 ** min(attempts.failures - 1, 10))
            if self._has_reason(contact, attempts):
                self._later(contact, attempts, delay * random.uniform(0.8, 1.2))

    async def _reach(self, contact: Contact, places: Sequence[Address]) -> None:
        """Pair where that was not done, or where the other has forgotten it; then talk."""
        doors, identity = self.doors, bytes.fromhex(contact.identity)
        if not contact.is_known:
            await doors.dial_pair(places, identity)
            if not contact.may_talk:
                return
        try:
            await doors.dial_talk(places, identity)
        except DialError as error:
            if error.kind is not CloseKind.REFUSED or contact.line is not None or not contact.may_talk:
                raise
            await doors.dial_pair(places, identity)
            if contact.may_talk and contact.line is None:
                await doors.dial_talk(places, identity)

    def _closed(self, contact: Contact, link: Link, kind: CloseKind, detail: str) -> None:
        if self._links.get(contact) is not link:
            return
        self._release(contact, link, kind, detail)
        attempts = self._attempts.setdefault(contact.identity, _Attempts())
        if self._stopped or attempts.timer is not None or attempts.task is not None:
            return
        # Both lost it at the same moment: whoever dialled last time dials first.
        delay = FIRST_RETRY / 5 if link.outgoing else FIRST_RETRY / 5 + LARGER_WAITS
        if kind is CloseKind.BYE:
            delay = REFUSED_RETRY if detail == "blocked" else LEFT_RETRY
        elif kind is CloseKind.DUPLICATE:
            delay = DUPLICATE_RETRY
        self._later(contact, attempts, delay)

    def _release(self, contact: Contact, link: Link, kind: CloseKind, detail: str) -> None:
        link.on_message = lambda link, message: None
        link.on_data = lambda link, channel, data: None
        link.on_taken = lambda link: None
        link.on_drained = lambda link: None
        link.on_closed = lambda link, kind, detail: None
        contact.line = None
        del self._links[contact]
        logger.debug("%s: %s %s", link, kind.value, detail)
        self._on_down(contact, link)
