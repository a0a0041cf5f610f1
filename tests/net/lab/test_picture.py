"""The rows of hand-made runs: what is drawn, from which event on, and that nothing else is."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from net.lab.picture import Picture, PictureBuilder
from net.lab.picture.capture import write_pcap
from net.lab.picture.rows import Flight, Row
from net.lab.recording import Ended, Facts, Printed, RecordedEvent, Relayed, Returned, Trouble
from tests.net.lab import recordings
from tests.net.lab.recordings import CLIENT, SERVER, Script


def built(events: list[RecordedEvent]) -> Picture:
    builder = PictureBuilder()
    for event in events:
        builder.add(event)
    return builder.picture


def short(row: Row) -> str:
    """A row in a few letters: ``client> send`` a call, ``<client recv`` a return, ``syn ack`` flights,
    ``[state]`` notes."""
    if row.kind == "call":
        text = f"{row.who}> {row.name}"
    elif row.kind == "return":
        text = f"<{row.who} {row.name}" + (f" {row.error}" if row.error else "")
    else:
        text = ""
    flights = [flight.kind for flight in row.flights]
    notes = [f"[{note.values.get('state', note.kind)}]" for note in row.notes]
    return " ".join(part for part in (text, *flights, *notes) if part)


def rows(events: list[RecordedEvent]) -> list[str]:
    return [short(row) for row in built(events).rows]


def colours(row: Row) -> list[tuple[int, bytes]]:
    return [(piece.colour, piece.data) for piece in row.pieces]


def flights(picture: Picture, kind: str) -> list[Flight]:
    return [flight for row in picture.rows for flight in row.flights if flight.kind == kind]


# --- The stream ---


def test_three_sends_and_one_recv() -> None:
    assert rows(recordings.stream()) == [
        "server> socket",
        "server> bind",
        "server> listen",
        "server> accept",
        "client> socket",
        "client> connect",
        "syn syn-ack ack [ESTABLISHED] [ESTABLISHED]",
        "<client connect",
        "<server accept",
        "client> send data",
        "client> send data",
        "client> send data",
        "server> recv",
        "<server recv",
        "[printed]",
        "client> close fin",
        "[FIN_WAIT_2] [CLOSE_WAIT]",
        "server> recv",
        "<server recv",
        "server> close fin [TIME_WAIT]",
        "[ended]",
        "[ended]",
    ]


def test_bytes_keep_the_colour_of_their_send() -> None:
    picture = built(recordings.stream())
    back = next(row for row in picture.rows if row.kind == "return" and row.name == "recv")
    assert colours(back) == [(0, b"AAA"), (1, b"BB"), (2, b"C")]
    assert [sent.takings[0].n for sent in picture.sends] == [back.n] * 3
    strips = [strip for row in picture.rows for strip in row.strips if strip.size]
    assert [[piece.data for piece in strip.pieces] for strip in strips] == [
        [b"AAA"],
        [b"AAA", b"BB"],
        [b"AAA", b"BB", b"C"],
    ]


def test_a_segment_is_derived_and_its_acknowledgement_observed() -> None:
    picture = built(recordings.stream())
    assert {flight.mark for row in picture.rows for flight in row.flights} == {"derived"}
    acks = [row.acks for row in picture.rows if row.acks]
    assert [(each.count, each.offset, each.mark) for each in acks] == [
        (1, 3, "observed"),
        (1, 5, "observed"),
        (1, 6, "observed"),
        (1, 6, "derived"),  # that of the FIN: the closer is in FIN_WAIT_2
    ]


def test_what_is_not_known_yet_is_not_there() -> None:
    """Each part's index is that of an event; the parts of later events are left out by whoever draws."""
    events = recordings.stream()
    whole = built(events)
    for count in range(len(events) + 1):
        early = built(events[:count])
        assert whole.rows_at(count) == len(early.rows)
        for row, later in zip(early.rows, whole.rows, strict=False):
            assert row.flights == tuple(flight for flight in later.flights if flight.index < count)
            assert {note.kind for note in row.notes} == {
                note.kind for note in later.notes if note.index < count
            }


def test_a_step_says_how_many_events_it_has() -> None:
    picture = built(recordings.stream())
    assert picture.count_of_step(9) is None
    count = picture.count_of_step(2)
    assert count is not None
    state = picture.state_at(count)
    assert [(p.colour, p.data) for p in state.sockets["server", 2].received] == [
        (0, b"AAA"), (1, b"BB"), (2, b"C"),
    ]  # fmt: skip
    assert (state.programs["server"][0].phase, state.programs["server"][0].name) == ("held", "recv")
    after = picture.state_at(count + 2)
    assert (after.sockets["server", 2].received, after.sockets["server", 2].read) == ((), 6)


def test_half_a_character_stays_behind() -> None:
    picture = built(recordings.cut_character())
    backs = [
        row for row in picture.rows if row.kind == "return" and row.name == "recv" and row.who == "server"
    ]
    assert [(piece.start, piece.stop) for row in backs for piece in row.pieces] == [(0, 4), (4, 6)]
    assert [(strip.size, strip.pieces[0].start) for strip in backs[0].strips] == [(2, 4)]


def test_a_peek_takes_nothing() -> None:
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    script.sends("client", 1, b"abc")
    for arguments in ("3, 2", "3, socket.MSG_PEEK", "3"):
        result = {"data": b"abc"}
        script.calls("server", "recv", result, socket=2, transport="tcp", arguments=arguments)
    picture = built(script.events)
    backs = [row for row in picture.rows if row.kind == "return" and row.name == "recv"]
    assert [colours(row) for row in backs] == [[(0, b"abc")]] * 3
    assert len(picture.sends[0].takings) == 1


def test_a_send_that_was_cut_short_brings_only_what_was_taken() -> None:
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    n = script.goes("client", "send", socket=1, transport="tcp", data=b"abcdef")
    script.back("client", n, size=4, value="4")
    script.sends("client", 1, b"ef")
    script.receives("server", 2, b"abcdef")
    back = built(script.events).rows[-1]
    assert colours(back) == [(0, b"abcd"), (1, b"ef")]


def test_a_recv_may_be_told_before_its_send() -> None:
    """Two processes report; the receiver's report may be faster."""
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    n = script.goes("client", "send", socket=1, transport="tcp", data=b"abc")
    script.receives("server", 2, b"abc")
    script.back("client", n, size=3)
    picture = built(script.events)
    assert len(picture.sends) == 1
    assert len(flights(picture, "data")) == 1


def test_bytes_that_did_not_arrive_at_once_get_a_row_when_they_do() -> None:
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    script.sends("client", 1, b"abc")
    script.facts("server", 2, state="ESTABLISHED", unread=0)
    assert flights(built(script.events), "data") == []
    script.put(Printed, who="server", text="waiting\n")
    script.facts("server", 2, state="ESTABLISHED", unread=3)
    picture = built(script.events)
    assert short(picture.rows[-1]) == "data"
    assert picture.rows[-1].flights[0].pieces[0].data == b"abc"


def test_what_was_sent_by_nobody_we_saw_has_a_colour_and_says_so() -> None:
    """One program against the Sockets page: the other end's calls are not recorded."""
    script = Script(("server", 1))
    script.listening()
    accept = script.goes("server", "accept", socket=1, transport="tcp")
    script.back("server", accept, made=2, local=SERVER, remote=CLIENT)
    script.receives("server", 2, b"hello")
    script.sends("server", 2, b"answer")
    picture = built(script.events)
    assert [(sent.known, sent.data) for sent in picture.sends] == [(False, b"hello"), (True, b"answer")]
    handshake = next(row for row in picture.rows if row.flights)
    assert [flight.source.number for flight in handshake.flights] == [0, 1, 0]
    assert not handshake.flights[0].source.seen
    assert not picture.seen(0)
    # Nobody told that the answer arrived; what was received must have come.
    assert [flight.pieces[0].data for flight in flights(picture, "data")] == [b"hello"]


# --- Opening and closing ---


def test_connect_comes_back_before_accept_is_called() -> None:
    names = rows(recordings.hello_server())
    connected = names.index("<client connect")
    assert names[connected - 1].startswith("syn syn-ack ack")
    assert connected < names.index("server> accept") < names.index("<server accept")
    picture = built(recordings.hello_server())
    waiting = next(row for row in picture.rows if row.notes and row.notes[0].kind == "queue")
    assert waiting.notes[0].values == {"count": "1", "limit": "5"}
    sent = next(row for row in picture.rows if row.name == "send")
    assert sent.strips[0].accepted is False


def test_a_refused_connect_is_a_syn_and_a_rst() -> None:
    picture = built(recordings.refused())
    assert [short(row) for row in picture.rows][1:4] == [
        "client> connect",
        "syn rst",
        "<client connect ConnectionRefusedError",
    ]
    assert flights(picture, "rst")[0].mark == "derived"


def test_no_answer_to_a_syn() -> None:
    script = Script(("client", 0))
    n = script.goes("client", "connect", socket=1, transport="tcp", address="192.0.2.1:80")
    script.back("client", n, error="TimeoutError", seconds=3.0)
    picture = built(script.events)
    flight = flights(picture, "syn")[0]
    assert (flight.fate, flight.target.seen) == ("unanswered", False)
    # It left with the call, not when the program gave up.
    assert picture.rows[0].name == "connect" and picture.rows[0].flights == (flight,)


def test_a_syn_that_is_sent_again_leaves_again_and_nobody_says_that_it_arrives() -> None:
    script = Script(("client", 0), ("server", 1))
    n = script.goes("client", "connect", socket=1, transport="tcp", address="127.0.0.1:12345")
    script.facts("client", 1, state="SYN_SENT", retransmissions=0)
    script.facts("client", 1, state="SYN_SENT", retransmissions=1)
    waiting = len(script.events)
    picture = built(script.events)
    connect, _state, again = picture.rows
    assert [(flight.kind, flight.fate, flight.mark) for flight in connect.flights] == [
        ("syn", "unanswered", "derived")
    ]
    assert [(flight.kind, flight.fate, flight.mark) for flight in again.flights] == [
        ("syn", "unseen", "derived")
    ]
    assert connect.flights[0].index == again.flights[0].index == waiting - 1, "not before it was told"
    # When the program gives up, the picture of before stays as it was; no capture tells of them.
    script.back("client", n, error="TimeoutError", seconds=3.0)
    assert built(script.events).rows[0].flights == connect.flights
    # Until close() the kernel goes on.
    script.facts("client", 1, state="SYN_SENT", retransmissions=2)
    assert [flight.kind for flight in built(script.events).rows[-1].flights] == ["syn"]
    assert write_pcap(built(script.events), BytesIO()) == 0


@pytest.mark.parametrize(
    ("error", "shut", "drawn"),
    [("ConnectionResetError", False, 1), ("BrokenPipeError", False, 1), ("BrokenPipeError", True, 0)],
)
def test_a_reset_is_drawn_where_a_call_fails_with_it(error: str, shut: bool, drawn: int) -> None:
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    if shut:
        script.calls("client", "shutdown", socket=1, transport="tcp", arguments="1")
    n = script.goes("client", "send", socket=1, transport="tcp", data=b"x")
    script.back("client", n, error=error)
    assert len(flights(built(script.events), "rst")) == drawn


def test_a_fin_needs_a_fact() -> None:
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    script.calls("client", "close", socket=1, transport="tcp")
    assert flights(built(script.events), "fin") == []
    script.facts("client", 1, state="FIN_WAIT_1")
    assert flights(built(script.events), "fin") == []
    script.facts("server", 2, state="CLOSE_WAIT")
    assert len(flights(built(script.events), "fin")) == 1
    script.receives("server", 2, b"")
    assert len(flights(built(script.events), "fin")) == 1


def test_a_state_and_the_bytes_that_arrive_there_never_share_a_row() -> None:
    """They stand in the same place, beside the kernel's line."""
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    script.goes("client", "send", socket=1, transport="tcp", data=b"hello")
    script.facts("server", 2, state="SYN_RECV")
    script.facts("server", 2, state="SYN_RECV", unread=5)
    found = built(script.events).rows
    assert any(row.strips for row in found), "the bytes wait"
    assert any(note.kind == "state" for row in found for note in row.notes), "the state is told"
    assert not any(
        note.at == "kernel" and note.side == strip.side
        for row in found
        for note in row.notes
        for strip in row.strips
    )


def test_a_program_that_ends_closes_what_it_left_open() -> None:
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    script.put(Ended, who="client", code=1)
    script.receives("server", 2, b"")
    picture = built(script.events)
    ended = next(row for row in picture.rows if row.notes and row.notes[0].kind == "ended")
    assert [flight.kind for flight in ended.flights] == ["fin"]


def test_a_wait_is_told_with_its_time() -> None:
    events = recordings.stuck_chat()
    picture = built(events)
    state = picture.state_at(len(events))
    assert {who: (s[0].phase, s[0].name) for who, s in state.programs.items()} == {
        "client": ("calls", "recv"),
        "server": ("calls", "recv"),
        "client-2": ("calls", "recv"),
    }
    assert state.t - state.programs["client"][0].since > 12


def test_the_second_client_is_connected_to_nobody() -> None:
    picture = built(recordings.stuck_chat())
    sent = next(row for row in picture.rows if row.who == "client-2" and row.name == "send")
    assert [(strip.accepted, strip.size) for strip in sent.strips] == [(False, 6)]


# --- Datagrams ---


def test_borders_are_kept_and_the_rest_of_a_cut_datagram_is_gone() -> None:
    picture = built(recordings.postcards())
    backs = [row for row in picture.rows if row.name == "recvfrom" and row.kind == "return"]
    assert [colours(row) for row in backs] == [[(0, b"one")], [(1, b"two")], [(2, b"three")]]
    assert [[(piece.start, piece.data) for piece in row.gone] for row in backs] == [[], [(3, b"!!")], []]
    assert [flight.fate for flight in flights(picture, "datagram")][-1] == "arrived"


def test_a_port_that_was_found_taken_at_the_bind_stands_for_its_new_one() -> None:
    """A person's own programs are not read for their ports before they run, so the header tells none."""
    script = Script(("client", 0), ("server", 1))
    udp: dict[str, Any] = {"socket": 1, "transport": "udp"}
    n = script.goes("server", "bind", address=SERVER, **udp)
    script.put(Trouble, code="port-taken", who="server", values={"port": "12345", "other": "50857"})
    script.back("server", n, local="127.0.0.1:50857")
    script.calls("client", "sendto", {"size": 1, "local": CLIENT}, data=b"a", address=SERVER, **udp)
    result = {"data": b"a", "remote": CLIENT, "local": "127.0.0.1:50857"}
    script.calls("server", "recvfrom", result, arguments="9", **udp)
    picture = built(script.events)
    assert [sent.known for sent in picture.sends] == [True]
    assert flights(picture, "datagram")[-1].fate == "arrived"


def test_a_datagram_to_nobody_is_not_said_to_have_arrived() -> None:
    script = Script(("client", 0))
    result = {"size": 2, "local": "0.0.0.0:50000"}
    script.calls("client", "sendto", result, socket=1, transport="udp", data=b"hi", address=SERVER)
    flight = flights(built(script.events), "datagram")[0]
    assert (flight.fate, flight.target.seen) == ("unseen", False)


def test_the_relay_says_what_it_did() -> None:
    picture = built(recordings.postcards(relay=True))
    sent = [row for row in picture.rows if row.name == "sendto"]
    last = [row.flights[-1] for row in sent]
    assert [(flight.fate, flight.relayed) for flight in last] == [
        ("arrived", True),
        ("lost", True),
        ("doubled", True),
    ]
    backs = [row for row in picture.rows if row.name == "recvfrom" and row.kind == "return"]
    assert [colours(row) for row in backs] == [[(0, b"one")], [(2, b"three")], [(2, b"three")]]


def test_a_closed_port_answers_a_connected_endpoint() -> None:
    script = Script(("client", 0))
    udp: dict[str, Any] = {"socket": 1, "transport": "udp"}
    script.calls("client", "connect", {"local": CLIENT, "remote": SERVER}, address=SERVER, **udp)
    script.calls("client", "send", {"size": 1}, data=b"x", **udp)
    n = script.goes("client", "recv", arguments="10", **udp)
    script.back("client", n, error="ConnectionRefusedError")
    picture = built(script.events)
    assert [short(row) for row in picture.rows][-2:] == ["icmp", "<client recv ConnectionRefusedError"]
    assert flights(picture, "syn") == []


def test_drops_are_counted_on_the_kernels_line() -> None:
    script = Script(("server", 1))
    udp: dict[str, Any] = {"socket": 1, "transport": "udp"}
    script.calls("server", "bind", {"local": SERVER}, address=SERVER, **udp)
    script.facts("server", 1, unread=0, drops=0)
    script.facts("server", 1, unread=0, drops=3)
    note = built(script.events).rows[-1].notes[0]
    assert (note.kind, note.values) == ("drops", {"count": "3"})


# --- Notes ---


def test_a_line_that_is_printed_in_pieces_is_one() -> None:
    script = Script(("client", 0))
    for text in ("You: ", "hello\n", "next\n"):
        script.put(Printed, who="client", text=text)
    assert [row.notes[0].values["text"] for row in built(script.events).rows] == ["You: hello\n", "next\n"]


def test_the_late_end_of_a_line_has_no_row() -> None:
    script = Script(("client", 0), ("server", 1))
    for who, text in (("server", "GET /"), ("client", "sent\n"), ("server", "\r\n\n")):
        script.put(Printed, who=who, text=text)
    assert [row.who for row in built(script.events).rows] == ["server", "client"]


def test_a_trouble_stands_where_its_program_does() -> None:
    script = Script(("client", 0))
    script.put(Trouble, code="stopped", who="client", values={"who": "client"})
    script.put(Trouble, code="port-taken", values={"port": "1", "other": "2"})
    assert [row.notes[0].at for row in built(script.events).rows] == ["program", "middle"]


def test_an_unknown_fate_and_calls_of_nobody_are_left_out() -> None:
    script = Script(("client", 0))
    script.put(Relayed, source=CLIENT, target=SERVER, fate="eaten", data=b"x")
    script.put(Returned, n=77, who="client")
    script.put(Facts, who="client", socket=9, acked=4)
    assert built(script.events).rows == []


def test_a_port_that_stands_for_another_is_the_same_place() -> None:
    """The program's source says 12345, its socket has 50857; the relay tells what the source says."""
    script = Script(("client", 0), ("server", 1), ports={"12345": 50857})
    udp: dict[str, Any] = {"socket": 1, "transport": "udp"}
    script.calls("server", "bind", {"local": "127.0.0.1:50857"}, address=SERVER, **udp)
    script.calls("client", "sendto", {"size": 1, "local": CLIENT}, data=b"a", address=SERVER, **udp)
    result: dict[str, Any] = {"data": b"a", "remote": CLIENT, "local": "127.0.0.1:50857"}
    script.calls("server", "recvfrom", result, arguments="9", **udp)
    result = {"size": 2, "local": "127.0.0.1:50857"}
    script.calls("server", "sendto", result, data=b"ok", address="127.0.0.1:33995", **udp)
    script.put(Relayed, source=SERVER, target=CLIENT, fate="passed", data=b"ok", size=2)
    script.calls("client", "recv", {"data": b"ok"}, arguments="9", **udp)
    picture = built(script.events)
    assert [sent.known for sent in picture.sends] == [True, True]
    assert flights(picture, "datagram")[-1].fate == "arrived"
    assert colours(picture.rows[-1]) == [(1, b"ok")]


@pytest.mark.parametrize("fate", ["passed", "lost"])
def test_an_answer_leaves_a_relay_whose_port_was_taken(fate: str) -> None:
    """The port stands for the relay's then, and the receiver's is in no list: an answer that goes where no
    program is went back through the relay."""
    script = Script(("client", 0), ("server", 1), ports={"12345": 42553})
    udp: dict[str, Any] = {"socket": 1, "transport": "udp"}
    script.calls("server", "bind", {"local": "127.0.0.1:47235"}, address=SERVER, **udp)
    script.calls("client", "sendto", {"size": 1, "local": CLIENT}, data=b"a", address=SERVER, **udp)
    script.put(Relayed, source=CLIENT, target=SERVER, fate="passed", data=b"a", size=1)
    result: dict[str, Any] = {"data": b"a", "remote": "127.0.0.1:33995", "local": "127.0.0.1:47235"}
    script.calls("server", "recvfrom", result, arguments="9", **udp)
    result = {"size": 2, "local": "127.0.0.1:47235"}
    script.calls("server", "sendto", result, data=b"ok", address="127.0.0.1:33995", **udp)
    script.put(Relayed, source=SERVER, target=CLIENT, fate=fate, data=b"ok", size=2)
    flight = flights(built(script.events), "datagram")[-1]
    assert flight.relayed and flight.fate == ("lost" if fate == "lost" else "unseen")


def test_the_ends_of_many_programs_share_a_row() -> None:
    script = Script(*((f"sender-{n}", 0) for n in range(5)), ("receiver", 1))
    for n in range(5):
        script.put(Ended, who=f"sender-{n}", code=1 if n == 3 else 0)
    script.put(Ended, who="receiver")
    assert rows(script.events) == [
        "[ended] [ended] [ended]",
        "[ended]",
        "[ended]",
        "[ended]",
    ]
    assert built(script.events[:3]).rows_at(3) == 1


def test_both_ends_may_be_on_one_side() -> None:
    script = Script(("client", 0), ("server", 0))
    script.listening()
    script.connected()
    script.sends("client", 1, b"abc")
    script.receives("server", 2, b"abc")
    flight = flights(built(script.events), "data")[0]
    assert (flight.source.number, flight.target.number) == (0, 0)


def test_what_is_not_acknowledged_stays_in_the_send_buffer() -> None:
    script = Script(("client", 0), ("server", 1))
    script.listening()
    script.connected()
    script.sends("client", 1, b"abc")
    script.facts("client", 1, unacked=3, acked=1)
    picture = built(script.events)
    strip = picture.rows[-1].strips[0]
    assert (strip.sending, strip.size, strip.mark) == (True, 3, "observed")
    kept = picture.state_at(len(script.events)).sockets["client", 1].unacked
    assert [(piece.colour, piece.data) for piece in kept] == [(0, b"abc")]
    script.facts("client", 1, unacked=0, acked=4)
    after = built(script.events).state_at(len(script.events)).sockets["client", 1]
    assert (after.unacked, after.acked) == ((), 3)
