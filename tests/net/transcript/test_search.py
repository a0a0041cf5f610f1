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
    assert search.answer() is None
    search.start(1, False, "pear", "utf-8")
    search.start(1, False, "apple", "utf-8")
    assert wait_until(search.answer) == [1, 3]
    search.start(1, False, "", "utf-8")
    assert search.answer() == []
    search.cancel()
    assert search.answer() is None
    wait_until(lambda: not any(thread.name == "find" for thread in threading.enumerate()))
    recorder.stop()
    assert recorder.join(PATIENCE_SECONDS)


def test_interrupting_a_search_that_has_just_ended_is_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "t.sqlite", None, None, lambda _events: None)
    address = Address("127.0.0.1", 1)
    recorder.put((Opened(1, None, Transport.TCP, Role.CLIENT, address, address, 1),))
    wait_until(lambda: not recorder.backlog)
    reader = recorder.reader()
    assert reader is not None and reader.find(1, "pear", "utf-8", False) == []
    connection = reader._connection
    assert connection is not None
    connection.close()  # as its own thread may do between our check and our call
    reader.interrupt()
    recorder.stop()
    assert recorder.join(PATIENCE_SECONDS)
