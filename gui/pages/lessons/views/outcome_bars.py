"""What many runs of the same programs came to: a bar for each outcome, the commonest first."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.pages.lessons.runs import Outcomes
from gui.pages.lessons.sizes import Sizes
from gui.shared.i18n import _, ngettext
from gui.shared.wording import count_text
from gui.widgets.text_fit import fit, showable

MOST_BARS = 8
"""Rarer outcomes are counted together."""


class OutcomeBars(ttk.Canvas):
    """On a card. It grows while the runs go on."""

    def __init__(self, master: tk.Misc, sizes: Sizes) -> None:
        super().__init__(master, autostyle=False, bd=0, highlightthickness=0, width=10, height=10)
        self._sizes = sizes
        self._shown: tuple[int, int, bool, tuple[tuple[str, int], ...]] = (0, 0, False, ())
        self._title = ""
        self.bind("<Configure>", lambda _e: self._paint())
        look().watch(self, self._paint)

    def show(self, outcomes: Outcomes, title: str, named: Callable[[str], str] = str) -> None:
        """``title``: what was counted; ``named``: an outcome in words."""
        self._title = title
        self._shown = (
            outcomes.done,
            outcomes.times,
            outcomes.ended,
            tuple((named(text), n) for text, n in outcomes.counted),
        )
        self._paint()

    def _paint(self) -> None:
        p, px = look().palette, self._sizes.px
        done, times, ended, counted = self._shown
        self.configure(background=p.card)
        self.delete("all")
        width, pad = self.winfo_width(), px(28)
        bold, code, label = (self._sizes.font(r) for r in ("text-bold", "code", "label"))
        head = ngettext("{count} run", "{count} runs", done).format(count=count_text(done))
        if not ended:
            head = _("{done} of {times} runs").format(done=count_text(done), times=count_text(times))
        runs = self.create_text(
            width - pad, px(24), anchor="ne", text=head, font=label, fill=legible(p.mute, p.card)
        )
        title = fit(bold, self._title, self.bbox(runs)[0] - pad - px(16))
        self.create_text(pad, px(24), anchor="nw", text=title, font=bold, fill=legible(p.fg, p.card))
        top = px(24) + bold.metrics("linespace") + px(10)
        self._progress(pad, top, width - 2 * pad, done / times if times else 0.0)
        top += px(24)
        rows = list(counted[: MOST_BARS - 1] if len(counted) > MOST_BARS else counted)
        rest = sum(number for _text, number in counted[len(rows) :])
        if rest:
            rows.append((_("all others"), rest))
        if not rows:
            return
        room = self.winfo_height() - top - px(16)
        each = min(px(78), room // len(rows))
        high = min(px(34), each - code.metrics("linespace") - px(2))
        for number, (text, count) in enumerate(rows):
            y = top + number * each
            share = f"{count_text(count)}  ·  {count * 100 / max(1, done):.0f} %"
            space = width - 2 * pad - label.measure(share) - px(16)
            self.create_text(
                pad, y, anchor="nw", text=fit(code, showable(text), space), font=code,
                fill=legible(p.fg, p.card),
            )  # fmt: skip
            self.create_text(width - pad, y, anchor="ne", text=share, font=label, fill=legible(p.acc, p.card))
            y += code.metrics("linespace") + px(1)
            # the whole length is all runs: the share that is said beside it
            bar = max(px(10), (width - 2 * pad) * count // max(1, done))
            if high > 4:
                look().shapes.round_rect(self, (pad, y, width - pad, y + high), p.soft, px(7), (), p.card)
                look().shapes.round_rect(self, (pad, y, pad + bar, y + high), p.acc, px(7), (), p.soft)

    def _progress(self, x: int, y: int, width: int, part: float) -> None:
        p, high = look().palette, self._sizes.px(8)
        look().shapes.round_rect(self, (x, y, x + width, y + high), p.soft, high // 2, (), p.card)
        if part > 0:
            filled = max(2 * high, int(width * part))
            look().shapes.round_rect(self, (x, y, x + filled, y + high), p.ok, high // 2, (), p.soft)
