"""Hypothesis strategies for every message there is, with values from the edges of its types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec.inspect as inspect
from hypothesis import strategies as st

from net.protocol.chat.frames import encode_body
from net.protocol.chat.messages import Unknown, Wire

KINDS = [kind for kind in Wire.__subclasses__() if kind is not Unknown]
TEXTS = [
    *("", "\u202egnp.exe", "a\0b", "o" + "\u0301" * 10_000, "../../etc/passwd", "C:\\con", "\x1b[2J"),
    *("\n" * 300, "\U000e0041" * 20, "王" * 16_000, "\u2066\u2067\u202d", "%s%n{0}", "<b>&amp;"),
]
STATES = [
    *("online", "away", "leaving", "asking", "declined", "paused", "resumed", "cancelled", "finished"),
    *("failed", "offered", "running", "unknown", "removed", "closed", "moved", "muted", "duplicate"),
]


def values(kind: inspect.Type, ids: Sequence[bytes]) -> st.SearchStrategy[Any]:
    if isinstance(kind, inspect.Metadata):
        return values(kind.type, ids)
    if isinstance(kind, inspect.IntType):
        low = -(2**53) if kind.ge is None else kind.ge
        high = 2**63 - 1 if kind.le is None else kind.le
        edges = [one for one in (low, high, 0, 1, 2, high // 2, high // 2 + 1) if low <= one <= high]
        return st.sampled_from(edges) | st.integers(low, min(high, 2**40))
    if isinstance(kind, inspect.BytesType):
        low, high = kind.min_length or 0, kind.max_length or 100
        known = [one for one in ids if low <= len(one) <= high]
        made = st.binary(min_size=low, max_size=min(high, max(low, 24)))
        return st.sampled_from(known) | made if known else made
    if isinstance(kind, inspect.StrType):
        if kind.pattern is not None:
            return st.sampled_from(["", "#00ff00"] if "#" in kind.pattern else ["ABCDEF", "222222"])
        low, high = kind.min_length or 0, kind.max_length or 1000
        known_texts = [text[:high] for text in (*TEXTS, *STATES) if len(text) >= low]
        return st.sampled_from(known_texts) | st.text(min_size=low, max_size=min(high, 20))
    if isinstance(kind, inspect.BoolType):
        return st.booleans()
    if isinstance(kind, inspect.ListType):
        return st.lists(values(kind.item_type, ids), min_size=kind.min_length or 0, max_size=4)
    assert isinstance(kind, inspect.StructType), kind
    return structs(kind.cls, ids)


def structs(kind: type, ids: Sequence[bytes]) -> st.SearchStrategy[Any]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return st.builds(kind, **{field.name: values(field.type, ids) for field in info.fields})


def wires(ids: Sequence[bytes], *without: type[Wire]) -> st.SearchStrategy[Wire]:
    return st.one_of([structs(kind, ids) for kind in KINDS if kind not in without])


def bodies(ids: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """What stands in an envelope: any message, whole or damaged."""
    whole = wires(ids).map(encode_body).filter(lambda body: len(body) <= 60_000)
    return whole | st.tuples(whole, st.integers(0, 255)).map(_damaged) | st.binary(max_size=40)


def _damaged(parts: tuple[bytes, int]) -> bytes:
    body, byte = parts
    place = byte * 7 % len(body)
    return body[:place] + bytes([byte]) + body[place + 1 :]


def queued(ids: Sequence[bytes], jump: int = 3) -> st.SearchStrategy[tuple[int, bytes]]:
    """By how much the number rises (or falls), and the body."""
    return st.tuples(st.integers(-2, jump), bodies(ids))
