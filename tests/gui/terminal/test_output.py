"""What a terminal program prints arrives whole."""

from __future__ import annotations

import io

from gui.terminal.output import whole_writes


class Narrow(io.RawIOBase):
    """A file whose write takes seven bytes at a time, as a pipe may take a part."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)[:7]  # type: ignore[call-overload]
        self.taken += part
        return len(part)


def test_an_unbuffered_stream_writes_all_it_is_given() -> None:
    file = Narrow()
    bare = io.TextIOWrapper(file, "utf-8", write_through=True)  # type: ignore[type-var]
    stream = whole_writes(bare)
    stream.buffer.write(b"0123456789" * 100)
    stream.buffer.flush()
    assert file.taken == b"0123456789" * 100
    print("双工" * 10, file=stream, flush=True)
    assert file.taken == b"0123456789" * 100 + ("双工" * 10).encode() + b"\n"


def test_a_buffered_stream_stays() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    assert whole_writes(stream) is stream
