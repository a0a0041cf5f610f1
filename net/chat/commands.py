"""What the chat is to do: frozen structs for ``Engine.submit``. Ids are hex.

`StartChat` comes first; before it the other commands answer with a ChatFault. None blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path

from msgspec import Struct, field

from net.address import Address
from net.chat.conversation import Conversation
from net.chat.events import Proof

PORT = 45654
"""The documented port of the talking listener and of the beacons. Where it is taken, the next free one up to
PORT + 20 is."""


class OwnStatus(str, Enum):
    """Whether this user is there."""

    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"


class ExportFormat(str, Enum):
    HTML = "html"  # with the pictures beside it
    TEXT = "text"
    JSON = "json"


class StartChat(Struct, frozen=True):
    """``hosts``: further hosts or networks ("10.1.2.3", "10.1.2.0/24") to look for people on, for routed
    LANs."""

    folder: Path  # the profile's: identity, history.sqlite
    downloads: Path
    name: str
    colour: str = ""
    invisible: bool = False
    hosts: Sequence[str] = ()
    port: int = PORT
    keep_days: int | None = None
    accept_verified: bool = False  # take files of verified people without asking
    picture: bytes = b""  # as net.protocol.chat.pictures takes it, else nobody sees one
    new_identity: bool = False  # begin as somebody new: what was there is set aside
    restore_identity: Path | None = None  # begin as who this file says; likewise


class StopChat(Struct, frozen=True):
    """End the chat; the sockets go on. `Engine.stop` does it too."""


class SetProfile(Struct, frozen=True):
    """``picture`` as in `StartChat`; b"" takes it away."""

    name: str
    colour: str = ""
    picture: bytes = b""


class SetPresence(Struct, frozen=True):
    status: OwnStatus


class SetDiscovery(Struct, frozen=True):
    invisible: bool
    hosts: Sequence[str] = ()


class SetReceiving(Struct, frozen=True):
    downloads: Path
    accept_verified: bool


class FindAgain(Struct, frozen=True):
    """Look for people now, on every way, and dial everybody who is known or seen and has no line."""


class AddPerson(Struct, frozen=True):
    """Get to know who is at an address (or host name) with port, as typed or out of a ``duplex://`` link,
    which names the ``identity`` that must be there."""

    address: Address
    identity: str = ""


class ConfirmDigits(Struct, frozen=True):
    """This user has compared the six digits with the other person."""

    identity: str
    same: bool


class TrustNewKey(Struct, frozen=True):
    """After `KeyChanged`: this is the known person with another key. Talk to the new identity, which starts
    unverified."""

    identity: str


class BlockPerson(Struct, frozen=True):
    identity: str
    blocked: bool


class ForgetPerson(Struct, frozen=True):
    """Forget key, name and addresses, and with ``history`` the conversation too."""

    identity: str
    history: bool = False


class SendText(Struct, frozen=True):
    """To a person, a room, or `EVERYBODY` visible (an announcement). ``message``: an id from
    `net.chat.ids.new_id`."""

    conversation: Conversation
    message: str
    text: str
    reply_to: str = ""


class SendTyping(Struct, frozen=True):
    conversation: Conversation


class MarkDisplayed(Struct, frozen=True):
    """The user has seen the conversation up to ``position`` (0-based), that message included."""

    conversation: Conversation
    position: int


class DeleteMessages(Struct, frozen=True):
    """On this PC only. ``messages`` empty: the whole conversation."""

    conversation: Conversation
    messages: Sequence[str] = ()


class SetKeepDays(Struct, frozen=True):
    days: int | None


class OfferFiles(Struct, frozen=True):
    """Offer files and folders to a person or a room. ``picture``: show the file as a picture. ``group``: an
    id from `net.chat.ids.new_id`, shared by the transfers to all receivers."""

    conversation: Conversation
    group: str
    paths: Sequence[Path]
    picture: bool = False


class AcceptTransfer(Struct, frozen=True):
    transfer: str
    folder: Path | None = None


class DeclineTransfer(Struct, frozen=True):
    transfer: str


class PauseTransfer(Struct, frozen=True):
    transfer: str


class ResumeTransfer(Struct, frozen=True):
    """Go on after a pause; of a transfer that failed, try again what failed and only that."""

    transfer: str


class CancelTransfer(Struct, frozen=True):
    transfer: str


class WatchItems(Struct, frozen=True):
    """The files of one transfer: answered by `TransferItemsChanged`, now and at most ten times a second
    while they change, until it comes with ``watching`` False. Of finished ones too."""

    transfer: str
    watching: bool = True


class CreateRoom(Struct, frozen=True):
    room: str
    name: str
    locked: bool = False


class JoinRoom(Struct, frozen=True):
    """By its id, as `RoomChanged` lists it, or by its ``code``, for which everybody online is asked."""

    room: str = ""
    code: str = ""


class LeaveRoom(Struct, frozen=True):
    """Where this PC is the host it closes the room for all."""

    room: str


class SetRoom(Struct, frozen=True):
    """By the host only. None leaves a setting as it is."""

    room: str
    locked: bool | None = None
    read_only: bool | None = None
    all_muted: bool | None = None


class MuteMember(Struct, frozen=True):
    room: str
    identity: str
    muted: bool


class RemoveMember(Struct, frozen=True):
    room: str
    identity: str


class HandOverRoom(Struct, frozen=True):
    room: str
    identity: str


class ListMembers(Struct, frozen=True):
    room: str


class Diagnose(Struct, frozen=True):
    """Find out why people can't be seen: answered by `Diagnosis`. ``address``: ask the Duplex there too."""

    address: Address | None = None


class Search(Struct, frozen=True):
    job: int
    text: str
    conversation: Conversation | None = None
    limit: int = 200


class ExportConversation(Struct, frozen=True):
    """``marks``: what HTML and text say of a message with such a proof, in the user's language. Answered by
    ``net.events.Exported``."""

    job: int
    conversation: Conversation
    path: Path
    format: ExportFormat
    marks: Mapping[Proof, str] = field(default_factory=dict)


ChatCommand = (
    StartChat
    | StopChat
    | SetProfile
    | SetPresence
    | SetDiscovery
    | SetReceiving
    | FindAgain
    | AddPerson
    | ConfirmDigits
    | TrustNewKey
    | BlockPerson
    | ForgetPerson
    | SendText
    | SendTyping
    | MarkDisplayed
    | DeleteMessages
    | SetKeepDays
    | OfferFiles
    | AcceptTransfer
    | DeclineTransfer
    | PauseTransfer
    | ResumeTransfer
    | CancelTransfer
    | WatchItems
    | CreateRoom
    | JoinRoom
    | LeaveRoom
    | SetRoom
    | MuteMember
    | RemoveMember
    | HandOverRoom
    | ListMembers
    | Diagnose
    | Search
    | ExportConversation
)
