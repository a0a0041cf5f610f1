"""The line above the stage: the lesson, where in it we are, and what is being done."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any, Literal

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.look.shapes import mix
from gui.look.words import follow_language
from gui.pages.lessons.sizes import Sizes
from gui.shared.i18n import _
from gui.widgets.icon_tools import icon_tools
from gui.widgets.text_fit import fit
from gui.widgets.tooltip import Tooltip

Phase = Literal["watch", "predict", "do"]
Tone = Literal["ok", "warn", "error", "info"]


class TopBar(ttk.Frame):
    """``go_to(step)``: a pip was pressed; ``do()``: the word that stands for the task. ``tools``: as in
    `icon_tools`, from right to left."""

    def __init__(
        self,
        master: tk.Misc,
        sizes: Sizes,
        *,
        leave: Callable[[], object],
        go_to: Callable[[int], object],
        do: Callable[[], object],
        tools: tuple[tuple[str, str, Callable[[], object]], ...],
    ) -> None:
        super().__init__(master, style="Back.TFrame")
        self._sizes = sizes
        self._go_to = go_to
        self._number, self._steps = 1, 1
        self._title = ""
        self._phase: Phase = "watch"
        self._status: tuple[str, Tone] = ("", "info")
        self._pip_images: list[Any] = []
        self._leave = ttk.Button(
            self, style="Back.Icon.TButton", icon="arrow-left", icon_only=True, icon_size=16, command=leave
        )
        self._leave.pack(side="left", padx=(0, sizes.px(4)))
        self._tools = ttk.Frame(self, style="Back.TFrame")
        self._tools.pack(side="right")
        self.tools, self.tips = icon_tools(self._tools, tools, size=15, style="Back.Icon.TButton")
        self._words: dict[Phase, ttk.Label] = {}
        arrows = []
        for phase in ("do", "predict", "watch"):
            word = self._words[phase] = ttk.Label(self, style="Back.TLabel", font=sizes.font("label"))
            word.pack(side="right")
            if phase != "watch":
                arrow = ttk.Label(self, style="Back.TLabel", font=sizes.font("label"), text="→")
                arrow.pack(side="right", padx=sizes.px(4))
                arrows.append(arrow)
        self._arrows = arrows
        self._words["do"].configure(cursor="hand2")
        self._words["do"].bind("<Button-1>", lambda _e: do())
        self.count = ttk.Label(self, style="Back.TLabel", font=sizes.font("title"))
        self.count.pack(side="right", padx=(sizes.px(10), sizes.px(22)))
        self._pips = ttk.Canvas(self, autostyle=False, bd=0, highlightthickness=0, width=10, height=10)
        self._pips.pack(side="right")
        self.status = ttk.Label(self, style="Back.TLabel", font=sizes.font("label-bold"), anchor="e")
        self.status.pack(side="right", padx=(sizes.px(8), sizes.px(18)))
        self._reason = Tooltip(self.status, "")
        self.title = ttk.Label(self, style="Back.TLabel", font=sizes.font("title"), anchor="w", width=4)
        self.title.pack(side="left", fill="x", expand=True)
        self.title.bind("<Configure>", lambda _e: self._show_title())
        sizes.watch(self._paint)
        look().watch(self, self._paint)
        follow_language(self, self._set_words)

    def show_frame(self, on: bool) -> None:
        """Show or hide what a projector does not need: the way out and the tools."""
        if on:
            self._leave.pack(side="left", before=self.title)
            self._tools.pack(side="right", before=self._words["do"])
        else:
            self._leave.pack_forget()
            self._tools.pack_forget()

    def show(self, title: str, number: int, steps: int, phase: Phase) -> None:
        self._title, self._number, self._steps, self._phase = title, number, steps, phase
        self.count.configure(text=f"{number} / {steps}")
        self._paint()

    def show_status(self, text: str, tone: Tone, reason: str = "") -> None:
        """A few words: what is under way, or where what is shown comes from. "" for nothing. ``reason``: more
        of it, where the pointer rests on them."""
        self._reason.retext(reason)
        if (text, tone) != self._status:
            self._status = (text, tone)
            self._paint()

    # --- Painting ---

    def _show_title(self) -> None:
        self.title.configure(
            text=fit(self._sizes.font("title"), self._title, max(40, self.title.winfo_width()))
        )

    def _set_words(self) -> None:
        words = {"watch": _("watch"), "predict": _("predict"), "do": _("do")}
        for phase, label in self._words.items():
            label.configure(text=words[phase])

    def _paint(self) -> None:
        p = look().palette
        self._show_title()
        text, tone = self._status
        self.status.configure(text=text, foreground=legible(p.tone(tone), p.back))
        self.count.configure(foreground=legible(p.acc, p.back))
        quiet = legible(p.mute, p.back)
        for phase, label in self._words.items():
            here = phase == self._phase
            label.configure(
                foreground=legible(p.acc, p.back) if here else quiet,
                font=self._sizes.font("label-bold" if here else "label"),
            )
        for arrow in self._arrows:
            arrow.configure(foreground=quiet)
        self._paint_pips()

    def _paint_pips(self) -> None:
        p, px, pips = look().palette, self._sizes.px, self._pips
        wide, high, gap = px(24), px(14), px(5)
        pips.configure(width=self._steps * (wide + gap), height=high + 4, background=p.back)
        pips.delete("all")
        images: list[Any] = []
        for number in range(1, self._steps + 1):
            x, tag = (number - 1) * (wide + gap), f"pip{number}"
            edge = p.acc if number <= self._number else legible(p.faint, p.back, 3.0)
            fill = p.acc if number < self._number else p.back
            fill = mix(p.back, p.acc, 0.35) if number == self._number else fill
            # the cache of `shapes` lets them go one day; an item must not lose its image
            image = look().shapes.rect(wide, high, fill, high // 2, edge, 2)
            images.append(image)
            pips.create_image(x, 2, anchor="nw", image=image, tags=tag)
            pips.tag_bind(tag, "<Button-1>", lambda _e, to=number: self._go_to(to))  # type: ignore[misc]
        self._pip_images = images
