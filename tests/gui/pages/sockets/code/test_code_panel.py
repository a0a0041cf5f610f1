"""Show code: the program in the panel runs as a real process and talks to the session in the window."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.code.code_panel import CodePanel
from gui.pages.sockets.code.example_choice import belongs_elsewhere, example_of
from gui.pages.sockets.code.example_process import ExampleProcess
from gui.shared import i18n
from gui.widgets.code_text import code_spans
from net.address import Address
from net.protocol.reply import ReplyMatch, ReplyRule
from net.sockets.commands import SetReplyRules
from tests.gui.pages.sockets.stage import Live, Stage
from tests.ports import free_port
from tests.programs import run_program
from tests.waiting import PATIENCE_SECONDS, wait_until

HERE = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[5]
SERVER = Choice(host=HERE, port="0")


def panel_of(stage: Stage) -> CodePanel:
    stage.page.show_code()
    panel = stage.page.side.code
    assert isinstance(panel, CodePanel)
    return panel


def start(live: Live, choice: Choice) -> Any:
    """Open a session of the choice; returns its id."""
    live.page.setup.show_choice(choice)
    live.page.setup.start.invoke()
    known = live.wait(lambda: live.page.model.get(live.page.model.shown), "a session")
    live.wait(lambda: known.is_live, "open")
    return known


def written_in(live: Live, session: int, direction: str, tree: bool = True) -> list[str]:
    reader = live.reader()
    assert reader is not None
    try:
        rows = reader.fetch(session, 0, 1000, tree)
        return [row.data.decode() for row in rows if row.direction == direction]
    finally:
        reader.close()


def run(live: Live, panel: CodePanel, side: str) -> None:
    assert panel.side == side
    panel.run_button.invoke()
    live.wait(lambda: panel.runs.is_running(side), "the process")


def type_in_console(panel: CodePanel, line: str) -> None:
    panel.input.set(line)
    panel.input.entry.event_generate("<Return>")
    if panel.input.value:  # the window has no focus on this screen
        panel._typed(line)


def send(live: Live, text: str) -> None:
    live.page.chat.composer.composer.set(text)
    live.wait(live.page.chat.composer.composer.submit, "that it can be sent")


@pytest.mark.parametrize("framing", ["raw", "lines", "length4"])
def test_the_client_in_the_panel_chats_with_the_server_of_the_window(live: Live, framing: str) -> None:
    panel = panel_of(live)
    known = start(live, Choice(host=HERE, port="0", framing=framing))
    live.wait(lambda: f"PORT = {known.local.port}\n" in panel.code.value, "the port the system chose")
    run(live, panel, "client")
    live.wait(lambda: known.children, "a connection")
    type_in_console(panel, "你好，服务器！")
    live.wait(lambda: "你好，服务器！" in written_in(live, known.session, "in"), "the message")
    send(live, "你好，客户端！")
    live.wait(lambda: "< 你好，客户端！" in panel.output.value, "the answer in the console")
    type_in_console(panel, "exit")
    live.wait(lambda: panel.console.state == "ended", "its end")
    connection = live.page.model.get(known.children[0])
    assert connection is not None
    live.wait(lambda: connection.closed, "the connection's end")


@pytest.mark.parametrize("tls", [False, True])
def test_the_server_in_the_panel_serves_the_client_of_the_window(live: Live, tls: bool) -> None:
    panel = panel_of(live)
    choice = Choice(role="client", host=HERE, port=str(free_port(socket.SOCK_STREAM)), tls=tls)
    live.page.setup.show_choice(choice)
    run(live, panel, "server")
    live.wait(lambda: choice.port in panel.output.value, "it listens")
    known = start(live, choice)
    send(live, "hello 服务器")
    live.wait(lambda: "hello 服务器" in panel.output.value, "the message in the console")
    type_in_console(panel, "hi 客户端")
    live.wait(lambda: "hi 客户端" in written_in(live, known.session, "in", False), "the answer")
    panel.run_button.invoke()
    live.wait(lambda: known.closed, "closed by the peer")
    assert panel.console.state == "stopped"


def test_a_datagram_goes_there_and_back(live: Live) -> None:
    panel = panel_of(live)
    known = start(live, Choice("udp", "unicast", HERE, "0"))
    live.wait(lambda: f"PORT = {known.local.port}\n" in panel.code.value, "the port")
    run(live, panel, "client")
    live.wait(lambda: panel.console.count > 0)
    type_in_console(panel, "数据报")
    live.wait(lambda: "数据报" in written_in(live, known.session, "in", False), "the datagram")
    send(live, "收到")
    live.wait(lambda: "收到" in panel.output.value, "the answer")


def test_a_receiver_runs_where_the_endpoint_sends_to(live: Live) -> None:
    panel = panel_of(live)
    choice = Choice("udp", "unicast", HERE, "0", peer=f"{HERE}:{free_port(socket.SOCK_DGRAM)}")
    live.page.setup.show_choice(choice)
    run(live, panel, "server")
    live.wait(lambda: choice.peer.partition(":")[2] in panel.output.value, "it waits")
    known = start(live, choice)
    send(live, "温度 21")
    live.wait(lambda: "温度 21" in panel.output.value, "the datagram in the console")
    type_in_console(panel, "ok")
    live.wait(lambda: "ok" in written_in(live, known.session, "in", False), "the answer")


@pytest.mark.skipif(sys.platform != "linux", reason="groups and broadcasts on loopback are Linux's")
@pytest.mark.parametrize("role", ["multicast", "broadcast"])
def test_one_to_many_reaches_the_program_and_comes_back(live: Live, role: str) -> None:
    panel = panel_of(live)
    port = str(free_port(socket.SOCK_DGRAM))
    choice = Choice("udp", "multicast", "239.1.2.3", port, interface=HERE)
    if role == "broadcast":
        choice = Choice("udp", "broadcast", "0.0.0.0", "0", peer=f"127.255.255.255:{port}")
    live.page.setup.show_choice(choice)
    run(live, panel, "server")
    live.wait(lambda: port in panel.output.value, "it waits")
    known = start(live, choice)
    send(live, "大家好")
    live.wait(lambda: "大家好" in panel.output.value, "the datagram in the console")
    type_in_console(panel, "你好")
    live.wait(lambda: "你好" in written_in(live, known.session, "in", False), "the answer")


def test_a_port_in_use_is_told_by_the_last_line(live: Live) -> None:
    panel = panel_of(live)
    with socket.socket() as holder:
        holder.bind((HERE, 0))
        holder.listen()
        live.page.setup.show_choice(Choice(role="client", host=HERE, port=str(holder.getsockname()[1])))
        panel.run_button.invoke()
        live.wait(lambda: panel.console.state == "failed", "its failure")
    assert panel.console.last_line.startswith("OSError")
    assert panel.state_label.text.endswith(panel.console.last_line)
    assert "Traceback" in panel.output.value
    assert not panel.input.winfo_manager()


def test_a_window_of_its_own_shows_the_same_process(live: Live) -> None:
    panel = panel_of(live)
    known = start(live, SERVER)
    run(live, panel, "client")
    live.wait(lambda: known.children, "a connection")
    window = panel.enlarge()
    assert window.panel.code.value == panel.code.value
    type_in_console(window.panel, "from the large one")
    live.wait(lambda: "from the large one" in written_in(live, known.session, "in"), "the message")
    assert "from the large one" in panel.output.value
    window.close()
    live.app.update()
    assert panel.runs.is_running("client")


def test_the_process_ends_with_the_panel(stage: Stage, tmp_path: Path) -> None:
    panel = panel_of(stage)
    stage.page.setup.show_choice(Choice(role="client", host=HERE, port=str(free_port(socket.SOCK_STREAM))))
    panel.run_button.invoke()
    stage.wait(lambda: panel.console.count > 1, "it listens")
    process = psutil.Process(panel.console.pid)
    folder = Path(process.cwd())
    panel.destroy()
    wait_until(lambda: not process.is_running())
    wait_until(lambda: not folder.exists())


def test_the_programs_follow_choice_and_language(stage: Stage) -> None:
    panel = panel_of(stage)
    stage.page.setup.show_choice(Choice(host=HERE, port="2001", codec="gb18030"))
    assert (panel.side, "PORT = 2001" in panel.code.value, "gb18030" in panel.code.value) == (
        "client",
        True,
        True,
    )
    english = panel.code.value
    i18n.set_language("zh_CN")
    try:
        chinese = panel.code.value
    finally:
        i18n.set_language("en")
    assert chinese != english and panel.code.value == english
    without = [[line for line in text.splitlines() if "#" not in line] for text in (english, chinese)]
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)
    assert len(without[0]) == len(without[1])
    stage.page.setup.show_choice(Choice(host=HERE, port="70000"))
    assert panel.code.value == english  # the last one that could be run
    assert "mistake" in panel.note.text
    panel.tabs._choose("server")
    assert "listen()" in panel.code.value
    panel.copy()
    assert stage.app.clipboard_get() == panel.sources["server"]


def test_saved_programs_are_what_is_shown(stage: Stage, tmp_path: Path) -> None:
    panel = panel_of(stage)
    assert panel.save(tmp_path / "客户端.py")
    assert (tmp_path / "客户端.py").read_text("utf-8") == panel.sources["client"]
    (tmp_path / "file").touch()
    assert not panel.save(tmp_path / "file" / "client.py")
    assert "client.py" in stage.toasts[-1]


def test_another_pcs_server_does_not_run_here(stage: Stage) -> None:
    panel = panel_of(stage)
    stage.page.setup.show_choice(Choice(role="client", host="192.0.2.77"))
    assert panel.side == "server" and str(panel.run_button.cget("state")) == "disabled"
    assert "192.0.2.77" in panel.note.text
    panel.run_button.invoke()
    assert not panel.runs.is_running("server")


def test_the_rules_of_the_open_session_stand_in_its_program(live: Live) -> None:
    panel = panel_of(live)
    known = start(live, SERVER)
    panel.show_side("server")
    assert "answers_to" not in panel.code.value
    rules = (
        ReplyRule(ReplyMatch.EXACT, "ping", answer="pong {count}"),
        ReplyRule(ReplyMatch.REGEX, r"\p{L}+", answer="never"),
        ReplyRule(ReplyMatch.REGEX, r"(?:a|b)\d", answer="{remote}"),
    )
    live.submit(SetReplyRules(known.session, rules))
    live.wait(lambda: "answers_to" in panel.code.value, "the rules")
    assert "pong " in panel.code.value and "(?:a|b)" in panel.code.value and "never" not in panel.code.value
    assert "Left out: auto-reply rule 2" in str(panel.note.cget("text"))
    panel.show_side("client")
    assert "answers_to" not in panel.code.value and "Left out" not in str(panel.note.cget("text"))


@pytest.mark.parametrize(
    ("choice", "local", "host", "port", "peer"),
    [
        (Choice(host="0.0.0.0", port="0"), Address("0.0.0.0", 4001), "0.0.0.0", 4001, "client"),
        (Choice(role="client", host="10.1.2.3", port="80"), None, "10.1.2.3", 80, "server"),
        (Choice("udp", "unicast", "0.0.0.0", "5000"), None, "0.0.0.0", 5000, "client"),
        (Choice("udp", "unicast", HERE, "5000", peer="127.0.0.1:6000"), None, HERE, 6000, "server"),
        (Choice("udp", "broadcast", "0.0.0.0", "5000", peer="255.255.255.255:6000"), None,
         "255.255.255.255", 6000, "server"),
        (Choice("udp", "broadcast", "0.0.0.0", "5000", peer="255.255.255.255"), None,
         "255.255.255.255", 5000, "client"),
        (Choice("udp", "multicast", "239.1.2.3", "5000"), None, "239.1.2.3", 5000, "server"),
    ],
)  # fmt: skip
def test_which_program_is_the_peer(
    choice: Choice, local: Address | None, host: str, port: int, peer: str
) -> None:
    example = example_of(choice, local)
    assert example is not None
    assert (example.host, example.port, example.peer) == (host, port, peer)


def test_what_runs_here() -> None:
    mine = example_of(Choice(role="client", host="127.0.0.5"))
    other = example_of(Choice(role="client", host="192.0.2.9"))
    name = example_of(Choice(role="client", host="localhost"))
    assert mine and other and name
    assert [belongs_elsewhere(each, "server") for each in (mine, other, name)] == [False, True, False]
    assert not belongs_elsewhere(other, "client")


@pytest.fixture
def start_process() -> Iterator[Callable[[str], ExampleProcess]]:
    made: list[ExampleProcess] = []

    def begin(source: str) -> ExampleProcess:
        made.append(ExampleProcess(source, "program.py"))
        return made[-1]

    yield begin
    for process in made:
        process.stop()
        assert process.wait(PATIENCE_SECONDS)


def test_a_flooding_program_is_held_back_and_stopped(start_process: Callable[[str], ExampleProcess]) -> None:
    process = start_process("while True: print('x' * 1000)")
    wait_until(lambda: process._arrived.full())
    assert 0 < len(process.take()) <= 16 * 8192
    process.stop()
    assert process.wait(PATIENCE_SECONDS)


def test_a_program_that_reads_nothing_blocks_nobody(start_process: Callable[[str], ExampleProcess]) -> None:
    process = start_process("import threading; threading.Event().wait()")
    process.type_line("x" * 5_000_000)
    process.stop()
    assert process.wait(PATIENCE_SECONDS)
    assert process.exit_code != 0


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signal to ignore")
def test_a_program_that_will_not_end_is_killed(start_process: Callable[[str], ExampleProcess]) -> None:
    source = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
    process = start_process(source + "while True: signal.pause()")
    said: list[str] = []
    wait_until(lambda: said.append(process.take()) or "deaf" in "".join(said))  # type: ignore[func-returns-value]
    process.stop()
    assert process.wait(PATIENCE_SECONDS)


def test_output_cut_inside_a_character_comes_whole(start_process: Callable[[str], ExampleProcess]) -> None:
    source = (
        "import sys, os\nos.write(1, '你'.encode()[:2]); sys.stdin.readline(); os.write(1, '你'.encode()[2:])"
    )
    process = start_process(source)
    process.type_line("go")
    text: list[str] = []
    wait_until(lambda: text.append(process.take()) or process.exit_code is not None)  # type: ignore[func-returns-value]
    assert "".join(text) == "你"


def test_the_hidden_argument_runs_a_file(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    (tmp_path / "net.py").write_text("here = 'its own net'\n", "utf-8")  # not ours, which has the same name
    path.write_text(
        "import sys, net\nprint('<', input(), sys.argv, __name__, net.here)\nraise OSError('in use')\n",
        "utf-8",
    )
    done = run_program(
        [sys.executable, ROOT / "main.py", "--run-example", path, "--port", "7"],
        input="你好\n".encode(),
        capture_output=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout.decode().splitlines() == [f"< 你好 {[str(path), '--port', '7']} __main__ its own net"]
    errors = done.stderr.decode().splitlines()
    assert (done.returncode, errors[-1]) == (1, "OSError: in use")
    assert not any("runpy" in line or "main.py" in line for line in errors)


def test_a_file_run_by_the_program_itself_may_call_exit(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("exit(3)\n", "utf-8")
    # -S: without the module site, as in the packaged program.
    words: list[str | Path] = [sys.executable, "-S", ROOT / "main.py", "--run-example", path]
    done = run_program(words, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_colours_fall_on_the_right_words() -> None:
    source = "import os  # 注释\nclass A:\n    def f(self):\n        return len('''a\nb''') + 1 or None\n"
    found = [
        (kind, source.splitlines()[line - 1][start:stop]) for kind, line, start, stop in code_spans(source)
    ]
    assert found == [
        ("keyword", "import"), ("comment", "# 注释"), ("keyword", "class"), ("definition", "A"),
        ("keyword", "def"), ("definition", "f"), ("keyword", "return"), ("builtin", "len"),
        ("string", "'''a"), ("string", "b'''"), ("number", "1"), ("keyword", "or"), ("constant", "None"),
    ]  # fmt: skip
    assert list(code_spans("def f(:\n  '")) != []  # invalid Python is coloured as far as possible
