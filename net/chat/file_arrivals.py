"""Files and folders that others offer, and accepting them. NetThread only."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from net.chat.commands import SetReceiving
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import TransferStage, Trust
from net.chat.history import FollowUp, HistoryStore, NewMessage, StoreAction, TransferRecord
from net.chat.inbox import Inbox
from net.chat.rooms import Rooms
from net.chat.transfer import Transfers, checked_preview
from net.protocol.chat.cleaning import visible
from net.protocol.chat.filenames import safe_component
from net.protocol.chat.messages import Offer, TransferState

MAX_OFFERED = 500
"""Offers of one person that the user has not decided; further ones are declined, or they would fill the
memory."""


class FileArrivals:
    """``downloads``: the folder for what is accepted without another; ``accept_verified``: take what verified
    people offer without asking."""

    def __init__(
        self,
        context: ChatContext,
        inbox: Inbox,
        rooms: Rooms,
        transfers: Transfers,
        downloads: Path,
        accept_verified: bool,
    ) -> None:
        self._context = context
        self._rooms = rooms
        self._transfers = transfers
        self._downloads = downloads
        self._accept_verified = accept_verified
        inbox.on_body(Offer, self._take_offer)

    def set_receiving(self, command: SetReceiving) -> None:
        self._downloads, self._accept_verified = command.downloads, command.accept_verified

    def accept(self, transfer: str, folder: Path | None = None) -> None:
        """``folder``: where it goes instead of the downloads."""
        self._transfers.accept(transfer, folder or self._downloads)

    def _take_offer(self, identity: str, offer: Offer) -> StoreAction | None:
        """An Offer out of an envelope."""
        context = self._context
        room = offer.room.hex()
        if room and not self._rooms.is_member(room, identity):
            return None
        conversation = Conversation.room(room) if room else Conversation.person(identity)
        contact = context.people.get(identity)
        record = _record_of(identity, conversation, offer, time.time_ns())
        new = NewMessage(
            message=record.message,
            author=identity,
            name=contact.name if contact is not None else "",
            text=record.title,
            time=record.time,
            sent=offer.time,
            transfer=record.transfer,
        )

        def declined() -> None:
            line = contact.line if contact is not None else None
            if line is not None:
                line.send(TransferState(transfer=offer.id, state="declined"))

        def action(store: HistoryStore) -> FollowUp | None:
            if store.transfers.get(record.transfer) is not None:
                # Its id is the sender's choice: it may be that of another transfer.
                return None
            if store.transfers.offered_by(identity, MAX_OFFERED) >= MAX_OFFERED:
                return declined
            row = store.messages.add(conversation, new, True)
            if row is None:
                return None
            kept = replace(record, preview=checked_preview(record.preview))
            store.transfers.save(kept)
            count = store.messages.count(conversation)

            def report() -> None:
                # The offer first: whoever sees its message may accept it at once.
                self._take_up(kept)
                context.added(row)
                context.counted(count)

            return report

        return action

    def _take_up(self, record: TransferRecord) -> None:
        self._transfers.take_offer(record)
        contact = self._context.people.get(record.identity)
        if self._accept_verified and contact is not None and contact.trust is Trust.VERIFIED:
            transfer = self._transfers.get(record.transfer)
            if transfer is not None and transfer.stage is TransferStage.OFFERED:
                self.accept(record.transfer)


def _record_of(identity: str, conversation: Conversation, offer: Offer, now: int) -> TransferRecord:
    """What is kept of an offer; ``now`` in ns."""
    transfer = offer.id.hex()
    return TransferRecord(
        transfer=transfer,
        group=transfer,
        conversation=conversation,
        identity=identity,
        incoming=True,
        title=safe_component(visible(offer.title)),
        count=offer.count,
        size=offer.size,
        picture=offer.picture,
        preview=offer.preview,
        message=transfer,
        time=now,
    )
