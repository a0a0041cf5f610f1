"""What members of a hosted room learn of each other: who came, who left, who has another name or state."""

from __future__ import annotations

from net.chat.context import ChatContext
from net.chat.events import RoomMember, RoomMembersChanged
from net.chat.rooms.readers import Readers
from net.protocol.chat.frames import encode_many
from net.protocol.chat.room_messages import MemberChanged

NEWS_DELAY = 0.1
"""Seconds in which members' comings and goings are gathered: a thousand that come at once are sent
together."""


class MemberNews:
    """To the readers of ``room``, and to the views."""

    def __init__(self, context: ChatContext, room: str, readers: Readers) -> None:
        self._context = context
        self._room = room
        self._readers = readers
        self._news: dict[str, MemberChanged] = {}

    def add(self, news: MemberChanged) -> None:
        """Of one member the latest news count."""
        if not self._news:
            self._context.loop.call_later(NEWS_DELAY, self._send)
        self._news[news.member.identity.hex()] = news

    def _send(self) -> None:
        news, self._news = self._news, {}
        self._readers.write(encode_many(list(news.values())))
        changed = tuple(
            RoomMember(
                identity=identity,
                name=one.member.name,
                colour=one.member.colour,
                state=one.member.state,
                muted=one.member.muted,
            )
            for identity, one in news.items()
            if not one.gone
        )
        gone = tuple(identity for identity, one in news.items() if one.gone)
        self._context.emit(RoomMembersChanged(self._room, changed, gone))
