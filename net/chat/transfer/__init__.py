"""Files and folders between two people: offered, accepted, resumed after any break, checked by SHA-256.

`Transfers` is what others use. One transfer with one person is an `Outgoing` or an `Incoming`: what the two
users decide. The work is done by `ItemSender` and `Reception`: the receiver leads, and asks for each item
from the byte where its part on the disk ends, so that a break at any point costs only what was on the way.
The digest is the sender's, over the whole file, and is checked before a file gets its name (`part`, the
only place that writes). `offer` lists what is sent, `source` is the only place that reads it.
"""

from net.chat.transfer.context import TransferLine, TransferStore
from net.chat.transfer.faults import TransferFault
from net.chat.transfer.offer import Scan
from net.chat.transfer.preview import checked_preview, is_decodable, make_preview
from net.chat.transfer.transfers import TRANSFER_MESSAGES, Transfers

__all__ = [
    "TRANSFER_MESSAGES",
    "Scan",
    "TransferFault",
    "TransferLine",
    "TransferStore",
    "Transfers",
    "checked_preview",
    "is_decodable",
    "make_preview",
]
