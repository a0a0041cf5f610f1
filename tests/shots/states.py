"""The states of the window that are looked at, as one table."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from gui.pages.sockets.choice import Choice
from net.events import Fault, FaultKind
from net.protocol.reply import ReplyMatch, ReplyRule
from net.sockets.events import FaultOccurred
from tests.shots.chat_states import CHAT_STATES
from tests.shots.lesson_states import LESSON_STATES
from tests.shots.stage import Stage, State

HERE = "127.0.0.1"
CROWD = 200
LONG = "a-very-long-name-that-no-card-can-hold." * 5 + "invalid"


def role(transport: str, role: str) -> Callable[[Stage], Any]:
    from net.sockets.events import Role, Transport

    choice = Choice().with_role(Transport(transport), Role(role))
    return lambda stage: stage.page.setup.show_choice(choice)


def relay(stage: Stage, **settings: str) -> tuple[Any, socket.socket, socket.socket]:
    """An open UDP relay with a client and a target that have spoken through it."""
    target = stage.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    target.bind((HERE, 0))
    target.settimeout(5)
    to_target = "loss=0.2&delay=0.05&jitter=0.02&lose=2&twice=3"
    choice = Choice(
        transport="udp",
        role="relay",
        host=HERE,
        port="0",
        peer=f"{HERE}:{target.getsockname()[1]}",
        seed="7",
        to_target=settings.get("to_target", to_target),
        to_client=settings.get("to_client", "delay=0.05&jitter=0.02"),
    )
    known: Any = stage.start(choice, lambda known: known.is_live)
    client = stage.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    client.settimeout(5)
    for number in range(1, 6):
        client.sendto(
            stage.say(f"pupil {number}", f"同学 {number}").encode(), ("127.0.0.1", known.local.port)
        )
        stage.settle(0.1)
    answer = stage.say("got it", "收到")
    _data, sender = target.recvfrom(100)
    target.sendto(answer.encode(), sender)
    stage.wait(lambda: known.relayed is not None and known.relayed.to_client.passed, "the answer passes")
    stage.settle(0.4)
    return known, client, target


def relay_log(stage: Stage) -> None:
    relay(stage)
    stage.page.chat.switch_view()


def relay_mistake(stage: Stage) -> None:
    relay(stage)
    row = stage.page.setup.relay.rows["loss"]
    row.entry.focus_force()
    row.variable.set("120")


def relay_loop(stage: Stage) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HERE, 0))
        port = str(free.getsockname()[1])
    choice = Choice(transport="udp", role="relay", host=HERE, port=port, peer=f"{HERE}:{port}")
    stage.start(choice, lambda known: known.closed)


def relay_tcp(stage: Stage) -> None:
    target = stage.listener()
    peer = f"{HERE}:{target.getsockname()[1]}"
    choice = Choice(
        role="relay", host=HERE, port="0", peer=peer, to_target="delay=0.2", to_client="rate=20000"
    )
    known: Any = stage.start(choice, lambda known: known.is_live)
    client = stage.keep(socket.create_connection((HERE, known.local.port)))
    accepted = stage.keep(target.accept()[0])
    client.sendall(stage.say("slowly", "慢慢来").encode())
    accepted.recv(100)
    accepted.sendall(stage.say("no hurry", "不着急").encode())
    client.recv(100)
    stage.settle(0.6)


def relay_code(stage: Stage) -> None:
    relay(stage)
    stage.page.show_code()


def mistakes(stage: Stage) -> None:
    stage.page.setup.show_choice(Choice(role="client", host="192.168. 1.300", port="70000"))


def connecting(stage: Stage) -> None:
    """A listener that accepts nobody, its queue full, leaves whoever comes next waiting."""
    full = stage.listener(backlog=0)
    port = str(full.getsockname()[1])
    for _ in range(3):
        waiting = stage.keep(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(full.getsockname())
    known = Choice(role="client", host=HERE, port=port)
    stage.start(known, lambda session: session.is_starting)


def timed_out(stage: Stage) -> None:
    connecting(stage)
    waiting = stage.page.setup.choice
    stage.page.setup.show_choice(Choice(role="client", host=HERE, port=waiting.port, timeout="1"))
    stage.page.setup.start.invoke()
    known = stage.page.model.get(stage.page.model.shown)
    stage.wait(lambda: known.closed, "it gives up")


def closed_port(stage: Stage) -> int:
    with socket.create_server((HERE, 0)) as listener:
        return int(listener.getsockname()[1])


def refused(stage: Stage) -> None:
    port = str(closed_port(stage))
    stage.start(Choice(role="client", host=HERE, port=port), lambda known: known.closed)


def unknown_host(stage: Stage) -> None:
    stage.start(Choice(role="client", host="no-such-host.invalid"), lambda known: known.closed)


def port_in_use(stage: Stage) -> None:
    port = str(stage.listener().getsockname()[1])
    stage.start(Choice(host=HERE, port=port, reuse_address=False), lambda known: known.closed)


def listening(stage: Stage) -> None:
    stage.serve()


def chat(stage: Stage) -> tuple[Any, socket.socket]:
    listener = stage.serve()
    one = stage.connect(listener)
    two = stage.connect(listener)
    stage.hear(one, stage.say("Hello, server!", "你好，服务器！"))
    stage.write(stage.say("Hello, client. What is your name?", "你好，客户端。你叫什么名字？"))
    stage.hear(one, "小明 (Xiaoming) 😀")
    stage.hear(two, stage.say("And I am Li. Can you read this?", "我是小丽。你看得到吗？"))
    stage.write(stage.say("Loud and clear, both of you.\nNow try UDP.", "两位都看得很清楚。\n再试试 UDP。"))
    stage.settle(1.0)
    return listener, one


def lively(stage: Stage) -> None:
    """The README's picture: the tutorial's port where it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free = probe.connect_ex((HERE, 12345)) != 0
    listener = stage.serve(port="12345" if free else "0")
    other = "127.0.0.2" if sys.platform == "linux" else ""
    one, two = stage.connect(listener), stage.connect(listener, other)
    stage.hear(one, stage.say("Hello, server! This is my own script.", "你好，服务器！我是小明。"))
    stage.write(stage.say("Hello! Which lesson are you in?", "你好！你在上哪一课？"))
    stage.hear(two, stage.say("你好，我是小丽 😊", "Hello, I am Li 😊"))
    stage.hear(one, stage.say("Sockets: bind, listen, accept.", "套接字：bind、listen、accept。"))
    stage.write(stage.say("你好，小丽! Watch the diagram on the right.", "Hi Li! 请看右边的时序图。"))
    stage.settle(1.0)


def log(stage: Stage) -> None:
    chat(stage)
    stage.page.chat.view.set("log")
    stage.page.chat.conversation.set_view("log")


def one_client(stage: Stage) -> None:
    listener, _one = chat(stage)
    stage.page.sessions.show(listener.children[0])
    stage.settle(1.2)


def peer_closed(stage: Stage) -> None:
    listener, one = chat(stage)
    child = stage.page.model.get(listener.children[0])
    one.close()
    stage.wait(lambda: child.closed, "the peer has gone")
    stage.page.sessions.show(listener.children[0])


def crowd(stage: Stage) -> None:
    listener = stage.serve()
    for number in range(CROWD):
        peer = stage.keep(socket.create_connection((HERE, listener.local.port), 10))  # type: ignore[union-attr]
        if number % 17 == 0:
            peer.sendall(f"client {number}".encode())
    stage.wait(lambda: len(listener.children) == CROWD, "all are in the list")


def long_words(stage: Stage) -> None:
    _listener, one = chat(stage)
    stage.hear(one, "x" * 700)
    paragraph = stage.say("A long paragraph in one line, which wraps. ", "很长的一段话，应该换行显示。")
    stage.hear(one, paragraph * 80)
    stage.write("\n".join(f"line {number}" for number in range(60)))
    stage.page.chat.composer.composer.set("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten")


def long_name(stage: Stage) -> None:
    stage.start(Choice(role="client", host=LONG), lambda known: known.closed)


def bad_bytes(stage: Stage) -> None:
    _listener, one = chat(stage)
    stage.hear(one, b"\xff\xfe\xc3\x28 half: \xe4\xbd")
    stage.hear(one, b"\x1b[31mred?\x1b[0m NUL:\x00 bell:\x07 end")
    stage.hear(one, "bidi: \u202egnp.exe\u202c zero\u200bwidth".encode())
    stage.hear(one, bytes(range(256)))


def find(stage: Stage) -> None:
    chat(stage)
    stage.page.chat.conversation.open_find()
    field = stage.page.chat.conversation.find
    field.set(stage.say("you", "你"))
    stage.page.chat.conversation._start_find()
    stage.wait(lambda: stage.page.chat.conversation.found, "it is found")


def filtered(stage: Stage) -> None:
    chat(stage)
    conversation = stage.page.chat.conversation
    conversation.toggle_filter()
    conversation.directions.set("in")
    conversation._direction_chosen("in")


def reply_rules(stage: Stage) -> None:
    stage.serve(
        reply_rules=(
            ReplyRule(ReplyMatch.CONTAINS, "hello", answer="Hello {remote}, number {count}"),
            ReplyRule(ReplyMatch.REGEX, r"^\d+$", answer="{text} {time}", delay=0.5, limit=10),
        )
    )
    stage.page.chat.edit_rules()


def repeating(stage: Stage) -> None:
    chat(stage)
    composer = stage.page.chat.composer
    composer.toggle_more()
    composer.composer.set(stage.say("tick", "滴答"))
    composer.interval.set("0.5")
    composer.start_repeat()
    stage.settle(1.2)


def sending_file(stage: Stage) -> None:
    """To a peer that does not read, so that it stays on the way."""
    source = stage.folder / stage.say("holiday pictures.zip", "春游照片.zip")
    source.write_bytes(bytes(30_000_000))
    chat(stage)
    stage.page.chat.composer.send_files([source])
    stage.wait(lambda: any("MB" in line for line in stage.page.chat.composer.jobs.running()), "on its way")
    stage.settle(0.5)


def hex_mistake(stage: Stage) -> None:
    chat(stage)
    composer = stage.page.chat.composer
    composer.mode.set("hex")
    composer._mode_chosen()
    composer.composer.set("48 65 6C 6C 6")
    composer.composer.submit()


def code(stage: Stage) -> None:
    stage.serve()
    stage.page.show_code()


def code_running(stage: Stage) -> None:
    listener = stage.serve()
    stage.page.show_code()
    panel = stage.page.side.code
    panel.run_or_stop()
    stage.wait(lambda: listener.children, "the program connects")
    panel.runs.type_line(panel.side, stage.say("Hello from the program", "程序向你问好"))
    stage.wait(lambda: stage.rows() >= 3, "what the program sent")
    stage.write(stage.say("Hello back", "你也好"))
    stage.settle(0.5)


def enlarged_code(stage: Stage) -> None:
    stage.serve()
    stage.page.show_code()
    stage.page.side.code.enlarge()
    stage.settle(0.3)


def presets_menu(stage: Stage) -> None:
    stage.page.setup.open_presets()
    stage.settle(0.2)


def presets_dialog(stage: Stage) -> None:
    from gui.pages.sockets.setup.presets import manage_presets

    manage_presets(stage.page.frame, stage.contents.services, stage.page.setup.choice, lambda _choice: None)


def addresses(stage: Stage) -> None:
    stage.start(Choice(port="0"))
    stage.page.setup.open_addresses()
    stage.settle(0.3)


def options(stage: Stage) -> None:
    stage.page.setup.toggle_options()


def udp_options(stage: Stage) -> None:
    role("udp", "multicast")(stage)
    stage.page.setup.toggle_options()


def udp_chat(stage: Stage) -> None:
    known = stage.start(Choice(transport="udp", role="unicast", host=HERE, port="0"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((HERE, 0))
        for text in (stage.say("a datagram", "一个数据报"), stage.say("and one more", "还有一个")):
            rows = stage.rows()
            peer.sendto(text.encode(), (HERE, known.local.port))  # type: ignore[union-attr]
            stage.wait(lambda rows=rows: stage.rows() > rows, "the datagram is shown")  # type: ignore[misc]
        stage.write(stage.say("got it", "收到"))
        stage.settle(1.0)


def tls_chat(stage: Stage) -> None:
    listener = stage.serve(tls=True)
    port = str(listener.local.port)  # type: ignore[union-attr]
    stage.start(Choice(role="client", host=HERE, port=port, tls=True))
    stage.write(stage.say("secret", "秘密"))
    stage.settle(1.2)


def picked_arrow(stage: Stage) -> None:
    chat(stage)
    rows = stage.page.side.diagram.shown_rows()
    stage.page.side._pick(rows[-1].key)


def address_gone(stage: Stage) -> None:
    """What the watch over the interfaces tells, of an address that is another's."""
    listener, _one = chat(stage)
    gone = Fault(FaultKind.ADDRESS_GONE, {"address": "192.168.1.4"})
    stage.page.sessions.show(listener.children[0])
    stage.window.dispatch.deliver([FaultOccurred(listener.children[0], gone, time.time_ns())])


def history(stage: Stage) -> Any:
    """What other states left, what goes on now, and some of days before."""
    chat(stage)
    stage.remember()
    return stage.page.earlier.open()


def history_found(stage: Stage) -> None:
    dialog = history(stage)
    dialog.field.set("192.168")
    dialog.search()
    stage.settle(0.5)


def history_empty(stage: Stage) -> None:
    dialog = stage.page.earlier.open()
    dialog.field.set("no such words")
    dialog.search()
    stage.settle(0.5)


def earlier_session(stage: Stage) -> None:
    chat(stage)
    stage.page.earlier.show(stage.remember())
    stage.settle(0.3)


def about(stage: Stage) -> None:
    from gui.window.about_dialog import AboutDialog

    AboutDialog(stage.app).present()


def keep_less(stage: Stage) -> None:
    stage.remember()
    stage.window.dialogs.open_settings()
    dialog: Any = stage.window.dialogs.current
    rows = dialog.retention
    rows.days.set("1")


def row_dialog(stage: Stage) -> None:
    chat(stage)
    reader = stage.contents.services.reader()
    assert reader is not None
    found = reader.fetch(stage.page.model.shown, 0, stage.rows(), tree=True)
    stage.page.chat.row_menu.open([row for row in found if row.data][-1])
    reader.close()


STATES = (
    State("idle", lambda stage: None, True),
    State("comparison", lambda stage: stage.page.setup.show_comparison(), True),
    State("role-client", role("tcp", "client")),
    State("role-unicast", role("udp", "unicast")),
    State("role-broadcast", role("udp", "broadcast")),
    State("role-multicast", role("udp", "multicast"), True),
    State("role-relay", role("udp", "relay"), True),
    State("relay", relay, True),
    State("relay-log", relay_log),
    State("relay-mistake", relay_mistake),
    State("relay-loop", relay_loop),
    State("relay-tcp", relay_tcp, True),
    State("relay-code", relay_code),
    State("mistakes", mistakes, True),
    State("connecting", connecting),
    State("timed-out", timed_out),
    State("refused", refused, True),
    State("unknown-host", unknown_host),
    State("port-in-use", port_in_use),
    State("listening", listening, True),
    State("chat", chat, True),
    State("lively", lively),
    State("log", log, True),
    State("one-client", one_client, True),
    State("peer-closed", peer_closed),
    State("crowd", crowd),
    State("long-words", long_words, True),
    State("long-name", long_name, True),
    State("bad-bytes", bad_bytes),
    State("find", find, True),
    State("filter", filtered, True),
    State("reply-rules", reply_rules, True),
    State("repeat", repeating, True),
    State("file", sending_file, True),
    State("hex-mistake", hex_mistake),
    State("code", code, True),
    State("code-running", code_running),
    State("code-window", enlarged_code),
    State("presets-menu", presets_menu),
    State("presets", presets_dialog, True),
    State("addresses", addresses, True),
    State("options", options, True),
    State("udp-options", udp_options),
    State("udp-chat", udp_chat, True),
    State("tls-chat", tls_chat),
    State("row", row_dialog),
    State("arrow", picked_arrow),
    State("address-gone", address_gone, True),
    State("history", history, True),
    State("history-found", history_found),
    State("history-empty", history_empty),
    State("earlier", earlier_session, True),
    State("keep-less", keep_less, True),
    State("about", about, True),
    State("settings", lambda stage: stage.window.dialogs.open_settings(), True),
    State("keys", lambda stage: stage.window.dialogs.show_shortcuts(), True),
    *CHAT_STATES,
    *LESSON_STATES,
)
