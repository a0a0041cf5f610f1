"""A picture as shapes: which rows are shown and what each looks like. No Tk, no file, no clock.

The canvas, the SVG and the PNG draw the same shapes, so they cannot disagree.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gui.shared.picture import words
from gui.shared.picture.colours import PictureColours, ticks_of
from gui.shared.picture.lanes import Lanes, place_lanes
from gui.shared.picture.shapes import (
    DASHES,
    Anchor,
    Arrow,
    Box,
    ByteCell,
    Disc,
    Drawing,
    Line,
    Measure,
    Polygon,
    Shape,
    Text,
)
from net.lab.picture import Picture
from net.lab.picture.rows import Flight, Note, Piece, Row, Strip
from net.lab.picture.state import ProgramState, SocketState
from net.lab.recording import Mark

ROWS = 9
LABEL, SENTENCE, HEAD = 20, 24, 22
"""Heights of type in pixels at scale 1: labels, the sentence below, the heads of the lifelines."""
CELL_HEIGHT, CELL_WIDEST = 28, 30
LEAST_ROW = 46
"""A row that is lower cannot hold a label above an arrow; then fewer rows are shown."""
FRAME_SECONDS, LONGEST_SECONDS = 1 / 60, 0.5
"""The slope of an arrow between the kernels is its real time, from one frame of the screen (or less, or
untold) to this; what takes longer is drawn as steep as this."""
FLATTEST, STEEPEST = 0.14, 0.62
"""The drop of the flattest and the steepest such arrow, in heights of a row."""


@dataclass(frozen=True)
class Paper:
    """What a picture is drawn on. ``scale`` 1 is for a window of 1280x720. ``roles``: the words above both
    sides, "" for the programs' names. ``blank``: arrows without labels, for hand-outs."""

    width: float
    height: float
    colours: PictureColours
    measure: Measure
    scale: float = 1.0
    roles: tuple[str, str] = ("", "")
    blank: bool = False


@dataclass(frozen=True)
class Place:
    """What is shown: the first ``count`` events; ``cursor``: the row in the middle, -1 for the last one.
    ``progress``: how far, from 0 to 1, the last row's arrow has come. ``ask``: what stands in the dashed
    box. ``focused``: the picture has the keyboard."""

    count: int
    cursor: int = -1
    progress: float = 1.0
    ask: str = ""
    focused: bool = False


def height_for(rows: int, scale: float, row: float) -> float:
    """The height of a paper on which ``rows`` rows of ``row`` pixels at scale 1 stand."""
    return scale * (HEAD * 1.5 + LABEL * 3.1 + 12 + SENTENCE * 1.7 + rows * (row + 0.5))


def shown_rows(picture: Picture, place: Place, slots: int, tail: int) -> range:
    """The rows that are drawn: at most ``slots`` less ``tail``, the cursor's in the middle as far as there
    are rows to fill both halves."""
    known = picture.rows_at(place.count)
    cursor = known - 1 if place.cursor < 0 else min(place.cursor, known - 1)
    room = max(1, slots - tail)
    first = max(0, min(cursor - room // 2, known - room))
    return range(first, min(known, first + room))


def draw_picture(picture: Picture, place: Place, paper: Paper) -> Drawing:
    """The whole picture as it is after the first ``place.count`` events."""
    return _Artist(picture, place, paper).draw()


class _Artist:
    """Draws one picture once."""

    def __init__(self, picture: Picture, place: Place, paper: Paper) -> None:
        self.picture = picture
        self.place = place
        self.paper = paper
        self.colours = paper.colours
        self.lanes: Lanes = place_lanes(picture.programs, paper.width)
        self.drawing = Drawing(paper.width, paper.height, paper.colours.card)
        self.narrow = paper.width < 640 * paper.scale
        self.top = self._px(HEAD * 1.5 + LABEL * 1.5 + 12)
        self.bottom = paper.height - self._px(LABEL * 1.6 + SENTENCE * 1.7)
        self.slots = max(3, min(ROWS, int((self.bottom - self.top) / self._px(LEAST_ROW))))
        self.row_height = (self.bottom - self.top) / self.slots

    def _px(self, value: float) -> float:
        return value * self.paper.scale

    @property
    def label(self) -> int:
        return round(self._px(LABEL))

    # --- The whole ---

    def draw(self) -> Drawing:
        tails = self._tails()
        asked = bool(self.place.ask)
        tail = (1 if tails else 0) + (2 if asked else 0)
        rows = shown_rows(self.picture, self.place, self.slots, tail)
        known = self.picture.rows_at(self.place.count)
        cursor = known - 1 if self.place.cursor < 0 else min(self.place.cursor, known - 1)
        self._lifelines(rows, tail)
        for slot, number in enumerate(rows):
            y = self.top + slot * self.row_height
            self.drawing.rows.append((number, y, y + self.row_height))
            last = number == known - 1
            if number == cursor and self.place.focused:
                self._band(y)
            self._row(number, y, self.place.progress if last else 1.0)
        y = self.top + len(rows) * self.row_height
        if not rows or rows[-1] == known - 1:
            for text, x, side, state in tails:
                self._tail(text, x, side, y, state)
            if asked:
                self._ask(y + (self.row_height if tails else 0))
        self._heads()
        self._legend()
        self._kernel_line(cursor)
        return self.drawing

    def add(self, *shapes: Shape) -> None:
        self.drawing.shapes.extend(shapes)

    def fits(self, text: str, room: float, pixels: int, bold: bool = False, mono: bool = False) -> bool:
        return self.paper.measure(text, pixels, bold, mono) <= room

    def choose(
        self, texts: Sequence[str], room: float, pixels: int, bold: bool = False, mono: bool = False
    ) -> str:
        """The first text that fits; else the last, cut."""
        for text in texts:
            if self.fits(text, room, pixels, bold, mono):
                return text
        return self.cut(texts[-1], room, pixels, bold, mono)

    def cut(self, text: str, room: float, pixels: int, bold: bool = False, mono: bool = False) -> str:
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.fits(text[:middle] + "…", room, pixels, bold, mono):
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + "…" if low else ""

    def text_on_card(
        self, x: float, y: float, text: str, colour: str, anchor: Anchor = "middle", **type_: bool
    ) -> None:
        """A label that covers the lifelines behind it."""
        if not text:
            return
        bold, mono = type_.get("bold", False), type_.get("mono", False)
        width = self.paper.measure(text, self.label, bold, mono)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        half = self.label * 0.62
        self.add(
            Box(left - self._px(3), y - half, left + width + self._px(3), y + half, self.colours.card),
            Text(x, y, text, colour, self.label, bold, mono, anchor),
        )

    # --- Heads, lifelines, legend ---

    def _heads(self) -> None:
        c, lanes, pixels = self.colours, self.lanes, round(self._px(HEAD))
        self.add(Box(0, 0, self.paper.width, self.top - self._px(4), c.card))
        role_y, head_y, half = self._px(LABEL * 0.75), self._px(LABEL * 1.5 + HEAD * 0.75 + 4), self._px(17)
        for side in (0, 1):
            kernel = lanes.kernels[side]
            columns = lanes.programs[side]
            seen = self.picture.seen(side)
            edge = 0 if side == 0 else self.paper.width
            centre = (min(columns[0].x, kernel) + max(columns[0].x, kernel)) / 2
            names = [name for lane in columns for name in lane.programs]
            role = self.paper.roles[side] or ", ".join(names[:3]) or words.not_seen()
            room = 2 * min(abs(centre - edge), abs(self.paper.width / 2 - centre)) - self._px(8)
            role = self.choose((role,), room, self.label)
            self.add(Text(centre, role_y, role, c.mute, self.label))
            gaps = [abs(one.x - other.x) for one, other in itertools.pairwise(columns)]
            width = min([abs(columns[-1].x - kernel), *gaps, lanes.kernels[1] - lanes.kernels[0]]) - self._px(
                8
            )
            width = min(width, self._px(120))
            for lane in columns:
                if len(columns) == 1:
                    title = words.program_head() if seen else words.not_seen()
                elif len(lane.programs) == 1:
                    title = lane.programs[0]
                else:
                    title = words.more_programs(len(lane.programs))
                self._head(lane.x, head_y, half, width, title, c.program, pixels, seen)
            self._head(
                kernel, head_y, half, width, words.kernel_head() if seen else "?", c.kernel, pixels, seen
            )

    def _head(
        self, x: float, y: float, half: float, width: float, title: str, fill: str, pixels: int, seen: bool
    ) -> None:
        text = self.choose((title,), width - self._px(6), pixels, True)
        left, right = max(self._px(2), x - width / 2), min(self.paper.width - self._px(2), x + width / 2)
        ink = self.colours.ink if seen else self.colours.mute
        self.add(
            Box(left, y - half, right, y + half, fill if seen else self.colours.note, radius=self._px(8)),
            Text((left + right) / 2, y, text, ink, pixels, True),
        )

    def _lifelines(self, rows: range, tail: int) -> None:
        """The lines of the kernels, and those of the programs: thick where a program waits in a call, dotted
        where it is held or not there."""
        c, lanes = self.colours, self.lanes
        end = self.top + (len(rows) + tail) * self.row_height
        end = max(end, self.top + self.row_height)
        thin = max(1.0, self._px(2))
        for side in (0, 1):
            dash = () if self.picture.seen(side) else (2, 8)
            self.add(
                Line(
                    lanes.kernels[side],
                    self.top - self._px(6),
                    lanes.kernels[side],
                    end,
                    c.lifeline,
                    thin,
                    dash,
                )
            )
            for lane in lanes.programs[side]:
                start = self.top - self._px(6)
                if not lane.programs:
                    self.add(Line(lane.x, start, lane.x, end, c.lifeline, thin, (2, 8)))
                    continue
                for slot, number in enumerate(rows):
                    stop = self.top + (slot + 1) * self.row_height
                    count = min(self.picture.count_at(number), self.place.count)
                    self._lifeline(lane.x, start, stop, lane.programs, count, number)
                    start = stop
                if start < end:
                    self._lifeline(lane.x, start, end, lane.programs, self.place.count, -1)

    def _lifeline(
        self, x: float, start: float, stop: float, programs: tuple[str, ...], count: int, row: int
    ) -> None:
        c = self.colours
        states = [self.picture.program_at(who, count) for who in programs]
        state = next((state for state in states if state.phase == "calls"), states[0])
        thin = max(1.0, self._px(2))
        if state.phase == "ended":
            if row < 0 or not self._has_end(row):
                return
            stop = (start + stop) / 2
            half = self._px(12)
            self.add(Line(x - half, stop, x + half, stop, c.ink, self._px(3)))
        if state.phase == "calls" and state.row != row:
            self.add(Line(x, start, x, stop, c.waiting, self._px(7)))
        elif state.phase == "absent":
            self.add(Line(x, start, x, stop, c.lifeline, thin, (1, 9)))
        elif state.phase == "held" and row < 0:
            self.add(Line(x, start, x, stop, c.accent, self._px(3), (3, 5)))
        else:
            self.add(Line(x, start, x, stop, c.lifeline, thin))

    def _has_end(self, row: int) -> bool:
        return any(note.kind == "ended" for note in self.picture.rows[row].notes)

    def _legend(self) -> None:
        c = self.colours
        y = self.paper.height - self._px(SENTENCE * 1.7 + LABEL * 0.75)
        self.add(Box(0, self.bottom, self.paper.width, self.paper.height, c.card))
        marks: tuple[Mark, ...] = ("observed", "derived", "simulated")
        for sample, gap in ((self._px(46), self._px(20)), (self._px(30), self._px(10))):
            texts = [(mark, words.mark_name(mark)) for mark in marks]
            wide = sum(
                sample + self._px(8) + self.paper.measure(text, self.label, False, False) + gap
                for _m, text in texts
            )
            acks = self._px(30) + self.paper.measure(words.folded_acks(), self.label, False, False)
            if wide + acks <= self.paper.width - self._px(16):
                break
        else:
            acks = 0
        x = self._px(14)
        for mark, text in texts:
            width = self.paper.measure(text, self.label, False, False)
            if x + sample + width > self.paper.width:
                break
            colour = c.simulated if mark == "simulated" else c.ink
            self.add(
                Arrow(x, y, x + sample, y, colour, self._px(3), self._px(12), self._dash(mark)),
                Text(x + sample + self._px(8), y, text, c.ink, self.label, anchor="start"),
            )
            x += sample + self._px(8) + width + gap
        if acks and x + acks < self.paper.width:
            self._dot(x + self._px(13), y, "n", c.ink)
            self.add(
                Text(x + self._px(32), y, words.folded_acks(), c.ink, self.label, anchor="start"),
            )

    def _dash(self, mark: Mark) -> tuple[int, ...]:
        return tuple(max(1, round(self._px(part))) for part in DASHES[mark])

    def _kernel_line(self, cursor: int) -> None:
        pixels = round(self._px(SENTENCE))
        y = self.paper.height - self._px(SENTENCE * 0.85)
        socket = self._told_socket(cursor)
        room = self.paper.width - self._px(28)
        text = self.choose(words.kernel_sentences(socket), room, pixels)
        self.add(Text(self._px(14), y, text, self.colours.ink, pixels, anchor="start"))

    def _told_socket(self, cursor: int) -> SocketState | None:
        """The socket that the line below tells of: one that keeps bytes for the program of the cursor's row,
        or for any; else that row's own."""
        if cursor < 0:
            return None
        state = self.picture.state_at(
            self.place.count if self.place.cursor < 0 else self.picture.count_at(cursor)
        )
        told = [socket for socket in state.sockets.values() if socket.facts is not None]
        row = self.picture.rows[cursor]
        for strip in row.strips:
            for socket in told:
                if socket.received_size == strip.size and self.picture.side_of(socket.key[0]) == strip.side:
                    return socket
        for note in row.notes:
            for socket in told:
                if socket.key == (note.who, note.socket):
                    return socket
        for socket in told:
            if socket.key == (row.who, row.socket):
                return socket
        return max(told, key=lambda socket: socket.facts.t if socket.facts else 0.0, default=None)

    # --- Rows ---

    def _band(self, y: float) -> None:
        c = self.colours
        self.add(
            Box(
                self._px(3),
                y,
                self.paper.width - self._px(3),
                y + self.row_height,
                c.band,
                radius=self._px(8),
            )
        )
        for side in (0, 1):
            for x in (self.lanes.kernels[side], *(lane.x for lane in self.lanes.programs[side])):
                self.add(Line(x, y, x, y + self.row_height, c.lifeline, max(1.0, self._px(2))))

    def _row(self, number: int, y: float, progress: float) -> None:
        row = self.picture.rows[number]
        first = len(self.drawing.shapes)
        flights = self._flights_of(row)
        start = self.lanes.kernels[row.side.number]
        if row.kind == "call":
            start = self._call(number, row, y, bool(flights))
        elif row.kind == "return":
            self._return(number, row, y)
        if flights:
            self._flights(number, row, flights, y, start)
        if progress < 1.0:
            self._move(first, progress)
            return
        for strip in row.strips:
            if strip.index < self.place.count and strip.size:
                self._strip(number, row, strip, y)
        for note in row.notes:
            if note.index < self.place.count:
                self._note(note, y, row)
        if row.acks is not None and row.acks.index < self.place.count:
            x = self.lanes.kernels[row.acks.side.number]
            self._dot(x, y + self.row_height * 0.86, str(row.acks.count), self.colours.ink)

    def _flights_of(self, row: Row) -> list[Flight]:
        """What is known of its flights by now; of a datagram the newest word counts."""
        known = [flight for flight in row.flights if flight.index < self.place.count]
        grams = [flight for flight in known if flight.kind == "datagram"]
        return grams[-1:] if grams else known

    def _base(self, y: float) -> float:
        """Where a horizontal arrow of a row that begins at ``y`` stands."""
        return y + self.row_height * 0.76

    def _label_y(self, y: float) -> float:
        return y + self.row_height * 0.36

    def _call(self, number: int, row: Row, y: float, flights: bool) -> float:
        lanes, c = self.lanes, self.colours
        program, kernel = lanes.of(row.who, row.side.number), lanes.kernels[row.side.number]
        colour = c.of_bytes(row.pieces[0].colour) if row.pieces else c.ink
        left, right = lanes.gap(row.who, row.side.number)
        if row.transport == "" and row.socket == 0 and row.name in ("input", "sleep"):
            self._own_call(row, y, program)
            return kernel
        base = self._base(y)
        self.add(Arrow(program, base, kernel, base, colour, self._px(3.5), self._px(14)))
        spare = 0.0 if flights or row.strips else (lanes.middle[1] - lanes.middle[0]) * 0.55
        texts = words.call_labels(row)
        returned = row.returned is not None and row.returned < self.place.count
        if returned and row.pieces and row.size and sum(p.size for p in row.pieces) > row.size:
            texts = (f"{row.name} {words.short_text(row, sum(p.size for p in row.pieces))}", *texts)
        self._labelled(number, texts, row.pieces, colour, (left, right, spare, row.side.number), y)
        return kernel

    def _own_call(self, row: Row, y: float, x: float) -> None:
        """A call that no socket sees: a sign on the program's line."""
        c = self.colours
        text = f"{row.name}({row.arguments})" if len(row.arguments) < 14 else f"{row.name}()"
        half = self.paper.measure(text, self.label, False, True) / 2 + self._px(8)
        x = min(max(x, half + self._px(2)), self.paper.width - half - self._px(2))
        middle = y + self.row_height / 2
        self.add(
            Box(
                x - half,
                middle - self._px(15),
                x + half,
                middle + self._px(15),
                c.card,
                c.waiting,
                self._px(6),
                self._px(2),
            ),
            Text(x, middle, text, c.ink, self.label, mono=True),
        )

    def _return(self, number: int, row: Row, y: float) -> None:
        lanes, c = self.lanes, self.colours
        program, kernel = lanes.of(row.who, row.side.number), lanes.kernels[row.side.number]
        colour = c.error if row.error else c.of_bytes(row.pieces[0].colour) if row.pieces else c.ink
        left, right = lanes.gap(row.who, row.side.number)
        if row.name == "input":
            self._own_call(replace(row, arguments=""), y, program)
            return
        base = self._base(y)
        self.add(Arrow(kernel, base, program, base, colour, self._px(3.5), self._px(14)))
        spare = 0.0 if row.strips else (lanes.middle[1] - lanes.middle[0]) * 0.9
        texts = words.return_labels(row)
        self._labelled(number, texts, row.pieces, colour, (left, right, spare, row.side.number), y)
        if row.cut:
            x = (lanes.middle[0] + lanes.middle[1]) / 2
            text = self.choose(
                (words.cut_text(row.cut),), lanes.middle[1] - lanes.middle[0] - self._px(12), self.label
            )
            self.text_on_card(x, self._label_y(y), text, c.error)

    def _labelled(
        self,
        number: int,
        texts: Sequence[str],
        pieces: tuple[Piece, ...],
        colour: str,
        room: tuple[float, float, float, int],
        y: float,
    ) -> None:
        """A call's name and its bytes above its arrow; what does not fit may reach over the kernel's line
        where that is free (``room``: left, right, spare pixels behind the kernel, side)."""
        if self.paper.blank:
            return
        left, right, spare, side = room
        gap, middle_y = right - left - self._px(10), self._label_y(y)
        if pieces:
            text_width = 0.0
            cell = self.paper.measure("M", self.label, True, True) + self._px(4)
            size = sum(piece.size for piece in pieces)
            text = self.choose(
                (texts[0],), max(0.0, gap + spare - min(size, 3) * cell - self._px(6)), self.label, True, True
            )
            if text not in texts:
                text = ""
            if text:
                text_width = self.paper.measure(text, self.label, True, True) + self._px(8)
            cells_room = gap + spare - text_width
            width, drawn = self._cells_width(pieces, min(cells_room, max(gap - text_width, cell * size)))
            total = text_width + width
            start = self._start(left, right, total, gap, side)
            if text:
                self.text_on_card(start, middle_y, text, colour, "start", bold=True, mono=True)
            self._cells(number, pieces, start + text_width, middle_y, width, drawn)
            return
        text = self.choose(texts, gap + spare, self.label, True, True)
        start = self._start(left, right, self.paper.measure(text, self.label, True, True), gap, side)
        self.text_on_card(start, middle_y, text, colour, "start", bold=True, mono=True)

    def _start(self, left: float, right: float, total: float, gap: float, side: int) -> float:
        """Where a label begins: in the middle of its gap, or at the program's end of it if it is longer."""
        if total <= gap:
            return (left + right) / 2 - total / 2
        return left + self._px(5) if side == 0 else right - self._px(5) - total

    # --- Bytes ---

    def _cells_width(self, pieces: tuple[Piece, ...], room: float) -> tuple[float, int]:
        """The width of the cells of these bytes, and how many of them are drawn: all, or some and a
        number."""
        size = sum(piece.size for piece in pieces)
        least = self.paper.measure("M", self.label, True, True) + self._px(4)
        widest = self._px(CELL_WIDEST)
        if size * least <= room:
            return size * min(widest, max(least, room / size)), size
        more = self.paper.measure(f"+{size}", self.label, True, False) + self._px(10)
        drawn = max(0, int((room - more) / least))
        return drawn * least + more, drawn

    def _cells(
        self, number: int, pieces: tuple[Piece, ...], x: float, y: float, width: float, drawn: int
    ) -> None:
        """Bytes as cells from ``x`` on, the middle at ``y``: each has its send's colour and ticks."""
        c = self.colours
        size = sum(piece.size for piece in pieces)
        more = ""
        if drawn < size:
            more = f"+{size - drawn}"
            more_width = self.paper.measure(more, self.label, True, False) + self._px(10)
            cell = (width - more_width) / drawn if drawn else 0.0
        else:
            cell = width / size if size else 0.0
        half, left = self._px(CELL_HEIGHT) / 2, drawn
        for piece in pieces:
            count = min(piece.size, left)
            if count <= 0:
                break
            colour = c.of_bytes(piece.colour)
            characters = byte_characters(piece.data, piece.start)
            self.add(Box(x, y - half, x + count * cell, y + half, colour, radius=self._px(4)))
            for at in range(count):
                centre = x + (at + 0.5) * cell
                character = characters[at] if at < len(characters) else "·"
                self.add(Text(centre, y - self._px(2), character, c.on_bytes, self.label, True, True))
                self.drawing.cells.append(
                    ByteCell(
                        x + at * cell,
                        y - half,
                        x + (at + 1) * cell,
                        y + half,
                        number,
                        piece.colour,
                        piece.start + at,
                    )
                )
                if at:
                    edge = x + at * cell
                    self.add(Line(edge, y - half, edge, y + half, c.card, 1.0))
            self._ticks(x, y + half, cell, ticks_of(piece.colour), c.on_bytes)
            x += count * cell
            self.add(Line(x, y - half, x, y + half, c.card, self._px(3)))
            left -= count
        if more:
            last = pieces[-1]
            at = last.start if not drawn else self._byte_at(pieces, drawn)[1]
            colour_number = self._byte_at(pieces, drawn)[0]
            self.add(
                Text(x + self._px(5), y, more, c.of_bytes(colour_number), self.label, True, anchor="start")
            )
            self.drawing.cells.append(
                ByteCell(
                    x,
                    y - half,
                    x + self._px(12) + self.paper.measure(more, self.label, True, False),
                    y + half,
                    number,
                    colour_number,
                    at,
                    size - drawn,
                )
            )

    @staticmethod
    def _byte_at(pieces: tuple[Piece, ...], at: int) -> tuple[int, int]:
        """The colour and the place in its send of byte ``at`` of these pieces."""
        for piece in pieces:
            if at < piece.size:
                return piece.colour, piece.start + at
            at -= piece.size
        return pieces[-1].colour, pieces[-1].start

    def _ticks(self, x: float, bottom: float, cell: float, count: int, colour: str) -> None:
        """So many ticks at the foot of a piece's first cell: the mark for who cannot tell the colours."""
        width, gap = max(2.0, self._px(2.2)), max(1.0, self._px(1.6))
        total = count * width + (count - 1) * gap
        left = x + (cell - total) / 2
        for at in range(count):
            start = left + at * (width + gap)
            self.add(Box(start, bottom - self._px(5), start + width, bottom - self._px(1.5), colour))

    def _strip(self, number: int, row: Row, strip: Strip, y: float) -> None:
        """A receive buffer on its kernel's line: towards its program where that gap is free, else towards the
        other kernel."""
        side, lanes = strip.side.number, self.lanes
        kernel = lanes.kernels[side]
        inner = row.kind in ("call", "return") and row.side.number == side
        lane = lanes.programs[side][-1].x
        if inner:
            left, right = (kernel, (lanes.middle[0] + lanes.middle[1]) / 2 + self._px(40))
            if side == 1:
                left, right = (lanes.middle[0] + lanes.middle[1]) / 2 - self._px(40), kernel
        else:
            left, right = min(lane, kernel), max(lane, kernel)
        room = right - left - self._px(16)
        width, drawn = self._cells_width(strip.pieces, room)
        extra = strip.size - sum(piece.size for piece in strip.pieces)
        pad = self._px(8)
        from_left = (side == 1) != inner
        start = kernel + pad if from_left else kernel - pad - width
        middle = self._base(y)
        frame = self._px(CELL_HEIGHT) / 2 + self._px(3)
        self.add(
            Box(
                start - self._px(4),
                middle - frame,
                start + width + self._px(4),
                middle + frame,
                self.colours.card,
                self.colours.mute,
                self._px(5),
                max(1.0, self._px(1.5)),
                () if strip.mark == "observed" else self._dash("derived"),
            )
        )
        self._cells(number, strip.pieces, start, middle, width, drawn)
        texts = words.buffer_labels(strip.size, strip.datagrams, strip.accepted)
        if not self.paper.blank:
            text = self.choose(texts, room, self.label)
            anchor: Anchor = "start" if from_left else "end"
            x = kernel + pad if from_left else kernel - pad
            self.text_on_card(x, middle - frame - self.label * 0.6, text, self.colours.mute, anchor)
        if extra > 0 and self.drawing.cells:
            last = self.drawing.cells[-1]
            self.drawing.cells[-1] = replace(last, hidden=last.hidden + extra)

    # --- Between the kernels ---

    def _flights(self, number: int, row: Row, flights: list[Flight], y: float, start: float) -> None:
        count = len(flights)
        top = self._base(y) if row.kind == "call" else y + self.row_height * (0.5 if count == 1 else 0.46)
        room = y + self.row_height - top if row.kind != "call" else self.row_height * STEEPEST
        labels = words.flight_labels(flights)
        drop_each = room / count
        for at, flight in enumerate(flights):
            begin = top + at * drop_each
            drop = self._drop(flight) if count == 1 else drop_each * 0.85
            self._flight(flight, begin, begin + drop)
        if self.paper.blank:
            return
        left, right = self.lanes.middle
        centre, room_wide = (left + right) / 2, right - left - self._px(16)
        label_y = self._label_y(y) if row.kind != "call" else self._base(y) - self.label * 0.62
        if row.kind == "flight" and flights[0].pieces:
            width, drawn = self._cells_width(flights[0].pieces, room_wide)
            self._cells(
                number, flights[0].pieces, centre - width / 2, y + self.row_height * 0.3, width, drawn
            )
        elif labels[0]:
            text = self.choose(labels, room_wide, self.label, True, True)
            colour = self.colours.error if flights[-1].kind in ("rst", "icmp") else self.colours.ink
            if row.kind == "flight":
                label_y = y + self.row_height * 0.24
            self.text_on_card(centre, label_y, text, colour, bold=True, mono=True)

    def _drop(self, flight: Flight) -> float:
        seconds = flight.delay or flight.seconds or 0.0
        span = math.log(LONGEST_SECONDS / FRAME_SECONDS)
        share = math.log(max(seconds, FRAME_SECONDS) / FRAME_SECONDS) / span
        return self.row_height * (FLATTEST + (STEEPEST - FLATTEST) * min(1.0, share))

    def _flight(self, flight: Flight, y0: float, y1: float) -> None:
        c, lanes = self.colours, self.lanes
        x0, x1 = lanes.kernels[flight.source.number], lanes.kernels[flight.target.number]
        if flight.source.number == flight.target.number:
            self._loop(flight, x0, y0, y1)
            return
        colour = c.of_bytes(flight.pieces[0].colour) if flight.pieces else c.ink
        if flight.kind in ("rst", "icmp"):
            colour = c.error
        width, head, dash = self._px(3), self._px(14), self._dash(flight.mark)

        def at(share: float) -> tuple[float, float]:
            return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share

        if flight.relayed:
            self._relayed(flight, (x0, y0), (x1, y1), colour)
        elif flight.fate in ("unseen", "unanswered"):
            x, y = at(0.62)
            self.add(Arrow(x0, y0, x, y, colour, width, 0, dash))
            text = (
                "?"
                if flight.fate == "unseen"
                else self.choose(words.fate_labels(flight), abs(x1 - x), self.label)
            )
            self.text_on_card(at(0.8)[0], at(0.8)[1], text, colour)
        elif flight.fate == "dropped":
            x, y = at(0.94)
            self.add(Arrow(x0, y0, x, y, colour, width, 0, dash))
            self._cross(x, y)
        else:
            self.add(Arrow(x0, y0, x1, y1, colour, width, head, dash))

    def _relayed(
        self, flight: Flight, start: tuple[float, float], stop: tuple[float, float], colour: str
    ) -> None:
        """A datagram through our relay: it was seen there, and the relay's sign says what it decided."""
        c = self.colours
        x, y = (start[0] + stop[0]) / 2, (start[1] + stop[1]) / 2
        width, head = self._px(3), self._px(14)
        self.add(Arrow(*start, x, y, colour, width, 0))
        texts = words.fate_labels(flight)
        right = stop[0] > start[0]
        if flight.fate in ("lost", "queue-full"):
            self._cross(x, y)
        else:
            arrived = flight.fate != "unseen"
            dash = self._dash("derived")
            end = stop if arrived else ((x + stop[0]) / 2, (y + stop[1]) / 2)
            self.add(Arrow(x, y, *end, colour, width, head if arrived else 0, dash))
            if flight.fate == "doubled":
                lower = y + self.row_height * 0.2
                self.add(Arrow(x, lower, stop[0], stop[1] + self.row_height * 0.2, colour, width, head, dash))
            r = self._px(8)
            self.add(Polygon(((x - r, y), (x, y - r), (x + r, y), (x, y + r)), c.simulated))
        if texts[0] and not self.paper.blank:
            room = abs(stop[0] - x) - self._px(22)
            text = self.choose(texts, room, self.label)
            anchor: Anchor = "start" if right else "end"
            shift = self._px(18) * (1 if right else -1)
            self.text_on_card(x + shift, y - self._px(2), text, c.simulated, anchor)

    def _loop(self, flight: Flight, x: float, y0: float, y1: float) -> None:
        """Both ends on one side: the arrow leaves its kernel's line and comes back to it."""
        c = self.colours
        colour = c.of_bytes(flight.pieces[0].colour) if flight.pieces else c.ink
        out = x + self._px(44) * (1 if flight.source.number == 0 else -1)
        y1 = max(y1, y0 + self._px(10))
        dash, width = self._dash(flight.mark), self._px(3)
        self.add(
            Line(x, y0, out, y0, colour, width, dash),
            Line(out, y0, out, y1, colour, width, dash),
            Arrow(out, y1, x, y1, colour, width, self._px(12), dash),
        )

    def _cross(self, x: float, y: float) -> None:
        r, width = self._px(9), self._px(4)
        c = self.colours
        self.add(
            Arrow(x - r, y - r, x + r, y + r, c.error, width, 0),
            Arrow(x - r, y + r, x + r, y - r, c.error, width, 0),
        )

    def _dot(self, x: float, y: float, text: str, colour: str) -> None:
        radius = self._px(13)
        self.add(
            Disc(x, y, radius, colour),
            Text(x, y, text if len(text) < 3 else "+", self.colours.card, self.label, True),
        )

    # --- Notes ---

    def _note(self, note: Note, y: float, row: Row) -> None:
        if note.at == "program":
            self._program_note(note, y)
        elif note.at == "kernel":
            self._kernel_note(note, y, row)
        else:
            centre = sum(self.lanes.middle) / 2
            self._pill(
                centre, y + self.row_height / 2, words.note_labels(note), self.paper.width * 0.5, "error"
            )

    def _program_note(self, note: Note, y: float) -> None:
        """What a program printed, was typed, or that it ended: a sheet on its line, towards the kernel."""
        c, side = self.colours, note.side.number
        x = self.lanes.of(note.who, side)
        far = self.lanes.kernels[1 - side]
        room = abs(far - x) - self._px(36) if not self.narrow else abs(far - x) - self._px(16)
        middle, half = y + self.row_height * 0.54, self._px(16)
        if note.kind == "ended":
            text = self.choose(words.note_labels(note), room, self.label)
            shift = self._px(20) * (1 if side == 0 else -1)
            self.text_on_card(x + shift, middle, text, c.mute, "start" if side == 0 else "end")
            return
        error = note.kind in ("printed-error", "trouble")
        edge = c.error if error else c.accent if note.kind == "typed" else c.mute
        sign = {"typed": "⌨ ", "trouble": "! "}.get(note.kind, "› ")
        lines = words.note_labels(note)[0].split("\n")
        shown = lines[-1] if error else lines[0]
        more = f" +{len(lines) - 1}" if len(lines) > 1 else ""
        text = self.choose((sign + shown + more,), room - self._px(16), self.label, False, True)
        width = self.paper.measure(text, self.label, False, True) + self._px(16)
        left = x - self._px(10) if side == 0 else x + self._px(10) - width
        left = min(max(left, self._px(4)), self.paper.width - width - self._px(4))
        self.add(
            Box(
                left,
                middle - half,
                left + width,
                middle + half,
                c.note,
                edge,
                self._px(6),
                max(1.0, self._px(1.5)),
            ),
            Text(
                left + self._px(8),
                middle,
                text,
                c.error if error else c.ink,
                self.label,
                mono=True,
                anchor="start",
            ),
        )

    def _kernel_note(self, note: Note, y: float, row: Row) -> None:
        side, lanes = note.side.number, self.lanes
        kernel = lanes.kernels[side]
        lane = lanes.programs[side][-1].x
        tone = "error" if note.kind == "drops" else "ink"
        room = abs(kernel - lane) - self._px(16)
        if row.kind == "note":
            middle = (lanes.middle[0] + lanes.middle[1]) / 2
            room = 2 * min(abs(kernel - lane), abs(middle - kernel)) - self._px(14)
            self._pill(kernel, y + self.row_height / 2, words.note_labels(note), room, tone)
            return
        texts = words.note_labels(note)
        text = self.choose(texts, room - self._px(16), self.label)
        half = self.paper.measure(text, self.label, False, False) / 2 + self._px(8)
        x = kernel + (half + self._px(8)) * (1 if side == 1 else -1)
        self._pill(x, self._base(y) - self._px(4), (text,), room, tone)

    def _pill(self, x: float, y: float, texts: Sequence[str], room: float, tone: str) -> None:
        c = self.colours
        text = self.choose(texts, room - self._px(16), self.label)
        if not text:
            return
        half = self.paper.measure(text, self.label, False, False) / 2 + self._px(8)
        edge = c.error if tone == "error" else c.mute
        self.add(
            Box(
                x - half,
                y - self._px(15),
                x + half,
                y + self._px(15),
                c.card,
                edge,
                self._px(15),
                max(1.0, self._px(2)),
            ),
            Text(x, y, text, c.error if tone == "error" else c.ink, self.label),
        )

    # --- What has not happened yet ---

    def _tails(self) -> list[tuple[tuple[str, ...], float, int, ProgramState]]:
        """Below the last row: which program is held before which call, and which waits in one."""
        found = []
        known = self.picture.rows_at(self.place.count)
        now = self.picture.time_at(self.place.count)
        for program in self.picture.programs:
            state = self.picture.program_at(program.name, self.place.count)
            side = 1 if program.side else 0
            x = self.lanes.of(program.name, side)
            if state.phase == "held":
                found.append((words.held_labels(state), x, side, state))
            elif state.phase == "calls" and (state.row < known - 1 or now - state.since >= 0.05):
                found.append((words.waiting_labels(state, now - state.since), x, side, state))
        return found

    def _tail(self, texts: tuple[str, ...], x: float, side: int, y: float, state: ProgramState) -> None:
        c = self.colours
        colour = c.accent if state.phase == "held" else c.waiting
        far = self.lanes.kernels[1 - side] if not self.narrow else sum(self.lanes.middle) / 2
        others = [lane.x for lane in self.lanes.programs[side] if lane.x != x]
        room = min(
            [abs(sum(self.lanes.middle) / 2 - x), *(abs(other - x) * 0.95 for other in others)]
        ) - self._px(20)
        room = max(room, abs(far - x) * 0.3)
        text = self.choose(texts, room, self.label, True)
        width = self.paper.measure(text, self.label, True, False) + self._px(16)
        middle, half = y + self.row_height / 2, self._px(17)
        left = x - self._px(12) if side == 0 else x + self._px(12) - width
        left = min(max(left, self._px(4)), self.paper.width - width - self._px(4))
        self.add(
            Box(left, middle - half, left + width, middle + half, c.card, colour, self._px(8), self._px(2.5)),
            Text(left + self._px(8), middle, text, colour, self.label, True, anchor="start"),
        )

    def _ask(self, y: float) -> None:
        """The question's box, where the answer will come."""
        c = self.colours
        side = 0
        for program in self.picture.programs:
            state = self.picture.program_at(program.name, self.place.count)
            if state.phase in ("held", "calls"):
                side = 1 if program.side else 0
                if state.phase == "held":
                    break
        pixels = round(self._px(SENTENCE))
        kernel, program_x = self.lanes.kernels[side], self.lanes.programs[side][-1].x
        text_width = self.paper.measure(self.place.ask, pixels, True, False) + self._px(36)
        width = min(max(abs(kernel - program_x) - self._px(16), text_width), self.paper.width - self._px(16))
        centre = (kernel + program_x) / 2
        left = min(max(centre - width / 2, self._px(8)), self.paper.width - width - self._px(8))
        text = self.choose((self.place.ask,), width - self._px(24), pixels, True)
        self.add(
            Box(
                left,
                y + self._px(8),
                left + width,
                y + 2 * self.row_height - self._px(8),
                c.ask_ground,
                c.ask,
                self._px(6),
                self._px(3),
                tuple(round(self._px(part)) for part in (7, 5)),
            ),
            Text(left + width / 2, y + self.row_height, text, c.ask, pixels, True),
        )

    # --- Motion ---

    def _move(self, first: int, progress: float) -> None:
        """Keep of the row's arrows only what has been travelled by now, with a dot at its point."""
        shapes = self.drawing.shapes[first:]
        arrows = [shape for shape in shapes if isinstance(shape, Arrow)]
        self.drawing.moving = bool(arrows)
        way = sum(math.hypot(a.x1 - a.x0, a.y1 - a.y0) for a in arrows) * progress
        kept: list[Shape] = []
        for shape in shapes:
            if not isinstance(shape, Arrow):
                kept.append(shape)
                continue
            length = math.hypot(shape.x1 - shape.x0, shape.y1 - shape.y0)
            if way <= 0:
                continue
            share = min(1.0, way / length) if length else 1.0
            way -= length
            if share >= 1.0:
                kept.append(shape)
                continue
            x, y = shape.x0 + (shape.x1 - shape.x0) * share, shape.y0 + (shape.y1 - shape.y0) * share
            kept += [replace(shape, x1=x, y1=y, head=0, moving=True), Disc(x, y, self._px(8), shape.colour)]
        self.drawing.shapes[first:] = kept


def byte_characters(data: bytes, start: int) -> list[str]:
    """What stands in each byte's cell: its character; of a character of several bytes the character in the
    first and "•" in the others; "·" for what is no text."""
    signs: list[str] = []
    at = 0
    while at < len(data):
        length = _character_length(data, at)
        if length > 1:
            signs += [data[at : at + length].decode(), *("•" * (length - 1))]
        else:
            byte = data[at]
            signs.append(
                "␊"
                if byte == 10
                else "␍"
                if byte == 13
                else chr(byte)
                if 0x20 < byte < 0x7F
                else "␣"
                if byte == 32
                else "·"
            )
        at += length
    return signs


def _character_length(data: bytes, at: int) -> int:
    """Bytes of the UTF-8 character that begins here; 1 for anything else."""
    lead = data[at]
    length = 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 1
    if length == 1:
        return 1
    try:
        text = data[at : at + length].decode()
    except UnicodeDecodeError:
        return 1
    return length if len(text) == 1 else 1
