"""The page with a played engine and a real history."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import Any

import pytest
from PIL import Image

from gui.look.apply import apply_theme
from gui.pages.chat import actions, model
from gui.pages.chat.conversation import composer_bar
from gui.pages.chat.conversation.emoji import emoji, find
from gui.pages.chat.conversation.rows import ChatRow
from gui.pages.chat.files.file_menu import file_entries
from gui.pages.chat.files.left_out_dialog import LeftOutDialog
from gui.pages.chat.profile.attention import AWAY_SECONDS, Attention
from gui.shared import i18n
from net.chat.commands import (
    AcceptTransfer,
    BlockPerson,
    DeleteMessages,
    ForgetPerson,
    JoinRoom,
    MarkDisplayed,
    OfferFiles,
    OwnStatus,
    SendText,
    SendTyping,
    SetPresence,
    SetProfile,
    StartChat,
)
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import (
    ChatFault,
    ConversationChanged,
    LeftOut,
    MessageState,
    OfferFailed,
    PersonChanged,
    PresenceState,
    TransferChanged,
    TransferStage,
    Trust,
    TypingSeen,
)
from net.chat.history import TransferRecord
from net.events import Fault, FaultKind
from tests.gui.keyboard import press
from tests.gui.pages.chat.stage import BOB, LIN, MIA, ROOM, Stage, person
from tests.waiting import wait_until

WITH_LIN = Conversation.person(LIN)


@pytest.fixture
def talk(stage: Stage) -> Stage:
    """Lin and Bob are here, and the conversation with Lin is open."""
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    stage.context.open(WITH_LIN)
    stage.paint()
    return stage


def row(stage: Stage, index: int) -> ChatRow:
    found = stage.page.chat.messages.bubbles.row(index)
    assert isinstance(found, ChatRow)
    return found


# Beginning


def test_nothing_starts_before_a_name_was_given(make_stage: Callable[..., Stage]) -> None:
    stage = make_stage(name="")
    assert stage.commands == []
    card = stage.page.naming.card
    assert card is not None and card.winfo_ismapped() and not stage.page.people.winfo_ismapped()
    card.name.set("  \u202e ")
    card.accept()
    assert stage.commands == [] and card.name.error
    card.name.set("李雷")
    card.colour = "#ec4899"
    card.accept()
    stage.app.update()
    (start,) = stage.submitted(StartChat)
    assert (start.name, start.colour, start.folder) == ("李雷", "#ec4899", stage.folder)
    assert stage.settings.chat["name"] == "李雷" and stage.page.people.winfo_ismapped()


def test_a_known_name_starts_at_once_and_can_be_changed(stage: Stage) -> None:
    assert [start.name for start in stage.submitted(StartChat)] == ["Me"]
    stage.begin()
    stage.page.ask_name()
    card = stage.page.naming.card
    assert card is not None
    card.name.set("New")
    card.accept()
    assert stage.submitted(SetProfile) == [SetProfile("New", "")]
    assert len(stage.submitted(StartChat)) == 1


def test_no_one_found_says_what_to_do(stage: Stage) -> None:
    stage.begin()
    texts = stage.texts(stage.page.people)
    assert "No one found yet" in texts and "Why can't I see them?" in texts and "Add by address" in texts
    stage.begin(person(LIN, "Lin"))
    assert "No one found yet" not in stage.texts(stage.page.people)


# Talking


def test_what_is_written_goes_to_who_is_shown(talk: Stage) -> None:
    composer = talk.page.chat.composer
    composer.composer.set("hello\nthere")
    composer.composer.submit()
    (sent,) = talk.submitted(SendText)
    assert (sent.conversation, sent.text, sent.reply_to) == (WITH_LIN, "hello\nthere", "")
    assert composer.composer.value == ""
    assert len(talk.submitted(SendTyping)) <= 1


def test_each_message_tells_how_far_it_is(talk: Stage) -> None:
    message = talk.say(WITH_LIN, "one")
    assert "queued" in row(talk, 0).meta
    for state, word in (
        (MessageState.SENT, "sent"),
        (MessageState.DELIVERED, "delivered"),
        (MessageState.DISPLAYED, "read"),
    ):
        talk.progress(WITH_LIN, message, state)
        assert word in row(talk, 0).meta


def test_an_answer_carries_the_message_it_answers(talk: Stage) -> None:
    asked = talk.hear(LIN, "Lin", "when?")
    talk.page.chat.composer.answer(row(talk, 0))
    talk.app.update()
    assert "when?" in talk.texts(talk.page.chat.composer)
    talk.page.chat.composer.composer.set("now")
    talk.page.chat.composer.composer.submit()
    assert talk.submitted(SendText)[0].reply_to == asked
    talk.say(WITH_LIN, "now", reply_to=asked, quote="when?")
    assert row(talk, 1).quote == "when?"
    assert talk.page.chat.composer.reply is None


def test_messages_that_are_seen_are_told_once(talk: Stage) -> None:
    talk.hear(LIN, "Lin", "hi")
    talk.wait(lambda: talk.submitted(MarkDisplayed), "displayed")
    assert talk.submitted(MarkDisplayed)[-1] == MarkDisplayed(WITH_LIN, 0)
    count = len(talk.submitted(MarkDisplayed))
    talk.page.chat.note_seen()
    assert len(talk.submitted(MarkDisplayed)) == count


def test_a_message_is_told_as_seen_when_its_count_comes_later(talk: Stage) -> None:
    play = talk.play
    held: list[Any] = []
    talk.play = lambda *events: held.extend(events)  # type: ignore[method-assign]
    talk.hear(LIN, "Lin", "hi")
    talk.play = play  # type: ignore[method-assign]
    added, counted = held
    talk.play(added)
    talk.wait(lambda: "hi" in talk.visible_text(), "the message")
    talk.page.chat.note_seen()
    talk.play(counted)
    talk.wait(lambda: talk.submitted(MarkDisplayed), "displayed")
    assert talk.submitted(MarkDisplayed) == [MarkDisplayed(WITH_LIN, 0)]


def test_hidden_messages_are_not_told_as_seen(talk: Stage) -> None:
    talk.page.hidden()
    talk.hear(LIN, "Lin", "hi")
    assert talk.submitted(MarkDisplayed) == [] and talk.unread == 1
    talk.page.shown()
    talk.wait(lambda: talk.submitted(MarkDisplayed), "displayed")


def test_a_message_elsewhere_is_told_with_a_toast_and_a_count(talk: Stage) -> None:
    talk.hear(BOB, "Bob", "are you in?")
    assert talk.toasts == ["Bob: are you in?"] and talk.unread == 1
    assert any("Bob" in line and "are you in?" in line for line in talk.list_text())
    talk.hear(LIN, "Lin", "in sight")
    assert len(talk.toasts) == 1


def test_do_not_disturb_silences(talk: Stage) -> None:
    talk.context.own.presence.choose(PresenceState.BUSY)
    assert talk.submitted(SetPresence) == [SetPresence(OwnStatus.BUSY)]
    talk.hear(BOB, "Bob", "are you in?")
    assert talk.toasts == [] and talk.unread == 1


def test_away_after_five_minutes_and_back_with_a_key(talk: Stage) -> None:
    now = [0.0]
    attention = Attention(talk.root, talk.context.own.presence.leave, lambda: now[0])
    now[0] = AWAY_SECONDS - 1
    attention.look()
    assert talk.context.own.status.value == "online"
    now[0] = AWAY_SECONDS + 1
    attention.look()
    assert talk.context.own.status.value == "away"
    attention.touched()
    assert [each.status for each in talk.submitted(SetPresence)] == ["away", "online"]
    talk.context.own.presence.choose(PresenceState.BUSY)
    now[0] += AWAY_SECONDS + 1
    attention.look()
    assert talk.submitted(SetPresence)[-1].status == "busy"


def test_typing_is_shown_and_told(talk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "TYPING_SECONDS", 3600.0)
    talk.play(TypingSeen(WITH_LIN, LIN, "Lin"))
    assert talk.page.chat.messages.typing_strip.winfo_ismapped()
    assert any("typing" in line for line in talk.list_text())
    talk.hear(LIN, "Lin", "done")
    assert not talk.page.chat.messages.typing_strip.winfo_ismapped()
    talk.page.chat.composer.composer.text.insert("end", "x")
    talk.wait(lambda: talk.submitted(SendTyping), "typing")


def test_new_messages_below_are_counted(talk: Stage) -> None:
    for number in range(60):
        talk.hear(LIN, "Lin", f"line {number}")
    bubbles = talk.page.chat.messages.bubbles
    bubbles.scroll_pixels(-2000)
    talk.paint()
    talk.hear(LIN, "Lin", "below")
    talk.hear(LIN, "Lin", "below too")
    assert "2 new" in talk.texts(talk.page.chat.messages)
    talk.page.chat.messages.new_below.button.invoke()
    talk.paint()
    assert "below too" in talk.visible_text()
    assert "2 new" not in talk.texts(talk.page.chat.messages)


def test_a_hit_is_brought_into_view(talk: Stage) -> None:
    for number in range(80):
        talk.hear(LIN, "Lin", f"line {number}")
    talk.context.open(WITH_LIN, 3)
    talk.paint()
    assert "line 3" in talk.visible_text().split("\n")


def test_deleting_asks_only_for_many(talk: Stage) -> None:
    first = talk.hear(LIN, "Lin", "one")
    talk.hear(LIN, "Lin", "two")
    bubbles = talk.page.chat.messages.bubbles
    bubbles.selection.only(0)
    talk.page.chat.menu.delete_selected()
    assert talk.submitted(DeleteMessages) == [DeleteMessages(WITH_LIN, [first])]
    bubbles.select_all()
    talk.page.chat.menu.delete_selected()
    assert len(talk.submitted(DeleteMessages)) == 1
    talk.answer = "yes"
    talk.page.chat.menu.delete_selected()
    assert len(talk.submitted(DeleteMessages)[-1].messages) == 2


def test_a_deleted_message_leaves_the_list(talk: Stage) -> None:
    talk.hear(LIN, "Lin", "older")
    last = talk.hear(LIN, "Lin", "newest")
    assert any("newest" in line for line in talk.list_text())
    count = talk.history.run(lambda store: store.messages.delete(WITH_LIN, [last]))
    talk.play(ConversationChanged(WITH_LIN, count.count, count.unread))
    assert any("older" in line for line in talk.list_text())
    assert talk.visible_text() == "older"


def test_forgetting_and_blocking_a_person(talk: Stage) -> None:
    actions.forget(talk.context, BOB)
    assert talk.submitted(ForgetPerson) == []
    talk.answer = "all"
    actions.forget(talk.context, BOB)
    assert talk.submitted(ForgetPerson) == [ForgetPerson(BOB, True)]
    talk.play(PersonChanged(person(LIN, "Lin", trust=Trust.BLOCKED)))
    assert "You blocked Lin." in talk.texts(talk.page.chat)
    assert str(talk.page.chat.composer.composer.text.cget("state")) == "disabled"
    talk.page.chat.press_banner()
    assert talk.submitted(BlockPerson) == [BlockPerson(LIN, False)]


def test_a_changed_key_is_a_warning_that_blocks(stage: Stage) -> None:
    stage.begin(person(MIA, "Mia", trust=Trust.CHANGED))
    stage.context.open(Conversation.person(MIA))
    stage.paint()
    assert "Nothing is sent until you decide." in stage.texts(stage.page.chat)
    assert "Decide about the key first" in stage.texts(stage.page.chat.composer)


def test_a_fault_is_worded(talk: Stage) -> None:
    talk.play(ChatFault(Fault(FaultKind.NOT_OPEN), WITH_LIN, LIN, {"reason": "person_blocked"}))
    assert "blocked" in talk.toasts[-1]


def test_an_announcement_is_marked(talk: Stage) -> None:
    talk.hear(LIN, "Lin", "meeting at ten", conversation=EVERYBODY, announcement=True)
    assert talk.toasts == ["Lin · announcement: meeting at ten"]
    talk.context.open(EVERYBODY)
    talk.paint()
    assert "Announcement" in talk.texts(talk.page.chat.header)
    assert talk.page.chat.composer.tools["file"].instate(["disabled"])


def test_a_room_can_be_joined(talk: Stage) -> None:
    talk.room(joined=False)
    talk.context.open(Conversation.room(ROOM))
    talk.paint()
    assert "You are not in this room yet." in talk.texts(talk.page.chat)
    talk.page.chat.press_banner()
    assert talk.submitted(JoinRoom) == [JoinRoom(ROOM)]
    talk.room()
    assert "40 members" in talk.texts(talk.page.chat.header)
    assert not talk.page.chat.banner.winfo_ismapped()


# Files


def test_files_are_shown_before_they_go(talk: Stage, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("x")
    composer = talk.page.chat.composer
    composer.attach([path, tmp_path / "gone"])
    talk.app.update()
    assert "notes.txt" in talk.texts(composer) and len(talk.toasts) == 1
    composer.send_button.invoke()
    (offer,) = talk.submitted(OfferFiles)
    assert (offer.conversation, offer.paths, offer.picture) == (WITH_LIN, [path], False)
    assert composer.files == [] and "notes.txt" not in talk.texts(composer)


def test_enter_sends_files_without_a_text(talk: Stage, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("x")
    composer = talk.page.chat.composer
    press(composer.composer.text, "<Return>")
    assert not talk.submitted(OfferFiles)
    composer.attach([path])
    press(composer.composer.text, "<Return>")
    (offer,) = talk.submitted(OfferFiles)
    assert offer.paths == [path] and composer.files == [] and not talk.submitted(SendText)


def test_copied_files_are_attached_when_pasted(
    talk: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("x")
    monkeypatch.setattr(composer_bar, "copied_files", lambda _widget: [path])
    talk.page.chat.composer.composer.text.event_generate("<<Paste>>")
    assert talk.page.chat.composer.files == [path]
    assert talk.page.chat.composer.composer.value == ""


def test_a_pasted_picture_is_kept_and_offered_as_one(talk: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    composer = talk.page.chat.composer
    talk.app.clipboard_clear()
    monkeypatch.setattr(composer_bar, "copied_picture", lambda _widget: Image.new("RGB", (40, 30), "#ff0000"))
    composer.composer.text.event_generate("<<Paste>>")
    assert composer.picture.winfo_manager()
    composer.send_button.invoke()
    (offer,) = talk.submitted(OfferFiles)
    assert offer.picture and offer.paths[0].parent == talk.folder / "pasted" and offer.paths[0].exists()


def test_a_file_shows_its_progress_and_what_can_be_done(talk: Stage) -> None:
    id = "ab" * 16
    record = TransferRecord(id, id, WITH_LIN, LIN, True, "film.mp4", 1, 4096, TransferStage.OFFERED)
    talk.history.run(lambda store: store.transfers.save(record))
    talk.hear(LIN, "Lin", "film.mp4", transfer=id)
    facts = row(talk, 0).file
    assert facts is not None and "offered" in facts.about and facts.share < 0
    accept = next(entry for entry in file_entries(talk.context, facts) if entry and entry[0] == "Accept")
    assert accept[1] is not None
    accept[1]()
    assert talk.submitted(AcceptTransfer) == [AcceptTransfer(id)]
    stage = TransferStage.RUNNING
    talk.play(TransferChanged(id, id, WITH_LIN, LIN, True, "film.mp4", 1, 4096, 1024, 512.0, 6.0, stage))
    facts = row(talk, 0).file
    assert facts is not None and facts.share == 0.25 and "512 B/s" in facts.about
    names = [entry[0] for entry in file_entries(talk.context, facts) if entry]
    assert "Pause" in names and "Cancel" in names and "Accept" not in names


def test_what_was_left_out_stays_at_the_message(talk: Stage) -> None:
    id, left_out = "cd" * 16, LeftOut((("link", 2),), (("tree/a", "link"), ("tree/b", "link")))
    record = TransferRecord(id, id, WITH_LIN, LIN, False, "tree", 3, 4096, TransferStage.FINISHED)
    talk.history.run(lambda store: store.transfers.save(record))
    talk.history.run(lambda store: store.transfers.save_left_out(id, left_out))
    talk.hear(LIN, "Lin", "tree", transfer=id)
    facts = row(talk, 0).file
    assert facts is not None
    assert facts.missing == "2 left out: 2 links that lead out of the folder"
    assert "What was left out …" in [entry[0] for entry in file_entries(talk.context, facts) if entry]
    talk.app.update()
    canvas = talk.page.chat.messages.bubbles.canvas
    shown = [item for item in canvas.find_all() if str(canvas.type(item)) == "text"]
    painted = [str(canvas.itemcget(item, "text")) for item in shown]
    assert facts.missing in painted
    dialog = LeftOutDialog(talk.app, facts.left_out)
    assert dialog.list.value.splitlines()[1] == "tree/b: a link that leads out of the folder"
    dialog.close("")


def test_where_nothing_can_be_sent_one_sentence_says_why(talk: Stage) -> None:
    talk.play(OfferFailed(WITH_LIN, "ef" * 16, LeftOut((("special", 1),), (("pipe", "special"),))))
    talk.play(OfferFailed(WITH_LIN, "ef" * 16, LeftOut((("deleted", 2), ("special", 1)), ())))
    assert talk.toasts == [
        "pipe is a pipe, a socket or a device: only files and folders can be sent.",
        "Nothing of it can be sent: 2 that are no longer there, 1 pipe, socket or device.",
    ]


def test_a_chosen_file_whose_name_is_no_utf8_is_sent(
    talk: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + "/文件.txt".encode("gbk")))
    path.write_text("x")
    (as_tk,) = talk.app.tk.splitlist(talk.app.tk.call("glob", "-directory", str(tmp_path), "*.txt"))
    monkeypatch.setattr(filedialog, "askopenfilenames", lambda **_more: (as_tk,))
    composer = talk.page.chat.composer
    composer.choose_files()
    talk.app.update()
    assert composer.files == [path] and not talk.toasts and "文件.txt" in talk.texts(composer)


# Emoji


@pytest.mark.parametrize(
    ("wanted", "sign"), [("笑哭", "😂"), ("thumbs up", "👍"), ("赞", "👍"), ("rocket", "🚀")]
)
def test_emoji_are_found_in_both_languages(wanted: str, sign: str) -> None:
    assert sign in find(wanted)


def test_every_emoji_has_a_name_and_chinese_words() -> None:
    assert len(emoji()) >= 400 and len({sign for sign, _words in emoji()}) == len(emoji())
    for sign, words in emoji():
        assert any(ch >= "\u4e00" for ch in words) and any("a" <= ch <= "z" for ch in words), sign


def test_an_emoji_is_picked_with_the_keyboard(talk: Stage) -> None:
    composer = talk.page.chat.composer
    composer.toggle_emoji()
    talk.app.update()
    assert composer.picker is not None and composer.picker.winfo_ismapped()
    composer.picker.search.set("火箭")
    assert composer.picker.signs == ["🚀"]
    press(composer.picker.search.entry, "<Return>")
    assert composer.composer.value == "🚀" and talk.settings.chat["emoji"] == ["🚀"]
    press(composer.picker.search.entry, "<Escape>")
    talk.app.update()
    assert not composer.picker.winfo_ismapped()


# Looks and keys


def test_the_status_bar_counts_who_is_here(talk: Stage) -> None:
    assert talk.status == "2 online · listening on port 45654"
    talk.play(PersonChanged(person(BOB, "Bob", PresenceState.OFFLINE)))
    assert talk.status.startswith("1 online")


def test_the_keyboard_goes_through_the_conversations(talk: Stage) -> None:
    names = [each.conversation for each in talk.page.people.list.talks]
    talk.page.opening.next(1)
    assert talk.context.conversation == names[(names.index(WITH_LIN) + 1) % len(names)]
    talk.hear(BOB, "Bob", "?")
    talk.context.open(WITH_LIN)
    talk.page.opening.next_unread()
    assert talk.context.conversation == Conversation.person(BOB)
    talk.page.people.list.step(-1, False, None)  # type: ignore[arg-type]
    here = talk.context.conversation
    assert here is not None and (here.is_person or here == EVERYBODY)


def test_a_key_goes_to_the_files_and_back(talk: Stage) -> None:
    id = "ab" * 16
    stage = TransferStage.OFFERED
    talk.play(TransferChanged(id, id, WITH_LIN, LIN, True, "film.mp4", 1, 4096, 0, 0.0, 0.0, stage))
    talk.page.go_to_side()
    assert talk.page.side.shown is not None
    files = talk.page.side.shown.list
    wait_until(lambda: talk.app.focus_get() is files.canvas, 10.0, talk.app, "the files have the keyboard")
    assert files.copy().startswith("film.mp4")
    talk.page.go_to_side()
    composer = talk.page.chat.composer.composer.text
    wait_until(lambda: talk.app.focus_get() is composer, 10.0, talk.app, "the composer has the keyboard")


def test_language_and_theme_change_while_open(talk: Stage) -> None:
    talk.hear(LIN, "Lin", "hi")
    i18n.set_language("zh_CN")
    talk.paint()
    assert "发送" in talk.texts(talk.page.chat) and "在线" in talk.texts(talk.page.chat.header)
    for mode in ("dark", "light"):
        apply_theme(talk.app, mode)
        talk.paint()
    assert "hi" in talk.visible_text()


def test_everything_fits_into_a_small_window(talk: Stage) -> None:
    talk.app.geometry("960x620+20+20")
    talk.wait(lambda: (talk.app.winfo_width(), talk.app.winfo_height()) == (960, 620), "its size")
    talk.paint()
    button: Any = talk.page.chat.composer.send_button
    frame = talk.page.frame
    assert button.winfo_rootx() + button.winfo_width() <= frame.winfo_rootx() + frame.winfo_width()
    assert button.winfo_rooty() + button.winfo_height() <= frame.winfo_rooty() + frame.winfo_height()
    assert talk.page.people.own.winfo_ismapped()
