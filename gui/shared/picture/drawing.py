"""A picture as shapes: which rows are shown and what each looks like. No Tk, no file, no clock.

The canvas, the SVG and the PNG draw the same shapes, so they cannot disagree.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gui.shared.picture import words
from gui.shared.picture.between import (
    CALL_LINE,
    CARRIED,
    GONE,
    IN_BUFFER,
    IN_FLIGHT,
    LABEL_LINE,
    Between,
)
from gui.shared.picture.between import HEAD as ARROW_HEAD
from gui.shared.picture.byte_cells import draw_cells, fit_cells, least_cell
from gui.shared.picture.lanes import place_lanes
from gui.shared.picture.notes import Notes
from gui.shared.picture.pen import HEAD, LABEL, SENTENCE, Paper, Pen
from gui.shared.picture.shapes import Arrow, Box, Disc, Drawing, Line, Shape, Text
from net.lab.picture import Picture
from net.lab.picture.rows import Flight, Piece, Row
from net.lab.picture.state import SocketState
from net.lab.recording import Mark

ROWS = 9
LEAST_ROW = 46
"""A row that is lower, in pixels at scale 1, cannot hold a label above an arrow; then fewer are shown."""
OWN_CALLS = ("input", "sleep")
"""Calls that no socket sees."""
ANSWERING = ("send", "sendto")
"""Calls whose answer has no row of its own; it is worth a word where they carried no byte."""
CALL_STROKE = 3.5
MARKS: tuple[Mark, ...] = ("observed", "derived", "simulated")


@dataclass(frozen=True)
class Ask:
    """``text`` stands in a dashed box where the answer will come, "" for no box. ``who``: the program that is
    asked about: beside it, unless another one is held and it is not."""

    text: str = ""
    who: str = ""


NO_ASK = Ask()


@dataclass(frozen=True)
class Place:
    """What is shown: the first ``count`` events; ``cursor``: the row in the middle, -1 for the last one.
    ``progress``: how far, from 0 to 1, the last row's arrow has come."""

    count: int
    cursor: int = -1
    progress: float = 1.0
    ask: Ask = NO_ASK


def height_for(rows: int, scale: float) -> float:
    """The height of a paper on which ``rows`` rows stand."""
    return scale * (HEAD * 1.5 + LABEL * 3.1 + 12 + SENTENCE * 1.7 + rows * (LEAST_ROW + 0.5))


def shown_rows(picture: Picture, place: Place, room: int) -> range:
    """The rows that are drawn, at most ``room``: the cursor's in the middle as far as there are rows to fill
    both halves."""
    known = picture.rows_at(place.count)
    cursor = known - 1 if place.cursor < 0 else min(place.cursor, known - 1)
    first = max(0, min(cursor - room // 2, known - room))
    return range(first, min(known, first + room))


def byte_runs(row: Row, count: int) -> list[tuple[int, Piece]]:
    """The bytes that a row shows after ``count`` events, in groups."""
    runs = [(CARRIED, piece) for piece in row.pieces] + [(GONE, piece) for piece in row.gone]
    if row.kind == "flight":
        flights = [flight for flight in row.flights if flight.index < count][:1]
        runs += [(IN_FLIGHT, piece) for flight in flights for piece in flight.pieces]
    strips = [strip for strip in row.strips if strip.index < count]
    if any(flight.index < count for flight in row.flights):
        strips = [strip for strip in strips if not strip.sending]
    return runs + [(IN_BUFFER, piece) for strip in strips for piece in strip.pieces]


def draw_picture(picture: Picture, place: Place, paper: Paper) -> Drawing:
    """The whole picture as it is after the first ``place.count`` events."""
    return _Artist(picture, place, paper).draw()


def _is_over(socket: SocketState) -> bool:
    """Whether the program has closed it and the kernel has told nothing since: what it told before is no
    longer so."""
    return socket.closed and socket.state in ("", "LISTEN", "ESTABLISHED", "CLOSE_WAIT", "CLOSED")


class _Artist:
    """Draws one picture once."""

    def __init__(self, picture: Picture, place: Place, paper: Paper) -> None:
        self.picture = picture
        self.place = place
        self.paper = paper
        self.pen = Pen(paper)
        self.lanes = place_lanes(picture.programs, paper.width)
        self.top = self.pen.px(HEAD * 1.5 + LABEL * 1.5 + 12)
        self.bottom = paper.height - self.pen.px(LABEL * 1.6 + SENTENCE * 1.7)
        self.slots = max(3, min(ROWS, int((self.bottom - self.top) / self.pen.px(LEAST_ROW))))
        self.row_height = (self.bottom - self.top) / self.slots
        self.between = Between(self.pen, self.lanes, self.row_height)
        self.notes = Notes(self.pen, self.lanes, self.row_height)
        self._spilled = False
        """Whether the label of the row that is drawn reaches over the kernel's line."""
        self.known = picture.rows_at(place.count)
        self.cursor = self.known - 1 if place.cursor < 0 else min(place.cursor, self.known - 1)

    # --- The whole ---

    def draw(self) -> Drawing:
        tails = self.notes.tails(self.picture, self.place.count)
        # Those of one side stand one below the other.
        depth = max((sum(side == each for _s, _w, each in tails) for side in (0, 1)), default=0)
        asked = 2 if self.place.ask.text else 0
        depth = min(depth, self.slots - 2 - asked)
        rows = shown_rows(self.picture, self.place, max(1, self.slots - depth - asked))
        at_end = not rows or rows[-1] == self.known - 1
        self._lifelines(rows, depth + asked if at_end else 0)
        for slot, number in enumerate(rows):
            y = self.top + slot * self.row_height
            self.pen.drawing.rows.append((number, y, y + self.row_height))
            if number == self.cursor:
                self._band(y)
            self._row(number, y, self.place.progress if number == self.known - 1 else 1.0)
            self.pen.surface = self.pen.colours.card
        if at_end:
            self._future(tails, self.top + len(rows) * self.row_height, depth)
        self._heads()
        self._legend()
        self._kernel_line()
        return self.pen.drawing

    def _future(self, tails: Sequence[tuple[object, str, int]], y: float, depth: int) -> None:
        now = self.picture.time_at(self.place.count)
        used = [0, 0]
        for _state, who, side in tails:
            state = self.picture.program_at(who, self.place.count)
            if used[side] < depth:
                top = y + used[side] * self.row_height
                self.notes.draw_tail(state, who, side, top, now - state.since)
                used[side] += 1
        if self.place.ask.text:
            who = self._asked_about([who for _state, who, _side in tails])
            self.notes.draw_question(
                self.place.ask.text,
                who,
                self.picture.side_of(who).number,
                y + depth * self.row_height,
            )

    def _asked_about(self, stopped: Sequence[str]) -> str:
        """The program beside which the question stands. ``stopped``: those that are held or wait."""
        held = [who for who in stopped if self.picture.program_at(who, self.place.count).phase == "held"]
        for group in (held, stopped):
            if self.place.ask.who in group:
                return self.place.ask.who
            if group:
                return group[0]
        return self.place.ask.who

    # --- Heads, lifelines, legend ---

    def _heads(self) -> None:
        c, px, lanes, width = self.pen.colours, self.pen.px, self.lanes, self.paper.width
        self.pen.add(Box(0, 0, width, self.top - px(4), c.card))
        for side in (0, 1):
            kernel, columns = lanes.kernels[side], lanes.programs[side]
            seen = self.picture.seen(side)
            centre = (columns[0].x + kernel) / 2
            names = [name for lane in columns for name in lane.programs]
            called = ", ".join(map(self.paper.roles.of_program, names[:3]))
            role = self.paper.roles.of_side(side) or called or words.not_seen()
            room = 2 * min(abs(centre - side * width), abs(width / 2 - centre)) - px(8)
            # Several programs that each have their own head are not all called as the first.
            if len(columns) == 1 or any(len(lane.programs) > 1 for lane in columns):
                role = self.pen.choose((role,), room)
                self.pen.add(Text(centre, px(LABEL * 0.75), role, c.mute, self.pen.label))
            gaps = [abs(one.x - other.x) for one, other in itertools.pairwise(columns)]
            most = min([abs(columns[-1].x - kernel), lanes.kernels[1] - lanes.kernels[0], *gaps]) - px(8)
            for lane in columns:
                titles: tuple[str, ...] = (words.program_head() if seen else words.not_seen(),)
                if len(lane.programs) > 1:
                    titles = words.more_programs(len(lane.programs))
                elif len(columns) > 1:
                    titles = tuple(self.paper.roles.of_program(name) for name in lane.programs)
                self._head(lane.x, min(most, px(120)), titles, c.program if seen else c.note)
            titles = (words.kernel_head() if seen else words.not_seen(),)
            self._head(kernel, min(most, px(120)), titles, c.kernel if seen else c.note)

    def _head(self, x: float, width: float, titles: Sequence[str], fill: str) -> None:
        px, pixels = self.pen.px, round(self.pen.px(HEAD))
        y, half = px(LABEL * 1.5 + HEAD * 0.75 + 4), px(17)
        if self.paper.measure(titles[0], pixels, True, False) > width - px(6):
            pixels = self.pen.label
        text = self.pen.choose(titles, width - px(4), pixels, True)
        left, right = max(px(2), x - width / 2), min(self.paper.width - px(2), x + width / 2)
        self.pen.add(
            Box(left, y - half, right, y + half, fill, radius=px(8)),
            Text((left + right) / 2, y, text, self.pen.colours.ink, pixels, True),
        )

    def _lifelines(self, rows: range, tail: int) -> None:
        """The lines of the kernels, and those of the programs: thick where a program waits in a call, dotted
        where it is held or not there."""
        c, px, lanes = self.pen.colours, self.pen.px, self.lanes
        begin = self.top - px(6)
        end = self.top + max(1, len(rows) + tail) * self.row_height
        thin = max(1.0, px(2))
        for side in (0, 1):
            dash = () if self.picture.seen(side) else (2, 8)
            kernel = lanes.kernels[side]
            self.pen.add(Line(kernel, begin, kernel, end, c.lifeline, thin, dash))
            for lane in lanes.programs[side]:
                if not lane.programs:
                    self.pen.add(Line(lane.x, begin, lane.x, end, c.lifeline, thin, (2, 8)))
                    continue
                start = begin
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
        """A stretch of a program's line beside ``row``, -1 below the last."""
        c, px = self.pen.colours, self.pen.px
        states = [self.picture.program_at(who, count) for who in programs]
        state = next((state for state in states if state.phase == "calls"), states[0])
        thin = max(1.0, px(2))
        if state.phase == "ended":
            if row < 0 or not self._ends_here(row, programs):
                return
            stop, half = (start + stop) / 2, px(12)
            self.pen.add(Line(x - half, stop, x + half, stop, c.ink, px(3)))
        if state.phase == "calls" and state.row != row and self.picture.may_wait(state):
            self.pen.add(Line(x, start, x, stop, c.waiting, px(7)))
        elif state.phase == "absent":
            self.pen.add(Line(x, start, x, stop, c.lifeline, thin, (1, 9)))
        elif state.phase == "held" and row < 0:
            self.pen.add(Line(x, start, x, stop, c.accent, px(3), (3, 5)))
        else:
            self.pen.add(Line(x, start, x, stop, c.lifeline, thin))

    def _ends_here(self, row: int, programs: tuple[str, ...]) -> bool:
        notes = self.picture.rows[row].notes
        return any(note.kind == "ended" and note.who in programs for note in notes)

    def _legend(self) -> None:
        """How the three marks look; the folded acknowledgements where there is room for them."""
        c, px = self.pen.colours, self.pen.px
        y = self.paper.height - px(SENTENCE * 1.7 + LABEL * 0.75)
        self.pen.add(Box(0, self.bottom, self.paper.width, self.paper.height, c.card))
        texts = [words.mark_name(mark) for mark in MARKS]
        wide = sum(self.pen.width_of(text) for text in texts)
        acks = px(34) + self.pen.width_of(words.folded_acks())
        samples = [
            (sample, gap)
            for sample, gap in ((46, 20), (34, 12), (26, 8))
            if px(14) + wide + 3 * px(sample + 8 + gap) <= self.paper.width
        ]
        sample, gap = samples[0] if samples else (26, 6)
        x = px(14)
        for mark, text in zip(MARKS, texts, strict=True):
            colour = c.simulated if mark == "simulated" else c.ink
            stop = x + px(sample)
            self.pen.add(
                Arrow(x, y, stop, y, colour, px(3), px(12), self.pen.dash(mark)),
                Text(stop + px(8), y, text, c.ink, self.pen.label, anchor="start"),
            )
            x = stop + px(8 + gap) + self.pen.width_of(text)
        if x + acks <= self.paper.width:
            self.pen.dot(x + px(13), y, "n", c.ink)
            self.pen.add(Text(x + px(32), y, words.folded_acks(), c.ink, self.pen.label, anchor="start"))

    def _kernel_line(self) -> None:
        """What a kernel told, in one sentence below."""
        pixels = round(self.pen.px(SENTENCE))
        room = self.paper.width - self.pen.px(28)
        text = self.pen.choose(self._kernel_sentences(), room, pixels)
        y = self.paper.height - self.pen.px(SENTENCE * 0.85)
        self.pen.add(Text(self.pen.px(14), y, text, self.pen.colours.ink, pixels, anchor="start"))

    def _kernel_sentences(self) -> tuple[str, ...]:
        socket = self._told_socket()
        return words.kernel_sentences(socket, self.paper.roles.of_program(socket.key[0])) if socket else ("",)

    def _told_socket(self) -> SocketState | None:
        """The socket that this sentence is about: the one whose buffer or state stands in the cursor's row,
        else that row's own, else the one that the kernel told of last."""
        if self.cursor < 0:
            return None
        row = self.picture.rows[self.cursor]
        count = self.place.count if self.place.cursor < 0 else self.picture.count_at(self.cursor)
        sockets = self.picture.state_at(count).sockets.values()
        told = [socket for socket in sockets if socket.facts is not None and not _is_over(socket)]
        keys = [(note.who, note.socket) for note in row.notes] + [(row.who, row.socket)]
        for strip in row.strips:
            for socket in told:
                if socket.received_size == strip.size and self.picture.side_of(socket.key[0]) == strip.side:
                    return socket
        for key in keys:
            for socket in told:
                if socket.key == key:
                    return socket
        return max(told, key=lambda socket: socket.facts.t if socket.facts else 0.0, default=None)

    # --- Rows ---

    def _band(self, y: float) -> None:
        c, px = self.pen.colours, self.pen.px
        self.pen.surface = c.band
        edge = px(3)
        place = len(self.pen.drawing.shapes)
        self.pen.add(Box(edge, y, self.paper.width - edge, y + self.row_height, c.band, radius=px(8)))
        # Behind the lifelines, which were drawn first.
        shapes = self.pen.drawing.shapes
        shapes.insert(0, shapes.pop(place))

    def _row(self, number: int, y: float, progress: float) -> None:
        row = self.picture.rows[number]
        first = len(self.pen.drawing.shapes)
        self._spilled = False
        flights = self._flights_of(row)
        if row.kind == "call":
            self._call(number, row, y, flights)
        elif row.kind == "return":
            self._return(number, row, y)
        if flights:
            self.between.draw(number, row, flights, y)
        if progress < 1.0:
            self._move(first, progress)
            return
        for strip in row.strips:
            known = strip.index < self.place.count and strip.size
            # Between the kernels there is room for the arrow or for what has not arrived.
            if known and not (strip.sending and flights):
                self.between.strip(number, row, strip, y)
        notes = [note for note in row.notes if note.index < self.place.count]
        if len(notes) > 1 and notes[0].kind == "ended":
            self.notes.draw_ends(notes, y)
        else:
            for note in notes:
                self.notes.draw(note, row, y)
        if row.acks is not None and row.acks.index < self.place.count:
            # Not under a label that reaches over the kernel's line.
            share = 0.5 if self._spilled else 0.24
            inward = self.between.room * share * (1 if row.acks.side.number == 0 else -1)
            x = self.lanes.kernels[row.acks.side.number] + inward
            self.pen.dot(x, y + self.row_height * CALL_LINE, str(row.acks.count), self.pen.colours.ink)

    def _flights_of(self, row: Row) -> list[Flight]:
        """What is known of its flights by now; of a datagram the newest word counts."""
        known = [flight for flight in row.flights if flight.index < self.place.count]
        grams = [flight for flight in known if flight.kind == "datagram"]
        return grams[-1:] if grams else known

    def _call(self, number: int, row: Row, y: float, flights: list[Flight]) -> None:
        pen, lanes = self.pen, self.lanes
        if row.name in OWN_CALLS and not row.socket:
            self._own_call(row, y)
            return
        colour = pen.colours.of_bytes(row.pieces[0].colour) if row.pieces else pen.colours.ink
        program, kernel = lanes.of(row.who, row.side.number), lanes.kernels[row.side.number]
        self._arrow(program, kernel, y, colour)
        # Above an arrow between the kernels that has no label of its own there is room for the call's.
        named = any(not flight.pieces or flight.relayed for flight in flights)
        spare = 0.0 if named else self.between.room * (0.4 if flights else 0.6)
        texts = words.call_labels(row)
        handed = sum(piece.size for piece in row.pieces)
        back = row.returned is not None and row.returned < self.place.count
        if back and 0 < row.size < handed:
            texts = (f"{row.name} {words.short_text(row, handed)}", *texts)
        elif back and row.name in ANSWERING and not row.pieces and row.value:
            texts = (words.answer_label(row), *texts)
        if not row.pieces and not row.address:
            # Only bytes and addresses are worth a label over the kernel's line.
            spare = 0.0
        self._label(number, texts, row.pieces, (), colour, row, spare, y)

    def _return(self, number: int, row: Row, y: float) -> None:
        lanes, c = self.lanes, self.pen.colours
        if row.name in OWN_CALLS and not row.socket:
            self._own_call(replace(row, arguments=""), y)
            return
        colour = c.error if row.error else c.of_bytes(row.pieces[0].colour) if row.pieces else c.ink
        program, kernel = lanes.of(row.who, row.side.number), lanes.kernels[row.side.number]
        self._arrow(kernel, program, y, colour)
        spare = self.between.room * 0.9 if row.pieces and not row.strips else 0.0
        self._label(number, words.return_labels(row), row.pieces, row.gone, colour, row, spare, y)

    def _arrow(self, start: float, stop: float, y: float, colour: str) -> None:
        pen, base = self.pen, y + self.row_height * CALL_LINE
        width, head = pen.px(CALL_STROKE), pen.px(ARROW_HEAD)
        # Its point touches the line, which it does not cover.
        stop += 1.0 if stop < start else -1.0
        pen.add(Arrow(start, base, stop, base, colour, width, head, behind=pen.surface))

    def _own_call(self, row: Row, y: float) -> None:
        """A call that no socket sees: a sign on the program's line."""
        x = self.lanes.of(row.who, row.side.number)
        text = f"{row.name}({row.arguments})" if len(row.arguments) < 14 else f"{row.name}()"
        left = x - self.pen.width_of(text, False, True) / 2 - self.pen.px(8)
        c = self.pen.colours
        self.pen.sheet(left, y + self.row_height / 2, text, c.waiting, c.ink, c.card)

    def _label(
        self,
        number: int,
        texts: Sequence[str],
        pieces: tuple[Piece, ...],
        gone: tuple[Piece, ...],
        colour: str,
        row: Row,
        spare: float,
        y: float,
    ) -> None:
        """A call's name and its bytes above its arrow. What does not fit between the program's line and the
        kernel's may reach ``spare`` pixels over the latter."""
        if self.paper.blank:
            return
        pen, side = self.pen, row.side.number
        left, right = self.lanes.gap(row.who, side)
        gap, middle = right - left - pen.px(10), y + self.row_height * LABEL_LINE
        text, text_width = texts[0], 0.0
        total = sum(piece.size for piece in pieces)
        if pieces:
            texts = (*texts, "")
            wanted = min(total, 3) * pen.width_of("MM", True, True)
            text = pen.choose(texts, max(0.0, gap + spare - wanted), 0, True, True)
            text_width = pen.width_of(text, True, True) + pen.px(8) if text else 0.0
        else:
            text = pen.choose(texts, gap + spare, 0, True, True)
            text_width = pen.width_of(text, True, True)
        lost = sum(piece.size for piece in gone)
        room = gap - text_width
        cells = fit_cells(pen, pieces, room * total / (total + lost) if lost else room)
        if cells.hidden and spare:
            # Narrow cells that reach over the kernel's line rather than a number for what is hidden.
            cells = fit_cells(pen, pieces, min(room + spare, total * least_cell(pen, pieces) + 1))
        gone_cells = fit_cells(pen, gone, room + spare - cells.width - pen.px(6))
        width = text_width + cells.width + (gone_cells.width + pen.px(6) if gone else 0.0)
        start = self._start(left, right, width, gap, side)
        self._spilled = width > gap
        pen.say(start, middle, text, colour, "start", code=True)
        if pieces:
            draw_cells(pen, (number, CARRIED), cells, start + text_width, middle)
        if gone:
            draw_cells(
                pen, (number, GONE), gone_cells, start + text_width + cells.width + pen.px(6), middle, True
            )

    def _start(self, left: float, right: float, total: float, gap: float, side: int) -> float:
        """Where a label begins: in the middle of its gap, or at the program's end of it if it is longer."""
        if total <= gap:
            return (left + right) / 2 - total / 2
        return left + self.pen.px(5) if side == 0 else right - self.pen.px(5) - total

    # --- Motion ---

    def _move(self, first: int, progress: float) -> None:
        """Keep of the row's arrows only what has been travelled by now, with a dot at its point."""
        shapes = self.pen.drawing.shapes[first:]
        arrows = [shape for shape in shapes if isinstance(shape, Arrow)]
        self.pen.drawing.moving = bool(arrows)
        way = sum(math.hypot(each.x1 - each.x0, each.y1 - each.y0) for each in arrows) * progress
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
            kept += [
                replace(shape, x1=x, y1=y, head=0, moving=True),
                Disc(x, y, self.pen.px(8), shape.colour),
            ]
        self.pen.drawing.shapes[first:] = kept
