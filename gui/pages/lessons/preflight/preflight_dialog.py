"""The pre-flight on screen: what works on this PC, what each lesson will show, and who can reach us."""

from __future__ import annotations

import tkinter as tk
from typing import Any

import ttkbootstrap as ttk
from PIL import ImageTk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.lessons.preflight.findings import Findings
from gui.services.services import Services
from gui.shared import i18n
from gui.shared.i18n import _
from gui.shared.preflight_wording import lacks, lesson_way, mechanism_text, way_text
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.icon_label import IconLabel
from gui.widgets.qr import qr_image
from gui.widgets.tooltip import Tooltip
from gui.widgets.wrapping_label import WrappingLabel
from net.lab.commands import StopPreflight, TryPreflight
from net.lab.events import Knocked
from net.lab.lesson_files import load_lesson, load_shelf
from net.lab.preflight.mechanisms import CLASS_PORT, Shown, names

COLUMN = 400
QR_SIDE = 150
MOST_KNOCKS = 3
_TONES: dict[Shown, tuple[str, str]] = {
    "observed": ("check-circle-fill", "ok"),
    "replaced": ("check-circle-fill", "ok"),
    "derived": ("info-circle", "info"),
    "left-out": ("info-circle", "info"),
    "simulated": ("info-circle", "info"),
    "recording": ("exclamation-triangle-fill", "warn"),
}


class PreflightDialog(Dialog):
    """Starts a pre-flight when it is made; closes the class port when it is closed."""

    def __init__(self, parent: tk.Misc, services: Services, findings: Findings) -> None:
        self.services = services
        self.findings = findings
        self._image: Any = None
        buttons = (DialogButton("", "close", default=True), DialogButton("", "again", "primary"))
        super().__init__(
            parent, " ", buttons=buttons, may_close=self._may_close, width=2 * COLUMN + 24, scrolls=True
        )
        self.summary = WrappingLabel(self.content, "In.TLabel", wide=2 * COLUMN)
        self.summary.pack(fill="x")
        columns = ttk.Frame(self.content, style="In.TFrame")
        columns.pack(fill="both", expand=True, pady=(S(8), 0))
        left, right = (ttk.Frame(columns, style="In.TFrame") for _side in range(2))
        for column in (left, right):
            ttk.Frame(column, style="In.TFrame", width=S(COLUMN), height=1).pack()
        left.pack(side="left", anchor="n", fill="y")
        right.pack(side="left", anchor="n", fill="y", padx=(S(24), 0))
        self._build_mechanisms(left)
        self._build_lessons(right)
        self._build_class_port(right)
        unwatch = findings.watch(self._show)
        self.bind("<Destroy>", lambda event: unwatch() if event.widget is self else None, add="+")
        follow_language(self, self._set_words)
        look().watch(self, self._draw_code)
        look().watch(self, lambda: self.address.configure(font=look().font(12, mono=True)))
        self.begin()

    # --- Its parts ---

    def _build_mechanisms(self, master: ttk.Frame) -> None:
        self.mechanisms_head = ttk.Label(master, style="InB.TLabel")
        self.mechanisms_head.pack(anchor="w", pady=(0, S(4)))
        self.rows = {name: _Row(master) for name in (*names(), "chinese-font")}

    def _build_lessons(self, master: ttk.Frame) -> None:
        self.lessons_head = ttk.Label(master, style="InB.TLabel")
        self.lessons_head.pack(anchor="w", pady=(0, S(4)))
        self.lessons = {name: _Row(master) for name in load_shelf().lessons}

    def _build_class_port(self, master: ttk.Frame) -> None:
        self.class_head = ttk.Label(master, style="InB.TLabel")
        self.class_head.pack(anchor="w", pady=(S(12), S(4)))
        below = ttk.Frame(master, style="In.TFrame")
        below.pack(fill="x")
        self.code = ttk.Label(below, style="In.TLabel")
        self.code.pack(side="left", anchor="n", padx=(0, S(12)))
        texts = ttk.Frame(below, style="In.TFrame")
        texts.pack(side="left", anchor="n")
        room = COLUMN - QR_SIDE - 12
        self.how = WrappingLabel(texts, "InS.TLabel", wide=room)
        self.how.pack(anchor="w")
        self.address = ttk.Label(texts, style="In.TLabel")
        self.address.pack(anchor="w", pady=S(6))
        self.knocks = WrappingLabel(texts, "In.TLabel", wide=room)
        self.knocks.pack(anchor="w")

    # --- What it shows ---

    def begin(self) -> None:
        """Try everything again."""
        self._stop()
        preflight = self.services.new_job()
        self.findings.begin(preflight)
        self.services.submit(TryPreflight(preflight, CLASS_PORT))

    def _set_words(self) -> None:
        title = _("Check this PC before the class")
        self.title(title)
        self.heading.configure(text=title)
        self.buttons["close"].configure(text=_("Close"))
        self.buttons["again"].configure(text=_("Try again"))
        self.mechanisms_head.configure(text=_("On this PC"))
        self.lessons_head.configure(text=_("What the lessons show here"))
        self.class_head.configure(text=_("Can the class reach this PC?"))
        self._show()

    def _show(self) -> None:
        found = self.findings
        for name, row in self.rows.items():
            tried = found.tried.get(name)
            if name == "chinese-font":
                row.show(*_font_line())
            elif tried is None or name in found.waiting:
                row.show("hourglass-split", "mute", _("Being tried …"))
            else:
                icon, tone = ("check-circle-fill", "ok") if tried.works else ("info-circle", "info")
                row.show(icon, tone, mechanism_text(name, tried.works, tried.values))
        for name, row in self.lessons.items():
            self._show_lesson(name, row)
        over = found.seconds is not None
        self.buttons["again"].state(["!disabled" if over else "disabled"])
        if over:
            told = _("Tried in {seconds} s. Allow Duplex if the firewall asks now.")
            self.summary.show(told.format(seconds=f"{found.seconds:.1f}"))
        else:
            self.summary.show(_("Trying what this PC can show; this takes some seconds …"))
        self._show_class_port()

    def _show_lesson(self, name: str, row: _Row) -> None:
        lesson = load_lesson(name)
        title = lesson.title.get(i18n.language())
        way = lesson_way(lesson, self.findings.works)
        if way is None:
            row.show("hourglass-split", "mute", title)
        else:
            row.show(*_TONES[way], _("{lesson} – {way}").format(lesson=title, way=way_text(way)))
        missing = [self.findings.tried[need] for need in lacks(lesson, self.findings.works)]
        row.explain([mechanism_text(one.name, one.works, one.values) for one in missing])

    def _show_class_port(self) -> None:
        found = self.findings
        self.address.configure(text="\n".join(_web(address) for address in found.addresses[:2]))
        self.how.show(
            _("Open this on a second PC or a phone in the same network:")
            if found.addresses or found.seconds is None
            else _("No port can be listened on, so other PCs can't reach this one.")
        )
        lines = [_knock_line(knock) for knock in found.knocks[-MOST_KNOCKS:]]
        if found.addresses and not lines:
            lines = [_("Nobody has knocked yet.")]
        self.knocks.show("\n".join(lines))
        self._draw_code()

    def _draw_code(self) -> None:
        addresses = self.findings.addresses
        if not addresses:
            self._image = None
            self.code.configure(image="")
            return
        picture = qr_image(_web(addresses[0]), S(QR_SIDE), "#000000")
        self._image = ImageTk.PhotoImage(picture, master=self)
        self.code.configure(image=str(self._image))

    # --- Closing ---

    def _may_close(self, value: str) -> bool:
        if value == "again":
            self.begin()
            return False
        self._stop()
        return True

    def _stop(self) -> None:
        if self.findings.open:
            self.services.submit(StopPreflight(self.findings.preflight))


class _Row:
    """An icon and a line of text; the mouse over it shows why it says so."""

    def __init__(self, master: tk.Misc) -> None:
        frame = ttk.Frame(master, style="In.TFrame")
        frame.pack(fill="x", pady=(0, S(2)))
        self.icon = IconLabel(frame, size=14)
        self.icon.pack(side="left", anchor="n", padx=(0, S(8)), pady=S(2))
        self.label = WrappingLabel(frame, "InS.TLabel", wide=COLUMN - 24)
        self.label.pack(side="left", fill="x")
        self.reasons = Tooltip(self.label, "")

    @property
    def text(self) -> str:
        return self.label.text

    def show(self, icon: str, tone: str, text: str) -> None:
        if (icon, tone) != (self.icon.name, self.icon.tone):
            self.icon.show(icon, tone)
        self.label.show(text)

    def explain(self, reasons: list[str]) -> None:
        self.reasons.text = "\n".join(reasons)


def _font_line() -> tuple[str, str, str]:
    if look().has_chinese():
        return "check-circle-fill", "ok", _("A Chinese font is here")
    return "exclamation-triangle-fill", "warn", _("No Chinese font was found: Chinese shows as boxes")


def _web(address: str) -> str:
    return f"http://{address}/"


def _knock_line(knock: Knocked) -> str:
    if knock.own:
        return _("Reached from this PC itself; that says nothing about others.")
    return _("{host} has reached this PC.").format(host=knock.host)
