"""What to do in the chat: frozen dataclasses for ``Engine.submit``. Ids are hex, conversations as in
`net.chat.events`.

`StartChat` comes first; before it the other commands answer with a ChatFault. None blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from net.address import Address
from net.chat.events import Proof

PORT = 45654
"""The documented port of the talking listener and of the beacons. Where it is taken the next free one up to
PORT + 20."""


class OwnStatus(str, Enum):
    """Whether this user is there."""

    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"


class ExportFormat(str, Enum):
    HTML = "html"  # with the pictures beside it
    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class StartChat:
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


@dataclass(frozen=True, slots=True)
class StopChat:
    """Also done by ``engine.stop()``."""


@dataclass(frozen=True, slots=True)
class SetProfile:
    """``picture`` as in `StartChat`; b"" takes it away."""

    name: str
    colour: str = ""
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class SetPresence:
    status: OwnStatus


@dataclass(frozen=True, slots=True)
class SetDiscovery:
    invisible: bool
    hosts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SetReceiving:
    downloads: Path
    accept_verified: bool


@dataclass(frozen=True, slots=True)
class FindAgain:
    """A burst of discovery now."""


@dataclass(frozen=True, slots=True)
class AddPerson:
    """By hand: an address or name with port, or a ``duplex://`` link (then ``identity`` is expected)."""

    address: Address
    identity: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmDigits:
    """This user compared the six digits."""

    identity: str
    same: bool


@dataclass(frozen=True, slots=True)
class TrustNewKey:
    """After KeyChanged: talk to the new identity (it starts unverified)."""

    identity: str


@dataclass(frozen=True, slots=True)
class BlockPerson:
    identity: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Key, name and addresses; the conversation too where ``history``."""

    identity: str
    history: bool = False


@dataclass(frozen=True, slots=True)
class SendText:
    """To a person, a room, or "all" (an announcement to everybody visible). ``message``: an id from
    ``engine.new_message_id()``."""

    conversation: str
    message: str
    text: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class SendTyping:
    conversation: str


@dataclass(frozen=True, slots=True)
class MarkDisplayed:
    """All of the conversation up to ``position`` (0-based, included) was seen."""

    conversation: str
    position: int


@dataclass(frozen=True, slots=True)
class DeleteMessages:
    """For me only. ``messages`` empty: the whole conversation."""

    conversation: str
    messages: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SetKeepDays:
    days: int | None


@dataclass(frozen=True, slots=True)
class OfferFiles:
    """Files and folders to a person or a room. ``picture`` shows it as one. ``group``: an id from
    ``engine.new_message_id()``."""

    conversation: str
    group: str
    paths: Sequence[Path]
    picture: bool = False


@dataclass(frozen=True, slots=True)
class AcceptTransfer:
    transfer: str
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class DeclineTransfer:
    transfer: str


@dataclass(frozen=True, slots=True)
class PauseTransfer:
    transfer: str


@dataclass(frozen=True, slots=True)
class ResumeTransfer:
    """Also tries again what failed, and only that."""

    transfer: str


@dataclass(frozen=True, slots=True)
class CancelTransfer:
    transfer: str


@dataclass(frozen=True, slots=True)
class WatchItems:
    """The files of one transfer: answered by `TransferItemsChanged`, now and at most ten times a second
    while they change, until it comes with ``watching`` False. Of finished ones too."""

    transfer: str
    watching: bool = True


@dataclass(frozen=True, slots=True)
class CreateRoom:
    room: str
    name: str
    locked: bool = False


@dataclass(frozen=True, slots=True)
class JoinRoom:
    """By its id (seen in a list), or by ``code`` at any visible person's PC."""

    room: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class LeaveRoom:
    """The host closes the room with it."""

    room: str


@dataclass(frozen=True, slots=True)
class SetRoom:
    """Host only; None leaves as it is."""

    room: str
    locked: bool | None = None
    read_only: bool | None = None
    all_muted: bool | None = None


@dataclass(frozen=True, slots=True)
class MuteMember:
    room: str
    identity: str
    muted: bool


@dataclass(frozen=True, slots=True)
class RemoveMember:
    room: str
    identity: str


@dataclass(frozen=True, slots=True)
class HandOverRoom:
    room: str
    identity: str


@dataclass(frozen=True, slots=True)
class ListMembers:
    room: str


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Why can't I see them? ``address``: ask that Duplex too."""

    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Search:
    job: int
    text: str
    conversation: str = ""
    limit: int = 200


@dataclass(frozen=True, slots=True)
class ExportConversation:
    """``marks``: what HTML and text say of a message with such a proof, in the user's language. Answered by
    ``net.events.Exported``."""

    job: int
    conversation: str
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
