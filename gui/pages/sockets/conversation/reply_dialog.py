"""The auto-replies of one session: what to reply to which message, after what delay, how often at most."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.look.look import S
from gui.pages.sockets import words
from gui.shared.i18n import N_, _
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.form import ChoiceField, Switch, TextField
from gui.widgets.scroll_area import ScrollArea
from gui.widgets.wrapping_label import WrappingLabel
from net.protocol.compose import ComposeError, ComposeMode
from net.protocol.reply import ReplyMatch, ReplyRule, ReplyRuleError, ReplyRuleErrorKind

MATCHES = {
    ReplyMatch.ANY: N_("any message"),
    ReplyMatch.EXACT: N_("exactly"),
    ReplyMatch.CONTAINS: N_("contains"),
    ReplyMatch.REGEX: N_("regular expression"),
}
ANSWER_MODES = (ComposeMode.TEXT, ComposeMode.ESCAPES, ComposeMode.HEX)
MOST_RULES = 30
# The height at which the rules start to scroll, and how much of the screen's height stays free around them.
TALLEST, AROUND = 520, 290


def rule_error_text(error: ReplyRuleError) -> str:
    """What is wrong with a rule."""
    cause = error.__cause__
    if isinstance(cause, ComposeError):
        return words.compose_error_text(cause)
    texts = {
        ReplyRuleErrorKind.EMPTY_PATTERN: _("What shall the message contain? The pattern is empty."),
        ReplyRuleErrorKind.NO_ANSWER: _("The answer is empty."),
        ReplyRuleErrorKind.TOO_LONG: _("This is too long: at most {count} characters.").format(
            count=error.position
        ),
        ReplyRuleErrorKind.BAD_REGEX: _(
            "This is no regular expression, from place {place} on: {found}"
        ).format(place=error.position + 1, found=error.found),
        ReplyRuleErrorKind.BAD_DELAY: _("The delay is a number of seconds from 0 to 3600."),
        ReplyRuleErrorKind.BAD_LIMIT: _("The limit is a whole number from 1 to 1000000."),
    }
    return texts.get(error.kind, _("This rule can't work: {found}").format(found=error.found))


class _RuleForm(ttk.Frame):
    """One rule, to be edited."""

    def __init__(self, master: tk.Misc, rule: ReplyRule, on_remove: Callable[[_RuleForm], None]) -> None:
        super().__init__(master, style="In.TFrame")
        self.columnconfigure((0, 1, 2), weight=1, uniform="rule")
        top = ttk.Frame(self, style="In.TFrame")
        top.grid(row=0, column=0, columnspan=3, sticky="ew")
        self.enabled = Switch(top, lambda: None)
        self.enabled.configure(text=_("If the message is"))
        self.enabled.set(rule.enabled)
        self.enabled.pack(side="left")
        remove = ttk.Button(
            top,
            style="Icon.TButton",
            icon="trash3",
            icon_only=True,
            icon_size=14,
            command=lambda: on_remove(self),
        )
        remove.pack(side="right")
        self.hex = Switch(top, lambda: None)
        self.hex.configure(text=_("in hex"))
        self.hex.set(rule.hex)
        self.hex.pack(side="right")
        self.match = ChoiceField(self, self._changed, width=16)
        self.match.label.configure(text=_("Match"))
        self.match.set_options([(match.value, _(text)) for match, text in MATCHES.items()])
        self.match.choose(rule.match.value)
        self.match.grid(row=1, column=0, sticky="new")
        self.pattern = self._field(_("Message"), rule.pattern)
        self.pattern.grid(row=1, column=1, columnspan=2, sticky="new", padx=(S(6), 0))
        self.answer = self._field(_("Answer with"), rule.answer)
        self.answer.grid(row=2, column=0, columnspan=2, sticky="new", pady=(S(4), 0))
        self.mode = ChoiceField(self, lambda: None)
        self.mode.label.configure(text=_("Written as"))
        self.mode.set_options([(mode.value, _(words.MODES[mode])) for mode in ANSWER_MODES])
        self.mode.choose(rule.answer_mode.value)
        self.mode.grid(row=2, column=2, sticky="new", padx=(S(6), 0), pady=(S(4), 0))
        self.delay = self._field(_("Delay (s)"), f"{rule.delay:g}")
        self.delay.grid(row=3, column=0, sticky="new", pady=(S(4), 0))
        self.limit = self._field(_("At most (a second, to one peer)"), str(rule.limit))
        self.limit.grid(row=3, column=1, sticky="new", padx=(S(6), 0), pady=(S(4), 0))
        self.wrong = WrappingLabel(self, "InErr.TLabel")
        self.wrong.grid(row=4, column=0, columnspan=3, sticky="ew")
        self._changed()

    def _field(self, label: str, value: str) -> TextField:
        field = TextField(self, lambda: self.wrong.show(""), width=10)
        field.label.configure(text=label)
        field.set(value)
        return field

    def _changed(self) -> None:
        any_message = self.match.chosen == ReplyMatch.ANY.value
        self.pattern.enable(not any_message)
        can_hex = self.match.chosen in (ReplyMatch.EXACT.value, ReplyMatch.CONTAINS.value)
        self.hex.state(["!disabled" if can_hex else "disabled"])

    def rule(self) -> ReplyRule | None:
        """The rule, or None after showing what is wrong with it."""
        try:
            delay, limit = float(self.delay.value or "0"), int(self.limit.value or "0")
        except ValueError:
            self.wrong.show(_("Delay and limit are numbers."))
            return None
        match = ReplyMatch(self.match.chosen)
        try:
            return ReplyRule(
                match=match,
                pattern=self.pattern.value if match is not ReplyMatch.ANY else "",
                hex=self.hex.on and match in (ReplyMatch.EXACT, ReplyMatch.CONTAINS),
                answer=self.answer.value,
                answer_mode=ComposeMode(self.mode.chosen),
                delay=delay,
                limit=limit,
                enabled=self.enabled.on,
            )
        except ReplyRuleError as error:
            self.wrong.show(rule_error_text(error))
            return None


class ReplyDialog(Dialog):
    """Edits rules; `on_rules(rules)` is called with all of them when they are accepted and all valid."""

    def __init__(
        self, master: tk.Misc, rules: Sequence[ReplyRule], on_rules: Callable[[tuple[ReplyRule, ...]], None]
    ) -> None:
        buttons = (DialogButton(_("Cancel"), ""), DialogButton(_("Use these"), "use", "primary"))
        super().__init__(
            master,
            _("Automatic replies"),
            _("Every rule that fits a message answers it."),
            buttons,
            self._may_close,
            width=500,
        )
        self._on_rules = on_rules
        self.forms: list[_RuleForm] = []
        self.fold = ScrollArea(self.content)
        self.fold.canvas.configure(height=S(240), width=S(500))
        self.fold.inside.bind("<Configure>", lambda event: self._fit(event.height), add="+")
        self.fold.pack(fill="both", expand=True)
        self.none = ttk.Label(self.fold.inside, style="InS.TLabel", text=_("No rule yet."))
        hint = _("In the answer: {placeholders} are filled in.").format(
            placeholders="{text}, {time}, {remote}, {count}"
        )
        WrappingLabel(self.content, "InX.TLabel", text=hint).pack(fill="x", pady=(S(6), 0))
        add = ttk.Button(
            self.row,
            style="Link.TButton",
            icon="plus-lg",
            icon_size=12,
            compound="left",
            text=_("Add a rule"),
            command=self.add_rule,
        )
        add.pack(side="left")
        for rule in rules:
            self._add_form(rule)
        if not rules:
            self.add_rule()

    def _fit(self, height: int) -> None:
        """Make it as tall as the rules, as far as the screen allows."""
        most = min(S(TALLEST), self.winfo_screenheight() - S(AROUND))
        self.fold.canvas.configure(height=max(S(120), min(height, most)))

    def add_rule(self) -> None:
        if len(self.forms) < MOST_RULES:
            self._add_form(ReplyRule())
            self.fold.update_idletasks()
            self.fold.canvas.yview_moveto(1.0)

    def _add_form(self, rule: ReplyRule) -> None:
        form = _RuleForm(self.fold.inside, rule, self._remove)
        form.pack(fill="x", pady=(0, S(14)), padx=(0, S(6)))
        self.forms.append(form)
        self.none.pack_forget()

    def _remove(self, form: _RuleForm) -> None:
        self.forms.remove(form)
        form.destroy()
        if not self.forms:
            self.none.pack(anchor="w")

    def _may_close(self, value: str) -> bool:
        if value != "use":
            return True
        rules = [form.rule() for form in self.forms]
        if any(rule is None for rule in rules):
            return False
        self._on_rules(tuple(rule for rule in rules if rule is not None))
        return True
