"""The transcript's rows as bubbles and log lines."""

from __future__ import annotations

import pytest

from gui.pages.sockets.conversation import rows as rows_module
from gui.pages.sockets.conversation.rows import (
    HEAD_BYTES,
    Scope,
    TranscriptRows,
    bubble_row,
    decoded,
    detail_words,
    log_row,
)
from gui.pages.sockets.words import unbroken
from gui.shared import wording
from gui.widgets.log_list import MOST_CHARACTERS, log_text
from gui.widgets.text_fit import Span
from net.events import Fault, FaultKind
from net.sockets.events import (
    Closed,
    CloseReason,
    FileSent,
    MessagesReceived,
    MessagesSent,
    Opened,
    Role,
    SentFile,
    Transport,
)
from net.transcript.commands import ClearTranscript
from net.transcript.reader import RowFilter
from tests.gui.pages.sockets.tape import HERE, MS, START, THERE, Tape, client
from tests.waiting import wait_until


def bubbles(
    tape: Tape, scope: Scope, filter: RowFilter | None = None, shown: int | None = None
) -> list[tuple[str, str]]:
    rows = TranscriptRows(tape.reader(), scope, lambda row: bubble_row(row, "utf-8", shown=shown), filter)
    return [(row.side, row.text) for row in rows.fetch(0, rows.count()) if row.text]


def test_undecodable_bytes_are_marked_where_they_stand() -> None:
    text, spans = decoded(b"a\xff\xfeb", "utf-8")
    assert text == "a⟨FF FE⟩b"
    assert [text[span.start : span.stop] for span in spans] == ["⟨FF FE⟩"]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16", "latin-1"])
def test_no_more_of_a_message_is_decoded_than_is_needed(
    tape: Tape, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(tape)
    data = ("好" * 1_000_000).encode(codec, "replace")
    tape.put(MessagesReceived(1, [data, b"short"], START))
    sizes: list[int] = []

    def counted(data: bytes, codec: str) -> tuple[str, tuple[Span, ...]]:
        sizes.append(len(data))
        return decoded(data, codec)

    monkeypatch.setattr(rows_module, "decoded", counted)
    rows = TranscriptRows(tape.reader(), Scope(1), lambda row: log_row(row, codec))
    page = rows.fetch(0, rows.count())
    assert sizes == []
    long, short = page[-2:]
    assert len(long.text) >= MOST_CHARACTERS and sum(sizes) < 8 * MOST_CHARACTERS
    assert "⟨" not in long.text
    assert (long.size, long.whole, short.size, short.whole) == (len(data), False, 5, True)
    bubble = bubble_row(tape.reader().fetch(1, rows.count() - 2, rows.count(), most=HEAD_BYTES)[0], codec)
    assert bubble.size == len(data) and bubble.meta == wording.size_text(len(data))


def test_a_part_of_a_sent_file_is_told_in_words(tape: Tape) -> None:
    client(tape)
    file = SentFile(7, "/home/anna/报告.pdf", 300_000_000, START)
    tape.put(FileSent(1, file, 262_144, 65_536, THERE, START))
    words = "The file 报告.pdf, bytes 262,145 to 327,680 of 300,000,000"
    bubbles = TranscriptRows(tape.reader(), Scope(1), lambda row: bubble_row(row, "utf-8"))
    bubble = bubbles.fetch(bubbles.count() - 1, bubbles.count())[0]
    assert (bubble.text, bubble.side, bubble.meta) == (words, "out", "64.0 KB")
    log = TranscriptRows(tape.reader(), Scope(1), lambda row: log_row(row, "utf-8"))
    line = log.fetch(log.count() - 1, log.count())[0]
    assert (line.text, line.direction, line.data, line.is_about) == (words, "out", b"", True)
    assert words in log_text(line, "hex")
    (row,) = tape.reader().fetch(1, log.count() - 1, log.count())
    title, about = detail_words(row)
    assert title == "Sent" and words in about and "/home/anna/报告.pdf" in about


def test_what_would_turn_the_line_round_is_shown_instead_of_obeyed() -> None:
    text, spans = decoded("\u202eevil\x00\x1b[2J".encode(), "utf-8")
    assert text == "⟨U+202E⟩evil⟨00⟩⟨1B⟩[2J"
    assert spans == ()


def test_a_bubble_for_each_message_and_a_word_for_what_matters(tape: Tape) -> None:
    client(tape)
    tape.put(
        MessagesSent(1, ["你好".encode()], THERE, "user", START + 3 * MS),
        MessagesReceived(1, [b"one", b"two"], START + 4 * MS),
        Closed(1, CloseReason.RESET, Fault(FaultKind.RESET, {"address": str(THERE)}), START + 5 * MS),
    )
    assert bubbles(tape, Scope(1)) == [
        ("note", "Connected to 127.0.0.1:12345"),
        ("out", "你好"),
        ("in", "one"),
        ("in", "two"),
        ("note", "Reset by the peer"),
    ]


def test_a_note_of_a_listeners_connection_says_whose_it_is(tape: Tape) -> None:
    tape.put(
        Opened(1, None, Transport.TCP, Role.SERVER, HERE, None, START),
        Opened(2, 1, Transport.TCP, Role.ACCEPTED, HERE, THERE, START),
        Closed(2, CloseReason.BY_PEER, None, START),
    )
    assert bubbles(tape, Scope(1, tree=True), shown=1) == [
        ("note", "Listening on 127.0.0.1:50001"),
        ("note", "127.0.0.1:12345 connected"),
        ("note", "127.0.0.1:12345 · Closed by the peer"),
    ]
    assert bubbles(tape, Scope(2, parent=1), shown=2)[-1] == ("note", "Closed by the peer")
    log = TranscriptRows(tape.reader(), Scope(1, tree=True), lambda row: log_row(row, "utf-8", shown=1))
    assert [row.peer for row in log.fetch(0, 9)] == ["", str(THERE), str(THERE)]


def test_the_log_has_the_calls_too(tape: Tape) -> None:
    client(tape)
    rows = TranscriptRows(tape.reader(), Scope(1), lambda row: log_row(row, "utf-8"))
    texts = [row.text for row in rows.fetch(0, rows.count())]
    assert "connect(('127.0.0.1', 12345))" in texts
    assert "Connecting 127.0.0.1:12345" in texts


def test_a_filter_shows_one_direction_and_grows(tape: Tape) -> None:
    client(tape)
    tape.put(MessagesSent(1, [b"a"], THERE, "user", START), MessagesReceived(1, [b"b"], START))
    chosen = RowFilter(frozenset({"in"}), notes=False)
    rows = TranscriptRows(tape.reader(), Scope(1), lambda row: row.data, chosen)
    assert list(rows.fetch(0, 9)) == [b"b"]
    tape.put(MessagesReceived(1, [b"c"], START))
    assert rows.count() == 1
    assert rows.recount() == 2
    assert list(rows.fetch(0, 9)) == [b"b", b"c"]
    everything = TranscriptRows(tape.reader(), Scope(1), lambda row: row.data)
    last = everything.count() - 1
    assert rows.index_of_position(last) == 1
    assert rows.index_of_position(last - 2) == -1


def test_who_was_meant_stands_beside_what_went_to_one_of_several(tape: Tape) -> None:
    client(tape)
    tape.put(MessagesSent(1, [b"a"], THERE, "reply", START))
    rows = TranscriptRows(tape.reader(), Scope(1), lambda row: bubble_row(row, "utf-8", several=True))
    assert rows.fetch(rows.count() - 1, rows.count())[0].meta == "1 B · auto-reply · → 127.0.0.1:12345"


def test_the_space_beside_a_latin_word_is_no_place_to_break_chinese() -> None:
    assert unbroken("TCP 在这里 and there") == "TCP\u00a0在这里\u00a0and there"


def test_a_filter_looks_at_every_row_once_and_at_few_at_a_time(
    tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_module, "LOOKED_AT_ONCE", 10)
    tape.put(Opened(1, None, Transport.TCP, Role.SERVER, HERE, None, START))
    tape.put(Opened(2, 1, Transport.TCP, Role.ACCEPTED, HERE, THERE, START))
    tape.put(MessagesSent(2, [b"first"], THERE, "user", START))
    tape.put(MessagesReceived(2, [b"m"] * 30, START))
    reader = tape.reader()
    looked: list[tuple[int, int]] = []
    select = reader.select

    def seen(session: int, filter: RowFilter, tree: bool, start: int, stop: int) -> object:
        looked.append((start, stop))
        return select(session, filter, tree, start, stop)

    monkeypatch.setattr(reader, "select", seen)
    only_out = RowFilter(frozenset({"out"}), notes=False)
    for scope in (Scope(2, False, 1), Scope(1, True)):
        looked.clear()
        total = reader.count(scope.session, scope.tree)
        found = TranscriptRows(reader, scope, lambda row: row.data, only_out)
        assert found.behind
        while found.behind:
            found.recount()
        tape.put(MessagesSent(2, [b"last"], THERE, "user", START))
        assert found.recount() == (2 if scope.session == 2 else 3)
        assert [start for start, _ in looked] == [0, *(stop for _, stop in looked[:-1])]
        assert max(stop - start for start, stop in looked) == 10
        assert looked[-1] == (total, total + 1)


def test_a_filter_begins_anew_after_the_transcript_was_cleared(tape: Tape) -> None:
    client(tape)
    tape.put(MessagesReceived(1, [b"a", b"b"], START))
    found = TranscriptRows(tape.reader(), Scope(1), lambda row: row.data, RowFilter(notes=False))
    assert found.count() == 2
    tape.recorder.clear(ClearTranscript(1))
    tape.put(MessagesReceived(1, [b"c"], START))
    assert wait_until(lambda: found.recount() == 1 and list(found.fetch(0, 9)) == [b"c"], what="the new row")
