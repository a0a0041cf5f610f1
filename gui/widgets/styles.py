"""The rounded ttk styles, as nine-slice images of the present palette.

Surfaces: a style named plainly sits on a card; ``Soft.`` before it, inside a Field or tile; ``Back.``, on
the backdrop.

- frames: Card, Field (states focus, invalid), Tile, SegBox; flat: In (on a card), Soft, Back, each
  ``.TFrame``
- labels: {In, Soft, Back}{-, B, H, T, S, X, M, Ok, Warn, Err, Info, Acc}.TLabel
- buttons: Primary, Secondary, Danger, Link, Icon, each ``.TButton`` and with ``Soft.`` or ``Back.`` before
  it;
  Seg.Toolbutton inside a SegBox; Rail.Toolbutton on the backdrop
- Round.TEntry, Round.TCombobox, Round.TSpinbox bring their own box; Flat.T* go inside a Field
- Check.TCheckbutton, Switch.TCheckbutton, Dot.TRadiobutton (and ``Soft.`` ones); Slim.Vertical.TScrollbar
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageTk
from ttkbootstrap import El, image_element, layout, state_map
from ttkbootstrap.style import register_style

from gui.widgets.shapes import OVERSAMPLE, Radii, mix, rgb

if TYPE_CHECKING:
    from gui.theme import Look

SURFACES = ("", "Soft.", "Back.")


class _Builder:
    """Writes the styles of one look into the ttk theme in use."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.style: Any = look.app.style
        self.palette = look.palette
        self.suffix = f"{'dark' if look.dark else 'light'}{'P' if look.projector else ''}"
        self.fresh = self.suffix not in look.element_images
        self.kept = look.element_images.setdefault(self.suffix, [])

    def surface(self, prefix: str) -> str:
        return {"": self.palette.card, "Soft.": self.palette.soft, "Back.": self.palette.back}[prefix]

    def piece(
        self, fill: str, radius: Radii, outline: str | None = None, line: int = 1, centre: int = 60
    ) -> ImageTk.PhotoImage:
        """A rounded square whose middle is wide: ttk tiles the middle, and a narrow one costs a second to
        paint.
        """
        px = self.look.px
        side = 2 * px(radius if isinstance(radius, (int, float)) else max(radius)) + centre
        image = self.look.shapes.rect(
            side, side, fill, px(radius) if isinstance(radius, (int, float)) else radius, outline, line
        )
        self.kept.append(image)
        return image

    def clear_piece(self, radius: int) -> ImageTk.PhotoImage:
        side = 2 * self.look.px(radius) + 60
        image = self.look.shapes.image(("clear", side), lambda: Image.new("RGBA", (side, side), (0, 0, 0, 0)))
        self.kept.append(image)
        return image

    def element(
        self,
        name: str,
        default: ImageTk.PhotoImage,
        edge: int,
        states: dict[str, ImageTk.PhotoImage] | None = None,
        **options: Any,
    ) -> str:
        """A nine-slice element; its name tells the mode, for ttk elements cannot be redefined."""
        full = f"{self.suffix}.{name}"
        if self.fresh:
            shown = {state: str(image) for state, image in (states or {}).items()}
            settings = {"border": self.look.px(edge), "padding": 0, "sticky": "nsew", "width": 4, "height": 4}
            image_element(self.style, full, default=str(default), states=shown, **{**settings, **options})
        return full

    def configure(self, name: str, **options: Any) -> None:
        self.style.configure(name, **options)
        register_style(self.style, name)


def build_styles(look: Look) -> None:
    """(Re)build every style of the ttk theme in use from the look's palette and scale."""
    builder = _Builder(look)
    _frames(builder)
    _labels(builder)
    _buttons(builder)
    _segments(builder)
    _inputs(builder)
    _toggles(builder)
    _scrollbar(builder)


def _frames(b: _Builder) -> None:
    p = b.palette
    for name, colour in (("In", p.card), ("Soft", p.soft), ("Back", p.back)):
        b.configure(f"{name}.TFrame", background=colour)
    line = None if p.dark and not b.look.projector else p.line
    card = b.element("Card", b.piece(p.card, 14, line, centre=240), 14)
    layout(b.style, "Card.TFrame", El(card, sticky="nsew"))
    b.configure("Card.TFrame", background=p.back)
    field = b.element(
        "Field",
        b.piece(p.soft, 12, p.line, centre=240),
        12,
        {
            "invalid": b.piece(p.soft, 12, p.err, centre=240),
            "focus": b.piece(p.soft, 12, p.acc, b.look.px(1.5), centre=240),
        },
    )
    layout(b.style, "Field.TFrame", El(field, sticky="nsew"))
    b.configure("Field.TFrame", background=p.card)
    tile = b.element("Tile", b.piece(p.soft, 10, centre=120), 10)
    layout(b.style, "Tile.TFrame", El(tile, sticky="nsew"))
    b.configure("Tile.TFrame", background=p.card)
    seg = b.element(
        "SegBox",
        b.piece(p.soft if p.dark else mix(p.soft, p.line, 0.35), 11, centre=240),
        11,
        {
            "focus": b.piece(
                p.soft if p.dark else mix(p.soft, p.line, 0.35), 11, p.acc, b.look.px(1.5), centre=240
            )
        },
    )
    layout(b.style, "SegBox.TFrame", El(seg, sticky="nsew"))
    b.configure("SegBox.TFrame", background=p.card)
    for tone in ("ok", "warn", "error", "info"):
        colour = p.tone(tone)
        fill = mix(p.card, colour, 0.14 if p.dark else 0.10)
        name = tone.capitalize()
        box = b.element(f"Banner{name}", b.piece(fill, 10, mix(p.card, colour, 0.35), centre=120), 10)
        layout(b.style, f"{name}.Banner.TFrame", El(box, sticky="nsew"))
        b.configure(f"{name}.Banner.TFrame", background=p.card)
        b.configure(f"{name}.Banner.TLabel", background=fill, foreground=p.fg, font=b.look.font(9))


def _labels(b: _Builder) -> None:
    p, font = b.palette, b.look.font
    kinds = {
        "": (p.fg, font(11)),
        "B": (p.fg, font(10, bold=True)),
        "H": (p.fg, font(12, bold=True)),
        "T": (p.fg, font(15, bold=True)),
        "S": (p.mute, font(9)),
        "X": (p.faint, font(8)),
        "M": (p.mute, font(8, mono=True)),
        "Ok": (p.ok, font(9)),
        "Warn": (p.warn, font(9)),
        "Err": (p.err, font(9)),
        "Info": (p.info, font(9)),
        "Acc": (p.acc, font(9)),
    }
    for name, background in (("In", p.card), ("Soft", p.soft), ("Back", p.back)):
        for kind, (colour, face) in kinds.items():
            b.configure(f"{name}{kind}.TLabel", background=background, foreground=colour, font=face)


def _buttons(b: _Builder) -> None:
    p, px, font = b.palette, b.look.px, b.look.font
    quiet = mix(p.card, p.fg, 0.10 if p.dark else 0.06)
    fills = {
        "Primary": (p.me, mix(p.me, "#ffffff", 0.12), mix(p.me, "#000000", 0.15), p.me_fg),
        "Danger": (p.err if not p.dark else "#d13f46", mix("#d13f46", "#ffffff", 0.12), "#b32f36", "#ffffff"),
        "Secondary": (quiet, mix(quiet, p.fg, 0.07), mix(quiet, p.fg, 0.13), p.fg),
    }
    for name, (fill, hover, pressed, text) in fills.items():
        ring = p.fg if name != "Secondary" else p.acc
        off = mix(p.card, p.fg, 0.07)
        box = b.element(
            name,
            b.piece(fill, 11),
            11,
            {
                "disabled": b.piece(off, 11),
                "pressed": b.piece(pressed, 11),
                "active": b.piece(hover, 11),
                "focus": b.piece(fill, 11, ring, px(1.5)),
            },
        )
        _button(
            b,
            name,
            box,
            background=p.card,
            foreground=text,
            padding=(px(14), px(6)),
            font=font(10, bold=True),
        )
        state_map(b.style, f"{name}.TButton", foreground={"disabled": p.faint}, background={})
    clear = b.clear_piece(9)
    box = b.element(
        "IconBox",
        clear,
        9,
        {
            "disabled": clear,
            "pressed": b.piece(p.sel, 9),
            "active": b.piece(mix(p.card, p.acc, 0.16 if p.dark else 0.09), 9),
            "selected": b.piece(p.sel, 9),
            "focus": b.piece(p.sel, 9),
        },
    )
    _button(b, "Icon", box, background=p.card, foreground=p.mute, padding=px(7), font=font(10))
    state_map(b.style, "Icon.TButton", foreground={"disabled": p.line, "active": p.fg}, background={})
    _button(b, "Link", box, background=p.card, foreground=p.acc, padding=(px(6), px(3)), font=font(9))
    state_map(b.style, "Link.TButton", foreground={"disabled": p.faint, "active": p.fg}, background={})


def _button(b: _Builder, name: str, box: str, **options: Any) -> None:
    inner = El("Button.padding", sticky="nsew", children=[El("Button.label", sticky="")])
    for surface in SURFACES:
        style = f"{surface}{name}.TButton"
        layout(b.style, style, El(box, sticky="nsew", children=[inner]))
        shown = {**options, "background": b.surface(surface)}
        b.configure(style, anchor="center", borderwidth=0, relief="flat", **shown)
        colour = {"disabled": b.palette.faint}
        if name in ("Icon", "Link"):
            colour["active"] = b.palette.fg
        state_map(b.style, style, foreground=colour, background={})


def _segments(b: _Builder) -> None:
    p, px, font = b.palette, b.look.px, b.look.font
    on = mix(p.card, "#ffffff", 0.16) if p.dark else p.card
    under = p.soft if p.dark else mix(p.soft, p.line, 0.35)
    clear = b.clear_piece(9)
    box = b.element(
        "Seg",
        clear,
        9,
        {
            "selected": b.piece(on, 9, p.line),
            "active": b.piece(p.hover, 9),
        },
    )
    inner = El("Toolbutton.padding", sticky="nsew", children=[El("Toolbutton.label", sticky="")])
    layout(b.style, "Seg.Toolbutton", El(box, sticky="nsew", children=[inner]))
    b.configure(
        "Seg.Toolbutton",
        background=under,
        foreground=p.mute,
        padding=(px(10), px(6)),
        anchor="center",
        font=font(10, bold=True),
        borderwidth=0,
    )
    colours = {"disabled": p.faint, "selected": p.acc, "active": p.fg}
    state_map(b.style, "Seg.Toolbutton", foreground=colours, background={})
    layout(b.style, "Small.Seg.Toolbutton", El(box, sticky="nsew", children=[inner]))
    b.configure(
        "Small.Seg.Toolbutton",
        background=under,
        foreground=p.mute,
        padding=(px(8), px(3)),
        anchor="center",
        font=font(9),
        borderwidth=0,
    )
    state_map(b.style, "Small.Seg.Toolbutton", foreground=colours, background={})
    rail = b.element(
        "Rail",
        clear,
        9,
        {
            "selected": b.piece(mix(p.back, p.acc, 0.22 if p.dark else 0.14), 9),
            "active": b.piece(mix(p.back, p.fg, 0.06), 9),
            "focus": b.piece(mix(p.back, p.fg, 0.06), 9),
        },
    )
    layout(b.style, "Rail.Toolbutton", El(rail, sticky="nsew", children=[inner]))
    b.configure(
        "Rail.Toolbutton",
        background=p.back,
        foreground=p.mute,
        padding=(px(8), px(8)),
        anchor="center",
        font=font(8),
        borderwidth=0,
    )
    state_map(b.style, "Rail.Toolbutton", foreground=colours, background={})


def _inputs(b: _Builder) -> None:
    p, px = b.palette, b.look.px
    box = b.element(
        "RoundBox",
        b.piece(p.soft, 10, p.line, centre=120),
        10,
        {
            "invalid": b.piece(p.soft, 10, p.err, centre=120),
            "focus": b.piece(p.soft, 10, p.acc, px(1.5), centre=120),
            "active": b.piece(p.hover, 10, p.line, centre=120),
        },
    )
    arrows = {}  # ttk tells a click on them by the end of these names
    for name, glyph in (("down", "chevron-down"), ("up", "chevron-up")):
        image = b.look.icon(glyph, 11, p.mute)
        b.kept.append(image)
        arrows[name] = b.element(f"{name}arrow", image, 0, sticky="", width=px(20), height=px(14))
    spin = El(
        "null",
        side="right",
        sticky="",
        children=[El(arrows["up"], side="top", sticky="e"), El(arrows["down"], side="bottom", sticky="e")],
    )
    combo = El(arrows["down"], side="right", sticky="ns")
    bodies = {
        "TEntry": [El("Entry.padding", sticky="nsew", children=[El("Entry.textarea", sticky="nsew")])],
        "TCombobox": [
            combo,
            El("Combobox.padding", sticky="nsew", children=[El("Combobox.textarea", sticky="nsew")]),
        ],
        "TSpinbox": [
            spin,
            El("Spinbox.padding", sticky="nsew", children=[El("Spinbox.textarea", sticky="nsew")]),
        ],
    }
    for widget, children in bodies.items():
        for prefix in ("Round", "Flat"):
            name = f"{prefix}.{widget}"
            tree = El(box, sticky="nsew", children=children) if prefix == "Round" else children
            layout(b.style, name, tree)
            b.configure(
                name,
                background=p.card if prefix == "Round" else p.soft,
                fieldbackground=p.soft,
                foreground=p.fg,
                insertcolor=p.acc,
                selectbackground=p.sel,
                selectforeground=p.fg,
                borderwidth=0,
                relief="flat",
                padding=(px(10), px(6)) if prefix == "Round" else (px(2), px(2)),
                font=b.look.font(10),
                arrowsize=px(11),
            )
            none: dict[str, str] = {}
            state_map(
                b.style,
                name,
                foreground={"disabled": p.faint},
                background=none,
                fieldbackground={"readonly": p.soft, "disabled": p.soft},
                selectbackground={"readonly !focus": p.soft, "readonly": p.soft},
                selectforeground={"readonly": p.fg},
            )
    listbox = {
        "background": p.card,
        "foreground": p.fg,
        "selectBackground": p.sel,
        "selectForeground": p.fg,
        "font": b.look.font(10),
        "borderWidth": 0,
        "highlightThickness": 0,
    }
    for option, value in listbox.items():
        b.look.app.option_add(f"*TCombobox*Listbox.{option}", value)


def _toggles(b: _Builder) -> None:
    p, px, look = b.palette, b.look.px, b.look

    def check(on: bool, edge: str, fill: str, mark: str = "check-lg") -> ImageTk.PhotoImage:
        def draw() -> Image.Image:
            from ttkbootstrap.style.icons import IconRenderer

            from gui.widgets.shapes import rounded

            side = px(17)
            box = rounded(
                side, side, fill, px(5) if mark != "circle-fill" else side // 2, edge, max(1, px(1))
            )
            if on:
                size = px(11) if mark == "check-lg" else px(7)
                sign = IconRenderer.render(mark, size, "#ffffff")
                box.alpha_composite(sign, ((side - size) // 2, (side - size) // 2))
            padded = Image.new("RGBA", (side + px(8), side), (0, 0, 0, 0))
            padded.paste(box, (0, 0))
            return padded

        image = look.shapes.image(("check", on, edge, fill, mark, px(17)), draw)
        b.kept.append(image)
        return image

    def switch(on: bool, fill: str, knob: str = "#ffffff") -> ImageTk.PhotoImage:
        def draw() -> Image.Image:
            w, h, k = px(32), px(18), OVERSAMPLE
            image = Image.new("RGBA", (w * k, h * k), (*rgb(fill), 0))
            pen = ImageDraw.Draw(image)
            pen.rounded_rectangle((0, 0, w * k - 1, h * k - 1), h * k // 2, fill=fill)
            gap, d = px(3) * k, (h - 2 * px(3)) * k
            x = w * k - gap - d if on else gap
            pen.ellipse((x, gap, x + d, gap + d), fill=knob)
            padded = Image.new("RGBA", (w + px(8), h), (0, 0, 0, 0))
            padded.paste(image.resize((w, h), Image.Resampling.LANCZOS), (0, 0))
            return padded

        image = look.shapes.image(("switch", on, fill, knob, px(32)), draw)
        b.kept.append(image)
        return image

    edge, grey = mix(p.card, p.fg, 0.35), mix(p.card, p.fg, 0.25)
    kinds = {
        "Check.TCheckbutton": (
            check(False, edge, p.soft),
            {
                "disabled selected": check(True, grey, grey),
                "disabled": check(False, p.line, p.soft),
                "selected": check(True, p.me, p.me),
                "focus": check(False, p.acc, p.sel),
                "active": check(False, p.acc, p.soft),
            },
        ),
        "Dot.TRadiobutton": (
            check(False, edge, p.soft, "circle-fill"),
            {
                "disabled selected": check(True, grey, grey, "circle-fill"),
                "selected": check(True, p.me, p.me, "circle-fill"),
                "active": check(False, p.acc, p.soft, "circle-fill"),
            },
        ),
        "Switch.TCheckbutton": (
            switch(False, grey),
            {
                "disabled selected": switch(True, mix(p.card, p.me, 0.4)),
                "disabled": switch(False, p.line),
                "focus selected": switch(True, p.acc),
                "selected": switch(True, p.me),
                "active": switch(False, edge),
                "focus": switch(False, p.faint),
            },
        ),
    }
    for name, (default, states) in kinds.items():
        base = name.split(".")[1][1:]
        mark = b.element(
            name.replace(".", ""),
            default,
            0,
            states,
            sticky="w",
            width=default.width(),
            height=default.height(),
        )
        for surface in SURFACES:
            tree = El(
                f"{base}.padding",
                sticky="nsew",
                children=[El(mark, side="left", sticky=""), El(f"{base}.label", side="left", sticky="nsew")],
            )
            layout(b.style, surface + name, tree)
            b.configure(
                surface + name,
                background=b.surface(surface),
                foreground=p.fg,
                font=look.font(10),
                padding=(0, px(3)),
                borderwidth=0,
            )
            colours = {"disabled": p.faint}
            state_map(b.style, surface + name, foreground=colours, background={})


def _scrollbar(b: _Builder) -> None:
    p, px = b.palette, b.look.px
    width = px(8)

    def thumb(colour: str) -> ImageTk.PhotoImage:
        def draw() -> Image.Image:
            from gui.widgets.shapes import rounded

            image = Image.new("RGBA", (width, 100), (*rgb(colour), 0))
            inner = width - 2
            image.paste(rounded(inner, 96, colour, inner // 2), (1, 2))
            return image

        image = b.look.shapes.image(("thumb", width, colour), draw)
        b.kept.append(image)
        return image

    rest, hover = mix(p.card, p.fg, 0.20), mix(p.card, p.fg, 0.42)
    slider = b.element(
        "SlimThumb",
        thumb(rest),
        0,
        {"disabled": thumb(p.card), "pressed": thumb(p.acc), "active": thumb(hover)},
        border=(0, px(6), 0, px(6)),
        width=width,
        height=px(36),
    )
    for surface in SURFACES:
        name = f"{surface}Slim.Vertical.TScrollbar"
        layout(
            b.style,
            name,
            El("Vertical.Scrollbar.trough", sticky="ns", children=[El(slider, expand=True, sticky="nsew")]),
        )
        colour = b.surface(surface)
        b.configure(
            name,
            background=colour,
            troughcolor=colour,
            bordercolor=colour,
            lightcolor=colour,
            darkcolor=colour,
            borderwidth=0,
            relief="flat",
            width=width,
            arrowsize=0,
        )
