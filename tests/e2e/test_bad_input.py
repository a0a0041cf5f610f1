"""What nobody should type, send or plug in: each time a clear message in the user's language, nothing lost.

The window is the real one in this process, with its real engine; the terminal is a program of its own.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gui.pages.sockets.choice import Choice
from tests.e2e.real_window import real_window
from tests.programs import START_SECONDS, Program, Programs, run_program, running_programs
from tests.shots.stage import Stage, Variant
from tests.waiting import PATIENCE_SECONDS, wait_until

HERE = "127.0.0.1"
LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh_CN"])
SURROGATE = "\ud800".encode("utf-8", "surrogatepass")


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


@contextmanager
def window(folder: Path, lang: str) -> Iterator[Stage]:
    stage = Stage(Variant("light", lang, (1100, 720)), folder)
    try:
        yield stage
    finally:
        stage.end()


def words_on(widget: Any) -> str:
    """Every word on labels and buttons in sight."""
    found = [words_on(child) for child in widget.winfo_children()] if widget.winfo_ismapped() else []
    if widget.winfo_ismapped() and "text" in (widget.keys() or ()):
        found.append(str(widget.cget("text")))
    return "\n".join(filter(None, found))


def is_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def type_into(stage: Stage, field: Any, text: str) -> None:
    """As typing or an input method does: what stood there goes, the new text comes."""
    field.entry.focus_force()
    field.entry.delete(0, "end")
    field.entry.insert(0, text)
    stage.app.update()


def heard(stage: Stage, peer: socket.socket, expected: bytes) -> None:
    """Wait until the peer has received it, while the window goes on."""
    peer.setblocking(False)
    so_far = bytearray()

    def all_of_it() -> bool:
        with suppress(BlockingIOError):
            so_far.extend(peer.recv(65536))
        return bytes(so_far) == expected

    stage.wait(all_of_it, f"{expected!r} arrives")


# Addresses and ports


@LANGUAGES
def test_what_is_no_address_or_port_is_told_beside_the_field(display: str, tmp_path: Path, lang: str) -> None:
    with window(tmp_path, lang) as stage:
        setup = stage.page.setup
        setup.show_choice(Choice(role="client", host=HERE))
        for name, text in (
            ("port", "0"), ("port", "70000"), ("port", "abc"), ("port", ""), ("port", "-1"),
            ("host", "192.168. 1.3"), ("host", ""), ("host", "1.2.3.4.5.6::"),
        ):  # fmt: skip
            field = getattr(setup, name)
            before = field.value
            type_into(stage, field, text)
            reported = words_on(setup.wrong)
            assert reported, f"{name} {text!r}"
            assert is_chinese(reported) is lang.startswith("zh")
            assert text in reported
            setup.start.invoke()
            stage.app.update()
            assert len(stage.page.model) == 0
            assert field.value == text
            type_into(stage, field, before)
            assert words_on(setup.wrong) == ""


def test_what_an_input_method_leaves_is_taken_as_meant(display: str, tmp_path: Path) -> None:
    with socket.create_server((HERE, 0)) as server, window(tmp_path, "zh_CN") as stage:
        port = server.getsockname()[1]
        wide = str.maketrans("0123456789.:", "０１２３４５６７８９．：")
        setup = stage.page.setup
        setup.show_choice(Choice(role="client", host="", port=""))
        type_into(stage, setup.host, f"{HERE}:{port}".translate(wide))
        assert words_on(setup.wrong) == ""
        setup.start.invoke()
        known = stage.page.model.get(stage.page.model.shown)
        stage.wait(lambda: known.is_live, "it connects")
        assert (known.remote.host, known.remote.port) == (HERE, port)


HOLDER = """
import socket
with socket.create_server(("127.0.0.1", 0)) as taken:
    print(taken.getsockname()[1], flush=True)
    input()
"""


@LANGUAGES
def test_a_failed_opening_says_why_above_the_conversation(
    display: str, programs: Programs, tmp_path: Path, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_name(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    other = programs.python(HOLDER, tmp_path)
    port = wait_until(lambda: other.output.decode().strip(), what="another program has a port")
    with window(tmp_path, lang) as stage:

        def shown_in_banner(part: str) -> str:
            banner = stage.page.chat.banner
            stage.wait(lambda: part in words_on(banner).replace("\u2060", ""), f"{part} in the banner")
            return words_on(banner)

        stage.start(Choice(host=HERE, port=port, reuse_address=False), lambda known: known.closed)
        reported = shown_in_banner(port)
        assert str(other.process.pid) in reported  # which program it is
        assert is_chinese(reported) is lang.startswith("zh")
        monkeypatch.setattr("net.system.resolve.look_up", no_name)
        stage.start(Choice(role="client", host="no-such-host.invalid"), lambda known: known.closed)
        reported = shown_in_banner("no-such-host.invalid")
        assert is_chinese(reported) is lang.startswith("zh")


# What is written, what arrives


@LANGUAGES
def test_hex_of_odd_length_stays_and_is_explained(display: str, tmp_path: Path, lang: str) -> None:
    with window(tmp_path, lang) as stage:
        listener = stage.serve()
        peer = stage.connect(listener)
        bar = stage.page.chat.composer
        bar.mode.set("hex")
        bar.composer.set("0x48, 65 6")
        bar.composer.submit()
        assert bar.composer.error
        assert is_chinese(bar.composer.error) is lang.startswith("zh")
        assert bar.composer.value == "0x48, 65 6"
        bar.composer.set("0x48, 65 6C")
        bar.composer.submit()
        stage.wait(lambda: stage.rows() > 2, "it is sent")
        heard(stage, peer, b"Hel")


def test_nothing_that_arrives_can_act_on_the_window(
    display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.sockets.tcp.connection.FLUSH_DELAY", 600.0)
    data = "\x1b[2J\x07NUL:\x00 \u202eexe.gnp\u202c\u2066 half:".encode() + SURROGATE + b"\xe4\xbd"
    with window(tmp_path, "en") as stage:
        listener = stage.serve()
        peer = stage.connect(listener)
        stage.hear(peer, data)
        stage.wait(lambda: "exe.gnp" in stage.visible_text(), "it is painted")
        shown = stage.visible_text()
        for character in "\x1b\x00\x07\u202e\u202c\u2066\ud800":
            assert character not in shown
        reader = stage.contents.services.reader()
        assert reader is not None

        def kept() -> bytes:
            rows = reader.fetch(listener.session, 0, stage.rows(), tree=True)
            return b"".join(row.data for row in rows if row.direction == "in")

        # The half character waits for its other half, and comes alone when there will be none.
        assert kept() == data[:-2]
        peer.close()
        stage.wait(lambda: kept() == data, "all bytes are kept")
        reader.close()


def test_ten_megabytes_without_a_line_end(display: str, tmp_path: Path) -> None:
    data = b"x" * 10_000_000
    with (
        real_window(display, tmp_path, "tcp-server://127.0.0.1:0") as shown,
        socket.create_connection((HERE, shown.port())) as peer,
    ):
        peer.sendall(data)
        wait_until(lambda: shown.transcript.stat().st_size > 2 * len(data), what="all of it is kept")
        wait_until(lambda: shown.data("in") == data, what="just as it was sent")
        shown.say("still here")
        peer.settimeout(PATIENCE_SECONDS)
        assert peer.recv(100) == b"still here"


@LANGUAGES
def test_a_line_that_never_ends_is_told(programs: Programs, tmp_path: Path, lang: str) -> None:
    server = terminal(programs, tmp_path, "tcp-server://127.0.0.1:0?framing=lines", lang)
    with socket.create_connection((HERE, port_of(server))) as peer, pytest.raises(ConnectionError):
        for _ in range(1000):
            peer.sendall(b"x" * 100_000)
    wait_until(lambda: len(new_errors(server)) > 2, what=server.printed)
    assert is_chinese("\n".join(new_errors(server))) is lang.startswith("zh")
    with socket.create_connection((HERE, port_of(server))) as peer:
        peer.sendall(b"another\n")
        server.wait_for("another")


@LANGUAGES
def test_a_datagram_too_large_is_told_and_the_next_one_goes(
    programs: Programs, tmp_path: Path, lang: str
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((HERE, 0))
        peer.settimeout(PATIENCE_SECONDS)
        url = f"udp://127.0.0.1:0?peer=127.0.0.1:{peer.getsockname()[1]}"
        sender = terminal(programs, tmp_path, url, lang)
        port_of(sender)
        before = len(new_errors(sender))
        sender.type("y" * 65_508)
        wait_until(lambda: new_errors(sender)[before:], what="the limit is reported")
        reported = "\n".join(new_errors(sender)[before:])
        assert "65" in reported
        assert is_chinese(reported) is lang.startswith("zh")
        sender.type("small enough")
        assert peer.recv(65_536).strip() == b"small enough"


def terminal(programs: Programs, folder: Path, url: str, lang: str, *more: str) -> Program:
    return programs.duplex(
        "--headless", "--lang", lang, "--profile", folder / "profile", "--open", url, *more
    )


def port_of(program: Program) -> int:
    return int(wait_until(lambda: re.search(r":(\d{4,5})\b", program.printed), START_SECONDS).group(1))


def told_of(program: Program, path: str) -> str:
    """The line among its errors that names ``path``; none yet: ""."""
    return next((line for line in new_errors(program) if path in line), "")


def new_errors(program: Program) -> list[str]:
    return program.errors.decode("utf-8", "replace").splitlines()


# Disks


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own under ``folder``; needs root."""
    folder.mkdir()
    run_program(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        run_program(["umount", "-l", folder], check=True)


@pytest.mark.netns
@LANGUAGES
def test_a_full_disk_is_told_and_the_chat_goes_on(display: str, tmp_path: Path, lang: str) -> None:
    with small_disk(tmp_path / "disk", "size=400k") as disk, window(disk, lang) as stage:
        listener = stage.serve()
        peer = stage.connect(listener)
        peer.sendall(b"z" * 3_000_000)
        banners = stage.window.layout.banners
        told = f"store {disk / 'profile' / 'transcript.sqlite3'}"
        stage.wait(lambda: told in banners.texts, "it is reported", 60)
        assert is_chinese(banners.texts[told]) is lang.startswith("zh")
        stage.page.chat.composer.composer.set("still talking")
        stage.page.chat.composer.composer.submit()
        heard(stage, peer, b"still talking")


@pytest.mark.netns
@LANGUAGES
def test_a_read_only_profile_is_told_and_the_chat_goes_on(display: str, tmp_path: Path, lang: str) -> None:
    with small_disk(tmp_path / "disk", "ro"), window(tmp_path / "disk", lang) as stage:
        listener = stage.serve()
        peer = stage.connect(listener)
        banners = stage.window.layout.banners
        stage.wait(lambda: banners.texts, "it is reported")
        assert is_chinese(" ".join(banners.texts.values())) is lang.startswith("zh")
        stage.page.chat.composer.composer.set("still talking")
        stage.page.chat.composer.composer.submit()
        heard(stage, peer, b"still talking")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@LANGUAGES
def test_a_transcript_file_that_cannot_be_written_is_told(
    programs: Programs, tmp_path: Path, lang: str
) -> None:
    for path in ("/dev/full", str(tmp_path / "no such folder" / "transcript.jsonl")):
        server = terminal(programs, tmp_path, "tcp-server://127.0.0.1:0", lang, "--transcript", path)
        with socket.create_connection((HERE, port_of(server))) as peer:
            wait_until(partial(told_of, server, path), what=path)
            assert is_chinese(told_of(server, path)) is lang.startswith("zh")
            server.type("goes on")
            peer.settimeout(PATIENCE_SECONDS)
            assert peer.recv(100).strip() == b"goes on"


# Two on one PC


def test_two_windows_on_one_profile_talk_with_each_other(display: str, tmp_path: Path) -> None:
    with real_window(display, tmp_path, "tcp-server://127.0.0.1:0") as one:
        shared = ["--profile", str(tmp_path / "profile")]
        url = f"tcp-client://127.0.0.1:{one.port()}"
        with real_window(display, tmp_path / "second", url, arguments=shared) as other:
            other.say("hello beside me")
            one.wait_for("hello beside me")
            one.say("hello yourself")
            other.wait_for("hello yourself")
    settings = json.loads((tmp_path / "profile" / "settings.json").read_text("utf-8"))
    assert settings["page"] == "sockets"
    assert not [path.name for path in (tmp_path / "profile").iterdir() if "damaged" in path.name]
