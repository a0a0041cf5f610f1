"""Less common options: framing, codec, TLS and socket options."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from functools import partial
from tkinter import filedialog
from typing import Any

import ttkbootstrap as ttk
from msgspec.structs import replace

from gui.look.look import S
from gui.look.words import follow_language
from gui.pages.sockets.choice import Choice, Problem
from gui.pages.sockets.words import FRAMINGS, problem_text
from gui.shared.i18n import _
from gui.widgets.form import ChoiceField, Switch, TextField
from gui.widgets.scroll_area import ScrollArea
from gui.widgets.wrapping_label import WrappingLabel
from net.protocol.codec import CODECS
from net.sockets.events import Role

FRAMING_WITH_VALUE = {"fixed": "64", "delimiter": "0d0a"}


def split_framing(framing: str) -> tuple[str, str]:
    """A framing's kind and its value: ``fixed:64`` -> ("fixed", "64")."""
    kind, _colon, value = framing.partition(":")
    return (kind, value) if kind in FRAMINGS else ("raw", "")


class OptionsForm(ScrollArea):
    """`show` fills in a choice; `on_change(edit)` is called with a function that applies the edit to a
    choice."""

    def __init__(self, master: tk.Misc, on_change: Callable[[Callable[[Choice], Choice]], None]) -> None:
        super().__init__(master)
        self._on_change = on_change
        self._texts: dict[str, TextField] = {}
        self._switches: dict[str, Switch] = {}
        self._files: dict[str, ttk.Button] = {}
        self._shown: Choice | None = None
        self.framing = ChoiceField(self.inside, self._framing_changed)
        self.framing_value = TextField(self.inside, self._framing_changed)
        self.codec = ChoiceField(self.inside, lambda: self._edit(codec=self.codec.chosen))
        self.note = WrappingLabel(self.inside, "InX.TLabel")
        for name in (
            "reuse_address",
            "dual_stack",
            "no_delay",
            "keep_alive",
            "connected",
            "tls",
            "tls_verify",
        ):
            self._switches[name] = Switch(self.inside, partial(self._switch_turned, name))
        for name in ("backlog", "timeout", "local", "receive_buffer", "send_buffer", "tls_name"):
            self._texts[name] = TextField(self.inside, partial(self._text_typed, name))
        for name in ("tls_certificate", "tls_key", "tls_authority"):
            self._texts[name] = TextField(self.inside, partial(self._text_typed, name))
            self._files[name] = ttk.Button(
                self._texts[name],
                icon="folder2-open",
                icon_only=True,
                style="Soft.Icon.TButton",
                command=partial(self._choose_file, name),
            )
            self._files[name].place(in_=self._texts[name].entry, relx=1.0, rely=0.5, anchor="e", x=-S(4))
        follow_language(self, self._set_words)
        self.bind_wheel()

    def _set_words(self) -> None:
        self.framing.label.configure(text=_("Messages are told apart by"))
        self.framing.set_options([(name, _(text)) for name, text in FRAMINGS.items()])
        self.codec.label.configure(text=_("Text codec"))
        self.codec.set_options([(codec.id, codec.name) for codec in CODECS])
        self.note.show(_("Changes count from the next start."))
        labels = {
            "backlog": _("Backlog (waiting clients)"),
            "timeout": _("Give up connecting after (s)"),
            "local": _("Connect from (address of this PC)"),
            "receive_buffer": _("Receive buffer (bytes)"),
            "send_buffer": _("Send buffer (bytes)"),
            "tls_name": _("Server's name in the certificate"),
            "tls_certificate": _("Certificate (PEM); empty: made here"),
            "tls_key": _("Its key (PEM)"),
            "tls_authority": _("Trusted authority (PEM)"),
        }
        for name, text in labels.items():
            self._texts[name].label.configure(text=text)
        switches = {
            "reuse_address": _("Reuse the address at once"),
            "dual_stack": _("On ::, also accept IPv4"),
            "no_delay": _("No delay: send at once"),
            "keep_alive": _("Keep-alive probes"),
            "connected": _("Only with this peer (connect)"),
            "tls": _("Encrypt with TLS"),
            "tls_verify": _("Verify the server's certificate"),
        }
        for name, text in switches.items():
            self._switches[name].configure(text=text)
        if self._shown is not None:
            self._value_label(split_framing(self._shown.framing)[0])

    def show(self, choice: Choice, problems: Mapping[str, Problem]) -> None:
        """Fill in a choice and show its errors; only options of its role are shown."""
        lay_out = self._shown is None or self._plan(self._shown) != self._plan(choice)
        self._shown = choice
        kind, value = split_framing(choice.framing)
        self.framing.choose(kind)
        self.framing_value.set(value)
        self._value_label(kind)
        self.codec.choose(choice.codec)
        for name, switch in self._switches.items():
            switch.set(getattr(choice, name))
        for name, field in self._texts.items():
            field.set(getattr(choice, name))
            field.show_problem(problem_text(problems[name]) if name in problems else "")
        self.framing_value.show_problem(problem_text(problems["framing"]) if "framing" in problems else "")
        if lay_out:
            self._lay_out(self._plan(choice))

    def _plan(self, choice: Choice) -> tuple[Any, ...]:
        role = choice.role_kind
        if choice.is_relay:
            return (self.codec, self.note)
        if not choice.is_tcp:
            switches = [self._switches["connected"]] if role is Role.UNICAST else []
            return (self.codec, *switches, self._texts["receive_buffer"], self.note)
        parts: list[Any] = [self.framing]
        if split_framing(choice.framing)[0] in FRAMING_WITH_VALUE:
            parts.append(self.framing_value)
        parts += [self.codec, self._switches["tls"]]
        server = role is Role.SERVER
        if choice.tls and server:
            parts += [self._texts["tls_certificate"], self._texts["tls_key"]]
        elif choice.tls:
            parts += [self._switches["tls_verify"], self._texts["tls_name"], self._texts["tls_authority"]]
            parts += [self._texts["tls_certificate"], self._texts["tls_key"]]
        names = ("no_delay", "keep_alive")
        if server:
            names = ("no_delay", "keep_alive", "reuse_address", "dual_stack")  # type: ignore[assignment]
        parts += [self._switches[name] for name in names]
        parts += [self._texts[name] for name in (("backlog",) if server else ("timeout", "local"))]
        return (*parts, self._texts["receive_buffer"], self._texts["send_buffer"], self.note)

    def _lay_out(self, parts: tuple[Any, ...]) -> None:
        for child in self.inside.pack_slaves():
            child.pack_forget()
        for part in parts:
            part.pack(fill="x", pady=(0, S(6) if not isinstance(part, Switch) else S(2)), padx=(0, S(4)))

    def _value_label(self, kind: str) -> None:
        text = _("Size of each message (bytes)") if kind == "fixed" else _("Delimiter in hex, such as 0d0a")
        self.framing_value.label.configure(text=text)

    def _switch_turned(self, name: str) -> None:
        self._edit(**{name: self._switches[name].on})

    def _text_typed(self, name: str) -> None:
        self._edit(**{name: self._texts[name].value})

    def _framing_changed(self) -> None:
        kind, value = self.framing.chosen, self.framing_value.value.strip()
        if kind in FRAMING_WITH_VALUE:
            before = split_framing(self._shown.framing)[0] if self._shown is not None else ""
            value = FRAMING_WITH_VALUE[kind] if before != kind else value
            kind = f"{kind}:{value}"
        self._edit(framing=kind)

    def _choose_file(self, name: str) -> None:
        types = [(_("PEM files"), "*.pem *.crt *.cer *.key"), (_("All files"), "*")]
        path = filedialog.askopenfilename(parent=self, filetypes=types)
        if path:
            self._edit(**{name: str(path)})

    def _edit(self, **values: Any) -> None:
        self._on_change(lambda choice: replace(choice, **values))
