"""Whatever the splitting of sends and recvs: each byte that is received has the colour of its send."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from net.lab.picture import PictureBuilder
from net.lab.recording import (
    Acked,
    Call,
    Ended,
    Facts,
    Header,
    Printed,
    ProgramText,
    RecordedEvent,
    Relayed,
    Released,
    Returned,
    Started,
    Step,
    Trouble,
    Typed,
)
from tests.net.lab.recordings import SERVER, Script


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=30),
    order=st.lists(st.sampled_from(["send", "recv", "facts", "acked"]), max_size=40),
)
def test_every_byte_keeps_its_colour(sizes: list[int], cuts: list[int], order: list[str]) -> None:
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    starts = [0, *accumulate(sizes)]
    whole = bytes(at % 251 for at in range(starts[-1]))
    sent = read = turn = 0
    for what in [*order, *["send"] * len(sizes), *["recv"] * (len(cuts) + 1)]:
        if what == "send" and sent < len(sizes):
            script.sends("client", 1, whole[starts[sent] : starts[sent + 1]])
            sent += 1
        elif what == "recv" and read < starts[sent]:
            most = cuts[turn % len(cuts)]
            turn += 1
            script.receives("server", 2, whole[read : min(read + most, starts[sent])], most)
            read = min(read + most, starts[sent])
        elif what == "facts":
            script.facts("server", 2, state="ESTABLISHED", unread=starts[sent] - read, received=starts[sent])
        elif what == "acked" and sent:
            script.put(Acked, who="client", socket=1, offset=starts[sent])
    builder = PictureBuilder()
    for event in script.events:
        builder.add(event)
    picture = builder.picture
    at = 0
    for row in picture.rows:
        if row.kind != "return" or row.name != "recv":
            continue
        for piece in row.pieces:
            for place in range(piece.start, piece.stop):
                assert piece.colour == bisect_right(starts, at) - 1
                assert place == at - starts[piece.colour]
                assert piece.data[place - piece.start] == whole[at]
                at += 1
    assert at == read
    # And what is left in the buffer follows on.
    left = picture.state_at(len(script.events)).sockets["server", 2].received
    assert b"".join(piece.data for piece in left) == whole[read : read + sum(p.size for p in left)]


@given(
    data=st.lists(st.binary(min_size=0, max_size=6), min_size=1, max_size=10),
    kept=st.lists(st.booleans(), min_size=10, max_size=10),
)
def test_every_datagram_keeps_its_colour(data: list[bytes], kept: list[bool]) -> None:
    script = Script(("client", 0), ("server", 1))
    script.calls("server", "bind", {"local": SERVER}, socket=1, transport="udp", address=SERVER)
    for each in data:
        result = {"size": len(each), "local": "127.0.0.1:50000"}
        script.calls("client", "sendto", result, socket=1, transport="udp", data=each, address=SERVER)
    came = [(number, each) for number, each in enumerate(data) if kept[number]]
    for _number, each in came:
        result = {"data": each, "remote": "127.0.0.1:50000"}
        script.calls("server", "recvfrom", result, socket=1, transport="udp", arguments="1024")
    builder = PictureBuilder()
    for event in script.events:
        builder.add(event)
    backs = [row for row in builder.picture.rows if row.kind == "return" and row.name == "recvfrom"]
    sends = builder.picture.sends
    # Equal ones cannot be told apart: the first of them that is left is taken.
    assert [sends[row.pieces[0].colour].data for row in backs if row.pieces] == [
        each for _n, each in came if each
    ]
    assert len(sends) == len(data)


WHO = st.sampled_from(["a", "b", "nobody"])
SOCKET = st.integers(0, 3)
COUNT = st.none() | st.integers(0, 1000)
ADDRESS = st.sampled_from(
    ["", SERVER, "127.0.0.1:40312", "[::1]:5", "0.0.0.0:12345", "x", ":", "localhost:12345"]
)
NAME = st.sampled_from(
    [
        "socket", "bind", "listen", "accept", "connect", "send", "sendall", "sendto", "recv", "recvfrom",
        "shutdown", "close", "input", "sleep", "settimeout",
    ]
)  # fmt: skip
N = st.integers(1, 12)
DATA = st.binary(max_size=8)
T = st.floats(0, 5)
EVENT = st.one_of(
    st.builds(Started, t=T, who=WHO),
    st.builds(
        Call, t=T, n=N, who=WHO, name=NAME, thread=st.integers(0, 1), socket=SOCKET, data=DATA,
        size=st.integers(0, 9), transport=st.sampled_from(["", "tcp", "udp"]), address=ADDRESS,
        arguments=st.sampled_from(["", "4", "4, 2", "0"]),
    ),
    st.builds(Released, t=T, n=N, who=WHO),
    st.builds(
        Returned, t=T, n=N, who=WHO, seconds=T, value=st.sampled_from(["", "None", "0", "3"]), data=DATA,
        error=st.sampled_from(["", "", "", "ConnectionRefusedError", "ConnectionResetError", "TimeoutError"]),
        size=st.integers(0, 9), made=SOCKET, local=ADDRESS, remote=ADDRESS,
    ),
    st.builds(
        Facts, t=T, who=WHO, socket=SOCKET, local=ADDRESS, remote=ADDRESS,
        state=st.sampled_from([None, "ESTABLISHED", "CLOSE_WAIT", "TIME_WAIT", "FIN_WAIT_2", "LISTEN"]),
        unread=COUNT, unacked=COUNT, acked=COUNT, received=COUNT, queue=COUNT, drops=COUNT, send_window=COUNT,
        retransmissions=COUNT,
    ),
    st.builds(Acked, t=T, who=WHO, socket=SOCKET, offset=st.integers(0, 99)),
    st.builds(Printed, t=T, who=WHO, text=st.text(max_size=9)),
    st.builds(Typed, t=T, who=WHO, text=st.text(max_size=9)),
    st.builds(Ended, t=T, who=WHO, code=st.integers(-9, 9)),
    st.builds(
        Relayed, t=T, source=ADDRESS, target=ADDRESS, data=DATA,
        fate=st.sampled_from(["passed", "lost", "doubled", "reordered", "queue-full", "?"]),
    ),
    st.builds(Step, t=T, number=st.integers(1, 9)),
    st.builds(Trouble, t=T, code=st.just("stopped"), who=WHO),
)  # fmt: skip
HEADER = Header(t=0.0, programs=(ProgramText("a", "a.py"), ProgramText("b", "b.py", "", 1)))


@settings(max_examples=300)
@given(st.lists(EVENT, max_size=40))
def test_no_recording_is_too_strange(events: list[RecordedEvent]) -> None:
    """Edited by hand, or of programs that do strange things: the picture is made, and can be asked at any
    event."""
    builder = PictureBuilder()
    for event in [HEADER, *events]:
        builder.add(event)
    picture = builder.picture
    for count in range(len(picture.events) + 1):
        state = picture.state_at(count)
        assert all(socket.received_size >= 0 for socket in state.sockets.values())
    assert picture.rows_at(len(picture.events)) == len(picture.rows)
    assert [row.index for row in picture.rows] == sorted(row.index for row in picture.rows)
    for stream in picture.streams:
        assert 0 <= stream.read <= stream.arrived <= stream.sent
