"""A canvas that draws a whole frame in one call to Tk.

Each call into Tk releases the interpreter's lock and must get it back, which takes up to a switch interval
while the network's threads are busy. A list that draws a screenful makes hundreds of calls; here they are
collected and run by one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import ttkbootstrap as ttk

_RUN = "duplex_run_all"
_MEASURE = "duplex_measure"
_LINES = "duplex_lines"
_WIDTHS = "duplex_widths"
_LEFT_OF_ALL = 5000


class PaintCanvas(ttk.Canvas):
    """Within ``with canvas.batch()`` calls that draw, move or delete items are deferred; a call that queries
    the canvas first runs the pending ones, so the order never shows. An item created meanwhile is identified
    by a tag of its own instead of a number; both work everywhere."""

    def __init__(self, master: Any, **options: Any) -> None:
        super().__init__(master, **options)
        self._commands: list[tuple[Any, ...]] | None = None
        self._made = 0
        self.tk.eval(f"proc {_RUN} {{commands}} {{foreach command $commands {{{{*}}$command}}}}")
        self.tk.eval(
            f"proc {_MEASURE} {{canvas item text width font}} {{"
            "$canvas itemconfigure $item -text $text -width $width -font $font\n"
            "$canvas bbox $item}"
        )
        self.tk.eval(
            f"proc {_LINES} {{canvas item height}} {{"
            "lassign [$canvas coords $item] x y\n"
            "lassign [$canvas bbox $item] left top right bottom\n"
            f"set left [expr {{int($x) - {_LEFT_OF_ALL}}}]\n"
            "set starts {}\n"
            "for {set row [expr {$y + $height / 2}]} {$row < max($bottom, $top + $height)}"
            " {set row [expr {$row + $height}]} {"
            "lappend starts [$canvas index $item @$left,[expr {int($row)}]]}\n"
            "list $x $y $starts}"
        )
        self.tk.eval(f"proc {_WIDTHS} {{font texts}} {{lmap text $texts {{font measure $font $text}}}}")

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Not to be nested."""
        self._commands = []
        try:
            yield
            self._run_all()
        finally:
            self._commands = None

    def _run_all(self) -> None:
        if self._commands:
            commands, self._commands = tuple(self._commands), []
            self.tk.call(_RUN, commands)

    def _later(self, *words: Any) -> bool:
        if self._commands is None:
            return False
        self._commands.append((self._w, *words))  # type: ignore[attr-defined]
        return True

    def measure_text(self, probe: int, text: str, width: int, font: Any) -> tuple[int, int]:
        """Width and height of ``text`` wrapped at ``width``, laid out by the item ``probe`` in one call."""
        name = self._w  # type: ignore[attr-defined]
        x0, y0, x1, y1 = self._getints(self.tk.call(_MEASURE, name, probe, text, width, font))  # type: ignore[attr-defined]
        return x1 - x0, y1 - y0

    def line_starts(self, item: int | str, height: int) -> tuple[float, float, list[int]]:
        """Left and top of a text item whose lines are ``height`` pixels high, and Tk's offset of the first
        character of each line, in one call."""
        self._run_all()
        x, y, starts = self.tk.splitlist(self.tk.call(_LINES, self._w, item, height))  # type: ignore[attr-defined]
        return float(x), float(y), [int(start) for start in self.tk.splitlist(starts)]

    def text_widths(self, font: Any, texts: Sequence[str]) -> list[int]:
        """The width of each text, in one call."""
        return [int(width) for width in self.tk.splitlist(self.tk.call(_WIDTHS, font, tuple(texts)))]

    # --- Drawing ---

    def put_item(self, kind: str, *words: Any) -> None:
        """Create an item within a batch, in Tk's own words ("-fill", "#000000"): a fifth of the time that the
        methods of tkinter take, for drawings of hundreds of items. Raises RuntimeError outside a batch."""
        if not self._later("create", kind, *words):
            raise RuntimeError("put_item is for batches")

    def _create(self, itemType: str, args: Any, kw: dict[str, Any]) -> Any:
        if self._commands is None:
            return super()._create(itemType, args, kw)  # type: ignore[misc]
        self._made += 1
        name = f"#{self._made}"
        tags = kw.get("tags", ())
        kw["tags"] = (*((tags,) if isinstance(tags, str) else tags), name)
        flat: list[Any] = []
        for argument in args:
            # A box may be given as four numbers or as one sequence of them.
            flat.extend(argument) if isinstance(argument, (tuple, list)) else flat.append(argument)
        self._later("create", itemType, *flat, *self._options(kw))  # type: ignore[attr-defined]
        return name

    def delete(self, *tags: Any) -> None:
        if not self._later("delete", *tags):
            super().delete(*tags)

    def move(self, *words: Any) -> None:
        if not self._later("move", *words):
            super().move(*words)

    def addtag_withtag(self, newtag: str, tagOrId: Any) -> None:
        if not self._later("addtag", newtag, "withtag", tagOrId):
            super().addtag_withtag(newtag, tagOrId)

    def tag_lower(self, *words: Any) -> None:
        if not self._later("lower", *words):
            super().tag_lower(*words)

    def tag_raise(self, *words: Any) -> None:
        if not self._later("raise", *words):
            super().tag_raise(*words)

    # --- Queries ---

    def bbox(self, *words: Any) -> tuple[int, int, int, int]:
        self._run_all()
        return super().bbox(*words)

    def coords(self, *words: Any) -> Any:
        self._run_all()
        return super().coords(*words)

    def index(self, *words: Any) -> Any:
        self._run_all()
        return super().index(*words)

    def itemcget(self, tagOrId: Any, option: str) -> Any:
        self._run_all()
        return super().itemcget(tagOrId, option)

    def itemconfigure(self, tagOrId: Any, cnf: Any = None, **kw: Any) -> Any:
        self._run_all()
        return super().itemconfigure(tagOrId, cnf, **kw)

    def tag_bind(self, tagOrId: Any, sequence: Any = None, func: Any = None, add: Any = None) -> Any:
        self._run_all()
        return super().tag_bind(tagOrId, sequence, func, add)

    def find_withtag(self, tagOrId: Any) -> Any:
        self._run_all()
        return super().find_withtag(tagOrId)
