"""What the chat knows of a wire: the way in which messages reach people.

`net.chat.wires.duplex` is one such wire. A second one stands beside it by offering the same two things: a
`ChatWire`, which carries what waits in the outbox, and a `Line` for each person with whom it has an open
conversation (`net.chat.people.Contact.line`). Nothing outside ``wires/`` knows how bytes travel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from net.address import Address
from net.chat.conversation import Conversation
from net.protocol.chat.messages import Hello, Wire


class Line(Protocol):
    """An open conversation with one person, whose identity is proved. NetThread only.

    The four callbacks are set before the first of them is called. None is called after `close`.
    """

    on_message: Callable[[Line, Wire], object]
    """Everything the peer sends but file data and the wire's own business (keeping alive, saying goodbye)."""

    on_data: Callable[[Line, int, bytes | bytearray], object]
    """A piece of a file on the transfer's channel. The buffer is given back with `give_back`."""

    on_taken: Callable[[Line], object]
    """All that arrived at once has been passed on: the moment to act on it together."""

    on_drained: Callable[[Line], object]
    """The line is `writable` again."""

    @property
    def identity(self) -> bytes:
        """The peer's, 32 bytes."""

    @property
    def path(self) -> Address:
        """The peer's address on this line."""

    @property
    def outgoing(self) -> bool:
        """Whether this PC opened it."""

    @property
    def peer_hello(self) -> Hello:
        """What the peer said of itself when the line was opened."""

    @property
    def is_open(self) -> bool: ...

    @property
    def writable(self) -> bool:
        """Whether more of a file may be sent now; if not, `on_drained` follows."""

    @property
    def queued(self) -> int:
        """Bytes that wait to be sent."""

    def send(self, message: Wire) -> None:
        """Sent with what else this turn of the loop sends. Does nothing once closed. Raises `WireError` where
        the message is too long."""

    def send_many(self, messages: Sequence[Wire]) -> None: ...

    def send_now(self, message: Wire) -> None:
        """As `send`, but at once."""

    def send_encoded(self, frames: bytes) -> None:
        """At once, frames of `net.protocol.chat.frames.encode`: encoded once for many lines."""

    def send_data(self, channel: int, data: bytes | bytearray | memoryview) -> None:
        """1 to `net.protocol.chat.frames.MAX_DATA` bytes of a file, while `writable`."""

    def give_back(self, data: bytes | bytearray) -> None:
        """The buffer of an `on_data` that nobody will look at again."""

    def pause(self) -> None:
        """Pass on nothing more until `resume`; the peer is slowed down."""

    def resume(self) -> None: ...

    def close(self, reason: str = "leaving") -> None:
        """Say goodbye, with a reason as in `net.protocol.chat.messages.Bye`, and end. Idempotent."""


class ChatWire(Protocol):
    """One way of reaching people. Identities are hex. NetThread only.

    The outbox in the history belongs to the chat: it numbers what is said to each person and remembers it
    until the person has it. A wire learns of each message once that is on the disk, sends it when it can, and
    records in the history what was acknowledged.
    """

    def want(self, identity: str, now: bool = False) -> None:
        """Open a line to this person where there is a reason to; ``now``: without waiting, something has
        changed."""

    def cut(self, identity: str, reason: str) -> None:
        """Close the line to this person, ``reason`` as in `Line.close`, and open none until it is wanted."""

    def learn(self, identity: str) -> None:
        """This person is new: prepare to send to them."""

    def enqueued(self, number: int, identity: str, body: bytes) -> None:
        """The outbox has this new message for the person, on the disk."""

    def follow(self, number: int, identity: str, conversation: Conversation, message: str) -> None:
        """The enqueued message is a text: report its delivery as soon as it is acknowledged."""

    def drop(self, identity: str) -> None:
        """The outbox of this person was emptied."""
