"""The window's Chat page, fed with events and with a history of its own: nobody is looked for, or told of."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import msgspec
from PIL import Image, ImageDraw

from gui.pages.chat.context import HISTORY_FILE
from gui.pages.chat.portraits import as_text
from gui.pages.chat.settings import ChatSettings
from gui.widgets.dialog import Dialog
from net.chat.conversation import Conversation
from net.chat.events import (
    ConversationChanged,
    MessageState,
    Person,
    PresenceState,
    Room,
    RoomChanged,
    RoomMember,
    RoomMembers,
    TransferChanged,
    TransferItemsChanged,
    TransferItemState,
    TransferStage,
    Trust,
)
from net.chat.history import TransferRecord
from tests.gui.pages.chat.stage import ME, ROOM, person
from tests.gui.pages.chat.stage import Stage as PlayedStage
from tests.net.chat.history.stores import Opened
from tests.shots.stage import Stage

LIN, BOB, WANG, MIA, LAB, ZHANG, ANNA, TWIN, OLD, NEW = (digit * 64 for digit in "123456789d")
OTHER_ROOM, LOCKED_ROOM = "dd" * 16, "ee" * 16
MB = 1 << 20
LONG_NAME = "Maximilian-Alexander von und zu Hohenfels-Langenscheidt (2. Lehrjahr, Raum 304)"


class ChatStage(PlayedStage):
    """A new Chat page in the window of ``stage``, of somebody who is called ``name`` ("": not yet)."""

    def __init__(self, stage: Stage, name: str = "-", picture: bytes = b"") -> None:
        self.stage = stage
        self.word = stage.say
        self.app = stage.app
        self.folder = stage.window.profile
        self.dispatch = stage.window.dispatch
        self.commands = stage.engine.asked
        self.commands.clear()
        self.history = Opened(self.folder)
        window = stage.window
        self._listeners = [*window.preferences.listeners]
        own = ChatSettings(
            name=self.word("Xu Wei", "徐薇") if name == "-" else name,
            sound=False,
            notify=False,
            picture=as_text(picture),
            downloads="/home/me/Downloads",
        )
        window.settings.chat = asdict(own) if name else {}
        window.show_page("chat")
        self.page = stage.contents.pages.built["chat"]  # type: ignore[assignment]
        self.app.update()

    def end(self) -> None:
        window, page = self.stage.window, self.page
        pages = self.stage.contents.pages
        del pages.built["chat"]
        window.preferences.listeners[:] = self._listeners
        page.frame.destroy()
        pages.current = ""
        window.layout.rail.set_unread("chat", 0)
        self.hush()
        self.history.close()
        for ending in ("", "-wal", "-shm"):
            (self.folder / (HISTORY_FILE + ending)).unlink(missing_ok=True)

    def hush(self) -> None:
        """Without the toasts."""
        for toast in [*self.stage.window.layout.toasts._shown]:
            self.stage.window.layout.toasts.dismiss(toast)

    def read(self) -> None:
        """What is shown was seen."""
        shown = self.context.conversation
        if shown and not self.page.chat.messages.new_below.winfo_manager():
            self.play(ConversationChanged(shown, self.history.reader.count(shown), 0))

    # --- Who is there ---

    def crowd(self) -> None:
        """Somebody in each state, and what they said last."""
        here, away, busy, gone = (
            PresenceState.ONLINE, PresenceState.AWAY, PresenceState.BUSY, PresenceState.OFFLINE,
        )  # fmt: skip
        seen = clock(8, 5) - 86_400 * 10**9
        verified, known = Trust.VERIFIED, Trust.UNVERIFIED
        self.begin(
            person(LIN, self.word("Lin Xiao", "林晓"), here, trust=verified, picture=self.portrait()),
            person(BOB, "Bob Chen", here, trust=known, colour="#0ea5e9"),
            person(WANG, self.word("Wang Zihan", "王子涵"), busy, trust=verified),
            person(MIA, "Mia", away, trust=known),
            person(ANNA, LONG_NAME, here, trust=known),
            person(LAB, self.word("Test PC 03", "测试机-03"), gone, trust=known, last_seen=seen),
            person(ZHANG, self.word("Zhang San", "张三"), here, trust=known, digits="771204"),
            person(TWIN, self.word("Zhang San", "张三"), gone, trust=known, digits="180355"),
            person(OLD, self.word("Teacher Zhao", "赵老师"), gone, trust=Trust.BLOCKED),
        )
        self.rooms()
        says = self.word
        self.hear(TWIN, says("Zhang San", "张三"), says("See you on Monday.", "周一见。"), time=clock(8, 1))
        self.hear(BOB, "Bob Chen", says("Is the lesson at ten?", "十点上课吗？"), time=clock(9, 12))
        self.hear(BOB, "Bob Chen", says("In room 304?", "在 304 教室？"), time=clock(9, 13))
        self.hear(MIA, "Mia", "👍", time=clock(9, 20))
        self.say(
            Conversation.person(WANG),
            says("I will bring the cable.", "网线我带过去。"),
            MessageState.DELIVERED,
            time=clock(9, 30),
        )

    def rooms(self) -> None:
        """One that this PC is a member of, one to join, one only with a code."""
        for room, name, joined, locked, members in (
            (ROOM, self.word("Class 3B", "三年二班"), True, False, 38),
            (OTHER_ROOM, self.word("Robot club", "机器人社团"), False, False, 7),
            (LOCKED_ROOM, self.word("Teachers' room", "教师办公室"), False, True, 12),
        ):
            code = "K7QX2M" if joined else ""
            self.play(
                RoomChanged(Room(room, name, WANG, False, joined, code, locked, False, False, True, members))
            )

    def host(self, **rules: Any) -> None:
        """The class is hosted here."""
        room = Room(ROOM, self.word("Class 3B", "三年二班"), ME, True, True, "K7QX2M", *(False,) * 3, True, 9)
        self.play(RoomChanged(msgspec.structs.replace(room, **rules)))

    def members(self, host: str = ME, muted: Sequence[str] = (BOB,)) -> None:
        """The answer to who is in the room."""
        known = self.context.model.people
        shown = [RoomMember(ME, self.context.own.name, "", "online", ME in muted)]
        for identity in (LIN, BOB, WANG, MIA, ANNA, LAB, ZHANG, TWIN):
            one = known[identity]
            shown.append(RoomMember(identity, one.name, one.colour, one.presence.value, identity in muted))
        self.play(RoomMembers(ROOM, tuple(shown)))

    def change(self, identity: str, **more: Any) -> Person:
        """Somebody known, otherwise."""
        return msgspec.structs.replace(self.context.model.people[identity], **more)

    # --- Pictures ---

    def portrait(self) -> str:
        path = self.folder / "portrait.jpg"
        path.write_bytes(jpeg(painting(160, 160)))
        return str(path)

    # --- Files ---

    def offer(
        self, number: int, title: str, stage: TransferStage, share: float = 0.0, at: int = 0, **more: Any
    ) -> TransferChanged:
        """A transfer with its message. ``share``: of its 48 MB; ``more``: see `TransferChanged`, and
        ``preview``."""
        preview = more.pop("preview", b"")
        id = f"{number:032x}"
        size = int(more.pop("size", 48 * MB))
        given: dict[str, Any] = {
            "conversation": Conversation.person(LIN), "identity": LIN, "incoming": True, "count": 1,
            "rate": 0.0, "seconds_left": None, **more,
        }  # fmt: skip
        one = TransferChanged(id, given.pop("group", id), title=title, size=size, done=int(size * share),
                              stage=stage, **given)  # fmt: skip
        record = TransferRecord(
            *(id, one.group, one.conversation, one.identity, one.incoming, title, one.count, size, stage),
            *(one.reason, one.folder, one.done, bool(preview), preview),
        )
        self.history.run(lambda store: store.transfers.save(record))
        known = self.context.model.people.get(one.identity)
        author = (one.identity, known.name if known is not None else "?") if one.incoming else (ME, "Me")
        self._add(one.conversation, *author, "", one.incoming, {"transfer": id, "time": at or time.time_ns()})
        self.play(one)
        return one

    def unfold(self, one: TransferChanged, *items: TransferItemState) -> None:
        """Show the files of a transfer in the third card."""
        card = self.files_card
        row = next(row for row in card.list.rows.rows if one in getattr(row, "transfers", ()))
        card.fold(row)
        self.play(TransferItemsChanged(one.transfer, one.count, items, True))
        card.list.paint_now()

    # --- Questions ---

    def asked(self, question: Any) -> None:
        """Show the question that ``question()`` asks, without waiting for its answer."""

        def shown(dialog: Dialog) -> str:
            dialog.present()
            return ""

        with patch.object(Dialog, "ask", shown):
            question()


def clock(hour: int, minute: int, days: int = 0) -> int:
    """Today, or ``days`` before, in ns."""
    moment = datetime.now().replace(hour=hour, minute=minute, second=0, microsecond=0)
    return int((moment - timedelta(days=days)).timestamp()) * 10**9


def painting(width: int, height: int) -> Image.Image:
    """A landscape."""
    scene = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(scene)
    for y in range(height):
        share = y / height
        pen.line((0, y, width, y), fill=(int(90 + 150 * share), int(150 + 60 * share), int(230 - 40 * share)))
    disc = height // 6
    pen.ellipse((width * 0.62, height * 0.16, width * 0.62 + disc, height * 0.16 + disc), fill="#fff4c2")
    pen.polygon(
        [(0, height), (width * 0.3, height * 0.42), (width * 0.6, height), (0, height)], fill="#4a6fa5"
    )
    pen.polygon([(width * 0.25, height), (width * 0.68, height * 0.52), (width, height)], fill="#3d5a80")
    pen.rectangle((0, height * 0.86, width, height), fill="#5a9367")
    return scene


def jpeg(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=88)
    return data.getvalue()
