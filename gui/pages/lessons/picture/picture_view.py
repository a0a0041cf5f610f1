"""`PictureView`: the four lifelines of a run that grows or is gone through, on a canvas."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Iterable

from gui.pages.lessons.picture.canvas import measure
from gui.pages.lessons.picture.canvas_view import CanvasView
from gui.shared.picture.byte_panel import byte_facts, draw_focus, draw_panel
from gui.shared.picture.drawing import NO_ASK, Ask, Place, byte_runs, draw_picture
from gui.shared.picture.pen import Pen
from gui.shared.picture.roles import NO_ROLES, Roles
from gui.shared.picture.shapes import ByteCell, Drawing, Measure
from net.lab.picture import Picture, PictureBuilder
from net.lab.picture.rows import Piece
from net.lab.recording import Header, RecordedEvent

MOTION_SECONDS = 0.35
FRAME_MS = 16


class PictureView(CanvasView):
    """See the module. `on_bytes(cell)` is called when a byte is opened.

    Keys: Up and Down move the row's cursor, Home and End take it to the first and the last row. Enter goes
    into the row's bytes: there Left, Right and Tab walk, Enter opens a byte and closes it, Escape goes back
    to the rows. Outside the bytes Left, Right, Tab and Escape are not taken.
    """

    def __init__(self, master: tk.Misc, *, on_bytes: Callable[[ByteCell], None] | None = None) -> None:
        self._on_bytes = on_bytes
        self._builder = PictureBuilder()
        self._count = 0
        self._cursor = -1
        self._ask = NO_ASK
        self._spot = -1
        """Which of the bytes of the cursor's row the keys are on, counted from 0; -1: on none."""
        self._open = False
        self._started: float | None = None
        self._timer = ""
        super().__init__(master)
        for key, act in (
            ("<Up>", lambda: self._move_row(-1)),
            ("<Down>", lambda: self._move_row(1)),
            ("<Home>", lambda: self._to_row(0)),
            ("<End>", lambda: self._to_row(-1)),
            ("<Return>", self._enter),
            ("<KP_Enter>", self._enter),
            ("<Left>", lambda: self._walk(-1)),
            ("<Right>", lambda: self._walk(1)),
            ("<Tab>", lambda: self._walk(1)),
            ("<<PrevWindow>>", lambda: self._walk(-1)),
            ("<Escape>", self._leave_bytes),
        ):
            self.canvas.bind(key, self._key(act))
        self.canvas.bind("<Button-1>", self._click)
        self.canvas.bind("<FocusIn>", lambda _event: self.paint())
        self.canvas.bind("<FocusOut>", lambda _event: self.paint())

    # --- For the owner ---

    @property
    def picture(self) -> Picture:
        return self._builder.picture

    @property
    def count(self) -> int:
        """How many events are shown."""
        return self._count

    @property
    def cursor(self) -> int:
        """The row that the cursor is on; -1 if there is none."""
        known = self.picture.rows_at(self._count)
        return known - 1 if self._cursor < 0 else min(self._cursor, known - 1)

    @property
    def opened(self) -> tuple[int, int] | None:
        """The byte whose panel is open: its send's colour, its place in the send."""
        byte = self._byte()
        return byte[1:] if self._open and byte is not None else None

    def begin(self, header: Header, roles: Roles = NO_ROLES) -> None:
        """Show a new recording, empty so far. ``roles``: what its programs are called."""
        self.skip()
        self._builder = PictureBuilder()
        self._builder.add(header)
        self.roles = roles
        self._count, self._cursor, self._ask = 1, -1, NO_ASK
        self._spot, self._open = -1, False
        self.paint()

    def set_roles(self, roles: Roles) -> None:
        """After a change of language."""
        self.roles = roles
        self.paint()

    def grow(self, events: Iterable[RecordedEvent]) -> None:
        """The recording goes on; what is shown stays as it is. A header among the events is left out: it is
        known."""
        for event in events:
            if not isinstance(event, Header):
                self._builder.add(event)

    def go_to(self, count: int, animate: bool = False, ask: Ask | None = None) -> None:
        """Show the first ``count`` events, the cursor on the last row. ``animate``: its arrows run along
        their way, if the picture goes forward by a row. ``ask``: as `ask` does, in the same painting."""
        self._ask = self._ask if ask is None else ask
        self.skip()
        rows = self.picture.rows_at(self._count)
        self._count = max(0, min(count, len(self.picture.events)))
        self._cursor = -1
        self._spot, self._open = -1, False
        if animate and self.picture.rows_at(self._count) > rows:
            self._started = time.monotonic()
        self.paint()
        if not self.drawing.moving:
            self._started = None

    def count_of_step(self, number: int) -> int | None:
        """The events up to and with the lesson's step ``number``; None if it is not in the recording."""
        return self.picture.count_of_step(number)

    def ask(self, ask: Ask) -> None:
        """What stands in the dashed box where the answer will come."""
        if ask != self._ask:
            self._ask = ask
            self.paint()

    @property
    def animating(self) -> bool:
        return self._started is not None

    def skip(self) -> None:
        """End the motion now."""
        if self._timer:
            self.after_cancel(self._timer)
            self._timer = ""
        if self._started is not None:
            self._started = None
            self.paint()

    def destroy(self) -> None:
        if self._timer:
            self.after_cancel(self._timer)
            self._timer = ""
        super().destroy()

    # --- Painting ---

    def drawn(self, measured: Measure) -> Drawing:
        return self._drawn(measured, 1.0)

    def _drawn(self, measured: Measure, progress: float) -> Drawing:
        paper = self.paper(measured)
        drawing = draw_picture(self.picture, Place(self._count, self._cursor, progress, self._ask), paper)
        byte, cell = self._byte(), self._shown_cell(drawing)
        if byte is not None and cell is not None:
            pen = Pen(paper, drawing)
            draw_focus(pen, cell)
            if self._open:
                _group, colour, at = byte
                draw_panel(pen, byte_facts(self.picture, colour, at, self._count), cell)
        return drawing

    def paint(self) -> None:
        """Draw what is shown now."""
        progress = 1.0
        if self._started is not None:
            progress = min(1.0, (time.monotonic() - self._started) / MOTION_SECONDS)
            if progress >= 1.0:
                self._started = None
        self.drawing = self._drawn(measure, progress)
        self.canvas.configure(background=self.drawing.background)
        self.canvas.show(self.drawing)
        if self._started is not None and not self._timer:
            self._timer = self.after(FRAME_MS, self._next_frame)

    def _next_frame(self) -> None:
        self._timer = ""
        self.paint()

    # --- Rows by the keys ---

    def _key(self, act: Callable[[], bool | None]) -> Callable[[tk.Event[tk.Misc]], str | None]:
        """``act`` as a binding; False: the key is not the view's now."""

        def pressed(_event: tk.Event[tk.Misc]) -> str | None:
            self.skip()
            return None if act() is False else "break"

        return pressed

    def _move_row(self, by: int) -> None:
        self._to_row(max(0, self.cursor + by))

    def _to_row(self, row: int) -> None:
        known = self.picture.rows_at(self._count)
        self._cursor = row if 0 <= row < known - 1 else -1
        self._spot, self._open = -1, False
        self.paint()

    # --- Bytes by the keys and the mouse ---

    def _runs(self) -> list[tuple[int, Piece]]:
        return byte_runs(self.picture.rows[self.cursor], self._count) if self.cursor >= 0 else []

    def _byte(self) -> tuple[int, int, int] | None:
        """The byte that the keys are on: its group, its send's colour, its place in the send."""
        if self._spot < 0:
            return None
        left = self._spot
        for group, piece in self._runs():
            if left < piece.size:
                return group, piece.colour, piece.start + left
            left -= piece.size
        return None

    def _shown_cell(self, drawing: Drawing) -> ByteCell | None:
        """The cell of that byte; where it is folded, the one that stands for it ("+12")."""
        byte = self._byte()
        if byte is None:
            return None
        here = [cell for cell in drawing.cells if cell.row == self.cursor and cell.group == byte[0]]
        for cell in here:
            if not cell.hidden and (cell.colour, cell.at) == byte[1:]:
                return cell
        return here[-1] if here else None

    def _enter(self) -> None:
        if self._spot >= 0:
            self._open = not self._open
        elif self._runs():
            self._spot = 0
        self._show_bytes()

    def _walk(self, by: int) -> bool:
        """To the next byte of the row, also of those that are folded."""
        if self._spot < 0:
            return False
        size = sum(piece.size for _group, piece in self._runs())
        self._spot = max(0, min(self._spot + by, size - 1))
        self._show_bytes()
        return True

    def _leave_bytes(self) -> bool:
        if self._spot < 0:
            return False
        if not self._open:
            self._spot = -1
        self._open = False
        self.paint()
        return True

    def _click(self, event: tk.Event[tk.Misc]) -> None:
        self.canvas.focus_set()
        self.skip()
        for cell in self.drawing.cells:
            if cell.x0 <= event.x < cell.x1 and cell.y0 <= event.y < cell.y1:
                self._click_cell(cell)
                return
        for row, top, bottom in self.drawing.rows:
            if top <= event.y < bottom:
                self._to_row(row)
                return

    def _click_cell(self, cell: ByteCell) -> None:
        before = (self.cursor, self._spot) if self._open else None
        self._to_row(cell.row)
        spot = 0
        for group, piece in self._runs():
            if (group, piece.colour) == (cell.group, cell.colour) and piece.start <= cell.at < piece.stop:
                self._spot = spot + cell.at - piece.start
                break
            spot += piece.size
        # A second click closes the panel.
        self._open = (self.cursor, self._spot) != before
        self._show_bytes()

    def _show_bytes(self) -> None:
        self.paint()
        cell = self._shown_cell(self.drawing)
        if self._open and cell is not None and self._on_bytes is not None:
            self._on_bytes(cell)
