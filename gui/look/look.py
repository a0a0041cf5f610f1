"""The look: a palette (`gui.look.palette`), type and distances.

`gui.look.apply` creates it; :func:`look` then returns the `Look` everywhere. Distances go through :func:`S`
(logical units to pixels) and type through `look().font(size)`: projector mode only means larger factors for
both, and stronger contrast. Lessons, whose type grows with the window, take `look().pixel_font(pixels)`.

A widget that draws for itself registers `look().watch(widget, repaint)`; ttk styles follow by themselves.
After each change the root also gets the virtual event ``<<DuplexTheme>>``.
"""

from __future__ import annotations

import itertools
import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont
from typing import Literal, Protocol

import ttkbootstrap as ttk
from PIL import ImageTk

from gui.look.icon_scale import IconScale
from gui.look.palette import Palette, avatar_colour
from gui.look.shapes import Shapes
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
SMALLEST_PIXELS, LARGEST_PIXELS = 8, 200


class Styles(Protocol):
    """Writes the ttk styles of a look into the current theme: see `gui.look.styles`."""

    def write_first(self, look: Look) -> None:
        """The styles of an empty window."""

    def write_rest(self, look: Look) -> None:
        """The styles of everything that is typed into, switched and scrolled."""


class Look:
    """The present look of one root: palette, fonts, scale and images. Created by
    `gui.look.apply.apply_theme`.

    ``element_images`` keeps the images of ttk elements, by part and variant (dark or light, projector or
    not). Tk frees an image together with its Python object, and an existing element can be neither redefined
    nor deleted: its images have to last as long as the window. All other images come from the bounded cache
    of ``shapes``; a widget that shows one keeps a reference to it.
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
        self._pixels: dict[float, int] = {}  # asking Tk takes 20 us, and a frame asks a hundred times
        self._fonts: dict[tuple[int, bool, bool], tkfont.Font] = {}
        self._pixel_fonts: dict[tuple[int, bool, bool], tkfont.Font] = {}
        self._watchers: dict[int, Callable[[], None]] = {}
        self._watcher_numbers = itertools.count()
        for size in SIZES:
            self.font(size)

    def has_chinese(self) -> bool:
        """Whether Chinese can be read on this PC: the window's own family has it (all of `FAMILIES` but the
        last), or the system takes the characters from another one."""
        if self.family in FAMILIES[:-1]:
            return True
        used = [
            str(self.app.tk.call("font", "actual", (family, 10), "-family", "--", sign))
            for family, sign in ((self.family, "a"), (self.family, "中"))
        ]
        return used[0] != used[1]

    @property
    def dark(self) -> bool:
        return self.palette.dark

    def px(self, value: float) -> int:
        """Logical units to pixels of this screen, at the present projector scale."""
        pixels = self._pixels.get(value)
        if pixels is None:
            scaled = value * (PROJECTOR_SCALE if self.projector else 1.0)
            pixels = int(ttk.scale_size(self.app, scaled)) if value else 0
            if len(self._pixels) < CACHED_DISTANCES:
                self._pixels[value] = pixels
        return pixels

    def font(self, size: int, bold: bool = False, mono: bool = False) -> tkfont.Font:
        """A cached font; `size` is one of `SIZES`, in points."""
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

    def pixel_font(self, pixels: int, bold: bool = False, mono: bool = False) -> tkfont.Font:
        """A cached font that is `pixels` high (from 8 to 200), for what grows with its window and is read
        from the last row of a class: neither the screen's resolution nor projector mode changes it."""
        if not SMALLEST_PIXELS <= pixels <= LARGEST_PIXELS:
            raise ValueError(f"{pixels} is not between {SMALLEST_PIXELS} and {LARGEST_PIXELS}")
        key = (pixels, bold, mono)
        if key not in self._pixel_fonts:
            self._pixel_fonts[key] = tkfont.Font(
                root=self.app,
                family=self.mono_family if mono else self.family,
                size=-pixels,  # Tk counts negative sizes in pixels
                weight="bold" if bold else "normal",
            )
        return self._pixel_fonts[key]

    def icon(self, name: str, size: int, colour: str) -> ImageTk.PhotoImage:
        """A bundled icon, `size` in logical units, from a bounded cache: keep a reference while it is
        shown."""
        return self.shapes.glyph(name, self.px(size), colour)

    def avatar(self, name: str) -> str:
        """The colour for a name."""
        return avatar_colour(name)

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
        for number in list(self._watchers):
            # One that was called before may have destroyed its widget.
            if number in self._watchers:
                self._watchers[number]()
        self.app.event_generate(CHANGED)

    def complete(self) -> None:
        """Build the styles that an empty window does not need. Idempotent."""
        if not self._complete:
            self._complete = True
            self._styles.write_rest(self)

    def follow_system(self) -> None:
        """Ask for the desktop's mode again, if the settings follow it; the answer is applied when it
        comes."""
        if self.mode == "system":
            self._system.ask()

    def _adopt(self, dark: bool) -> None:
        if self.mode == "system" and dark != self.dark:
            self.change(dark, self.projector)

    def _points(self, size: int) -> int:
        return round(size * PROJECTOR_TYPE) if self.projector else size


_current: Look | None = None


def show_look(applied: Look) -> None:
    """Make ``applied`` the result of :func:`look`."""
    global _current
    _current = applied


def look() -> Look:
    """The `Look` of the one living root. Raises RuntimeError before the first
    `gui.look.apply.apply_theme`."""
    if _current is None:
        raise RuntimeError("apply_theme() has not been called")
    return _current


def look_of(app: ttk.App) -> Look | None:
    """The look of ``app``, or None if none was applied to it yet."""
    return _current if _current is not None and _current.app is app else None


def S(value: float) -> int:
    """Logical units to pixels."""
    return look().px(value)
