"""What arrives for an item, and writing it: one hand-over to a thread for many pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from net.chat.transfer.faults import TransferError, TransferFault
from net.chat.transfer.received_file import ReceivedFile


@dataclass(eq=False, slots=True)
class ItemRequest:
    """An item that was asked for, under this ``number``. ``position``: bytes that arrived, with those that
    were there; ``size`` and ``modified`` as `Begin` said; ``channel`` -1 before it; ``ended``: its End or
    Missing arrived; ``error``: it failed here, and what still arrives of it is dropped."""

    number: int
    index: int
    part: ReceivedFile
    position: int = 0
    size: int = 0
    modified: int = 0
    channel: int = -1
    ended: bool = False
    error: TransferError | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """``data``; or the ``digest`` at the end; or why it is ``missing``."""

    request: ItemRequest
    data: bytes | bytearray = b""
    digest: bytes = b""
    missing: str = ""


@dataclass(slots=True)
class WriteOutcome:
    """``ended``: nothing more comes for it."""

    request: ItemRequest
    ended: bool = False
    digest: bytes = b""


def write_arrivals(arrivals: Sequence[Arrival]) -> list[WriteOutcome]:
    """One outcome for each item among ``arrivals``, in their order. Blocks; raises nothing."""
    outcomes: list[WriteOutcome] = []
    blocks: list[bytes | bytearray] = []
    for number, arrival in enumerate(arrivals):
        if not outcomes or outcomes[-1].request is not arrival.request:
            outcomes.append(WriteOutcome(arrival.request))
        outcome = outcomes[-1]
        if arrival.data:
            blocks.append(arrival.data)
        following = arrivals[number + 1] if number + 1 < len(arrivals) else None
        if following is None or following.request is not arrival.request or not following.data:
            _write(outcome, blocks)
            blocks = []
        if arrival.digest:
            _check(outcome, arrival.digest)
        elif arrival.missing:
            outcome.ended = True
            arrival.request.part.discard()
            arrival.request.error = TransferError(_fault(arrival.missing))
    return outcomes


def _write(outcome: WriteOutcome, blocks: Sequence[bytes | bytearray]) -> None:
    if blocks and outcome.request.error is None:
        try:
            outcome.request.part.write(blocks)
        except TransferError as error:
            outcome.request.error = error


def _check(outcome: WriteOutcome, digest: bytes) -> None:
    outcome.ended = True
    outcome.digest = digest
    if outcome.request.error is None:
        try:
            outcome.request.part.check(digest, outcome.request.size)
        except TransferError as error:
            outcome.request.error = error


def _fault(reason: str) -> TransferFault:
    try:
        return TransferFault(reason)
    except ValueError:
        return TransferFault.UNREADABLE


def close_parts(held: Iterable[ItemRequest]) -> None:
    for request in held:
        request.part.close()


def discard_parts(parts: Iterable[ReceivedFile]) -> None:
    for part in parts:
        part.discard()


def land_all(outcomes: list[WriteOutcome]) -> list[Path | TransferError]:
    landed: list[Path | TransferError] = []
    for outcome in outcomes:
        try:
            landed.append(outcome.request.part.land(outcome.request.modified))
        except TransferError as error:
            landed.append(error)
    return landed
