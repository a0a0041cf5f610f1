"""The look: colours, type and distances.

`gui.look.apply` makes it; :func:`look` then gives the `Look` everywhere. Distances go through :func:`S`
(logical units to pixels) and type through `look().font(size)`: projector mode is nothing but larger factors
for both, and stronger contrast.

A widget that draws for itself registers `look().watch(widget, repaint)`; ttk styles follow by themselves.
After each change the root also gets the virtual event ``<<DuplexTheme>>``.
"""

from __future__ import annotations

import itertools
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import font as tkfont
from typing import Literal, Protocol

import ttkbootstrap as ttk
from PIL import ImageTk

from gui.look.icon_scale import IconScale
from gui.look.shapes import Shapes, mix
from gui.look.system import SystemMode

Mode = Literal["light", "dark", "system"]
THEME = "duplex"
CHANGED = "<<DuplexTheme>>"
SIZES = (8, 9, 10, 11, 12, 15)
FAMILIES = (
    "PingFang SC",
    "Microsoft YaHei UI",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "DejaVu Sans",
)
MONO_FAMILIES = ("Cascadia Mono", "SF Mono", "Noto Sans Mono CJK SC", "DejaVu Sans Mono", "Menlo", "Consolas")
PROJECTOR_SCALE = 1.25
PROJECTOR_TYPE = 1.35
CACHED_DISTANCES = 500
AVATARS = ("#6366f1", "#0ea5e9", "#f59e0b", "#ec4899", "#14b8a6", "#8b5cf6", "#f97316", "#64748b")


@dataclass(frozen=True)
class Palette:
    """Every colour in use, as ``#rrggbb``. Surfaces first, then text, accents, bubbles and tones."""

    dark: bool
    back: str
    card: str
    soft: str
    hover: str
    line: str
    fg: str
    mute: str
    faint: str
    acc: str
    sel: str
    mark: str
    me: str
    me_fg: str
    you: str
    you_fg: str
    ok: str
    warn: str
    err: str
    info: str
    sim: str

    @classmethod
    def make(cls, dark: bool, projector: bool = False) -> Palette:
        """The palette of one mode; `projector` asks for more contrast."""
        card = "#1b1e27" if dark else "#ffffff"
        fg = "#e6e9f2" if dark else "#1e2433"
        if projector:
            card, fg = ("#14161d", "#ffffff") if dark else ("#ffffff", "#0b0f1a")
        acc = "#7c7cff" if dark else "#5457e6"
        tones = ("#34d399", "#fbbf24", "#f87171", "#38bdf8", "#f0abfc")
        if not dark:
            tones = ("#0a9b6c", "#c47a04", "#dc3d43", "#0284c7", "#c026d3")
        if projector:
            acc = "#a5a5ff" if dark else "#3a3dcc"
            tones = (
                ("#6ee7b7", "#fcd34d", "#fca5a5", "#7dd3fc", "#f5d0fe")
                if dark
                else ("#047857", "#92400e", "#b91c1c", "#075985", "#86198f")
            )
        ok, warn, err, info, sim = tones
        return cls(
            dark=dark,
            back=mix(card, "#000000", 0.28) if dark else "#eef0f6",
            card=card,
            soft=mix(card, "#ffffff", 0.05) if dark else "#f5f6fb",
            hover=mix(card, "#ffffff", 0.09) if dark else "#eceefb",
            line=mix(card, fg, (0.12 if dark else 0.10) * (2.2 if projector else 1)),
            fg=fg,
            mute=mix(fg, card, 0.18 if projector else 0.38),
            faint=mix(fg, card, 0.30 if projector else 0.53),
            acc=acc,
            sel=mix(card, acc, 0.22 if dark else 0.12),
            mark="#8a6d1c" if dark else "#ffe08a",
            me="#4f52d9" if dark or not projector else "#3a3dcc",
            me_fg="#ffffff",
            you=mix(card, "#ffffff", 0.085 if not projector else 0.14) if dark else "#f0f1f7",
            you_fg=fg,
            ok=ok,
            warn=warn,
            err=err,
            info=info,
            sim=sim,
        )

    def tone(self, name: str) -> str:
        """The colour of a tone: normal, mute, ok, warn, error, info, accent, simulated."""
        tones = {"ok": self.ok, "warn": self.warn, "error": self.err, "info": self.info, "accent": self.acc}
        return {**tones, "mute": self.mute, "simulated": self.sim}.get(name, self.fg)


class Styles(Protocol):
    """Writes the ttk styles of a look into the theme in use: see `gui.look.styles`."""

    def write_first(self, look: Look) -> None:
        """What an empty window shows."""

    def write_rest(self, look: Look) -> None:
        """What one types into, switches and scrolls with."""


class Look:
    """What is applied to one root at present: palette, fonts, scale and images. Made by
    `gui.look.apply.apply_theme`.

    ``element_images`` keeps the images of ttk elements, by part and variant (dark or light, projector or
    not). Tk frees an image together with its Python object, and an element once defined can neither be
    defined anew nor taken away: its images have to last as long as the window. Everything else that is drawn
    comes from the bounded cache of ``shapes``; whoever shows an image keeps a reference to it.
    """

    def __init__(self, app: ttk.App, styles: Styles) -> None:
        self.app = app
        self.mode: Mode = "light"
        self.projector = False
        self.palette = Palette.make(dark=False)
        self.shapes = Shapes(app)
        self.element_images: dict[tuple[str, str], list[ImageTk.PhotoImage]] = {}
        self._icons = IconScale(app)
        self._styles = styles
        self._system = SystemMode(app, self._adopt)
        self._complete = False
        families = set(tkfont.families(app))
        self.family = next((f for f in FAMILIES if f in families), "TkDefaultFont")
        self.mono_family = next((f for f in MONO_FAMILIES if f in families), "TkFixedFont")
        self._pixels: dict[float, int] = {}  # asking Tk for its scale costs 20 us, a hundred times a frame
        self._fonts: dict[tuple[int, bool, bool], tkfont.Font] = {}
        self._watchers: dict[int, Callable[[], None]] = {}
        self._watcher_numbers = itertools.count()
        for size in SIZES:
            self.font(size)

    @property
    def dark(self) -> bool:
        return self.palette.dark

    def px(self, value: float) -> int:
        """Logical units to pixels of this screen, in the present projector scale."""
        pixels = self._pixels.get(value)
        if pixels is None:
            scaled = value * (PROJECTOR_SCALE if self.projector else 1.0)
            pixels = int(ttk.scale_size(self.app, scaled)) if value else 0
            if len(self._pixels) < CACHED_DISTANCES:
                self._pixels[value] = pixels
        return pixels

    def font(self, size: int, bold: bool = False, mono: bool = False) -> tkfont.Font:
        """One of the few fonts, made once; `size` is one of `SIZES` in points."""
        if size not in SIZES:
            raise ValueError(f"{size} is not one of the type sizes {SIZES}")
        key = (size, bold, mono)
        if key not in self._fonts:
            self._fonts[key] = tkfont.Font(
                root=self.app,
                family=self.mono_family if mono else self.family,
                size=self._points(size),
                weight="bold" if bold else "normal",
            )
        return self._fonts[key]

    def icon(self, name: str, size: int, colour: str) -> ImageTk.PhotoImage:
        """A bundled icon, `size` in logical units, from a bounded cache: keep the reference while it is
        shown."""
        return self.shapes.glyph(name, self.px(size), colour)

    def avatar(self, name: str) -> str:
        """The colour that belongs to a name: the same on every start and every machine."""
        return AVATARS[sum(name.encode("utf-8", "replace")) % len(AVATARS)]

    def watch(self, widget: tk.Misc, repaint: Callable[[], None]) -> None:
        """Call `repaint` after every change of the look until `widget` is destroyed. The calls come in the
        order of registration; a widget may be registered more than once."""
        number = next(self._watcher_numbers)
        self._watchers[number] = repaint

        def forget(event: tk.Event[tk.Misc]) -> None:
            if event.widget is widget:
                self._watchers.pop(number, None)

        widget.bind("<Destroy>", forget, add="+")

    def change(self, dark: bool, projector: bool) -> None:
        """Switch palette, scale, fonts and styles, then let every watcher repaint."""
        self.projector = projector
        self._pixels.clear()
        self.palette = Palette.make(dark, projector)
        for (size, _bold, _mono), font in self._fonts.items():
            font.configure(size=self._points(size))
        name = f"{THEME}-{'dark' if dark else 'light'}"
        if self.app.theme_use() != name:
            self.app.theme_use(name)
        for named in ttk.Fonts.names():
            family = self.mono_family if "Fixed" in named else self.family
            ttk.Fonts.configure(named, family=family, size=self._points(10))
        self._styles.write_first(self)
        if self._complete:
            self._styles.write_rest(self)
        self._icons.use(PROJECTOR_SCALE if projector else 1.0)
        self.app.configure(background=self.palette.back)
        for repaint in list(self._watchers.values()):
            repaint()
        self.app.event_generate(CHANGED)

    def complete(self) -> None:
        """Build the styles that an empty window does without. Idempotent."""
        if not self._complete:
            self._complete = True
            self._styles.write_rest(self)

    def follow_system(self) -> None:
        """Ask the desktop for its mode again, if it is to be followed; its answer counts when it comes."""
        if self.mode == "system":
            self._system.ask()

    def _adopt(self, dark: bool) -> None:
        if self.mode == "system" and dark != self.dark:
            self.change(dark, self.projector)

    def _points(self, size: int) -> int:
        return round(size * PROJECTOR_TYPE) if self.projector else size


_current: Look | None = None


def show_look(applied: Look) -> None:
    """Make ``applied`` the one that :func:`look` gives."""
    global _current
    _current = applied


def look() -> Look:
    """The `Look` of the one living root. Raises RuntimeError before the first
    `gui.look.apply.apply_theme`."""
    if _current is None:
        raise RuntimeError("apply_theme() has not been called")
    return _current


def look_of(app: ttk.App) -> Look | None:
    """The look of ``app``, or None where none was applied to it yet."""
    return _current if _current is not None and _current.app is app else None


def S(value: float) -> int:
    """Logical units to pixels."""
    return look().px(value)
