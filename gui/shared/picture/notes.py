"""What stands on the lines: notes, what programs are held before or wait in, the question's box."""

from __future__ import annotations

from collections.abc import Sequence

from gui.shared.picture import words
from gui.shared.picture.lanes import Lanes
from gui.shared.picture.pen import SENTENCE, Pen
from gui.shared.picture.shapes import Anchor, Box, Text
from net.lab.picture import Picture
from net.lab.picture.rows import Note, Row
from net.lab.picture.state import ProgramState


def _rest(lines: Sequence[str]) -> str:
    """How many lines are not shown."""
    return f" +{len(lines) - 1}" if len(lines) > 1 else ""


class Notes:
    """Draws with ``pen``; rows are ``row_height`` pixels high."""

    def __init__(self, pen: Pen, lanes: Lanes, row_height: float) -> None:
        self.pen = pen
        self.lanes = lanes
        self.row_height = row_height
        self.centre = (lanes.middle[0] + lanes.middle[1]) / 2

    def draw(self, note: Note, row: Row, y: float) -> None:
        """A note of a row that begins at ``y``."""
        if note.at == "program":
            self._of_program(note, y)
        elif note.at == "kernel":
            self._of_kernel(note, row, y)
        else:
            text = self.pen.choose(self._labels(note), self.pen.paper.width * 0.6)
            error = self.pen.colours.error
            self.pen.pill(self.centre, y + self.row_height / 2, text, error, error)

    def _labels(self, note: Note) -> tuple[str, ...]:
        return words.note_labels(note, self.pen.paper.roles.of_program)

    def _of_program(self, note: Note, y: float) -> None:
        """What a program printed or was typed, or its end: on its line, towards the kernel."""
        pen, c, side = self.pen, self.pen.colours, note.side.number
        x = self.lanes.of(note.who, side)
        room = abs(self.lanes.kernels[1 - side] - x) - pen.px(30)
        middle = y + self.row_height * 0.5
        if note.kind == "ended":
            text = pen.choose(self._labels(note), room)
            shift = pen.px(20) * (1 if side == 0 else -1)
            pen.say(x + shift, middle, text, c.mute, "start" if side == 0 else "end")
            return
        wrong = note.kind in ("printed-error", "trouble")
        edge = c.error if wrong else c.accent if note.kind == "typed" else c.mute
        sign = {"typed": "⌨ ", "trouble": "! "}.get(note.kind, "› ")
        labels = [label.rstrip().split("\n") for label in self._labels(note)]
        # An error's last line says what it is.
        texts = [sign + (lines[-1] if wrong else lines[0]) + _rest(lines) for lines in labels]
        text = pen.choose(texts, room - pen.px(16), 0, False, True)
        left = x - pen.px(10)
        if side == 1:
            left = x + pen.px(10) - pen.width_of(text, False, True) - pen.px(16)
        pen.sheet(left, middle, text, edge, c.error if wrong else c.ink, c.note)

    def draw_ends(self, notes: Sequence[Note], y: float) -> None:
        """Programs of one side that ended one after the other, and their number."""
        side = notes[-1].side.number
        x = self.lanes.of(notes[-1].who, side)
        text = self.pen.choose(words.ends_labels(len(notes)), abs(self.centre - x))
        shift = self.pen.px(20) * (1 if side == 0 else -1)
        anchor: Anchor = "start" if side == 0 else "end"
        self.pen.say(x + shift, y + self.row_height * 0.5, text, self.pen.colours.mute, anchor)

    def _of_kernel(self, note: Note, row: Row, y: float) -> None:
        """What a kernel told: on its line, or beside it towards the program where arrows meet it."""
        pen, c, side = self.pen, self.pen.colours, note.side.number
        kernel, lane = self.lanes.kernels[side], self.lanes.programs[side][-1].x
        wrong = note.kind == "drops"
        edge, ink = (c.error, c.error) if wrong else (c.mute, c.ink)
        outer = kernel if side == 0 else pen.paper.width - kernel
        if row.kind == "note":
            alone = len(row.notes) == 1
            inner = abs(self.lanes.kernels[1 - side] - kernel) if alone else abs(self.centre - kernel)
            text = pen.choose(self._labels(note), 2 * min(outer, inner) - pen.px(30))
            pen.pill(kernel, y + self.row_height / 2, text, edge, ink)
            return
        gap = abs(kernel - lane) - pen.px(30)
        text = pen.choose(self._labels(note), gap if gap > pen.px(120) else outer - pen.px(30))
        half = pen.width_of(text) / 2 + pen.px(8)
        x = kernel + (half + pen.px(8)) * (1 if side == 1 else -1)
        pen.pill(x, y + self.row_height * 0.6, text, edge, ink)

    # --- What has not happened yet ---

    def tails(self, picture: Picture, count: int) -> list[tuple[ProgramState, str, int]]:
        """The programs that are held before a call, or wait in one, after ``count`` events: each with its
        name and side. In the middle of a run a call waits once it has lasted; where a step ends, the picture
        stays, and who is in a call is in it."""
        found = []
        known, now = picture.rows_at(count), picture.time_at(count)
        at_step = count - 1 in picture.steps.values()
        for program in picture.programs:
            state = picture.program_at(program.name, count)
            lasting = at_step or state.row < known - 1 or now - state.since >= 0.05
            if state.phase == "held" or (state.phase == "calls" and lasting and picture.may_wait(state)):
                found.append((state, program.name, 1 if program.side else 0))
        return found

    def draw_tail(self, state: ProgramState, who: str, side: int, y: float, seconds: float) -> None:
        """In a row below the last: what the program is held before, or waits in since ``seconds``."""
        pen, c = self.pen, self.pen.colours
        held = state.phase == "held"
        texts = words.held_labels(state) if held else words.waiting_labels(state, seconds)
        colour = c.accent if held else c.waiting
        x = self.lanes.of(who, side)
        room = abs(self.centre - x) - pen.px(34)
        # As code: in other type '' is one sign.
        text = pen.choose(texts, room, 0, True, True)
        left = x - pen.px(12)
        if side == 1:
            left = x + pen.px(12) - pen.width_of(text, True, True) - pen.px(16)
        pen.sheet(left, y + self.row_height / 2, text, colour, colour, c.card, bold=True)

    def draw_question(self, text: str, who: str, side: int, y: float) -> None:
        """The question's box in two rows, where the answer will come: between the program's line and its
        kernel's."""
        pen, c, width = self.pen, self.pen.colours, self.pen.paper.width
        pixels = round(pen.px(SENTENCE))
        kernel, lane = self.lanes.kernels[side], self.lanes.of(who, side)
        wanted = pen.paper.measure(text, pixels, True, False) + pen.px(36)
        wide = min(max(abs(kernel - lane) - pen.px(16), wanted), width - pen.px(16))
        left = min(max((kernel + lane - wide) / 2, pen.px(8)), width - wide - pen.px(8))
        shown = pen.choose((text,), wide - pen.px(24), pixels, True)
        edge, dash = pen.px(8), tuple(round(pen.px(part)) for part in (7, 5))
        bottom = y + 2 * self.row_height - edge
        pen.add(
            Box(left, y + edge, left + wide, bottom, c.ask_ground, c.ask, pen.px(6), pen.px(3), dash),
            Text(left + wide / 2, y + self.row_height, shown, c.ask, pixels, True),
        )
