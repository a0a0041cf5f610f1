"""Step my program: one held call at a time."""

from __future__ import annotations

from net.lab.recording import Ended, Released, Returned
from tests.net.lab.run.lab_rig import LabRig

SERVER = """\
    import socket
    s = socket.create_server(("127.0.0.1", 23481))
    c, who = s.accept()
    print(c.recv(10))
"""
CLIENT = """\
    import socket
    s = socket.socket()
    s.connect(("127.0.0.1", 23481))
    s.send(b"hi")
"""


def test_the_first_step_starts_the_programs_and_each_further_one_lets_one_call_go(lab: LabRig) -> None:
    run = lab.start(server=SERVER, client=CLIENT)
    assert run.step().reached
    assert [call.name for call in run.calls("server")] == ["socket"]
    assert [call.name for call in run.calls("client")] == ["socket"]
    assert run.of(Released) == []
    assert run.step("server").reached
    assert len(run.of(Returned)) == 1
    assert run.calls("server")[-1].name in ("setsockopt", "bind")
    assert len(run.calls("client")) == 1


def test_without_a_name_the_one_that_was_held_longest_goes(lab: LabRig) -> None:
    run = lab.start(server=SERVER, client=CLIENT)
    run.make("server in accept 1", "client before connect 1")
    for _step in range(20):
        if len(run.of(Ended)) == 2:
            break
        run.step()
    assert run.printed("server") == "b'hi'\n"
    assert len(run.of(Ended)) == 2


def test_a_client_named_first_still_finds_its_server(lab: LabRig) -> None:
    run = lab.start(client=CLIENT, server=SERVER)
    for _step in range(30):
        if len(run.of(Ended)) == 2:
            break
        run.step()
    assert run.printed("server") == "b'hi'\n"
    assert [end.code for end in run.of(Ended)] == [0, 0]


def test_a_step_into_a_call_that_waits_is_made_and_the_next_says_that_all_wait(lab: LabRig) -> None:
    run = lab.start(server=SERVER)
    run.make("server before accept 1")
    assert run.step().reached
    made = run.step()
    assert (made.reached, made.why) == (False, "all-wait")
    run.stop()
    assert len(run.of(Ended)) == 1


def test_stepping_after_the_end_says_so(lab: LabRig) -> None:
    run = lab.start(short="print(1)\n")
    run.make("short ends")
    assert run.step().why == "program-ended"


def test_a_program_that_ran_is_held_again(lab: LabRig) -> None:
    run = lab.start(
        loops="""\
        import time
        while True:
            time.sleep(0.02)
        """
    )
    run.make("loops runs", "0.3 seconds pass")
    assert run.step().reached and run.step().reached
    count = len(run.calls("loops"))
    run.make("0.3 seconds pass")
    assert len(run.calls("loops")) == count
    run.make("loops runs", "0.2 seconds pass")
    assert len(run.calls("loops")) > count + 2


def test_a_typed_line_reaches_the_program(lab: LabRig) -> None:
    run = lab.start(asks="print(input()[::-1])\n")
    run.step()
    run.step()
    run.type("asks", "abc")
    run.wait(lambda: run.printed() == "cba\n", "the answer")
