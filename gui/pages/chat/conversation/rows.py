"""Stored messages as bubbles, fetched only for what is in view. No tkinter here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gui.pages.chat import words
from gui.pages.chat.files.transfer_rows import FileFacts, left_text
from gui.pages.chat.model import ChatModel
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.bubbles import BubbleRow
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import MessageState, Proof, TransferStage

if TYPE_CHECKING:
    from net.chat.history import HistoryReader, MessageRow


@dataclass(frozen=True)
class ChatRow(BubbleRow):
    """``message``: its id; ``quote``: the beginning of the message it replies to."""

    message: str = ""
    quote: str = ""
    file: FileFacts | None = None


_RUNNING = (
    TransferStage.RUNNING,
    TransferStage.PAUSED_HERE,
    TransferStage.PAUSED_THERE,
    TransferStage.WAITING,
)


class HistoryRows:
    """The rows of one conversation. `recount` asks the history how many there are; in between the number
    stays the same, so that the list does not change while it is painted."""

    def __init__(self, reader: HistoryReader, model: ChatModel, conversation: Conversation) -> None:
        self.conversation = conversation
        self._reader = reader
        self._model = model
        self._count = 0
        self.recount()

    def recount(self) -> None:
        self._count = self._reader.count(self.conversation)

    def count(self) -> int:
        return self._count

    def fetch(self, start: int, stop: int) -> Sequence[ChatRow]:
        return [self._shaped(row) for row in self._reader.fetch(self.conversation, start, stop)]

    def _shaped(self, row: MessageRow) -> ChatRow:
        file = self._file(row) if row.transfer else None
        return chat_row(row, file, self._model.name_of(row.author, row.name) if row.incoming else "")

    def _file(self, row: MessageRow) -> FileFacts | None:
        live = self._model.transfers.get(row.transfer)
        stored = self._reader.transfer(row.transfer)
        known = live or stored
        if known is None:
            return None
        size = wording.size_text(known.size)
        stage = words.stage_text(known.stage, known.incoming)
        share = -1.0
        if known.stage in _RUNNING:
            share = known.done / known.size if known.size else 1.0
            size = f"{wording.size_text(known.done)} / {size}"
        if live is not None and live.stage is TransferStage.RUNNING:
            stage = wording.rate_text(live.rate)
            if live.seconds_left is not None:
                stage += " · " + _("{time} left").format(time=left_text(live.seconds_left))
        about = f"{size} · {stage}"
        if known.count > 1:
            about = f"{wording.count_text(known.count)} × · {about}"
        preview = stored.preview if stored is not None and stored.picture else b""
        return FileFacts(
            transfer=row.transfer,
            title=known.title,
            about=about,
            stage=known.stage,
            incoming=known.incoming,
            share=share,
            preview=preview,
            left_out=known.left_out,
        )


def chat_row(row: MessageRow, file: FileFacts | None = None, name: str = "") -> ChatRow:
    """One message as a bubble; ``name``: the author's, if it differs from the one stored in the row."""
    meta = words.state_text(row.state, row.recipients, row.delivered, row.displayed)
    if row.announcement and row.conversation != EVERYBODY:
        meta = " ".join(part for part in (_("announcement"), meta) if part)
    if row.path and row.state is not MessageState.QUEUED and not row.incoming:
        meta = f"{meta} · {row.path}"
    meta = " · ".join(part for part in (meta, words.proof_text(row.proof)) if part)
    doubtful = row.state is MessageState.REFUSED or row.proof is Proof.FORGED
    seconds, rest = divmod(row.time, 1_000_000_000)
    return ChatRow(
        key=int(row.message[:14] or "0", 16),
        side="in" if row.incoming else "out",
        text=row.text or (file.title if file is not None else ""),
        time=datetime.fromtimestamp(seconds).replace(microsecond=rest // 1000),
        author=name or row.name or "?" if row.incoming else "me",
        tone="warn" if doubtful else "normal",
        meta=meta,
        message=row.message,
        quote=row.quote,
        file=file,
    )
