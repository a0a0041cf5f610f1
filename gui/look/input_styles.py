"""The styles of entries, checks, switches and the scrollbar."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageTk
from ttkbootstrap import El, layout, state_map

from gui.look.shapes import OVERSAMPLE, mix, rgb
from gui.look.style_builder import SURFACES, StyleBuilder


def inputs(b: StyleBuilder) -> None:
    """Write the styles of entries, combo boxes and spin boxes, with a box (Round) and without (Flat)."""
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
    arrows = {}  # ttk recognises a click on an arrow by the end of its element's name
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
            boxed = prefix == "Round"
            layout(
                b.style,
                f"{prefix}.{widget}",
                El(box, sticky="nsew", children=children) if boxed else children,
            )
            _configure_input(b, f"{prefix}.{widget}", boxed)


def _configure_input(b: StyleBuilder, name: str, boxed: bool) -> None:
    """Colours, type and padding; ``boxed``: the style draws its own box."""
    p, px = b.palette, b.look.px
    b.configure(
        name,
        background=p.card if boxed else p.soft,
        fieldbackground=p.soft,
        foreground=p.fg,
        insertcolor=p.acc,
        selectbackground=p.sel,
        selectforeground=p.fg,
        borderwidth=0,
        relief="flat",
        padding=(px(10), px(6)) if boxed else (px(2), px(2)),
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


def _check_image(b: StyleBuilder, on: bool, edge: str, fill: str, mark: str) -> ImageTk.PhotoImage:
    """A check box, or with the mark "circle-fill" a radio button, with a gap to its label."""
    px = b.look.px

    def draw() -> Image.Image:
        from ttkbootstrap.style.icons import IconRenderer

        from gui.look.shapes import rounded

        side = px(17)
        box = rounded(side, side, fill, px(5) if mark != "circle-fill" else side // 2, edge, max(1, px(1)))
        if on:
            size = px(11) if mark == "check-lg" else px(7)
            sign = IconRenderer.render(mark, size, "#ffffff")
            box.alpha_composite(sign, ((side - size) // 2, (side - size) // 2))
        padded = Image.new("RGBA", (side + px(8), side), (0, 0, 0, 0))
        padded.paste(box, (0, 0))
        return padded

    image = b.look.shapes.image(("check", on, edge, fill, mark, px(17)), draw)
    b.kept.append(image)
    return image


def _switch_image(b: StyleBuilder, on: bool, fill: str, knob: str = "#ffffff") -> ImageTk.PhotoImage:
    """A switch with its knob at the right if ``on``, with a gap to its label."""
    px = b.look.px

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

    image = b.look.shapes.image(("switch", on, fill, knob, px(32)), draw)
    b.kept.append(image)
    return image


def toggles(b: StyleBuilder) -> None:
    """Write the styles of check boxes, radio buttons and switches, for each surface."""
    p = b.palette

    def check(on: bool, edge: str, fill: str, mark: str = "check-lg") -> ImageTk.PhotoImage:
        return _check_image(b, on, edge, fill, mark)

    def switch(on: bool, fill: str) -> ImageTk.PhotoImage:
        return _switch_image(b, on, fill)

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
        _write_toggle(b, name, default, states)


def _write_toggle(
    b: StyleBuilder, name: str, default: ImageTk.PhotoImage, states: dict[str, ImageTk.PhotoImage]
) -> None:
    p = b.palette
    base = name.split(".")[1][1:]
    mark = b.element(
        name.replace(".", ""), default, 0, states, sticky="w", width=default.width(), height=default.height()
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
            font=b.look.font(10),
            padding=(0, b.look.px(3)),
            borderwidth=0,
        )
        state_map(b.style, surface + name, foreground={"disabled": p.faint}, background={})


def scrollbar(b: StyleBuilder) -> None:
    """Write the style of the slim vertical scrollbar, for each surface."""
    p, px = b.palette, b.look.px
    width = px(8)

    def thumb(colour: str) -> ImageTk.PhotoImage:
        def draw() -> Image.Image:
            from gui.look.shapes import rounded

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
