"""`Running`: the chat from `StartChat` to its end; it binds the parts to each other, to the links and to the
commands. NetThread only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from net.chat import commands as c
from net.chat.context import ChatContext
from net.chat.diagnosis.diagnosis import diagnose
from net.chat.directory import Directory
from net.chat.discovery import Discovery, Sighting
from net.chat.events import (
    ChatStarted,
    Diagnosis,
    PresenceState,
    UpdateNeeded,
)
from net.chat.files import Files
from net.chat.history import ConversationCount, History, StoreAction
from net.chat.identity import Identity, load_or_create
from net.chat.line import Line
from net.chat.loading import load
from net.chat.mistakes import Mistakes
from net.chat.people import Contact, People
from net.chat.pictures import Pictures
from net.chat.rooms import Rooms
from net.chat.search import HistorySearch
from net.chat.texts import Texts
from net.chat.troubles import Emit
from net.chat.trust import TrustDecisions
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.delivery import Delivery
from net.chat.wires.duplex.doors import Doors
from net.chat.wires.duplex.links import Links
from net.chat.wires.duplex.pace import Pace
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.messages import (
    CompareDigits,
    Delivered,
    Displayed,
    Offer,
    Presence,
    Queued,
    Say,
    Typing,
    Wire,
)
from net.system.interfaces import local_addresses

STOP_GRACE = 3.0
"""Seconds that discovery, links and the history get at the end."""

_STATUSES = {state.value: state for state in (PresenceState.AWAY, PresenceState.BUSY)}

logger = logging.getLogger("duplex.chat")

DiscoveryFactory = Callable[..., Discovery]


class Running:
    """From `StartChat` to the end."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        tell: Emit,
        tell_anywhere: Callable[[tuple[Any, ...]], None],
        command: c.StartChat,
    ) -> None:
        self._loop = loop
        self._tell = tell
        self._tell_anywhere = tell_anywhere
        self._command = command
        self._invisible = command.invisible
        self._history: History | None = None
        self._doors: Doors | None = None
        self._discovery: Discovery | None = None
        self._files: Files | None = None
        self._links: Links | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._paces: dict[str, Pace] = {}
        self._mistakes = Mistakes(tell)

    @property
    def history_path(self) -> Path | None:
        return self._history.path if self._history is not None else None

    # -- start and stop

    async def start(self, make_discovery: DiscoveryFactory) -> None:
        """Raises `ProfileInUse`, `IdentityError`, `OSError`, and whatever else went wrong."""
        command, loop = self._command, self._loop
        history = self._history = await loop.run_in_executor(None, self._open_history)
        identity = await loop.run_in_executor(None, load_or_create, command.folder)
        mine = identity.hex
        self._people = people = People(loop, history, self._tell)
        self._delivery = delivery = Delivery(
            *(loop, history, self._tell, self._mistakes, self._plan),
            lambda peer: links.want(people.of(peer), now=True),
        )
        links = self._links = Links(loop, mine, people, delivery.waits, self._up, self._down)
        self._context = context = ChatContext(
            *(loop, mine, clean_name(command.name), command.colour, "online"),
            *(history, people, delivery, links, self._tell),
            own=identity,
        )
        pictures = self._pictures = Pictures(loop, people, command.folder, command.picture, self._spawn)
        directory = Directory(context, lambda: self._discovery, lambda: pictures.digest)
        doors = self._doors = Doors(loop, identity, directory, links.linked, self._paired, self._update)
        links.doors = doors
        self._trust = TrustDecisions(context, doors, self._meet)
        self._texts = Texts(context)
        self._rooms = Rooms(context, self._texts)
        links.is_needed = self._rooms.needs
        self._files = Files(context, self._rooms, command.downloads, command.accept_verified)
        self._routes = self._make_routes()
        await load(context, self._rooms)
        await pictures.load()
        port = await doors.listen(command.port)
        directory.port = port
        self._started(identity, port)
        people_known = [one for one in people.contacts.values() if one.is_known]
        people.tell_all()
        self._rooms.report_all()
        await self._files.load()
        discovery = self._discovery = make_discovery(
            *(loop, mine, port, directory.profile, self._seen, self._gone)
        )
        discovery.set(invisible=command.invisible, hosts=tuple(command.hosts))
        self._meet()
        discovery.start()
        for contact in people_known:
            if delivery.waits(contact.identity) or len(people_known) <= 200:
                links.want(contact, now=True)

    def _open_history(self) -> History:
        return History(
            self._command.folder,
            self._call,
            self._tell_anywhere,
            self._command.keep_days,
            self._kept,
        )

    def _call(self, callback: Callable[[], None]) -> None:
        # After the loop's end nobody waits for an answer any more.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback)

    def _kept(self, counts: Sequence[ConversationCount]) -> None:
        for count in counts:
            self._context.counted(count)

    def _started(self, identity: Identity, port: int) -> None:
        addresses = local_addresses()
        host = str(addresses[0].with_port(port)) if addresses else f"127.0.0.1:{port}"
        link = f"duplex://{host}/{identity.hex}"
        self._tell(ChatStarted(identity.hex, self._context.name, self._context.colour, port, link))

    async def stop(self) -> None:
        """Let go of all, as far as it came; what one part of it raises is raised when the others are gone."""
        for task in list(self._tasks):
            task.cancel()
        async with contextlib.AsyncExitStack() as ends:  # the last one first
            ends.push_async_callback(self._stop_history)
            if self._files is not None:
                ends.push_async_callback(self._files.stop)
            if self._doors is not None:
                ends.push_async_callback(self._doors.close)
            if self._files is not None:
                ends.callback(self._rooms.stop)
            if self._links is not None:
                ends.push_async_callback(self._links.stop)
            ends.push_async_callback(self._stop_discovery)

    async def _stop_discovery(self) -> None:
        if self._discovery is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._discovery.stop(), STOP_GRACE)

    async def _stop_history(self) -> None:
        if self._history is not None:
            self._history.stop()
            await self._loop.run_in_executor(None, self._history.join, STOP_GRACE)

    # -- commands

    def run(self, command: c.ChatCommand) -> None:
        self._routes[type(command)](command)

    def _make_routes(self) -> dict[type, Callable[[Any], object]]:
        trusting, texts, rooms, sharing = self._trust, self._texts, self._rooms, self._files
        assert sharing is not None and self._history is not None
        return {
            c.SetProfile: self._set_profile,
            c.SetPresence: self._set_presence,
            c.SetDiscovery: self._set_discovery,
            c.SetReceiving: sharing.set_receiving,
            c.FindAgain: self._find_again,
            c.AddPerson: trusting.add,
            c.ConfirmDigits: trusting.confirm,
            c.TrustNewKey: trusting.trust_new_key,
            c.BlockPerson: trusting.block,
            c.ForgetPerson: self._forget,
            c.SendText: self._send_text,
            c.SendTyping: lambda command: texts.typing(command, rooms.peers),
            c.MarkDisplayed: texts.mark_displayed,
            c.DeleteMessages: texts.delete,
            c.SetKeepDays: self._set_keep_days,
            c.OfferFiles: sharing.offer,
            c.AcceptTransfer: sharing.accept,
            c.DeclineTransfer: sharing.steer,
            c.PauseTransfer: sharing.steer,
            c.ResumeTransfer: sharing.steer,
            c.CancelTransfer: sharing.steer,
            c.WatchItems: sharing.watch_items,
            **rooms.routes(),
            c.Diagnose: self._diagnose,
            c.Search: HistorySearch(self._context, self._spawn).begin,
            c.ExportConversation: self._history.export,
        }

    def _send_text(self, command: c.SendText) -> None:
        if command.conversation.startswith("r:"):
            self._rooms.send(command)
        else:
            self._texts.send(command)

    def _forget(self, command: c.ForgetPerson) -> None:
        contact = self._people.get(command.identity)
        self._trust.forget(command)
        if contact is not None:
            self._pictures.forget(contact)

    def _set_profile(self, command: c.SetProfile) -> None:
        self._context.name, self._context.colour = clean_name(command.name), command.colour
        self._pictures.set_own(command.picture)
        if self._discovery is not None:
            self._discovery.profile_changed()
        self._tell_presence()

    def _set_presence(self, command: c.SetPresence) -> None:
        if command.status in ("online", "away", "busy") and command.status != self._context.status:
            self._context.status = command.status
            self._tell_presence()

    def _tell_presence(self) -> None:
        context = self._context
        picture = self._pictures.digest
        message = Presence(status=context.status, name=context.name, colour=context.colour, picture=picture)
        for contact in self._people.online():
            assert contact.line is not None
            contact.line.send(message)
        self._rooms.own_presence_changed()

    def _set_discovery(self, command: c.SetDiscovery) -> None:
        self._invisible = command.invisible
        if self._discovery is not None:
            self._discovery.set(invisible=command.invisible, hosts=tuple(command.hosts))

    def _find_again(self, command: c.FindAgain) -> None:
        if self._discovery is not None:
            self._discovery.find_again()
        for contact in list(self._people.contacts.values()):
            if contact.line is None and (contact.seen or contact.is_known):
                self._context.links.want(contact, now=True)

    def _set_keep_days(self, command: c.SetKeepDays) -> None:
        self._context.history.set_keep_days(command.days)

    def _diagnose(self, command: c.Diagnose) -> None:
        self._spawn(self._find_out(command))

    async def _find_out(self, command: c.Diagnose) -> None:
        doors, discovery = self._doors, self._discovery
        if doors is None or discovery is None:
            return
        findings = await diagnose(
            discovery,
            doors.port,
            invisible=self._invisible,
            address=command.address,
            ask=lambda address: doors.dial_diagnose([address]),
            on_progress=lambda findings: self._tell(Diagnosis(findings, False)),
        )
        self._tell(Diagnosis(findings, True))

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("chat", exc_info=task.exception())

    # -- what discovery and the doors tell

    def _seen(self, sighting: Sighting) -> None:
        contact = self._people.of(sighting.identity)
        news = not contact.seen or sighting.restarted or set(sighting.addresses) - set(contact.seen)
        if not contact.is_known:
            # A hint names only whom nothing better is known of.
            self._people.rename(contact, sighting.name, sighting.colour)
        self._people.seen_at(contact, sighting.addresses)
        if contact.line is None:
            self._context.links.want(contact, now=bool(news))

    def _gone(self, identity: str) -> None:
        contact = self._people.get(identity)
        if contact is not None:
            self._people.gone(contact)
            if self._people.get(identity) is None:
                self._context.links.cut(contact, "leaving")

    def _meet(self) -> None:
        if self._discovery is not None:
            known = [one for one in self._people.contacts.values() if one.is_known and one.may_talk]
            self._discovery.met_before({one.identity: one.places() for one in known})

    def _paired(self, *paired: Any) -> None:
        self._trust.paired(*paired)

    def _update(self, identity: bytes, name: str, ours: bool) -> None:
        contact = self._people.get(identity.hex()) if identity else None
        shown = clean_name(name, "") or (contact.name if contact is not None else "")
        self._tell(UpdateNeeded(identity.hex(), shown, ours))

    # -- lines

    def _up(self, contact: Contact, link: Line) -> None:
        hello = link.peer_hello
        self._people.rename(contact, hello.name, hello.colour)
        contact.presence = _STATUSES.get(hello.status, PresenceState.ONLINE)
        if link.outgoing or hello.port:
            address = link.path if link.outgoing else link.path.with_port(hello.port)
            self._people.address_worked(contact, address)
        self._people.changed(contact)
        identity = contact.identity
        self._mistakes.linked(identity)
        link.on_message = lambda link, message: self._take(contact, link, message)
        link.on_drained = lambda link: self._drained(identity)
        assert self._files is not None
        self._delivery.linked(identity, link, hello)
        self._files.linked(identity, link)
        self._rooms.linked(identity, link)
        self._pictures.linked(contact, link)
        self._meet()

    def _down(self, contact: Contact, link: Line, kind: CloseKind, detail: str) -> None:
        identity = contact.identity
        logger.debug("%s: %s %s", link, kind.value, detail)
        self._delivery.unlinked(identity, link)
        assert self._files is not None
        self._files.unlinked(identity)
        self._rooms.unlinked(identity)
        contact.presence = PresenceState.OFFLINE
        self._people.seen_now(contact)

    def _drained(self, identity: str) -> None:
        assert self._files is not None
        self._delivery.drained(identity)
        self._files.drained(identity)
        self._rooms.drained(identity)

    def _take(self, contact: Contact, link: Line, message: Wire) -> None:
        """A message on a link, outside any envelope unless it is one."""
        try:
            self._take_one(contact, link, message)
        except Exception as error:  # ours: what breaks the protocol was found before, and ends the link
            self._mistakes.set_aside(contact.identity, error)

    def _take_one(self, contact: Contact, link: Line, message: Wire) -> None:
        identity = contact.identity
        assert self._files is not None
        self._paces.setdefault(identity, Pace(self._loop)).took(link, message)
        if self._context.history.congested or self._delivery.is_behind(link):
            self._hold(link)
        if isinstance(message, (Queued, Delivered)):
            self._delivery.take(identity, link, message)
        elif isinstance(message, Presence):
            self._people.set_presence(contact, _STATUSES.get(message.status, PresenceState.ONLINE))
            self._people.rename(contact, message.name or contact.name, message.colour or contact.colour)
            self._pictures.told(contact, link, message.picture)
            self._rooms.presence_changed(contact)
        elif isinstance(message, Typing):
            if not message.room or self._rooms.is_member(message.room.hex(), identity):
                self._texts.take_typing(identity, message)
        elif not (self._pictures.take(contact, link, message) or self._files.take(identity, message)):
            self._rooms.take(identity, link, message)

    def _hold(self, link: Line) -> None:
        """The disk is behind: the peer waits until what has come so far is written."""
        link.pause()
        self._context.history.submit(lambda store: None, lambda _: link.resume())

    def _plan(self, identity: str, body: Wire) -> StoreAction | None:
        """What a body out of an envelope does."""
        contact = self._people.get(identity)
        if contact is None or contact.is_refused:
            return None
        if isinstance(body, Say):
            return self._texts.take(identity, body)
        if isinstance(body, Displayed):
            return self._texts.displayed(identity, body)
        if isinstance(body, CompareDigits):
            return self._trust.compare(identity, body)
        if isinstance(body, Offer):
            assert self._files is not None
            return self._files.take_offer(identity, body)
        return self._rooms.plan(identity, body)
