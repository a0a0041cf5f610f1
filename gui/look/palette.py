"""The colours of the themes: light and dark, each also with the stronger contrast of projector mode."""

from __future__ import annotations

from msgspec import Struct

from gui.look.shapes import mix

AVATARS = ("#6366f1", "#0ea5e9", "#f59e0b", "#ec4899", "#14b8a6", "#8b5cf6", "#f97316", "#64748b")


def avatar_colour(name: str) -> str:
    """The colour for a name: the same on every start and every machine."""
    return AVATARS[sum(name.encode("utf-8", "replace")) % len(AVATARS)]


class Palette(Struct, frozen=True):
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
