"""The page before a real Engine that talks with another one on 127.0.0.1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from gui.pages.chat.conversation.rows import ChatRow
from gui.pages.chat.files.transfer_items import ItemRow
from gui.pages.chat.files.transfer_rows import TransferRow
from gui.shared.portrait import make_portrait
from net.chat.commands import AcceptTransfer, AddPerson, MarkDisplayed, OfferFiles, SendText
from net.chat.conversation import Conversation
from net.chat.events import MessageState, TransferStage
from net.chat.ids import new_id
from tests.gui.pages.chat.stage import Live
from tests.net.chat.engines import chatters, deaf

__all__ = ["deaf"]


def test_two_meet_talk_and_see_how_far_it_is(make_stage: Callable[..., Live], tmp_path: Path) -> None:
    stage = make_stage(live=True)
    page = stage.page
    stage.wait(lambda: stage.context.model.me, "the chat's start")
    with chatters(tmp_path, "Ann") as (ann,):
        stage.submit(AddPerson(ann.address))
        stage.wait(lambda: stage.context.model.online == 1, "Ann online")
        assert any("Ann" in line for line in stage.list_text())
        conversation = Conversation.person(ann.identity)
        stage.context.open(conversation)
        page.chat.composer.composer.set("你好 Ann 😀")
        page.chat.composer.composer.submit()
        me = stage.context.model.me
        assert me is not None
        mine = Conversation.person(me.identity)
        ann.wait(lambda: [one.text for one in ann.events if getattr(one, "conversation", "") == mine
                          and hasattr(one, "text")] == ["你好 Ann 😀"], "the text")  # fmt: skip

        def meta() -> str:
            found = page.chat.messages.bubbles.row(0)
            return found.meta if isinstance(found, ChatRow) else ""

        stage.wait(lambda: "delivered" in meta(), "delivered")
        ann.do(MarkDisplayed(mine, 0))
        stage.wait(lambda: "read" in meta(), "read")
        message = new_id()
        ann.do(SendText(mine, message, "hello back"))
        stage.wait(lambda: "hello back" in stage.visible_text(), "the answer")
        stage.wait(lambda: MessageState.DISPLAYED in ann.states(message), "it is told that it was read")
        stage.wait(lambda: stage.unread == 0, "read here")


def test_a_picture_and_the_files_of_a_folder_come_over(
    make_stage: Callable[..., Live], tmp_path: Path
) -> None:
    stage = make_stage(live=True)
    page = stage.page
    stage.wait(lambda: stage.context.model.me, "the chat's start")
    Image.radial_gradient("L").save(tmp_path / "face.png")
    face = make_portrait(tmp_path / "face.png")
    folder = tmp_path / "homework"
    (folder / "empty").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text(name)
    with chatters(tmp_path, "Ann", picture=face) as (ann,):
        stage.submit(AddPerson(ann.address))
        conversation = Conversation.person(ann.identity)
        stage.wait(
            lambda: (known := stage.context.model.person(conversation)) and known.picture, "Ann's picture"
        )
        stage.context.open(conversation)
        page.side.toggle()
        own = stage.context.model.me
        assert own is not None
        ann.do(OfferFiles(Conversation.person(own.identity), new_id(), [folder]))
        card = stage.files_card
        stage.wait(lambda: card.list.rows.rows, "the offer")
        first = card.list.rows.rows[0]
        assert isinstance(first, TransferRow)
        offer = first.first
        assert Path(stage.context.model.people[ann.identity].picture).read_bytes() == face
        stage.submit(AcceptTransfer(offer.transfer, tmp_path / "downloads"))
        card.fold(first)

        def finished() -> set[str]:
            items = [row.item for row in card.list.rows.rows if isinstance(row, ItemRow)]
            return {one.name for one in items if one is not None and one.state is TransferStage.FINISHED}

        names = {f"homework/{name}" for name in ("a.txt", "b.txt", "c.txt")}
        stage.wait(lambda: names <= finished(), "all files, each told as finished")


def test_where_nothing_can_be_kept_one_begins_anew_and_reads_it_from_memory(
    make_stage: Callable[..., Live], tmp_path: Path
) -> None:
    """A folder in the history's place and an empty identity: each start has its history in another place."""
    profile = tmp_path / "0"  # the first stage's
    (profile / "history.sqlite").mkdir(parents=True)
    (profile / "identity.pem").touch()
    stage = make_stage(live=True)
    stage.wait(lambda: "is empty" in stage.banners.get("chat", ""), "why it did not start")
    stage.answer = "new"
    stage.page.startup.mend_identity()
    stage.wait(lambda: stage.context.model.me, "the chat's start")
    me = stage.context.model.me
    assert me is not None and me.history and not (profile / "history.sqlite" / "x").exists()
    with chatters(tmp_path, "Ann") as (ann,):
        stage.submit(AddPerson(ann.address))
        stage.wait(lambda: stage.context.model.online == 1, "Ann online")
        stage.context.open(Conversation.person(ann.identity))
        ann.do(SendText(Conversation.person(me.identity), new_id(), "kept for now"))
        stage.wait(lambda: "kept for now" in stage.visible_text(), "the text")
        # As on a cloned PC: the chat ends, and goes on as somebody new, with another file.
        stage.page.startup.begin_anew()
        stage.wait(lambda: (new := stage.context.model.me) and new.identity != me.identity, "the new start")
        stage.wait(lambda: stage.context.history is not None, "the history")
        reader = stage.context.history
        assert reader is not None and reader.conversations() == []
