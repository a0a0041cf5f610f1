"""Searching in the background: the result arrives, the newest search wins."""

from __future__ import annotations

import threading
from pathlib import Path

from net.address import Address
from net.sockets.events import MessagesReceived, Opened, Role, Transport
from net.transcript.recorder import Recorder
from net.transcript.search import TranscriptSearch
from tests.waiting import PATIENCE_SECONDS, wait_until


def test_the_answer_to_the_last_question_comes_from_another_thread(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "t.sqlite", None, None, lambda _events: None)
    address = Address("127.0.0.1", 1)
    recorder.put(
        (
            Opened(1, None, Transport.TCP, Role.CLIENT, address, address, 1),
            MessagesReceived(1, [b"apple", b"pear", b"Apple pie"], 2),
        )
    )
    wait_until(lambda: not recorder.backlog)
    search = TranscriptSearch(recorder.reader)
    assert not search.running and not len(search.hits)
    search.start(1, False, "pear", "utf-8")
    search.start(1, False, "apple", "utf-8")
    wait_until(lambda: not search.running)
    assert list(search.hits) == [3, 1]
    search.start(1, False, "", "utf-8")
    assert not search.running and not len(search.hits)
    search.start(1, False, "e", "utf-8")
    search.cancel()
    assert not search.running
    wait_until(lambda: not any(thread.name == "find" for thread in threading.enumerate()))
    recorder.stop()
    assert recorder.join(PATIENCE_SECONDS)


def test_all_are_found_the_newest_first_and_later_what_came_meanwhile(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "t.sqlite", None, None, lambda _events: None)
    address = Address("127.0.0.1", 1)
    recorder.put(
        (
            Opened(1, None, Transport.TCP, Role.CLIENT, address, address, 1),
            MessagesReceived(1, [b"apple", b"pear"] * 12_000, 2),
        )
    )
    wait_until(lambda: not recorder.backlog)
    search = TranscriptSearch(recorder.reader)
    search.start(1, False, "APPLE", "utf-8")
    wait_until(lambda: not search.running)
    hits = search.hits
    assert len(hits) == 12_000 and hits.fresh == 0
    assert (hits[0], hits[1], hits[-1]) == (23_999, 23_997, 1)
    recorder.put((MessagesReceived(1, [b"apple 2", b"pear", b"apple 3"], 3),))
    wait_until(lambda: not recorder.backlog)
    search.go_on()
    wait_until(lambda: not search.running)
    assert search.hits is hits and len(hits) == 12_002 and hits.fresh == 2
    assert hits[:4] == [24_003, 24_001, 23_999, 23_997]
    search.go_on()
    wait_until(lambda: not search.running)
    assert len(hits) == 12_002
    recorder.stop()
    assert recorder.join(PATIENCE_SECONDS)


def test_interrupting_a_search_that_has_just_ended_is_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "t.sqlite", None, None, lambda _events: None)
    address = Address("127.0.0.1", 1)
    recorder.put((Opened(1, None, Transport.TCP, Role.CLIENT, address, address, 1),))
    wait_until(lambda: not recorder.backlog)
    reader = recorder.reader()
    assert reader is not None and list(reader.find(1, "pear", "utf-8")) == []
    connection = reader._connection
    assert connection is not None
    connection.close()  # as its own thread may do between our check and our call
    reader.interrupt()
    recorder.stop()
    assert recorder.join(PATIENCE_SECONDS)
