"""`Chat`: a chat that runs, from `StartChat` to its end, and how it is made. NetThread only.

`start_chat` is the one place where the parts are put together. Each is whole when it is made, because it
needs only what was made before it; what looks the other way (arriving messages, lines that open and close,
changes of whom we know) reaches the parts through `Inbox` and `People`, with which they register.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from net.address import Address
from net.chat.commands import SetKeepDays, StartChat
from net.chat.context import ChatContext
from net.chat.counts import ConversationCounts
from net.chat.diagnosis.diagnosis import Diagnoses
from net.chat.directory import Directory
from net.chat.discovery import Discovery, Sighting, Sightings
from net.chat.events import ChatStarted
from net.chat.files import Files
from net.chat.found import FoundPeople, PeopleFinder
from net.chat.history import History
from net.chat.identity import Identity, IdentityError
from net.chat.identity_file import open_identity
from net.chat.inbox import Inbox
from net.chat.introductions import Introductions
from net.chat.loading import load
from net.chat.mistakes import Mistakes
from net.chat.people import DUPLEX, People
from net.chat.pictures import Pictures
from net.chat.presence import OthersPresence, OwnPresence
from net.chat.profile import OwnProfile
from net.chat.rooms import Rooms
from net.chat.search import HistorySearch
from net.chat.tasks import Tasks
from net.chat.text_sender import TextSender
from net.chat.texts import Texts
from net.chat.troubles import Emit
from net.chat.trust import Acquaintances, TrustDecisions
from net.chat.typing_notices import TypingNotices
from net.chat.wires.duplex.delivery import Delivery
from net.chat.wires.duplex.links import EAGER, Links
from net.chat.wires.duplex.wire import DuplexWire
from net.events import Fault, FaultKind, StoreFaulted
from net.protocol.chat.cleaning import clean_name
from net.storage.fallback import MemoryFolder
from net.system.interfaces import local_addresses
from net.system.resolve import in_thread

STOP_GRACE = 3.0
"""Seconds that discovery, and the history, get at the end."""

logger = logging.getLogger("duplex.chat")

EmitAnywhere = Callable[[tuple[Any, ...]], None]


class DiscoveryFactory(Protocol):
    def __call__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        identity: str,
        tcp_port: int,
        profile: Callable[[], tuple[str, str]],
        sightings: Sightings,
        on_seen: Callable[[Sighting], None],
        on_gone: Callable[[str], None],
        on_twins: Callable[[tuple[Address, ...]], None],
    ) -> Discovery: ...


@dataclass(frozen=True, slots=True)
class Chat:
    """The parts that take commands (`net.chat.core.COMMANDS`) or answer questions; `stop` ends it."""

    context: ChatContext
    wire: DuplexWire
    text_sender: TextSender
    texts: Texts
    rooms: Rooms
    files: Files
    trust: TrustDecisions
    introductions: Introductions
    typing_notices: TypingNotices
    presence: OwnPresence
    found: FoundPeople
    finder: PeopleFinder
    search: HistorySearch
    diagnoses: Diagnoses
    ends: contextlib.AsyncExitStack

    @property
    def history(self) -> History:
        return self.context.history

    def set_keep_days(self, command: SetKeepDays) -> None:
        self.history.set_keep_days(command.days)

    async def stop(self) -> None:
        """Let go of all, the last made first; what one part of it raises is raised when the others are
        gone."""
        await self.ends.aclose()


async def start_chat(
    loop: asyncio.AbstractEventLoop,
    command: StartChat,
    *,
    emit: Emit,
    emit_anywhere: EmitAnywhere,
    make_discovery: DiscoveryFactory,
    on_history: Callable[[Path], object],
) -> Chat:
    """A chat that runs. ``emit_anywhere`` takes batches on any thread; ``on_history(path)``: from now on the
    history can be read. Raises `ProfileInUse`, `IdentityFault`, `sqlite3.Error`, `OSError`, and whatever else
    went wrong, after letting go of what had been made; it may be cancelled."""
    ends = contextlib.AsyncExitStack()
    counts = ConversationCounts(loop, emit)
    try:
        history = await _opened_history(loop, command, counts, emit_anywhere)
        ends.push_async_callback(_stop_history, loop, history)
        on_history(history.path)
        identity = await loop.run_in_executor(None, _open_identity, command, ends, emit_anywhere)
        parts = _make_parts(loop, command, history, identity, counts, emit)
        return await _start(parts, command, make_discovery, ends)
    except BaseException:
        try:
            await ends.aclose()
        except Exception:  # the first mistake is the one to report
            logger.exception("letting go of a chat that did not start")
        raise


@dataclass(frozen=True, slots=True)
class _Parts:
    """Made before anything arrives and before anything can."""

    inbox: Inbox
    pictures: Pictures
    sightings: Sightings
    wire: DuplexWire
    context: ChatContext
    texts: Texts
    rooms: Rooms
    files: Files
    trust: TrustDecisions
    typing_notices: TypingNotices


def _make_parts(
    loop: asyncio.AbstractEventLoop,
    command: StartChat,
    history: History,
    identity: Identity,
    counts: ConversationCounts,
    emit: Emit,
) -> _Parts:
    # What arrives, and whom it comes from
    profile = OwnProfile(identity, clean_name(command.name), command.colour)
    people = People(loop, history, counts, emit)
    mistakes = Mistakes(emit)
    inbox = Inbox(loop, history, people, mistakes, emit)
    tasks = Tasks(loop)
    pictures = Pictures(loop, people, inbox, tasks, command.folder, command.picture)

    # The wire
    sightings = Sightings()
    delivery = Delivery(loop, history, emit, mistakes, inbox.plan, counts.changed)
    links = Links(
        loop,
        identity,
        Directory(loop, profile, people, pictures, sightings, delivery.hello_fields),
        people,
        on_up=inbox.opened,
        on_down=inbox.closed,
        on_paired=Acquaintances(people, emit, delivery.learn).paired,
        on_update=inbox.version_differs,
    )
    links.add_reason(delivery.waits)
    wire = DuplexWire(people, inbox, delivery, links)

    # What people do with each other
    context = ChatContext(
        loop=loop,
        profile=profile,
        history=history,
        people=people,
        counts=counts,
        wires={DUPLEX: wire},
        tasks=tasks,
        emit=emit,
    )
    texts = Texts(context, inbox)
    rooms = Rooms(context, inbox, texts)
    links.add_reason(rooms.needs)
    OthersPresence(context, inbox, pictures, rooms)
    return _Parts(
        inbox=inbox,
        pictures=pictures,
        sightings=sightings,
        wire=wire,
        context=context,
        texts=texts,
        rooms=rooms,
        files=Files(context, inbox, rooms, command.downloads, command.accept_verified),
        trust=TrustDecisions(context, inbox),
        typing_notices=TypingNotices(context, inbox, rooms),
    )


async def _start(
    parts: _Parts, command: StartChat, make_discovery: DiscoveryFactory, ends: contextlib.AsyncExitStack
) -> Chat:
    """``ends`` is given what is to be let go of, the last first."""
    context, rooms, files, links = parts.context, parts.rooms, parts.files, parts.wire.links
    people, profile, tasks, emit = context.people, context.profile, context.tasks, context.emit
    doors = links.doors
    ends.push_async_callback(files.stop)
    ends.push_async_callback(doors.close)
    ends.callback(rooms.stop)
    ends.push_async_callback(links.stop)
    ends.push_async_callback(tasks.stop)
    await load(context, parts.wire.delivery, rooms)
    await parts.pictures.load()
    profile.port = await doors.listen(command.port)
    emit(_started(profile, context.history, command.folder))
    known = [one for one in people.contacts.values() if one.is_known]
    people.report_all()
    rooms.report_all()
    await files.load()

    found = FoundPeople(context)
    discovery = make_discovery(
        loop=context.loop,
        identity=context.identity,
        tcp_port=profile.port,
        profile=profile.name_and_colour,
        sightings=parts.sightings,
        on_seen=found.seen,
        on_gone=found.gone,
        on_twins=found.twins,
    )
    ends.push_async_callback(_stop_discovery, discovery)
    ends.callback(tasks.cancel)
    discovery.set(invisible=command.invisible, hosts=tuple(command.hosts))
    finder = PeopleFinder(context, parts.inbox, discovery)
    finder.people_changed()
    discovery.start()
    for contact in known:
        # Of many only those for whom something waits.
        if parts.wire.delivery.waits(contact.identity) or len(known) <= EAGER:
            links.want(contact, now=True)
    return Chat(
        context=context,
        wire=parts.wire,
        text_sender=TextSender(parts.texts, rooms.texts),
        texts=parts.texts,
        rooms=rooms,
        files=files,
        trust=parts.trust,
        introductions=Introductions(context, doors),
        typing_notices=parts.typing_notices,
        presence=OwnPresence(context, parts.pictures, rooms, discovery),
        found=found,
        finder=finder,
        search=HistorySearch(context),
        diagnoses=Diagnoses(context, discovery, doors),
        ends=ends,
    )


def _open_history(
    loop: asyncio.AbstractEventLoop,
    command: StartChat,
    counts: ConversationCounts,
    emit_anywhere: EmitAnywhere,
) -> History:
    def call(callback: Callable[[], None]) -> None:
        # After the loop's end nobody waits for an answer any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(callback)

    return History(command.folder, call, emit_anywhere, command.keep_days, counts.all_changed)


async def _opened_history(
    loop: asyncio.AbstractEventLoop,
    command: StartChat,
    counts: ConversationCounts,
    emit_anywhere: EmitAnywhere,
) -> History:
    """Opening may take as long as a broken file system likes: who stops meanwhile does not wait for it, and
    what is opened afterwards is closed."""
    opening = loop.create_task(in_thread(_open_history, loop, command, counts, emit_anywhere))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_stop_opened)
        raise


def _stop_opened(opening: asyncio.Future[History]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().stop()


def _open_identity(
    command: StartChat, ends: contextlib.AsyncExitStack, emit_anywhere: EmitAnywhere
) -> Identity:
    """Where none can be kept, it is in memory, which is said: the next start is another person."""
    try:
        identity, notes = open_identity(
            command.folder, renew=command.new_identity, restore=command.restore_identity
        )
    except IdentityError as error:
        folder = MemoryFolder()
        ends.callback(folder.close)
        identity, _ = open_identity(folder.path)
        detail = {"path": str(command.folder), "detail": error.detail}
        notes = (Fault(FaultKind.IDENTITY_IN_MEMORY, detail),)
    if notes:
        emit_anywhere(tuple(StoreFaulted(note, False, str(note.params["path"])) for note in notes))
    return identity


async def _stop_history(loop: asyncio.AbstractEventLoop, history: History) -> None:
    history.stop()
    await loop.run_in_executor(None, history.join, STOP_GRACE)


async def _stop_discovery(discovery: Discovery) -> None:
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(discovery.stop(), STOP_GRACE)


def _started(profile: OwnProfile, history: History, folder: Path) -> ChatStarted:
    addresses = local_addresses()
    identity, port = profile.identity.hex, profile.port
    host = str(addresses[0].with_port(port)) if addresses else f"127.0.0.1:{port}"
    return ChatStarted(
        identity=identity,
        name=profile.name,
        colour=profile.colour,
        port=port,
        link=f"duplex://{host}/{identity}",
        history="" if history.path.parent == folder else str(history.path),
    )
