"""Heads of HTTP/1.1 messages as bytes (RFC 9112 sections 2 to 6), as far as the tasks need them."""

from __future__ import annotations

from typing import NamedTuple

from net.lab.tasks.grading import Failed

HEAD_LIMIT = 8192
"""Bytes of a head."""


class Head(NamedTuple):
    """``start``: the first line's words; ``fields``: by lower-case name. ``size``: bytes with the empty
    line."""

    start: tuple[str, ...]
    fields: dict[str, str]
    size: int


def head_in(data: bytes) -> Head | None:
    """The head that ``data`` begins with; None if its empty line has not come. Raises `Failed`."""
    end = data.find(b"\r\n\r\n")
    bare = data.find(b"\n\n")
    if bare >= 0 and (end < 0 or bare < end):
        raise Failed("line-feed-only")
    if end < 0:
        if len(data) > HEAD_LIMIT:
            raise Failed("head-too-long", limit=HEAD_LIMIT)
        return None
    lines = data[:end].decode("latin-1").split("\r\n")
    if any("\n" in line for line in lines):
        raise Failed("line-feed-only")
    fields = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Failed("bad-field", line=line[:60])
        fields[name.lower()] = value.strip()
    return Head(tuple(lines[0].split(" ")), fields, end + 4)
