"""The rounded ttk styles, as nine-slice images in the present palette.

Surfaces: a style with a plain name is for a card; with the prefix ``Soft.`` for the inside of a Field or
tile; with ``Back.`` for the backdrop.

- frames: Card, Pick.Card (one that can be chosen), Popup (over a card), Field (states focus, invalid), Tile,
  SegBox; flat: In (on a card), Soft, Back, each ``.TFrame``
- labels: {In, Soft, Back}{-, B, H, T, S, X, M, Ok, Warn, Err, Info, Acc}.TLabel
- buttons: Primary, Secondary, Danger, Link, Icon, each ``.TButton``, also with the prefix ``Soft.`` or
  ``Back.``; Seg.Toolbutton inside a SegBox; Rail.Toolbutton on the backdrop
- Round.TEntry, Round.TCombobox, Round.TSpinbox bring their own box; Flat.T* go inside a Field
- Check.TCheckbutton, Switch.TCheckbutton, Dot.TRadiobutton (and ``Soft.`` ones); Slim.Vertical.TScrollbar
"""

from __future__ import annotations

from typing import Any

from ttkbootstrap import El, layout, state_map

from gui.look.input_styles import inputs, scrollbar, toggles
from gui.look.look import Look
from gui.look.shapes import mix
from gui.look.style_builder import SURFACES, StyleBuilder


def write_first(look: Look) -> None:
    """The styles of an empty window, in the look's palette and scale: frames, labels and buttons."""
    builder = StyleBuilder(look, "first")
    _frames(builder)
    _labels(builder)
    _buttons(builder)
    _segments(builder)


def write_rest(look: Look) -> None:
    """The other styles: of everything that is typed into, switched and scrolled."""
    builder = StyleBuilder(look, "controls")
    inputs(builder)
    toggles(builder)
    scrollbar(builder)


def _frames(b: StyleBuilder) -> None:
    p = b.palette
    for name, colour in (("In", p.card), ("Soft", p.soft), ("Back", p.back)):
        b.configure(f"{name}.TFrame", background=colour)
    line = None if p.dark and not b.look.projector else p.line
    card = b.element("Card", b.piece(p.card, 14, line, centre=240), 14)
    layout(b.style, "Card.TFrame", El(card, sticky="nsew"))
    b.configure("Card.TFrame", background=p.back)
    pick = b.element(
        "PickCard",
        b.piece(p.card, 14, line, centre=120),
        14,
        {
            "focus": b.piece(p.card, 14, p.acc, b.look.px(2), centre=120),
            "active": b.piece(p.card, 14, mix(p.card, p.acc, 0.55), centre=120),
        },
    )
    layout(b.style, "Pick.Card.TFrame", El(pick, sticky="nsew"))
    b.configure("Pick.Card.TFrame", background=p.back)
    popup = b.element("Popup", b.piece(p.card, 14, mix(p.card, p.fg, 0.2), centre=120), 14)
    layout(b.style, "Popup.TFrame", El(popup, sticky="nsew"))
    b.configure("Popup.TFrame", background=p.card)
    field = b.element(
        "Field",
        b.piece(p.soft, 12, p.line, centre=120),
        12,
        {
            "invalid": b.piece(p.soft, 12, p.err, centre=120),
            "focus": b.piece(p.soft, 12, p.acc, b.look.px(1.5), centre=120),
        },
    )
    layout(b.style, "Field.TFrame", El(field, sticky="nsew"))
    b.configure("Field.TFrame", background=p.card)
    tile = b.element("Tile", b.piece(p.soft, 10, centre=120), 10)
    layout(b.style, "Tile.TFrame", El(tile, sticky="nsew"))
    b.configure("Tile.TFrame", background=p.card)
    seg = b.element(
        "SegBox",
        b.piece(p.soft if p.dark else mix(p.soft, p.line, 0.35), 11, centre=120),
        11,
        {
            "focus": b.piece(
                p.soft if p.dark else mix(p.soft, p.line, 0.35), 11, p.acc, b.look.px(1.5), centre=120
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


def _labels(b: StyleBuilder) -> None:
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


def _buttons(b: StyleBuilder) -> None:
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
    dim = mix(p.card, p.faint, 0.6)  # visible, but plainly disabled
    state_map(b.style, "Icon.TButton", foreground={"disabled": dim, "active": p.fg}, background={})
    _button(b, "Link", box, background=p.card, foreground=p.acc, padding=(px(6), px(3)), font=font(9))
    state_map(b.style, "Link.TButton", foreground={"disabled": p.faint, "active": p.fg}, background={})


def _button(b: StyleBuilder, name: str, box: str, **options: Any) -> None:
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


def _segments(b: StyleBuilder) -> None:
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
