"""Files and folders between two people: offered, accepted, resumed after any break, checked by SHA-256.

`Transfers` is what others use. Inside: `Outgoing` and `Incoming` are one transfer each, `offer` lists what is
sent, `landing` is the only place that writes, `source` the only one that reads."""

from net.chat.transfer.faults import TransferFault
from net.chat.transfer.offer import LeftOut, Scan
from net.chat.transfer.preview import checked_preview, is_decodable, make_preview
from net.chat.transfer.surroundings import TransferLink, TransferStore
from net.chat.transfer.transfers import TRANSFER_MESSAGES, Transfers

__all__ = [
    "TRANSFER_MESSAGES",
    "LeftOut",
    "Scan",
    "TransferFault",
    "TransferLink",
    "TransferStore",
    "Transfers",
    "checked_preview",
    "is_decodable",
    "make_preview",
]
