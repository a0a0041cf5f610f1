"""Files between people and into rooms: offering, accepting and steering them. `net.chat.transfer` carries
them; what is offered travels through the outbox and is shown by a message. NetThread only."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from net.chat.commands import (
    AcceptTransfer,
    CancelTransfer,
    DeclineTransfer,
    OfferFiles,
    PauseTransfer,
    ResumeTransfer,
    SetReceiving,
    WatchItems,
)
from net.chat.context import ChatContext
from net.chat.events import ChatFault, TransferStage, Trust
from net.chat.history import (
    FollowUp,
    HistoryStore,
    ItemProgress,
    ItemRecord,
    MessageRow,
    NewMessage,
    StoreAction,
    TransferRecord,
)
from net.chat.ids import new_id
from net.chat.inbox import Inbox, LineObserver
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.transfer import TRANSFER_MESSAGES, LeftOut, Scan, Transfers, checked_preview
from net.chat.troubles import Trouble, trouble
from net.events import Fault, FaultKind
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.filenames import safe_component
from net.protocol.chat.messages import Offer, TransferState, Wire

T = TypeVar("T")


class RoomPeople(Protocol):
    def peers(self, room: str) -> list[str]:
        """Identities of the other members."""

    def is_member(self, room: str, identity: str) -> bool: ...


MAX_OFFERED = 500
"""Offers of one person that the user has not decided; further ones are declined, or they would fill the
memory."""


class Files(LineObserver):
    """``downloads``: the folder for what is accepted without another; ``accept_verified``: take what verified
    people offer without asking."""

    def __init__(
        self, context: ChatContext, inbox: Inbox, rooms: RoomPeople, downloads: Path, accept_verified: bool
    ) -> None:
        self._context = context
        self._rooms = rooms
        self._downloads = downloads
        self._accept_verified = accept_verified
        store = _Store(context)
        self._transfers = Transfers(context.loop, store, context.emit, context.emit)
        inbox.on_body(Offer, self._take_offer)
        inbox.on_messages(TRANSFER_MESSAGES, self._take)
        inbox.watch(self)

    async def load(self) -> None:
        await self._transfers.load()
        for transfer in self._transfers.open():
            self._context.emit(transfer)

    async def stop(self) -> None:
        await self._transfers.stop()

    def set_receiving(self, command: SetReceiving) -> None:
        self._downloads, self._accept_verified = command.downloads, command.accept_verified

    # --- Lines ---

    def opened(self, contact: Contact, line: Line) -> None:
        identity = contact.identity
        line.on_data = lambda line, channel, data: self._transfers.take_data(identity, channel, data)
        self._transfers.attach(identity, line)

    def closed(self, contact: Contact, line: Line) -> None:
        self._transfers.detach(contact.identity)

    def drained(self, contact: Contact) -> None:
        self._transfers.drained(contact.identity)

    def _take(self, contact: Contact, line: Line, message: Wire) -> None:
        self._transfers.take(contact.identity, message)

    # --- Commands ---

    def offer(self, command: OfferFiles) -> None:
        kind, _, id = command.conversation.partition(":")
        if kind == "r":
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
        self._context.tasks.spawn(self._offer(command, peers, id if kind == "r" else ""))

    async def _offer(self, command: OfferFiles, peers: Sequence[str], room: str) -> None:
        found = await self._transfers.scan(tuple(command.paths))
        for left_out in found.left_out[:20]:
            self._context.emit(_left_out(left_out, command.conversation))
        if not found.items:
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
        self, conversation: str, offer: Offer, peer: str, message: str, found: Scan, first: bool
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

    def accept(self, command: AcceptTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.accept(command.transfer, command.folder or self._downloads)

    def decline(self, command: DeclineTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.decline(command.transfer)

    def pause(self, command: PauseTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.pause(command.transfer)

    def resume(self, command: ResumeTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.resume(command.transfer)

    def cancel(self, command: CancelTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.cancel(command.transfer)

    def watch_items(self, command: WatchItems) -> None:
        if command.watching:
            self._transfers.watches.watch(command.transfer)
        else:
            self._transfers.watches.unwatch(command.transfer)

    def _known(self, transfer: str) -> bool:
        if self._transfers.get(transfer) is not None:
            return True
        self._context.emit(trouble(Trouble.TRANSFER_UNKNOWN, detail=transfer))
        return False

    # --- Offers that arrive ---

    def _take_offer(self, identity: str, offer: Offer) -> StoreAction | None:
        """An Offer out of an envelope."""
        context = self._context
        room = offer.room.hex()
        if room and not self._rooms.is_member(room, identity):
            return None
        conversation = f"r:{room}" if room else f"p:{identity}"
        contact = context.people.get(identity)
        name = contact.name if contact is not None else ""
        transfer = offer.id.hex()
        title = clean_name(safe_component(offer.title))
        now = time.time_ns()
        record = TransferRecord(
            transfer=transfer,
            group=transfer,
            conversation=conversation,
            identity=identity,
            incoming=True,
            title=title,
            count=offer.count,
            size=offer.size,
            picture=offer.picture,
            preview=offer.preview,
            message=transfer,
            time=now,
        )
        new = NewMessage(
            message=transfer,
            author=identity,
            name=name,
            text=title,
            time=now,
            sent=offer.time,
            transfer=transfer,
        )

        def declined() -> None:
            line = contact.line if contact is not None else None
            if line is not None:
                line.send(TransferState(transfer=offer.id, state="declined"))

        def action(store: HistoryStore) -> FollowUp | None:
            if store.transfers.get(transfer) is not None:
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
                context.added(row)
                context.counted(count)
                context.tasks.spawn(self._take_up(kept))

            return report

        return action

    async def _take_up(self, record: TransferRecord) -> None:
        await self._transfers.take_offer(record)
        contact = self._context.people.get(record.identity)
        if self._accept_verified and contact is not None and contact.trust is Trust.VERIFIED:
            transfer = self._transfers.get(record.transfer)
            if transfer is not None and transfer.stage is TransferStage.OFFERED:
                self._transfers.accept(record.transfer, self._downloads)


class _Store:
    """`TransferStore` in the history."""

    def __init__(self, context: ChatContext) -> None:
        self._context = context

    def save(self, record: TransferRecord) -> None:
        self._context.history.submit(lambda store: store.transfers.save(record))

    def add_items(self, owner: str, items: Sequence[ItemRecord]) -> None:
        kept = tuple(items)
        self._context.history.submit(lambda store: store.transfers.add_items(owner, kept))

    def save_progress(self, transfer: str, progress: Sequence[ItemProgress]) -> Awaitable[None]:
        kept = tuple(progress)
        return self._context.on_disk(lambda store: store.transfers.save_progress(transfer, kept))

    def get(self, transfer: str) -> Awaitable[TransferRecord | None]:
        return self._context.on_disk(lambda store: store.transfers.get(transfer))

    def open(self) -> Awaitable[list[TransferRecord]]:
        return self._context.on_disk(lambda store: store.transfers.open())

    def items(self, owner: str) -> Awaitable[list[ItemRecord]]:
        return self._context.on_disk(lambda store: store.transfers.items(owner))

    def progress(self, transfer: str) -> Awaitable[list[ItemProgress]]:
        return self._context.on_disk(lambda store: store.transfers.progress(transfer))


def _left_out(left_out: LeftOut, conversation: str) -> ChatFault:
    fault = Fault(FaultKind.FILE_UNREADABLE, {"path": str(left_out.path), "detail": left_out.reason})
    return ChatFault(fault, conversation, "", {"reason": left_out.reason})
