"""What is said and sent on the played Chat page."""

from __future__ import annotations

from typing import Any

from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import MessageState, Proof, TransferItemState, TypingSeen
from net.chat.events import TransferStage as T
from tests.gui.pages.chat.stage import ROOM
from tests.shots.chat_stage import (
    ANNA,
    BOB,
    LAB,
    LIN,
    LONG_NAME,
    MB,
    MIA,
    WANG,
    ChatStage,
    clock,
    jpeg,
    painting,
)

WITH_LIN, WITH_BOB, IN_ROOM, TO_ALL = (
    Conversation.person(LIN),
    Conversation.person(BOB),
    Conversation.room(ROOM),
    EVERYBODY,
)
SENT, DELIVERED, DISPLAYED = MessageState.SENT, MessageState.DELIVERED, MessageState.DISPLAYED


def lively(chat: ChatStage) -> None:
    """The README's picture."""
    says, name = chat.word, chat.word("Lin Xiao", "林晓")
    chat.context.open(WITH_LIN)
    greeting = says("Morning! Did you try the new version? 你好 😊", "早！新版的双工测了吗？Hello 😊")
    chat.hear(LIN, name, greeting, time=clock(9, 41))
    asked = chat.say(
        WITH_LIN, says("Just now: TCP round trip 1.8 ms, no loss.", "刚跑完，TCP 往返 1.8 ms，丢包率 0。"),
        DISPLAYED, time=clock(9, 42),
    )  # fmt: skip
    chat.say(
        WITH_LIN,
        says(
            "Results: https://lab.example/重传/结果?run=7 (open it on the LAN)",
            "结果在 https://lab.example/重传/结果?run=7，内网能打开。",
        ),
        DISPLAYED,
        time=clock(9, 42),
    )
    quote = says("Just now: TCP round trip 1.8 ms, no loss.", "刚跑完，TCP 往返 1.8 ms，丢包率 0。")
    chat.hear(
        LIN, name, says("Great 👍 I switch over too.", "太好了 👍 我这边也切过去。"),
        reply_to=asked, quote=quote, time=clock(9, 44),
    )  # fmt: skip
    chat.offer(
        2, says("window.jpg", "窗外.jpg"), T.FINISHED, 1.0, clock(9, 45), size=184_320,
        preview=jpeg(painting(480, 180)),
    )  # fmt: skip
    chat.offer(
        3, "capture-0719.pcap", T.RUNNING, 0.62, clock(9, 46), rate=11.4 * MB, seconds_left=1.6,
        folder="/home/me/Downloads",
    )  # fmt: skip
    chat.play(TypingSeen(WITH_LIN, LIN, name))


def message_states(chat: ChatStage) -> None:
    says, name = chat.word, chat.word("Lin Xiao", "林晓")
    chat.context.open(WITH_LIN)
    for number, state in enumerate((DISPLAYED, DELIVERED, SENT, MessageState.QUEUED), start=1):
        chat.say(
            WITH_LIN,
            says(f"Message number {number}", f"第 {number} 条消息"),
            state,
            time=clock(9, 6 * number),
        )
    chat.hear(LIN, name, says("I have read the first.", "我看了第一条。"), time=clock(9, 30))
    paths = [chat.folder / says("plan.pdf", "计划.pdf"), chat.folder / says("photo.jpg", "照片.jpg")]
    for path in paths:
        path.write_bytes(b"x")
    row: Any = chat.page.chat.messages.bubbles.row(4)
    chat.page.chat.composer.answer(row)
    chat.page.chat.composer.attach(paths)


def in_room(chat: ChatStage) -> None:
    says = chat.word
    lin, wang = says("Lin Xiao", "林晓"), says("Wang Zihan", "王子涵")
    chat.hear(WANG, wang, says("Welcome, all of you!", "欢迎大家！"), IN_ROOM, time=clock(10, 0))
    chat.hear(LIN, lin, says("Hello 👋", "你好 👋"), IN_ROOM, time=clock(10, 1), proof=Proof.SIGNED)
    chat.hear(
        BOB, "Bob Chen", says("Which page?", "第几页？"), IN_ROOM, time=clock(10, 1), proof=Proof.UNSIGNED
    )
    chat.say(IN_ROOM, says("Page 12.", "第 12 页。"), time=clock(10, 2))
    chat.say(IN_ROOM, says("Not to all of you!", "不是给大家的！"), MessageState.REFUSED, time=clock(10, 2))
    chat.hear(
        MIA,
        "Mia",
        says("No lesson tomorrow!", "明天不上课！"),
        IN_ROOM,
        time=clock(10, 3),
        proof=Proof.FORGED,
    )


def proofs(chat: ChatStage) -> None:
    """A room with what its authors signed, did not sign, and did not say."""
    says, lin = chat.word, chat.word("Lin Xiao", "林晓")
    bob, signed = "Bob Chen", {"proof": Proof.SIGNED}
    unsigned, forged = {"proof": Proof.UNSIGNED}, {"proof": Proof.FORGED}
    asked = says("Which page?", "第几页？")
    chat.context.open(IN_ROOM)
    chat.hear(LIN, lin, says("Hello 👋", "你好 👋"), IN_ROOM, time=clock(10, 1), **signed)
    chat.hear(BOB, bob, asked, IN_ROOM, time=clock(10, 1), **unsigned)
    chat.hear(
        BOB, bob, says("My Duplex is old.", "我的 Duplex 是旧版。"), IN_ROOM, time=clock(10, 1), **unsigned
    )
    answered = {"time": clock(10, 2), "reply_to": "ab" * 16, "quote": asked}
    chat.hear(LIN, lin, says("Page 12.", "第 12 页。"), IN_ROOM, **answered, **unsigned)
    chat.say(IN_ROOM, says("Thank you!", "谢谢！"), MessageState.DELIVERED, time=clock(10, 3), **unsigned)
    never = says("I never said this.", "我没说过这句话。")
    chat.say(IN_ROOM, never, MessageState.DELIVERED, time=clock(10, 3), **forged)
    lie = says(
        "No lesson tomorrow: see https://example.org/plan ", "明天不上课，见 https://example.org/plan 。"
    )
    chat.hear(MIA, "Mia", lie * 4, IN_ROOM, time=clock(10, 4), **forged)
    chat.hear(MIA, "Mia", "?", IN_ROOM, time=clock(10, 4), **forged)
    chat.hear(ANNA, LONG_NAME, says("Really?", "真的吗？"), IN_ROOM, time=clock(10, 5), **unsigned)


def typing(chat: ChatStage) -> None:
    in_room(chat)
    chat.context.open(IN_ROOM)
    names = {LIN: chat.word("Lin Xiao", "林晓"), BOB: "Bob Chen", ANNA: LONG_NAME}
    chat.play(*(TypingSeen(IN_ROOM, identity, name) for identity, name in names.items()))


def absent(chat: ChatStage) -> None:
    chat.context.open(Conversation.person(LAB))
    says = chat.word
    chat.hear(LAB, says("Test PC 03", "测试机-03"), says("Shutting down.", "要关机了。"), time=clock(8, 3, 1))
    for text in (says("Are you back?", "你回来了吗？"), says("The log is at mine.", "日志在我这里。")):
        chat.say(Conversation.person(LAB), text, time=clock(9, 5))


def long_messages(chat: ChatStage) -> None:
    chat.context.open(Conversation.person(ANNA))
    chat.hear(ANNA, LONG_NAME, "https://example.org/" + "path/" * 40, time=clock(9, 1))
    chat.hear(
        ANNA, LONG_NAME, chat.word("A long paragraph which wraps. ", "很长的一段话，应该换行显示。") * 40
    )
    chat.hear(ANNA, LONG_NAME, "x" * 300)
    chat.say(
        Conversation.person(ANNA),
        "\n".join(f"{number} × {number} = {number * number}" for number in range(40)),
    )


def new_below(chat: ChatStage) -> None:
    chat.context.open(WITH_LIN)
    name = chat.word("Lin Xiao", "林晓")
    for number in range(40):
        chat.hear(LIN, name, chat.word(f"Line {number}", f"第 {number} 行"), time=clock(9, number))
    chat.page.chat.messages.see(10)
    chat.paint()
    for number in range(12):
        chat.hear(LIN, name, chat.word(f"New {number}", f"新的 {number}"), time=clock(10, number))


def announcement(chat: ChatStage) -> None:
    says = chat.word
    chat.context.open(TO_ALL)
    wang = says("Wang Zihan", "王子涵")
    text = says("The lab closes at six today.", "机房今天六点关门。")
    chat.hear(WANG, wang, text, TO_ALL, time=clock(8, 55), announcement=True)
    chat.say(TO_ALL, says("Lesson 4 begins now.", "第四课现在开始。"), time=clock(9, 0), announcement=True)


def menu_of_message(chat: ChatStage) -> None:
    lively(chat)
    chat.page.chat.open_menu()


# --- Files ---


def files(chat: ChatStage) -> None:
    """Each stage of a file, as a bubble and in the third card."""
    says = chat.word
    chat.context.open(WITH_LIN)
    down = "/home/me/Downloads"
    chat.offer(11, says("report.pdf", "报告.pdf"), T.OFFERED)
    chat.offer(12, says("lecture.mp4", "讲课.mp4"), T.PAUSED_HERE, 0.31, folder=down)
    chat.offer(13, says("installer.exe", "安装包.exe"), T.FAILED, 0.7, reason="disk_full", folder=down)
    chat.offer(14, says("notes.txt", "笔记.txt"), T.FINISHED, 1.0, size=4096, folder=down)
    chat.offer(15, says("slides.pptx", "课件.pptx"), T.RUNNING, 0.45, incoming=False, rate=3.2 * MB,
               seconds_left=8.0)  # fmt: skip
    chat.offer(16, says("backup.tar.gz", "备份.tar.gz"), T.CANCELLED_THERE, 0.1, incoming=False)
    chat.offer(17, says("song.flac", "歌曲.flac"), T.DECLINED, incoming=False)
    chat.offer(18, says("archive.zip", "资料.zip"), T.WAITING, incoming=False)
    chat.page.side.toggle()


def transfers(chat: ChatStage) -> None:
    """A folder unfolded, and a file that went to a whole room."""
    says = chat.word
    chat.context.open(WITH_LIN)
    one = chat.offer(
        21, says("holiday pictures", "春游照片"), T.RUNNING, 0.5, count=5, rate=9.6 * MB, seconds_left=75.0,
        folder="/home/me/Downloads",
    )  # fmt: skip
    chat.offer(
        22, says("window.jpg", "窗外.jpg"), T.FINISHED, 1.0, size=184_320, folder="/home/me/Downloads",
        preview=jpeg(painting(480, 300)),
    )  # fmt: skip
    chat.page.side.toggle()
    chat.paint()
    folder = one.title
    long = says("a very long name of a picture taken at the lake", "在湖边拍的一张名字很长的照片")
    item = TransferItemState
    chat.unfold(
        one,
        item(0, f"{folder}/IMG_0001.jpg", 9 * MB, 9 * MB, T.FINISHED),
        item(1, f"{folder}/IMG_0002.jpg", 9 * MB, 6 * MB, T.RUNNING),
        item(2, f"{folder}/IMG_0003.jpg", 9 * MB, 0, T.FAILED, "hash"),
        item(3, f"{folder}/{long}.jpg", 12 * MB, 0, T.WAITING),
        item(4, f"{folder}/{says('more', '更多')}", 0, 0, T.WAITING, folder=True),
    )  # fmt: skip


def to_room(chat: ChatStage) -> None:
    chat.host()
    chat.context.open(TO_ALL)
    stages = (T.FINISHED, T.RUNNING, T.OFFERED, T.FAILED)
    for number, (whom, stage) in enumerate(zip((LIN, BOB, WANG, MIA), stages, strict=True)):
        chat.offer(
            31 + number, chat.word("exercise sheet.pdf", "练习题.pdf"), stage,
            {T.FINISHED: 1.0, T.RUNNING: 0.4}.get(stage, 0.0), group="ab" * 16, conversation=IN_ROOM,
            identity=whom, incoming=False, rate=2.0 * MB if stage is T.RUNNING else 0.0,
            reason="read_only" if stage is T.FAILED else "",
        )  # fmt: skip
    chat.page.side.toggle()
    chat.paint()
    card = chat.files_card
    card.fold(card.list.rows.rows[0])
