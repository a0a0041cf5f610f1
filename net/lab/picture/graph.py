"""The byte graph: how far one stream has come over time, as lines of steps."""

from __future__ import annotations

from dataclasses import dataclass

from net.lab.picture.picture import Picture
from net.lab.picture.traffic import Stream

Points = tuple[tuple[float, int], ...]
"""Seconds and bytes; each value holds until the next."""


@dataclass(frozen=True, slots=True)
class ByteGraph:
    """``source``, ``target``: the programs, "" if not recorded. ``allowed``: acknowledged plus the window
    that the receiver announced: nothing beyond it may be sent. A line that nobody told is empty."""

    source: str
    target: str
    until: float
    sent: Points
    acked: Points
    allowed: Points
    read: Points

    @property
    def most(self) -> int:
        """The largest value, at least 1."""
        lines = (self.sent, self.acked, self.allowed, self.read)
        return max([1, *(value for line in lines for _t, value in line)])


def byte_graph(picture: Picture, count: int, most_points: int = 2_000) -> ByteGraph | None:
    """The graph of the stream that carries the most bytes among the first ``count`` events; None if there is
    none. Each line has at most ``most_points`` points: of those that fall together the last counts."""
    stream = _busiest(picture, count)
    if stream is None:
        return None
    until = picture.time_at(count)
    slot = until / most_points
    sent: list[tuple[float, int]] = []
    acked: list[tuple[float, int]] = []
    allowed: list[tuple[float, int]] = []
    read: list[tuple[float, int]] = []
    for index, progress in stream.history:
        if index >= count:
            break
        window = None if progress.window is None else progress.acked + progress.window
        for line, value in (
            (sent, progress.sent),
            (acked, progress.acked),
            (allowed, window),
            (read, progress.read),
        ):
            if value is not None and (not line or line[-1][1] != value):
                if line and progress.t - line[-1][0] < slot and len(line) > 1:
                    line[-1] = (line[-1][0], value)
                else:
                    line.append((progress.t, value))
    return ByteGraph(
        source=stream.source[0] if stream.source else "",
        target=stream.target[0] if stream.target else "",
        until=until,
        sent=tuple(sent),
        acked=tuple(acked) if any(value for _t, value in acked) else (),
        allowed=tuple(allowed),
        read=tuple(read) if stream.target else (),
    )


def _busiest(picture: Picture, count: int) -> Stream | None:
    best, most = None, 0
    for stream in picture.streams:
        progress = stream.history.at(count)
        if progress is not None and progress.sent > most and stream.source is not None:
            best, most = stream, progress.sent
    return best
