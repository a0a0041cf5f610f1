"""The hook: what is held, told and let go, with real programs."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from net.certificates import new_key, self_signed
from net.lab.recording import Call, Ended, Facts, Header, Printed, Released, Returned, Step, Trouble, Typed
from net.lab.run.pythons import find_pythons
from tests.net.lab.run.lab_rig import LabRig, Rig
from tests.programs import ROOT, run_program

SERVER = """\
    import socket
    listener = socket.socket()
    listener.bind(("127.0.0.1", 23451))
    listener.listen(1)
    connection, address = listener.accept()
    data = connection.recv(100)
    connection.sendall(data[::-1])
    connection.close()
    listener.close()
"""
CLIENT = """\
    import socket
    name = "Anna"
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect(("127.0.0.1", 23451))
    s.send(name.encode())
    print(s.recv(100))
    s.close()
"""


def names_of(run: Rig, who: str) -> list[str]:
    return [call.name for call in run.calls(who)]


def test_each_call_is_told_before_it_is_made(lab: LabRig) -> None:
    run = lab.start(server=SERVER, client=CLIENT)
    run.make("server before bind 1")
    (bind,) = run.calls("server", "bind")
    assert (bind.file, bind.line, bind.arguments) == ("server.py", 3, "('127.0.0.1', 23451)")
    assert (bind.address, bind.socket, bind.transport) == ("127.0.0.1:23451", 1, "tcp")
    assert bind.n not in {event.n for event in run.of(Released)}
    assert run.of(Header)[0].programs[0].text.startswith("import socket\n")
    run.make("server in accept 1", "client before send 1")
    (send,) = run.calls("client", "send")
    assert (send.data, send.size, send.line) == (b"Anna", 4, 5)
    assert send.names == {"name": "'Anna'"}
    run.make("all end")
    assert names_of(run, "server")[3:] == ["accept", "recv", "sendall", "close", "close"]
    assert names_of(run, "client") == ["socket", "connect", "send", "recv", "close"]
    assert run.printed("client") == "b'annA'\n"
    assert [event.code for event in run.of(Ended)] == [0, 0]


def test_what_was_printed_before_a_call_is_told_before_it(lab: LabRig) -> None:
    """The two come on different ways, and the rest of a line is waited for a moment."""
    run = lab.start(
        talker="""\
        import socket, sys
        s = socket.socket(type=socket.SOCK_DGRAM)
        for number in range(40):
            out = sys.stderr if number % 2 else sys.stdout
            print("line", number, file=out, end="" if number % 3 else "\\n", flush=True)
            s.sendto(b"%d" % number, ("127.0.0.1", 9))
        """
    )
    run.make(*(f"talker after sendto {number}" for number in range(1, 41)))
    told = [
        event.text.strip() if isinstance(event, Printed) else event.data.decode()
        for event in run.events
        if isinstance(event, Printed) or (isinstance(event, Call) and event.name == "sendto")
    ]
    assert told == [text for number in range(40) for text in (f"line {number}", str(number))]


def test_so_it_is_when_nothing_is_held(lab: LabRig) -> None:
    """As far as it comes within the hundredth of a second in which events are sorted: mostly it does."""
    run = lab.start(
        talker="""\
        import socket, time
        s = socket.socket(type=socket.SOCK_DGRAM)
        for number in range(5):
            print("line", number, end="", flush=True)
            s.sendto(b"%d" % number, ("127.0.0.1", 9))
            time.sleep(0.05)
        """
    )
    run.make("talker ends")
    told = [
        event.text if isinstance(event, Printed) else event.data.decode()
        for event in run.events
        if isinstance(event, Printed) or (isinstance(event, Call) and event.name == "sendto")
    ]
    in_order = [number for number in range(5) if told.index(f"line {number}") < told.index(str(number))]
    assert len(in_order) >= 3, told


def test_what_comes_back_is_told_whole(lab: LabRig) -> None:
    run = lab.start(server=SERVER, client=CLIENT)
    run.make("server in accept 1", "client before connect 1", "all end")
    accept = run.returned(run.calls("server", "accept")[0])
    connect = run.returned(run.calls("client", "connect")[0])
    assert accept.made == 2 and accept.local == connect.remote and accept.remote == connect.local
    assert accept.value == f"(<socket 2>, ('127.0.0.1', {accept.remote.split(':')[1]}))"
    recv = run.returned(run.calls("server", "recv")[0])
    assert (recv.data, recv.size, recv.value, recv.error) == (b"Anna", 4, "b'Anna'", "")
    assert run.returned(run.calls("client", "socket")[0]).made == 1
    assert run.returned(run.calls("server", "sendall")[0]).size == 4
    order = [(type(event).__name__, getattr(event, "n", 0)) for event in run.events]
    for call in run.of(Call):
        told = [order.index((kind, call.n)) for kind in ("Call", "Released", "Returned")]
        assert told == sorted(told)


def test_in_a_call_means_that_it_does_not_come_back(lab: LabRig) -> None:
    run = lab.start(server=SERVER, client=CLIENT)
    run.make("server in accept 1")
    (accept,) = run.calls("server", "accept")
    assert accept.n in {event.n for event in run.of(Released)}
    assert accept.n not in {event.n for event in run.of(Returned)}
    made = run.moves("server in bind 1")
    assert (made.reached, made.why) == (False, "not-reached")
    assert made.values == {"move": "server in bind 1"}


def test_an_unreachable_move_is_said_and_recorded(lab: LabRig) -> None:
    run = lab.start(client=CLIENT)
    made = run.moves("client after send 1", step=3)
    assert (made.reached, made.step, made.why) == (False, 3, "program-ended")
    assert [(step.number, step.reached, step.why) for step in run.of(Step)] == [(3, False, "program-ended")]
    connect = run.returned(run.calls("client", "connect")[0])
    assert connect.error == "ConnectionRefusedError" and connect.errno


def test_a_traceback_shows_the_programs_own_lines_alone(lab: LabRig) -> None:
    run = lab.start(client=CLIENT)
    run.make("client ends")
    shown = run.printed("client", error=True)
    assert shown.splitlines()[:3] == [
        "Traceback (most recent call last):",
        '  File "client.py", line 4, in <module>',
        '    s.connect(("127.0.0.1", 23451))',
    ]
    assert "hook" not in shown and shown.splitlines()[-1].startswith("ConnectionRefusedError")
    assert run.of(Ended)[0].code == 1


def test_a_caught_errors_traceback_shows_the_programs_own_lines_alone(lab: LabRig) -> None:
    run = lab.start(
        client="""\
        import logging, socket, threading, traceback
        def fail():
            socket.socket().connect(("127.0.0.1", 1))
        def fail_again():
            try:
                fail()
            except OSError as error:
                raise ValueError("again") from error
        try:
            fail()
        except OSError as error:
            traceback.print_exc()
            logging.exception("logged")
            print([line for _frame, line in traceback.walk_tb(error.__traceback__)])
            print([each.lineno for each in traceback.extract_tb(error.__traceback__)])
        traceback.print_stack()
        thread = threading.Thread(target=fail_again)
        thread.start()
        thread.join()
        """
    )
    run.make("client ends")
    said = run.printed("client", error=True)
    assert "hook" not in said, said
    assert said.count('File "client.py", line 3, in fail') == 3
    assert run.printed("client", error=False).splitlines() == ["[10, 3]", "[10, 3]"]


WRONG_ARGUMENTS = """\
import select, socket, time
s = socket.socket()
for wrong in (
    lambda: s.connect("127.0.0.1", 12345),
    lambda: s.bind("127.0.0.1", 12345),
    lambda: s.connect(address=("127.0.0.1", 1)),
    lambda: s.accept(1),
    lambda: s.send(),
    lambda: s.sendto(b"x"),
    lambda: s.recv(),
    lambda: s.recv_into(),
    lambda: s.recv_into(bytearray(1), nbytes=9),
    lambda: s.settimeout(),
    lambda: socket.socket(1, 2, 3, 4, 5),
    lambda: socket.socket(famly=2),
    lambda: time.sleep(),
    lambda: select.select([s]),
    lambda: select.select(s, [], []),
    lambda: select.select([s], [], [], "1"),
    lambda: select.select([s], [], [], -1),
    lambda: select.select([s], [], [], timeout=0),
):
    try:
        print(wrong())
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
"""


def test_a_wrong_argument_is_complained_of_in_pythons_words(lab: LabRig) -> None:
    run = lab.start(wrong=WRONG_ARGUMENTS)
    run.make("wrong ends")
    plain = run_program([sys.executable, "-c", WRONG_ARGUMENTS], capture_output=True, text=True, check=True)
    assert run.printed("wrong").splitlines() == plain.stdout.splitlines()


def test_a_socket_that_has_no_hash_is_seen(lab: LabRig) -> None:
    run = lab.start(
        own="""\
        import socket
        class Own(socket.socket):
            def __eq__(self, other):
                return True
        one, two = Own(), Own()
        one.bind(("127.0.0.1", 0))
        two.close()
        """
    )
    run.make("own ends")
    assert run.printed("own") == ""
    assert [(call.name, call.socket) for call in run.calls("own")][2:4] == [("bind", 1), ("close", 2)]


def test_a_file_named_like_a_module_that_only_the_hook_needs_is_left_alone(lab: LabRig) -> None:
    for name in ("linecache", "tokenize", "traceback", "threading", "textwrap"):
        lab.write(f"{name}.py", "print('imported')\n")
    run = lab.start(client=CLIENT)
    run.make("client ends")
    assert "imported" not in run.printed("client")


def test_two_threads_are_held_apart(lab: LabRig) -> None:
    run = lab.start(
        both="""\
        import socket, threading
        a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        a.bind(("127.0.0.1", 0)); b.bind(("127.0.0.1", 0))
        def wait():
            print(a.recv(10))
        thread = threading.Thread(target=wait)
        thread.start()
        b.sendto(b"x", a.getsockname())
        thread.join()
        """
    )
    run.make("both in recv 1")
    recv = run.calls("both", "recv")[0]
    assert (recv.thread, recv.line) == (1, 6)
    assert run.calls("both", "sendto")[0].thread == 0
    run.make("both after recv 1", "both ends")
    assert run.printed() == "b'x'\n"


def test_input_and_sleep_are_held_and_typed_into(lab: LabRig) -> None:
    run = lab.start(
        asks="""\
        import time
        name = input("Who? ")
        time.sleep(0.01)
        print("hello", name)
        print("again", repr(input()))
        """
    )
    run.make("asks in input 1")
    assert run.printed() == "Who? "
    run.make("asks types 你好", "asks after input 1")
    assert run.returned(run.calls("asks", "input")[0]).value == "'你好'"
    assert run.calls("asks", "input")[0].arguments == "'Who? '"
    run.make("asks before input 2")
    sleep = run.calls("asks", "sleep")[0]
    assert run.returned(sleep).seconds >= 0.01 and sleep.arguments == "0.01"
    run.make("asks types", "asks ends")
    assert run.printed() == "Who? hello 你好\nagain ''\n"
    assert [event.text for event in run.of(Typed)] == ["你好", ""]


def test_datagrams_are_told_with_their_addresses(lab: LabRig) -> None:
    run = lab.start(
        server="""\
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 23452))
        data, who = s.recvfrom(3)
        s.sendto(data, who)
        """,
        client="""\
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(b"HELLO", ("127.0.0.1", 23452))
        print(s.recvfrom(100)[0])
        """,
    )
    run.make("server in recvfrom 1", "client after sendto 1", "server after recvfrom 1", "all end")
    sendto = run.calls("client", "sendto")[0]
    recvfrom = run.returned(run.calls("server", "recvfrom")[0])
    assert sendto.address == "127.0.0.1:23452" and sendto.transport == "udp"
    assert recvfrom.data == b"HEL"
    assert recvfrom.remote.split(":")[1] == run.returned(sendto).local.split(":")[1]
    assert run.printed("client") == "b'HEL'\n"


def test_a_programs_own_time_limit_counts_the_call_alone(lab: LabRig) -> None:
    run = lab.start(
        waits="""\
        import socket, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 0))
        s.settimeout(0.3)
        t = time.monotonic()
        try:
            s.recv(10)
        except TimeoutError:
            print("late")
        """
    )
    run.make("waits before recv 1", "0.5 seconds pass", "waits after recv 1", "waits ends")
    recv = run.returned(run.calls("waits", "recv")[0])
    assert recv.error == "TimeoutError" and 0.25 < recv.seconds < 5
    assert run.printed() == "late\n"


def test_the_python_of_the_recording_is_named(lab: LabRig) -> None:
    run = lab.start(client=CLIENT)
    run.make("client before connect 1")
    header = run.of(Header)[0]
    assert header.python == sys.version.split()[0] and header.programs[0].file == "client.py"
    assert not header.still and header.made.endswith("+00:00")


# --- What the standard library does with sockets ---


def test_an_asyncio_program_runs_and_is_not_held_at_each_turn(lab: LabRig) -> None:
    run = lab.start(
        both="""\
        import asyncio
        async def serve(reader, writer):
            line = await reader.readline()
            writer.write(line.upper())
            await writer.drain()
            writer.close()
        async def main():
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(20):
                await asyncio.sleep(0.01)
            writer.write(b"hello\\n")
            print(await reader.readline())
            writer.close()
            server.close()
        asyncio.run(main())
        """
    )
    run.make("both before connect 1")
    for _step in range(60):
        if run.of(Ended):
            break
        run.step()
    assert run.printed() == "b'HELLO\\n'\n"
    assert run.of(Ended)[0].code == 0
    names = names_of(run, "both")
    assert {"bind", "listen", "connect", "accept", "recv", "send"} <= set(names)
    assert names.count("recv") <= 6 and names.count("select") < 40
    assert {call.file for call in run.of(Call)} == {"both.py"}


def test_a_socketserver_in_a_thread_is_told(lab: LabRig) -> None:
    run = lab.start(
        both="""\
        import socket, socketserver, threading
        class Echo(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(self.rfile.readline())
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=server.serve_forever).start()
        with socket.create_connection(server.server_address) as s:
            s.sendall(b"hello\\n")
            print(s.makefile().readline())
        server.shutdown()
        server.server_close()
        """
    )
    run.make("all end")
    assert run.printed() == "hello\n\n"
    connect = run.calls("both", "connect")[0]
    assert connect.line == 7
    assert len(run.calls("both", "select")) < 10


def test_tls_works_under_the_hook(lab: LabRig) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    (lab.folder / "cert.pem").write_bytes(self_signed(new_key(), name, now - day, now + day, ()))
    run = lab.start(
        both="""\
        import socket, ssl, threading
        listener = socket.create_server(("127.0.0.1", 0))
        def serve():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain("cert.pem")
            with context.wrap_socket(listener.accept()[0], server_side=True) as s:
                s.sendall(s.recv(100).upper())
        thread = threading.Thread(target=serve)
        thread.start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(socket.create_connection(listener.getsockname())) as s:
            s.sendall(b"secret")
            print(s.recv(100))
        thread.join()
        """
    )
    run.make("all end")
    assert run.printed() == "b'SECRET'\n"
    close = [call for call in run.calls("both", "close") if call.line == 13]
    assert close[-1].socket == run.calls("both", "connect")[0].socket


def test_a_non_blocking_loop_is_held_once_a_real_call(lab: LabRig) -> None:
    run = lab.start(
        server="""\
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 23453))
        s.setblocking(False)
        turns = 0
        while True:
            try:
                data = s.recv(100)
                break
            except BlockingIOError:
                turns += 1
        print(data, turns > 100)
        """,
        client="""\
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(b"now", ("127.0.0.1", 23453))
        """,
    )
    run.make("server after bind 1", "server runs", "0.3 seconds pass", "client after sendto 1", "server ends")
    assert run.printed() == "b'now' True\n"
    assert len(run.calls("server", "recv")) == 1


def test_the_loop_whose_calls_are_unseen_is_said_to_be_so(lab: LabRig) -> None:
    """asyncio's own on Windows makes a pair of sockets in a module of this name, and all else inside C."""
    lab.write("proactor_events.py", "import socket\ndef make():\n    return socket.socketpair()\n")
    run = lab.start(unseen="import proactor_events\nproactor_events.make()\nproactor_events.make()\n")
    run.make("unseen ends")
    assert run.troubles() == {"unseen-calls": {"who": "unseen"}}
    assert run.of(Call) == []


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.12", "3.13"])
def test_another_python_runs_the_hook(lab: LabRig, version: str) -> None:
    known = {".".join(each.version.split(".")[:2]): each.path for each in find_pythons()}
    for folder in Path.home().glob(f".pyenv/versions/{version}.*/bin/python"):
        known.setdefault(version, str(folder))
    if version not in known:
        pytest.skip(f"no Python {version} here")
    run = lab.start(python=known[version], server=SERVER, client=CLIENT)
    run.make("server in accept 1", "client before connect 1", "all end")
    assert run.of(Header)[0].python.startswith(version + ".")
    assert run.printed("client") == "b'annA'\n"
    assert run.of(Trouble) == []
    assert any(facts.state == "ESTABLISHED" for facts in run.of(Facts))


def test_a_program_runs_as_the_packaged_duplex_runs_it(lab: LabRig, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, str(ROOT / "main.py"), "--run-example"]
    monkeypatch.setattr("net.lab.run.pythons.own_python", lambda: words)
    run = lab.start(server=SERVER, client=CLIENT)
    run.make("server in accept 1", "client before send 1", "all end")
    assert run.printed("client") == "b'annA'\n"
    assert run.calls("client", "send")[0].names == {"name": "'Anna'"}
    assert run.troubles() == {} and [event.code for event in run.of(Ended)] == [0, 0]
    wrong = lab.start(wrong="import socket\nsocket.socket().connect(('127.0.0.1', 1))\n")
    wrong.make("wrong ends")
    assert wrong.printed(error=True).splitlines()[1].strip() == 'File "wrong.py", line 2, in <module>'
