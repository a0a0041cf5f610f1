"""Files and folders that this user offers, to a person or into a room. NetThread only.

Each receiver gets an offer of its own through the outbox; one message shows them all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from net.chat.commands import OfferFiles
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import OfferFailed
from net.chat.history import FollowUp, HistoryStore, MessageRow, NewMessage, TransferRecord
from net.chat.ids import new_id
from net.chat.rooms import Rooms
from net.chat.transfer import Scan, Transfers
from net.chat.troubles import Trouble, trouble
from net.protocol.chat.messages import Offer


class FileOffers:
    def __init__(self, context: ChatContext, rooms: Rooms, transfers: Transfers) -> None:
        self._context = context
        self._rooms = rooms
        self._transfers = transfers

    def offer(self, command: OfferFiles) -> None:
        in_room, id = command.conversation.is_room, command.conversation.id
        if in_room:
            peers = self._rooms.peers(id)
            if not peers:
                self._context.emit(trouble(Trouble.NO_ONE_VISIBLE, command.conversation, offline=True))
                return
        else:
            contact = self._context.people.get(id)
            if contact is None or contact.is_refused:
                reason = Trouble.PERSON_UNKNOWN if contact is None else Trouble.PERSON_BLOCKED
                self._context.emit(trouble(reason, command.conversation, id))
                return
            peers = [id]
        self._context.tasks.spawn(self._offer(command, peers, id if in_room else ""))

    async def _offer(self, command: OfferFiles, peers: Sequence[str], room: str) -> None:
        found = await self._transfers.scan(tuple(command.paths))
        if not found.items:
            self._context.emit(OfferFailed(command.conversation, command.group, found.left_out))
            return
        message = new_id()
        now = time.time_ns()
        preview = b""
        for place, peer in enumerate(peers):
            transfer = message if place == 0 else new_id()
            record = TransferRecord(
                transfer=transfer,
                group=command.group,
                conversation=command.conversation,
                identity=peer,
                incoming=False,
                title=found.title,
                count=0,
                size=0,
                picture=command.picture,
                preview=preview,
                message=message,
                time=now,
            )
            offer = await self._transfers.offer(record, found, bytes.fromhex(room))
            preview = offer.preview
            await self._send(command.conversation, offer, peer, message, found, first=place == 0)

    async def _send(
        self, conversation: Conversation, offer: Offer, peer: str, message: str, found: Scan, first: bool
    ) -> None:
        """The message that shows the offer, once, and the offer itself."""
        context = self._context
        new = NewMessage(
            message=message,
            author=context.identity,
            name=context.name,
            text=found.title,
            sent=offer.time,
            transfer=offer.id.hex(),
        )
        carried = message if not offer.room else ""

        def work(store: HistoryStore) -> tuple[MessageRow | None, FollowUp]:
            row = store.messages.add(conversation, new, False) if first else None
            return row, context.enqueue(store, [peer], offer, carried)

        row, effect = await context.on_disk(work)
        if row is not None:
            context.added(row)
        effect()
