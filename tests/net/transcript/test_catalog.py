"""The catalog of sessions: newest first, searched by address and by message."""

from __future__ import annotations

from pathlib import Path

import pytest

from net.address import Address
from net.events import Fault, FaultKind
from net.sockets.events import OpenFailed, Role
from net.transcript.catalog import SessionCatalog
from net.transcript.reader import TranscriptReader
from tests.net.transcript.recording import START, Recording, closed, opened, received, sent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "transcript.sqlite"


def three_trees(recording: Recording) -> SessionCatalog:
    """A client (1), a listener (2) with two connections (3, 4), and one in GB18030 (5)."""
    recording.put(opened(1, remote=Address("192.168.7.8", 80)), received(1, b"Hello"), closed(1))
    recording.put(opened(2, role=Role.SERVER, remote=None), opened(3, 2, Role.ACCEPTED))
    recording.put(opened(4, 2, Role.ACCEPTED, remote=Address("fe80::1", 9, "eth0")))
    recording.put(received(3, "你好".encode()), sent(4, b"needle"), closed(3))
    recording.recorder.set_codec(5, "gb18030")
    recording.put(opened(5), received(5, "你好".encode("gb18030"), b"\x00\xff"))
    return SessionCatalog(recording.wait_rows(5, 3))


def holding(catalog: SessionCatalog, text: str, hex: bool = False) -> list[int]:
    found: list[int] = []
    catalog.holding(text, found.append, hex)
    return found


def test_trees_are_listed_newest_first(path: Path) -> None:
    with Recording(path) as recording:
        catalog = three_trees(recording)
        assert list(catalog.trees()) == [5, 2, 1]
        gb, listener, client = catalog.fetch([5, 2, 99, 1])
        assert (client.session.remote, client.session.reason, client.rows) == ("192.168.7.8:80", "by_peer", 3)
        assert (listener.connections, listener.rows, listener.session.rows) == (2, 6, 1)
        assert (gb.session.codec, gb.session.closed, gb.connections) == ("gb18030", None, 0)
        assert [(one.session, one.reason) for one in catalog.connections(2)] == [(3, "by_peer"), (4, "")]


def test_an_address_of_a_connection_finds_its_listener(path: Path) -> None:
    with Recording(path) as recording:
        catalog = three_trees(recording)
        assert list(catalog.trees("FE80::1")) == [2]
        assert list(catalog.trees("192.168")) == [1]
        assert list(catalog.trees("nowhere")) == []


def test_what_was_said_is_found_in_the_codec_of_its_session(path: Path) -> None:
    with Recording(path) as recording:
        catalog = three_trees(recording)
        assert holding(catalog, "你好") == [5, 2]
        assert holding(catalog, "HELLO") == [1]
        assert holding(catalog, "needle") == [2]
        assert holding(catalog, "00 ff", hex=True) == [5]
        # the last byte of one character and the first of the next
        assert holding(catalog, "你好".encode("gb18030")[1:3].decode("gb18030")) == []
        assert holding(catalog, "absent") == holding(catalog, "") == []


def test_a_search_ends_when_it_is_interrupted(path: Path) -> None:
    with Recording(path) as recording:
        three_trees(recording)
        reader = recording.reader()
        found: list[int] = []

        def stop(session: int) -> None:
            found.append(session)
            reader.interrupt()

        SessionCatalog(reader).holding("你好", stop)
        assert found == [5]


def test_without_a_file_there_is_nothing(path: Path) -> None:
    catalog = SessionCatalog(TranscriptReader(path))
    assert not (catalog.trees() or catalog.fetch([1]) or catalog.connections(1) or holding(catalog, "x"))
    assert catalog.expiring(0, 9) == 0


@pytest.mark.parametrize(
    ("role", "asked", "local", "remote"),
    [
        ("client", "no-such-host.invalid:80", "", "no-such-host.invalid:80"),
        ("server", "0.0.0.0:80", "0.0.0.0:80", ""),
    ],
)
def test_a_session_that_never_opened_has_its_requested_address(
    path: Path, role: str, asked: str, local: str, remote: str
) -> None:
    with Recording(path) as recording:
        recording.recorder.set_requested(1, role, asked)
        recording.put(OpenFailed(1, Fault(FaultKind.NAME_NOT_FOUND, {"host": "no-such-host.invalid"}), START))
        (tree,) = SessionCatalog(recording.wait_rows(1, 1)).fetch([1])
    stored = tree.session
    assert (stored.role, stored.local, stored.remote, stored.reason) == (role, local, remote, "open_failed")
