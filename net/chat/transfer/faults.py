"""Why a transfer or one of its items failed: the words of the wire, which the gui turns into sentences."""

from __future__ import annotations

import errno
from enum import Enum


class TransferFault(str, Enum):
    DELETED = "deleted"  # the file is no longer at the sender's
    CHANGED = "changed"  # it changed since it was offered, or while it was sent
    UNREADABLE = "unreadable"  # the sender may not read it
    DISK_FULL = "disk_full"  # the receiver's
    READ_ONLY = "read_only"  # the receiver may not write into the folder
    UNWRITABLE = "unwritable"  # the receiver's disk refuses for another reason
    HASH = "hash"  # what arrived is not what was sent
    TOO_MANY = "too_many"  # more items than this program takes
    PROTOCOL = "protocol"  # the peer does not keep to docs/protocol.md


class TransferError(Exception):
    """``fault``: why; ``whole``: nothing more of the transfer can go on, not only this item."""

    def __init__(self, fault: TransferFault, whole: bool = False) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.whole = whole


_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_WINDOWS_FULL = {39, 112}


def writing_fault(error: OSError) -> TransferError:
    """What an error of the receiver's disk means. A full or read-only disk stops the whole transfer."""
    if error.errno in _FULL or getattr(error, "winerror", None) in _WINDOWS_FULL:
        return TransferError(TransferFault.DISK_FULL, whole=True)
    if error.errno in _FORBIDDEN:
        return TransferError(TransferFault.READ_ONLY, whole=True)
    return TransferError(TransferFault.UNWRITABLE)


def reading_fault(error: OSError) -> TransferError:
    """What an error of the sender's disk means."""
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return TransferError(TransferFault.DELETED)
    return TransferError(TransferFault.UNREADABLE)
