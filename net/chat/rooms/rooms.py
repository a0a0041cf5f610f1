"""Rooms: none yet."""

from __future__ import annotations

from net.chat.commons import Commons
from net.chat.conversing import Conversing
from net.chat.delivery import Deed
from net.chat.history import HistoryStore
from net.chat.link import Link
from net.chat.people import Contact
from net.chat.telling import Trouble, trouble
from net.protocol.chat.messages import Wire


class Rooms:
    def __init__(self, commons: Commons, conversing: Conversing) -> None:
        self._commons = commons

    def read(self, store: HistoryStore) -> None: ...
    def load(self, rooms: None) -> None: ...
    def tell_all(self) -> None: ...
    def peers(self, room: str) -> list[str]:
        return []
    def is_member(self, room: str, identity: str) -> bool:
        return False
    def linked(self, identity: str, link: Link) -> None: ...
    def unlinked(self, identity: str) -> None: ...
    def drained(self, identity: str) -> None: ...
    def own_presence_changed(self) -> None: ...
    def presence_changed(self, contact: Contact) -> None: ...
    def take(self, identity: str, link: Link, message: Wire) -> None: ...
    def plan(self, identity: str, body: Wire) -> Deed | None:
        return None
    def _no(self, command: object) -> None:
        self._commons.tell(trouble(Trouble.ROOM_UNKNOWN))
    create = join = leave = set = mute = remove = hand_over = list_members = send = _no
