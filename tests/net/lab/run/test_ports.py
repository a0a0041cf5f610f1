"""A program's fixed port that others have, and what stands for it."""

from __future__ import annotations

import socket
from contextlib import closing

from net.lab.lesson import Scene, SceneProgram, Text
from net.lab.recording import Header
from net.lab.run.ports import Ports, free_port, is_taken
from net.lab.run.sources import fixed_ports, named_numbers
from tests.net.lab.run.lab_rig import LabRig

ROLE = Text(en="a", zh_CN="a")
PAIR = Scene(
    name="pair",
    programs=(
        SceneProgram(name="server", file="tutorial/udp_server.py", role=ROLE),
        SceneProgram(name="client", file="tutorial/udp_client.py", role=ROLE, side=1),
    ),
)


def server_source(port: int) -> str:
    return f"""\
        import socket
        s = socket.socket()
        s.bind(("127.0.0.1", {port}))
        print(s.getsockname()[1])
        s.listen(1)
        c, who = s.accept()
        c.close()
    """


def client_source(port: int) -> str:
    return f"""\
        import socket
        s = socket.socket()
        s.connect(("127.0.0.1", {port}))
        print(s.getpeername()[1])
        s.recv(1)
    """


def test_a_free_port_is_kept(lab: LabRig) -> None:
    port = free_port()
    run = lab.start(fresh_ports=False, server=server_source(port), client=client_source(port))
    run.make("server in accept 1", "all end")
    bind = run.calls("server", "bind")[0]
    assert run.returned(bind).local == f"127.0.0.1:{port}"
    assert run.troubles() == {}


def test_the_next_run_has_the_port_of_one_that_was_just_stopped(lab: LabRig) -> None:
    port = free_port()
    datagrams = f"""\
        import socket
        s = socket.socket(type=socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", {port}))
        s.recvfrom(1)
    """
    for _scene in range(3):
        # Connected, and neither end has closed: whose process ends first closes first.
        run = lab.start(fresh_ports=False, server=server_source(port), client=client_source(port))
        run.make("server in accept 1", "client after connect 1", "server before close 1")
        run.stop_soon()
        run = lab.start(fresh_ports=False, server=datagrams)
        run.make("server in recvfrom 1")
        run.stop_soon()
        assert run.troubles() == {}
        assert run.returned(run.calls("server", "bind")[0]).local == f"127.0.0.1:{port}"


def test_another_port_stands_for_a_taken_one_and_both_programs_agree(lab: LabRig) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as stranger:
        port = stranger.getsockname()[1]
        run = lab.start(fresh_ports=False, server=server_source(port), client=client_source(port))
        run.make("server in accept 1", "all end")
    bind, connect = run.calls("server", "bind")[0], run.calls("client", "connect")[0]
    real = run.returned(bind).local
    assert bind.address == connect.address == f"127.0.0.1:{port}"
    assert real != f"127.0.0.1:{port}" and run.returned(connect).remote == real
    assert run.troubles()["port-taken"] == {"port": str(port), "other": real.split(":")[1]}
    # The programs see the port of their sources.
    assert run.printed() == f"{port}\n{port}\n"


def test_a_second_bind_in_the_same_run_fails_as_it_should(lab: LabRig) -> None:
    port = free_port()
    run = lab.start(fresh_ports=False, server=server_source(port), second=server_source(port))
    run.make("server in accept 1", "second after bind 1")
    assert run.returned(run.calls("second", "bind")[0]).error == "OSError"
    run = lab.start(fresh_ports=True, server=server_source(port), second=server_source(port))
    run.make("server in accept 1", "second after bind 1")
    assert run.returned(run.calls("second", "bind")[0]).error == "OSError"


def test_a_persons_program_reaches_what_listens_here_already(lab: LabRig) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as sockets_page:
        port = sockets_page.getsockname()[1]
        run = lab.start(fresh_ports=False, client=client_source(port))
        run.make("client after connect 1")
        connection, _address = sockets_page.accept()
        connection.close()
        run.make("client ends")
        assert run.returned(run.calls("client", "connect")[0]).remote == f"127.0.0.1:{port}"


def test_a_lessons_program_never_reaches_a_stranger_and_the_header_says_so(lab: LabRig) -> None:
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with closing(stranger):
        if not is_taken(12345):
            stranger.bind(("127.0.0.1", 12345))
        run = lab.start_scene("", PAIR)
        run.make("client in recvfrom 1", "server in recvfrom 1")
    header = run.of(Header)[0]
    real = header.ports["12345"]
    assert real != 12345
    assert run.returned(run.calls("server", "bind")[0]).local == f"127.0.0.1:{real}"


def test_ports_of_other_pcs_and_of_answers_are_left_alone() -> None:
    ports = Ports()
    ports.name([80, 12345])
    with closing(socket.create_server(("127.0.0.1", 0))) as stranger:
        taken = stranger.getsockname()[1]
        assert ports.real("a", "93.184.216.34", taken, "connect") == (taken, False)
        assert ports.real("a", "127.0.0.1", taken, "sendto") == (taken, False)
        real, told = ports.real("a", "127.0.0.1", taken, "bind")
        assert told and real != taken
        assert ports.real("b", "", taken, "bind") == (real, False)
        assert ports.real("b", "192.0.2.1", taken, "connect") == (taken, False)


def test_a_moved_port_is_one_programs_alone() -> None:
    ports = Ports()
    ports.keep(12345)
    ports.move("receiver", 12345, 40123)
    assert ports.real("receiver", "127.0.0.1", 12345, "bind") == (40123, False)
    assert ports.real("sender", "127.0.0.1", 12345, "sendto") == (12345, False)
    assert ports.substitutes == {"12345": 40123}


def test_ports_are_read_from_a_source() -> None:
    text = 'PORT = 5000\ns.bind(("", 12345))\nx = (1, 70000)\ns.recv(1024)\n'
    assert fixed_ports(text) == (5000, 12345)
    assert named_numbers(text) >= {5000, 12345, 1024}
    assert fixed_ports("this is no python (") == ()


def test_what_was_taken_since_it_was_chosen_is_chosen_anew() -> None:
    ports = Ports()
    port = free_port()
    assert ports.choose(port) == (port, False) and not ports.is_settled(port)
    with closing(socket.create_server(("127.0.0.1", port))):
        real, told = ports.real("server", "127.0.0.1", port, "bind")
    assert told and real != port and ports.is_settled(port)
    with closing(socket.create_server(("127.0.0.1", real))):
        # Bound by a program of the run, that is.
        assert ports.real("second", "127.0.0.1", port, "bind") == (real, False)
        assert ports.real("client", "127.0.0.1", port, "connect") == (real, False)
