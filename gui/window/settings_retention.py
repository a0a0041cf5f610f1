"""How long transcripts are kept: applied at once, but only after a person has agreed to what it deletes."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.shared.settings import MAX_KEEP_DAYS, Settings
from gui.widgets.segmented import SegmentedControl

Expiring = Callable[[int | None], int]


class RetentionRows:
    """A choice, the number of days, and the question whether to delete, as rows of a grid from ``row`` on.

    ``expiring(days)``: how many stored sessions this limit would delete now (None: for ever; 0: none are
    kept). ``changed()`` is called when ``settings`` has the new values. A change that is not agreed to is
    dropped with the dialog.
    """

    def __init__(
        self, grid: tk.Misc, row: int, settings: Settings, expiring: Expiring, changed: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._expiring = expiring
        self._changed = changed
        self._days = settings.keep_days
        ttk.Label(grid, text=_("Keep transcripts"), style="In.TLabel").grid(
            row=row, column=0, sticky="w", padx=(0, S(28)), pady=S(5)
        )
        kept = [("days", _("For days")), ("forever", _("For ever")), ("none", _("Not at all"))]
        self.choice = SegmentedControl(grid, kept, settings.retention, lambda _v: self._look(), small=True)
        self.choice.grid(row=row, column=1, sticky="e", pady=S(3))
        self.days = tk.StringVar(grid, str(settings.keep_days))
        self.days.trace_add("write", lambda *_args: self._look())
        self._days_row = ttk.Frame(grid, style="In.TFrame")
        ttk.Spinbox(
            self._days_row, from_=1, to=MAX_KEEP_DAYS, width=6, textvariable=self.days, style="Round.TSpinbox"
        ).pack(side="left")
        ttk.Label(self._days_row, text=_("days"), style="InS.TLabel").pack(side="left", padx=(S(8), 0))
        self._days_row.grid(row=row + 1, column=1, sticky="e", pady=(0, S(2)))
        self.question = ttk.Frame(grid, style="In.TFrame")
        self.question.grid(row=row + 2, column=0, columnspan=2, sticky="ew", pady=(S(6), 0))
        self.asked = ttk.Label(
            self.question, style="InWarn.TLabel", wraplength=S(480), justify="left", anchor="w"
        )
        self.asked.configure(font=look().font(9))
        self.asked.pack(fill="x")
        buttons = ttk.Frame(self.question, style="In.TFrame")
        buttons.pack(fill="x", pady=(S(8), 0))
        self.agree = ttk.Button(
            buttons, style="Danger.TButton", text=_("Delete, and change it"), command=self._apply
        )
        self.agree.pack(side="right")
        self.refuse = ttk.Button(
            buttons, style="Secondary.TButton", text=_("Leave it as it was"), command=self._back
        )
        self.refuse.pack(side="right", padx=(0, S(8)))
        self.rows = 3
        self._show()

    @property
    def _wanted(self) -> tuple[str, int]:
        return self.choice.value, self._days

    def _look(self) -> None:
        """Apply the present choice, or ask about it first."""
        text = self.days.get().strip()
        if text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_KEEP_DAYS:
            self._days = int(text)
        if not self._show():
            self._apply()

    def _show(self) -> bool:
        """Show or hide the question; returns whether the choice would delete something."""
        retention, days = self._wanted
        if retention == "days":
            self._days_row.grid()
        else:
            self._days_row.grid_remove()
        if (retention, days) == (self._settings.retention, self._settings.keep_days):
            count = 0
        else:
            count = self._expiring({"days": days, "forever": None, "none": 0}[retention])
        if not count:
            self.question.grid_remove()
            return False
        sentence = ngettext(
            "Not changed yet: this deletes {count} earlier session with its messages.",
            "Not changed yet: this deletes {count} earlier sessions with their messages.",
            count,
        )
        self.asked.configure(text=sentence.format(count=wording.count_text(count)))
        self.question.grid()
        return True

    def _apply(self) -> None:
        self.question.grid_remove()
        settings, wanted = self._settings, self._wanted
        if (settings.retention, settings.keep_days) != wanted:
            settings.retention, settings.keep_days = wanted
            self._changed()

    def _back(self) -> None:
        self.choice.set(self._settings.retention)
        self._days = self._settings.keep_days
        self.days.set(str(self._days))
        self._show()
