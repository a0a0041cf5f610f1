"""Pictures: what people chose to be shown with; ours goes to whoever asks, theirs lie in the profile.

In a hello and in each presence stands the SHA-256 of one's picture; whoever does not have it asks for it.
NetThread only; files go to executors.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import time
from pathlib import Path

from net.chat.inbox import Inbox, LineObserver
from net.chat.limits import RateLimit
from net.chat.line import Line
from net.chat.people import Contact, People, PeopleObserver
from net.chat.tasks import Tasks
from net.protocol.chat.pictures import Picture, PictureError, PictureWanted, picture_size

FOLDER = "pictures"
BURST, PER_SECOND = 10, 1 / 60
"""Pictures that one person is asked for: who changes it all the time keeps the one that we have."""

_NAME_DIGITS = 16

logger = logging.getLogger("duplex.chat")


class Pictures(LineObserver, PeopleObserver):
    """``folder``: the profile. A picture's file is called by its person and its digest."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        people: People,
        inbox: Inbox,
        tasks: Tasks,
        folder: Path,
        own: bytes,
    ) -> None:
        self._loop = loop
        self._people = people
        self._folder = folder / FOLDER
        self._own = b""
        self._digest = b""
        self._digests: dict[str, bytes] = {}
        self._wanted: dict[str, bytes] = {}
        self._given: dict[str, bytes] = {}
        self._limit = RateLimit(PER_SECOND, BURST)
        self._tasks = tasks
        self.set_own(own)
        inbox.on_message(PictureWanted, self._asked)
        inbox.on_message(Picture, self._arrived)
        inbox.watch(self)
        people.watch(self)

    @property
    def digest(self) -> bytes:
        """Of our own picture, as it stands in hello and presence; b"" for none."""
        return self._digest

    def set_own(self, data: bytes) -> None:
        """Be shown with this from now on. What is no picture by `picture_size` counts as none."""
        try:
            if data:
                picture_size(data)
        except PictureError as error:
            logger.warning("own picture: %s", error)
            data = b""
        self._own, self._digest = data, hashlib.sha256(data).digest() if data else b""

    async def load(self) -> None:
        """Give those known theirs, and remove the files of those forgotten. Once, before the first line."""
        known = {one.identity for one in self._people.contacts.values() if one.is_known}
        found = await self._loop.run_in_executor(None, _found, self._folder, known)
        for identity, path in found.items():
            self._people.of(identity).picture = path

    def opened(self, contact: Contact, line: Line) -> None:
        for known in (self._given, self._wanted):
            known.pop(contact.identity, None)
        self.announced(contact, line, line.peer_hello.picture)

    def announced(self, contact: Contact, line: Line, digest: bytes) -> None:
        """In a hello or presence: this is the digest of their picture; b"": they have none."""
        identity = contact.identity
        self._digests[identity] = digest
        if not digest:
            self._put(contact, "")
        elif len(digest) == 32 and digest != self._wanted.get(identity):
            if contact.picture == str(self._path(identity, digest)):
                return
            if self._limit.allows(identity, time.monotonic()):
                self._wanted[identity] = digest
                line.send(PictureWanted(digest=digest))

    def forgotten(self, contact: Contact) -> None:
        """Their picture goes with them."""
        for known in (self._digests, self._wanted, self._given):
            known.pop(contact.identity, None)
        self._limit.forget(contact.identity)
        self._put(contact, "")

    def _asked(self, contact: Contact, line: Line, message: PictureWanted) -> None:
        # Each only once on a line: asking again and again must not make us send without end.
        if self._own and message.digest == self._digest != self._given.get(contact.identity):
            self._given[contact.identity] = self._digest
            line.send(Picture(data=self._own))

    def _arrived(self, contact: Contact, line: Line, message: Picture) -> None:
        data = message.data
        digest = self._wanted.get(contact.identity, b"")
        if hashlib.sha256(data).digest() != digest:
            logger.debug("a picture of %s that was not asked for", contact.identity[:8])
            return
        try:
            picture_size(data)
        except PictureError as error:
            logger.debug("the picture of %s: %s", contact.identity[:8], error)
            return
        self._tasks.spawn(self._keep(contact, digest, data))

    async def _keep(self, contact: Contact, digest: bytes, data: bytes) -> None:
        path = self._path(contact.identity, digest)
        try:
            await self._loop.run_in_executor(None, _write, path, data)
        except OSError as error:
            logger.warning("%s: %s", path, error)
            return
        # Meanwhile they may have taken another, or have been forgotten.
        if self._digests.get(contact.identity) == digest:
            self._put(contact, str(path))
        else:
            self._loop.run_in_executor(None, _remove, str(path))

    def _put(self, contact: Contact, path: str) -> None:
        before, contact.picture = contact.picture, path
        if before == path:
            return
        if before:
            self._loop.run_in_executor(None, _remove, before)
        if self._people.get(contact.identity) is contact:
            self._people.changed(contact)

    def _path(self, identity: str, digest: bytes) -> Path:
        return self._folder / f"{identity}-{digest.hex()[:_NAME_DIGITS]}"


def _found(folder: Path, known: set[str]) -> dict[str, str]:
    """The pictures of those ``known``; all else in the folder goes."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir()):
            identity = path.name.partition("-")[0]
            if identity in known and identity not in found and not path.suffix:
                found[identity] = str(path)
            else:
                _remove(str(path))
    return found


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(data)
    os.replace(part, path)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
