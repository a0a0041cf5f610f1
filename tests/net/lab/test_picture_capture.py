"""A run as a capture: tshark reads it without a fault, and each packet says what it comes from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from net.lab.picture import PictureBuilder
from net.lab.picture.capture import write_pcap
from net.lab.recording import RecordedEvent
from tests.net.lab import recordings
from tests.net.protocol.test_pcap import WRONG
from tests.programs import is_installed, run_program

ALL: dict[str, Callable[[], list[RecordedEvent]]] = {
    "stream": recordings.stream,
    "cut": recordings.cut_character,
    "hello": recordings.hello_server,
    "stuck": recordings.stuck_chat,
    "refused": recordings.refused,
    "postcards": recordings.postcards,
    "relay": lambda: recordings.postcards(relay=True),
    "flood": lambda: recordings.flood(400),
}


def written(events: list[RecordedEvent], path: Path) -> int:
    builder = PictureBuilder()
    for event in events:
        builder.add(event)
    with path.open("wb") as file:
        return write_pcap(builder.picture, file)


def tshark(path: Path, *arguments: str) -> list[str]:
    if not is_installed("tshark"):
        if os.environ.get("CI"):
            pytest.fail("no tshark")
        pytest.skip("no tshark")
    command = ["tshark", "-n", "-r", str(path)]
    for name in ("tcp", "ip", "udp"):
        command += ["-o", f"{name}.check_checksum:TRUE"]
    ran = run_program([*command, *arguments], capture_output=True, text=True, timeout=60, check=False)
    said = [line for line in ran.stderr.splitlines() if line and not line.startswith("Running as user")]
    assert (ran.returncode, said) == (0, [])
    return ran.stdout.splitlines()


@pytest.mark.parametrize("name", ALL)
def test_tshark_finds_no_fault(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.pcapng"
    count = written(ALL[name](), path)
    assert tshark(path, "-Y", WRONG) == []
    assert len(tshark(path)) == count > 0


def test_the_stream_has_its_handshake_its_bytes_and_both_ends(tmp_path: Path) -> None:
    path = tmp_path / "stream.pcapng"
    written(recordings.stream(), path)
    flags = tshark(path, "-T", "fields", "-e", "tcp.flags.str", "-e", "tcp.payload")
    assert [line.split("\t")[0].strip("·") for line in flags[:3]] == ["S", "A··S", "A"]
    assert [line.split("\t")[1] for line in flags if line.split("\t")[1]] == ["414141", "4242", "43"]
    assert sum("F" in line.split("\t")[0] for line in flags) == 2


def test_each_packet_says_what_it_was_derived_from(tmp_path: Path) -> None:
    path = tmp_path / "relay.pcapng"
    written(recordings.postcards(relay=True), path)
    comments = tshark(path, "-T", "fields", "-e", "frame.comment")
    assert len(comments) == 3
    assert all(comment.startswith("Observed at the relay: call ") for comment in comments)
    assert "The relay: lost." in comments[1] and "The relay: doubled." in comments[2]


def test_what_was_refused_is_a_syn_and_a_rst(tmp_path: Path) -> None:
    path = tmp_path / "refused.pcapng"
    written(recordings.refused(), path)
    flags = [line.replace("·", "") for line in tshark(path, "-T", "fields", "-e", "tcp.flags.str")]
    assert flags == ["S", "AR"]


def test_an_end_that_is_bound_to_no_address_is_on_this_pc(tmp_path: Path) -> None:
    """As the kernel tells it: the client's own host is not chosen yet, the refused connection has no remote
    address, and the port in the source stands for another one."""
    script = recordings.Script(("client", 0), ("server", 1), ports={"12345": 50857})
    udp: dict[str, Any] = {"socket": 1, "transport": "udp"}
    server, client = "127.0.0.1:50857", "127.0.0.1:46101"
    script.calls("server", "bind", {"local": server}, address=recordings.SERVER, **udp)
    sent = {"size": 1, "local": "0.0.0.0:46101"}
    script.calls("client", "sendto", sent, data=b"a", address=recordings.SERVER, **udp)
    script.calls("server", "recvfrom", {"data": b"a", "remote": client}, arguments="9", **udp)
    script.calls("server", "sendto", {"size": 1}, data=b"b", address=client, **udp)
    script.calls("client", "recvfrom", {"data": b"b", "remote": server}, arguments="9", **udp)
    refused = {"error": "ConnectionRefusedError", "errno": 111, "local": "0.0.0.0:44538"}
    script.calls("client", "connect", refused, socket=2, transport="tcp", address="127.0.0.1:12346")
    written(script.events, tmp_path / "ends.pcapng")
    fields = ("ip.src", "udp.srcport", "tcp.srcport", "ip.dst", "udp.dstport", "tcp.dstport")
    columns = [word for field in fields for word in ("-e", field)]
    here = "127.0.0.1"
    assert [line.split() for line in tshark(tmp_path / "ends.pcapng", "-T", "fields", *columns)] == [
        [here, "46101", here, "50857"],
        [here, "50857", here, "46101"],
        [here, "44538", here, "12346"],
        [here, "12346", here, "44538"],
    ]


def test_what_somebody_else_sent_is_there_too(tmp_path: Path) -> None:
    """One program of a person's own, against the Sockets page."""
    script = recordings.Script(("client", 0))
    tcp: dict[str, Any] = {"socket": 1, "transport": "tcp"}
    script.calls(
        "client",
        "connect",
        {"local": recordings.CLIENT, "remote": recordings.SERVER},
        address=recordings.SERVER,
        **tcp,
    )
    script.receives("client", 1, b"hi")
    script.receives("client", 1, b"")
    udp: dict[str, Any] = {"socket": 2, "transport": "udp"}
    script.calls("client", "bind", {"local": "0.0.0.0:5000"}, address="0.0.0.0:5000", **udp)
    script.calls("client", "recvfrom", {"data": b"knock", "remote": "127.0.0.1:6000"}, arguments="9", **udp)
    path = tmp_path / "outside.pcapng"
    written(script.events, path)
    assert tshark(path, "-Y", WRONG) == []
    sent = tshark(
        path,
        "-Y",
        "tcp.len > 0 || udp",
        "-T",
        "fields",
        "-e",
        "tcp.srcport",
        "-e",
        "udp.srcport",
        "-e",
        "data",
    )
    assert [line.split() for line in sent] == [
        ["12345", b"hi".hex()],
        ["6000", b"knock".hex()],
    ]
    assert len(tshark(path, "-Y", "tcp.flags.fin == 1 && tcp.srcport == 12345")) == 1
