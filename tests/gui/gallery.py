"""Every widget in its states, as pictures: ``python -m tests.gui.gallery [folder]``.

Writes build/shots/gallery-*.png: boards in light and dark, Chinese and English, wide and narrow, projected.
The pictures are for looking at; no test compares pixels.
"""

from __future__ import annotations

import os
import sys
import tkinter as tk
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import ttkbootstrap as ttk
from PIL import ImageGrab

from gui.look.apply import apply_theme, first_theme, register
from gui.look.look import S
from gui.widgets.banner import Banner, Tone
from gui.widgets.bubbles import BubbleList, BubbleRow, BubbleWords, Side
from gui.widgets.composer import Composer
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.empty import EmptyState
from gui.widgets.field import FieldEntry
from gui.widgets.log_list import LogList, LogMode, LogRow
from gui.widgets.meter import Metric, MetricTiles, Sparkline
from gui.widgets.segmented import SegmentedControl
from gui.widgets.sequence import SequenceDiagram, SequenceRow, SequenceWords
from gui.widgets.session_list import SessionItem, SessionList
from gui.widgets.text_fit import Span
from gui.widgets.toast import Toasts
from gui.widgets.tooltip import Tooltip
from gui.widgets.virtual_list import ListSource

START = datetime(2026, 3, 2, 9, 41)
LONG = "supercalifragilistic" * 12


def _says(zh: bool, english: str, chinese: str) -> str:
    return chinese if zh else english


def conversation(zh: bool) -> list[BubbleRow]:
    """Messages of every kind: groups, notes, a long one, an unbreakable one, bytes that are no text."""

    def at(minutes: int) -> datetime:
        return START + timedelta(minutes=minutes)

    def row(key: int, side: Side, english: str, chinese: str, minutes: int, **more: object) -> BubbleRow:
        author = "" if side == "note" else "me" if side == "out" else _says(zh, "192.168.1.23:50712", "林晓")
        return BubbleRow(key, side, _says(zh, english, chinese), at(minutes), author, **more)  # type: ignore[arg-type]

    return [
        row(0, "note", "Connected to 192.168.1.23:12345", "已连接到 192.168.1.23:12345", 0, tone="ok"),
        row(1, "in", "Morning! Did you test the new channel?", "早！新版的双工信道测了吗？", 0),
        row(
            2,
            "out",
            "Just finished: TCP round trip 1.8 ms, UDP 0.6 ms, no loss.",
            "刚跑完，TCP 往返 1.8 ms，UDP 0.6 ms，丢包率 0。",
            1,
        ),
        row(
            3,
            "out",
            "The diagram on the right is live: one line for each message.",
            "右边的时序图是实时的，每个报文一条线，点一下能看到报文头。",
            1,
            meta="59 B",
        ),
        row(4, "in", "Great 👍 I'll switch to UDP.", "太好了 👍 我这边切到 UDP 试试乱序重组。", 2),
        row(
            5,
            "in",
            "half a character: \ufffd\ufffd and on",
            "半个汉字：\ufffd\ufffd 后面还有",
            2,
            spans=(
                Span((_says(zh, "18", "5") == "18" and 18) or 5, (_says(zh, "20", "7") == "20" and 20) or 7),
            ),
        ),
        row(6, "note", "Connection reset by the peer", "对方重置了连接", 3, tone="error"),
        row(7, "in", LONG, LONG, 1500),
        row(
            8,
            "out",
            "one\ntwo\n  three",
            "一\n二\n  三",
            1501,
            tone="error",
            meta=_says(zh, "not sent", "未发送"),
        ),
    ]


def log_rows(zh: bool) -> list[LogRow]:
    texts = [
        _says(zh, "Hello, Server", "你好，服务器！"),
        "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
        "\x00\x01\x02\x1b[31m",
    ]
    rows = []
    for key in range(14):
        text = texts[key % 3]
        data = text.encode("utf-8")
        rows.append(
            LogRow(
                key,
                START + timedelta(seconds=key * 1.3),
                "in" if key % 2 else "out",
                "192.168.1.23:50712",
                text,
                data,
            )
        )
    rows[5] = LogRow(5, START, "note", "", _says(zh, "Connection refused", "连接被拒绝"), tone="error")
    rows[9] = LogRow(9, START, "in", "[fe80::1ff:fe23:4567:890a%3]:50712", "x" * 3000, b"x" * 3000)
    return rows


def sequence_rows() -> list[SequenceRow]:
    return [
        SequenceRow(0, "0.0", "call", "", "socket()", "AF_INET, SOCK_STREAM"),
        SequenceRow(1, "0.1", "call", "", 'connect(("192.168.1.23", 12345))'),
        SequenceRow(2, "0.2", "arrow", "out", "SYN", mark="derived", tone="info"),
        SequenceRow(3, "1.1", "arrow", "in", "SYN+ACK", mark="derived", tone="info"),
        SequenceRow(4, "1.8", "arrow", "out", "ACK", mark="derived", tone="mute"),
        SequenceRow(5, "4.2", "arrow", "out", "DATA #1", "86 B"),
        SequenceRow(6, "9.0", "arrow", "in", "DATA #2", "112 B"),
        SequenceRow(7, "14.1", "arrow", "in", "DATA #1873", "1200 B", "simulated"),
        SequenceRow(8, "15.0", "call", "", "recv(4096)", "1200 B", "derived"),
        SequenceRow(
            9,
            "16.4",
            "arrow",
            "out",
            "DATA #3 with a label far too long for the room there is",
            "1200 B",
            tone="warn",
        ),
        SequenceRow(12, "16.8", "bytes", "in", "recv 24 B", parts=("one", "two"), messages=5),
        SequenceRow(13, "16.9", "bytes", "out", "send 3 B", "?", parts=("yes",), messages=1, arrives=False),
        SequenceRow(10, "17.2", "note", "", "RST", tone="error"),
        SequenceRow(11, "21.0", "arrow", "in", "FIN", tone="error"),
    ]


def sessions(zh: bool, many: int = 0) -> list[SessionItem]:
    listener = _says(zh, "TCP server", "TCP 服务器")
    items = [
        SessionItem(1, listener, "0.0.0.0:12345", "ok", bytes_text="3.1 MB", icon="hdd-network"),
        SessionItem(2, "192.168.1.23", ":50712", "ok", 1, 2, "1.2 MB", "42 KB/s", "person-fill"),
        SessionItem(3, "fe80::1ff:fe23:4567:890a%eth0", ":50713", "warn", 1, 1234, "88 B", "", "person-fill"),
        SessionItem(4, "UDP", "0.0.0.0:5000", "info", bytes_text="12 KB", icon="broadcast"),
        SessionItem(
            5, _says(zh, "TCP client", "TCP 客户端"), _says(zh, "refused", "被拒绝"), "error", icon="plug"
        ),
    ]
    return items + [
        SessionItem(100 + n, f"10.0.0.{n % 250}", f":{n}", "ok", 1, icon="person-fill") for n in range(many)
    ]


def lists_board(app: ttk.App, zh: bool) -> tk.Misc:
    """Sessions, conversation and diagram side by side: the look itself."""
    back = ttk.Frame(app, style="Back.TFrame", padding=S(12))
    back.columnconfigure(1, weight=1)
    back.rowconfigure(0, weight=1)
    left, middle, right = (ttk.Frame(back, style="Card.TFrame", padding=S(14)) for _ in range(3))
    left.grid(row=0, column=0, sticky="nsew")
    middle.grid(row=0, column=1, sticky="nsew", padx=S(12))
    right.grid(row=0, column=2, sticky="nsew")
    SegmentedControl(left, [("tcp", "TCP", "arrow-left-right"), ("udp", "UDP", "broadcast")], "tcp").pack(
        fill="x"
    )
    role = [("s", _says(zh, "Server", "服务器")), ("c", _says(zh, "Client", "客户端"))]
    SegmentedControl(left, role, "c", small=True).pack(fill="x", pady=S(8))
    FieldEntry(left, _says(zh, "Search", "搜索"), "search").pack(fill="x", pady=(0, S(8)))
    tree = SessionList(left)
    tree.pack(fill="both", expand=True)
    tree.set_items(sessions(zh))
    tree.choose(2)
    words = BubbleWords(day=lambda day: _says(zh, f"{day:%d %B}", f"{day.month} 月 {day.day} 日"))
    bubbles = BubbleList(middle, ListSource(conversation(zh)), words)
    composer = Composer(
        middle, _says(zh, "Write a message: Enter sends", "输入消息，Enter 发送，Shift+Enter 换行")
    )
    ttk.Button(composer.left, icon="plus-circle", icon_only=True, style="Soft.Icon.TButton").pack()
    send = _says(zh, "Send", "发送")
    ttk.Button(composer.right, text=send, icon="send-fill", style="Soft.Primary.TButton").pack()
    composer.pack(side="bottom", fill="x", pady=(S(8), 0))
    bubbles.pack(fill="both", expand=True)
    bubbles.set_find("TCP")
    names = SequenceWords("127.0.0.1", "192.168.1.23:12345", "observed", "derived", "simulated")
    if zh:
        names = SequenceWords("本机", "林晓", "观察到", "推断", "模拟")
    diagram = SequenceDiagram(right, ListSource(sequence_rows()), names)
    figures = [
        Metric(_says(zh, "Up", "上行"), "42 KB/s"),
        Metric(_says(zh, "Down", "下行"), "1.3 MB/s", "ok"),
        Metric(_says(zh, "Dropped", "丢弃"), "1", "warn"),
    ]
    spark = Sparkline(right, _says(zh, "Round trip", "往返时延"))
    for n in range(70):
        spark.add(1 + (n * 7919 % 13) / 13 + (4 if 40 < n < 46 else 0), "1.8 ms")
    spark.pack(side="bottom", fill="x", pady=(S(8), 0))
    MetricTiles(right, figures).pack(side="bottom", fill="x", pady=(S(8), 0))
    diagram.pack(fill="both", expand=True)
    return back


def log_board(app: ttk.App, zh: bool) -> tk.Misc:
    """The log in its three modes, a composer with a mistake, and an empty place."""
    back = ttk.Frame(app, style="Back.TFrame", padding=S(12))
    card = ttk.Frame(back, style="Card.TFrame", padding=S(14))
    card.pack(fill="both", expand=True)
    wrong = Composer(card, "")
    wrong.set("48 65 6c 6c 6f 2c 20 zz 57")
    wrong.show_error(_says(zh, "'zz' is not a byte in hex", "“zz” 不是十六进制字节"), 21, 23)
    wrong.pack(side="bottom", fill="x", pady=(S(8), 0))
    modes: tuple[LogMode, ...] = ("both", "text", "hex")
    for mode in modes:
        shown = LogList(card, ListSource(log_rows(zh)), mode=mode)
        shown.pack(fill="both", expand=True, pady=S(3))
        shown.set_find("server" if not zh else "服务")
        shown.selection.only(11)
    return back


def forms_board(app: ttk.App, zh: bool) -> tk.Misc:
    """Fields, buttons, banners, switches, an empty state, toasts."""
    back = ttk.Frame(app, style="Back.TFrame", padding=S(12))
    card = ttk.Frame(back, style="Card.TFrame", padding=S(16))
    card.pack(fill="both", expand=True)
    row = ttk.Frame(card, style="In.TFrame")
    row.pack(fill="x")
    for kind, english, chinese in (
        ("Primary", "Start", "启动"),
        ("Secondary", "Cancel", "取消"),
        ("Danger", "Stop", "停止"),
        ("Link", "Why?", "为什么？"),
    ):
        ttk.Button(row, text=_says(zh, english, chinese), style=f"{kind}.TButton").pack(
            side="left", padx=S(4)
        )
    ttk.Button(row, text=_says(zh, "Off", "不可用"), style="Primary.TButton", state="disabled").pack(
        side="left"
    )
    ttk.Button(row, icon="gear", icon_only=True, style="Icon.TButton").pack(side="left", padx=S(4))
    FieldEntry(card, "127.0.0.1", "hdd-network").pack(fill="x", pady=S(6))
    FieldEntry(card, "", "hdd-network", value="192.168.1.7", mono=True).pack(fill="x", pady=S(6))
    port = FieldEntry(
        card,
        "12345",
        "door-open",
        lambda text: (
            _says(zh, "A port is a number from 1 to 65535", "端口是 1 到 65535 之间的数字")
            if text != "1"
            else None
        ),
    )
    port.set("70000")
    port.pack(fill="x", pady=S(6))
    line = ttk.Frame(card, style="In.TFrame")
    line.pack(fill="x", pady=S(6))
    entry = ttk.Entry(line, style="Round.TEntry", width=14)
    entry.insert(0, "12345")
    entry.pack(side="left")
    combo = ttk.Combobox(
        line, style="Round.TCombobox", values=["UTF-8", "GB18030"], state="readonly", width=12
    )
    combo.current(1)
    combo.pack(side="left", padx=S(8))
    spin = ttk.Spinbox(line, style="Round.TSpinbox", from_=0, to=9, width=6)
    spin.set(3)
    spin.pack(side="left")
    for style in ("Check", "Switch"):
        for on in (1, 0):
            state = tk.IntVar(card, on)
            button = ttk.Checkbutton(line, text=style, variable=state, style=f"{style}.TCheckbutton")
            button.pack(side="left", padx=S(8))
            setattr(button, "kept", state)  # noqa: B010
    said: tuple[tuple[Tone, str, str], ...] = (
        (
            "info",
            "TCP first makes a connection; what is sent arrives complete and in order.",
            "TCP 先建立连接，数据完整有序到达。",
        ),
        ("ok", "Listening on 0.0.0.0:12345", "正在监听 0.0.0.0:12345"),
        ("warn", "Earlier settings were damaged and have been set aside.", "设置文件已损坏，已另存。"),
        ("error", "Port 12345 is in use by python3 (4711).", "端口 12345 已被 python3 (4711) 占用。"),
    )
    for tone, english, chinese in said:
        action = _says(zh, "Use 12346", "改用 12346") if tone == "error" else ""
        Banner(card, _says(zh, english, chinese), tone, action, lambda: None, lambda: None).pack(
            fill="x", pady=S(4)
        )
    EmptyState(
        card,
        "chat-dots",
        _says(zh, "No one here yet", "这里还没有人"),
        _says(zh, "Start a server, or connect to one.", "启动服务器，或连接到一个。"),
        _says(zh, "Start", "启动"),
        lambda: None,
    ).pack(pady=S(4))
    return back


BOARDS: dict[str, Callable[[ttk.App, bool], tk.Misc]] = {
    "lists": lists_board,
    "log": log_board,
    "forms": forms_board,
}


def settle(app: ttk.App, milliseconds: int = 120) -> None:
    """Let what is due be painted."""
    done = tk.BooleanVar(app, False)
    app.after(milliseconds, done.set, True)
    app.wait_variable(done)
    app.update()


def take(app: ttk.App, path: Path) -> None:
    app.update()
    x, y = app.winfo_rootx(), app.winfo_rooty()
    box = (x, y, x + app.winfo_width(), y + app.winfo_height())
    ImageGrab.grab(bbox=box, xdisplay=os.environ.get("DISPLAY")).save(path)


def main(folder: Path) -> None:
    """Write every board in every state to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    register()
    app = ttk.App(title="Duplex", theme=first_theme("light"), size=(1200, 800), position=(60, 30))
    apply_theme(app, "light")
    toasts = Toasts(app)
    for name, build in BOARDS.items():
        for zh in (False, True):
            for size in ((1200, 800), (860, 620)):
                app.geometry(f"{size[0]}x{size[1]}")
                board = build(app, zh)
                board.pack(fill="both", expand=True)  # type: ignore[attr-defined]
                settle(app)
                for mode in ("light", "dark"):
                    apply_theme(app, mode)
                    settle(app)
                    take(app, folder / f"gallery-{name}-{mode}-{'zh' if zh else 'en'}-{size[0]}.png")
                board.destroy()
        apply_theme(app, "dark", projector=True)
        app.geometry("1400x900")
        board = build(app, False)
        board.pack(fill="both", expand=True)  # type: ignore[attr-defined]
        settle(app)
        take(app, folder / f"gallery-{name}-projector.png")
        apply_theme(app, "light")
        board.destroy()
    board = forms_board(app, True)
    board.pack(fill="both", expand=True)  # type: ignore[attr-defined]
    toasts.show("已复制 192.168.1.7:12345")
    toasts.show("没有人在 127.0.0.1:12345 监听，连接被拒绝", "error")
    asked = Dialog(
        app,
        "断开所有连接？",
        "3 个客户端仍然连接着。停止后，它们会收到连接关闭的通知。",
        [DialogButton("取消", "no"), DialogButton("停止", "stop", "danger", default=True)],
    )
    asked.present()
    Tooltip(board, "这是一个提示 Ctrl+K").show()
    settle(app, 300)
    take(app, folder / "gallery-dialog.png")
    asked.close("")
    app.destroy()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/shots"))
