"""The selector of NetThread's loop, against the standard library's."""

from __future__ import annotations

import os
import selectors
import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from net.loop.doorbell import Alarm, Doorbell
from net.loop.polling import READ, WRITE, Polling

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the loop has no selector there")


@pytest.fixture
def polling() -> Iterator[Polling]:
    with Polling() as polling:
        doorbell = Doorbell()
        polling.watch(doorbell)
        yield polling
        doorbell.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize("events", [READ, WRITE, READ | WRITE])
@pytest.mark.parametrize("state", ["quiet", "data", "full", "closed"])
def test_it_reports_what_the_standard_librarys_does(
    polling: Polling, pair: tuple[socket.socket, socket.socket], events: int, state: str
) -> None:
    ours, theirs = pair
    if state == "data":
        theirs.sendall(b"x")
    elif state == "full":
        with pytest.raises(BlockingIOError):
            while True:
                ours.send(bytes(65536))
    elif state == "closed":
        theirs.close()
    with selectors.DefaultSelector() as standard:
        standard.register(ours.fileno(), events, "data")
        polling.register(ours.fileno(), events, "data")
        assert polling.look(0) == polling.select(0) == standard.select(0)


def test_files_are_registered_changed_and_taken_out(
    polling: Polling, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    polling.register(ours, READ, 1)
    with pytest.raises(KeyError):
        polling.register(ours, READ)
    theirs.sendall(b"x")
    assert [(key.data, mask) for key, mask in polling.look(5)] == [(1, READ)]
    assert polling.modify(ours, READ | WRITE, 2).data == 2
    assert [(key.data, mask) for key, mask in polling.look(5)] == [(2, READ | WRITE)]
    polling.modify(ours, READ | WRITE, 3)
    assert polling.get_key(ours.fileno() if sys.platform == "linux" else ours).data == 3
    assert [key.data for key, _mask in polling.look(5)] == [3]
    assert polling.unregister(ours).data == 3
    assert polling.look(0) == []
    with pytest.raises(KeyError):
        polling.unregister(ours)


def test_a_number_can_be_used_again_after_its_file_was_closed(polling: Polling) -> None:
    reading, writing = os.pipe()
    polling.register(reading, READ)
    os.close(reading)
    os.close(writing)
    polling.unregister(reading)
    again, writing = os.pipe()
    os.write(writing, b"x")
    polling.register(again, READ)
    assert [key.fd for key, _mask in polling.look(5)] == [again]
    polling.unregister(again)
    os.close(again)
    os.close(writing)


def test_the_bell_wakes_each_time_and_is_nobodys_event() -> None:
    with Polling() as polling:
        doorbell = Doorbell()
        polling.watch(doorbell)
        for _turn in range(3):
            ringing = threading.Thread(target=doorbell.ring)
            ringing.start()
            assert polling.look(20.0) == []
            ringing.join()
            if sys.platform == "linux":
                assert polling._epoll.poll(0) == [], "it would keep the thread awake"
        assert polling.look(0) == []
        doorbell.close()
        doorbell.ring()


def test_an_alarm_that_rang_before_ends_the_sleep_and_rings_once() -> None:
    alarm = Alarm()
    assert not alarm.wait(0)
    alarm.ring()
    alarm.ring()
    assert alarm.wait(20.0) and not alarm.wait(0)
    ringing = threading.Thread(target=alarm.ring)
    ringing.start()
    assert alarm.wait()
    ringing.join()
