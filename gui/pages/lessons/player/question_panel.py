"""A prediction: the question, its options, hands counted by the teacher, and after the reveal what is right
and why."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.look.shapes import BoundedCache, mix
from gui.pages.lessons.play import Prediction
from gui.pages.lessons.player.idle_paint import IdlePaint
from gui.pages.lessons.sizes import Role, Sizes
from gui.shared.i18n import _, language, ngettext
from gui.widgets.line_break import wrap
from net.lab.lesson import Question

LETTERS = "ABCDEFGH"
KEPT_LINES = 60
"""Wrapped texts that are remembered: of a few questions."""
_TYPES: tuple[tuple[Role, Role], ...] = (("text", "text"), ("label", "text"), ("label", "label"))
"""Of the options and of the reason, the best first: the reason is a sentence, and smaller only at last."""


class QuestionPanel(ttk.Canvas):
    """``choose(option)``: an option was pressed; ``add_hand(option, by)``: one more or fewer for it;
    ``reveal()``: the button below."""

    def __init__(
        self,
        master: tk.Misc,
        sizes: Sizes,
        *,
        choose: Callable[[int], object],
        add_hand: Callable[[int, int], object],
        reveal: Callable[[], object],
    ) -> None:
        super().__init__(master, autostyle=False, bd=0, highlightthickness=0, width=10, height=10)
        self._sizes = sizes
        self._choose = choose
        self._add_hand = add_hand
        self._reveal = reveal
        self._question: Question | None = None
        self._prediction = Prediction([])
        self._lines: BoundedCache[tuple[str, Role, int, float], str] = BoundedCache(KEPT_LINES)
        self._painting = IdlePaint(self, self._paint)
        self.bind("<Configure>", self._painting.soon)
        look().watch(self, self._painting.soon)

    def show(self, question: Question, prediction: Prediction) -> None:
        self._question, self._prediction = question, prediction
        self._painting.soon()

    def heights(self, width: int) -> list[int]:
        """Pixels of height that it takes, with the largest type first."""
        return [self._layout(width, *types, paint=False) for types in _TYPES]

    # --- Painting ---

    def _paint(self) -> None:
        width, height = self.winfo_width(), self.winfo_height()
        if self._question is None or width < 2:
            return
        self.configure(background=look().palette.card)
        options, reason = next(
            (types for types in _TYPES if self._layout(width, *types, paint=False) <= height), _TYPES[-1]
        )
        self.delete("all")
        self._layout(width, options, reason, paint=True)

    def _layout(self, width: int, options: Role, reason: Role, *, paint: bool) -> int:
        """Paint it, or only find out how high it is."""
        question, px = self._question, self._sizes.px
        if question is None:
            return 0
        p, code = look().palette, language()
        y = self._text(question.ask.get(code), "text-bold", 0, 0, width, p.fg, paint) + px(10)
        for number, option in enumerate(question.options):
            y = self._option(number, option.get(code), options, y, width, paint) + px(8)
        if self._prediction.revealed:
            # Where nobody has said anything the option's own box tells all that there is to tell.
            if self._prediction.voters or self._prediction.chosen is not None:
                y = self._text(
                    self._verdict(question), "text-bold", 0, y + px(4), width, self._tone(question), paint
                )
            y = self._text(question.because.get(code), reason, 0, y + px(4), width, p.fg, paint)
        else:
            y = self._foot(y, width, paint)
        return y

    def _text(
        self, text: str, role: Role, x: int, y: int, width: int, colour: str, paint: bool, tag: str = ""
    ) -> int:
        """The y below it."""
        font = self._sizes.font(role)
        wrapped = self._wrapped(text, role, max(width - x, 20))
        if paint:
            self.create_text(
                x,
                y,
                anchor="nw",
                text=wrapped,
                font=font,
                fill=legible(colour, look().palette.card),
                tags=tag,
            )
        return y + font.metrics("linespace") * (wrapped.count("\n") + 1)

    def _wrapped(self, text: str, role: Role, width: int) -> str:
        """A layout is tried several times before it is painted: wrapping is most of its work."""
        key = (text, role, width, self._sizes.factor)
        found = self._lines.get(key)
        if found is None:
            found = self._lines.put(key, wrap(text, self._sizes.font(role).measure, width))
        return found

    def _option(self, number: int, text: str, role: Role, y: int, width: int, paint: bool) -> int:
        """The box of one option; returns its lower edge."""
        prediction, px, p = self._prediction, self._sizes.px, look().palette
        font = self._sizes.font(role)
        side, plus = px(36), px(30)
        count = prediction.hands[number]
        counted = str(count) if count else ""
        word = self._word(number)
        small = self._sizes.font("label-bold")
        right = plus + px(10) + (small.measure(counted) + px(8) if counted else 0)
        right += small.measure(word) + px(8) if word else 0
        wrapped = self._wrapped(text, role, max(40, width - side - right - px(8)))
        high = max(px(42), font.metrics("linespace") * (wrapped.count("\n") + 1) + px(8))
        if not paint:
            return y + high
        tag, revealed = f"option{number}", prediction.revealed
        right_one = revealed and self._question is not None and number == self._question.answer
        chosen = number == prediction.chosen
        edge = p.ok if right_one else p.acc if chosen else p.line
        fill = mix(p.card, p.ok, 0.16) if right_one else p.sel if chosen else p.soft
        line = 2 if right_one or chosen else 1
        look().shapes.round_rect(self, (0, y, width, y + high), edge, px(9), (tag,), p.card)
        # Behind its corners are the edge and the card, so that none of the two may be painted into them.
        inner = (line, y + line, width - line, y + high - line)
        look().shapes.round_rect(self, inner, fill, px(9) - line, (tag,))
        if prediction.voters and count:
            bar = (width - 2 * line) * count // max(prediction.hands)
            box = (line, y + line, line + max(bar, px(18)), y + high - line)
            look().shapes.round_rect(self, box, mix(fill, p.acc, 0.20), px(9) - line, (tag,))
        middle, under = y + high / 2, fill
        self.create_text(
            px(10), middle, anchor="w", text=LETTERS[number], font=self._sizes.font("text-bold"),
            fill=legible(p.acc, mix(under, p.acc, 0.2)), tags=tag,
        )  # fmt: skip
        self.create_text(
            side, middle, anchor="w", text=wrapped, font=font, fill=legible(p.fg, under), tags=tag
        )
        x = width - px(6)
        if not revealed:
            x -= plus
            self._plus(number, x, middle, plus, under)
        if counted:
            self.create_text(
                x - px(6), middle, anchor="e", text=counted, font=small,
                fill=legible(p.acc, mix(under, p.acc, 0.2)), tags=tag,
            )  # fmt: skip
            x -= small.measure(counted) + px(8)
        if word:
            tone = p.ok if right_one else p.err if chosen and revealed else p.acc
            self.create_text(
                x - px(4), middle, anchor="e", text=word, font=small, fill=legible(tone, under), tags=tag
            )
        self.tag_bind(tag, "<Button-1>", lambda _e: self._choose(number))
        return y + high

    def _plus(self, number: int, x: float, middle: float, side: int, under: str) -> None:
        """The button that counts a hand; the other mouse button takes one back."""
        p, tag = look().palette, f"plus{number}"
        box = (x, middle - side / 2, x + side, middle + side / 2)
        look().shapes.round_rect(self, box, mix(under, p.acc, 0.16), side // 2, (tag,), under)
        self.create_text(
            x + side / 2, middle, text="+", font=self._sizes.font("label-bold"),
            fill=legible(p.acc, mix(under, p.acc, 0.16)), tags=tag,
        )  # fmt: skip
        self.tag_bind(tag, "<Button-1>", lambda _e: self._add_hand(number, 1))
        for button in ("<Button-2>", "<Button-3>"):
            self.tag_bind(tag, button, lambda _e: self._add_hand(number, -1))

    def _foot(self, y: int, width: int, paint: bool) -> int:
        """How many hands there were, and the button that reveals."""
        px, p, font = self._sizes.px, look().palette, self._sizes.font("label-bold")
        high = font.metrics("linespace") + px(10)
        if paint:
            text = _("Reveal") + "  ⏎"
            wide = font.measure(text) + px(32)
            box = (width - wide, y + px(2), width, y + px(2) + high)
            look().shapes.round_rect(self, box, p.me, px(11), ("reveal",), p.card)
            self.create_text(
                width - wide / 2, y + px(2) + high / 2, text=text, font=font,
                fill=legible(p.me_fg, p.me, 4.5), tags="reveal",
            )  # fmt: skip
            self.tag_bind("reveal", "<Button-1>", lambda _e: self._reveal())
            hands = self._prediction.voters
            if hands:
                said = ngettext("{count} hand", "{count} hands", hands).format(count=hands)
                self.create_text(
                    0, y + px(2) + high / 2, anchor="w", text=said, font=self._sizes.font("label"),
                    fill=legible(p.mute, p.card),
                )  # fmt: skip
        return y + high + px(4)

    # --- Words ---

    def _word(self, number: int) -> str:
        """What stands in an option's box beside its count."""
        if not self._prediction.revealed or self._question is None:
            return _("you") if number == self._prediction.chosen else ""
        if number == self._question.answer:
            return "✓ " + _("right")
        return "✗ " + _("you") if number == self._prediction.chosen else ""

    def _verdict(self, question: Question) -> str:
        letter = LETTERS[question.answer]
        voters, chosen = self._prediction.voters, self._prediction.chosen
        if voters:
            right = self._prediction.hands[question.answer]
            sentence = _("{letter} is right: {right} of {all} hands.")
            return sentence.format(letter=letter, right=right, all=voters)
        if chosen == question.answer:
            return _("{letter} is right, as you said.").format(letter=letter)
        return _("{letter} is right.").format(letter=letter)

    def _tone(self, question: Question) -> str:
        p, prediction = look().palette, self._prediction
        right = prediction.chosen in (None, question.answer) and not prediction.voters
        return p.ok if right or prediction.voters else p.err
