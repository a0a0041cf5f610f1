"""Search in all conversations or in one; a hit opens its conversation at that message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.chat import words
from gui.pages.chat.context import ChatContext
from gui.pages.chat.dialogs.parts import ChatDialog
from gui.shared import wording
from gui.shared.dispatch import Takers
from gui.shared.i18n import _, ngettext
from gui.widgets.dialog import DialogButton
from gui.widgets.empty import EmptyState
from gui.widgets.field import FieldEntry
from gui.widgets.segmented import SegmentedControl
from gui.widgets.text_fit import Span, find_spans, fit, underlay
from gui.widgets.virtual_list import ListSource, Placed, VirtualList
from net.chat.commands import Search
from net.chat.conversation import Conversation
from net.chat.events import SearchFound

REST_MS = 120
"""How long typing must pause before the search starts."""

HIT_HEIGHT = 50
LIMIT = 200
MARKS = 8
"""The most places marked in one line."""


@dataclass(frozen=True)
class Hit:
    conversation: Conversation
    message: str
    position: int
    snippet: str
    time: int
    title: str
    wanted: str


class HitList(VirtualList[Hit]):
    def measure(self, row: Hit, before: Hit | None, after: Hit | None, width: int) -> int:
        return S(HIT_HEIGHT)

    def text_of(self, row: Hit) -> str:
        return f"{row.title}  {_when(row.time)}  {row.snippet}"

    def paint(self, placed: Placed[Hit], before: Hit | None, after: Hit | None, width: int, tag: str) -> None:
        row, p, c, y = placed.row, look().palette, self.canvas, placed.y
        if placed.index in self.selection or placed.index == self.hovered:
            fill = p.sel if placed.index in self.selection else p.hover
            box = (0, y + S(2), width - S(4), y + placed.height - S(2))
            self.shapes.round_rect(c, box, fill, S(10), (tag,), p.card)
        small, bold, plain = look().font(8), look().font(9, bold=True), look().font(10)
        when, left, right = _when(row.time), S(10), width - S(14)
        c.create_text(right, y + S(14), anchor="e", text=when, font=small, fill=p.faint, tags=tag)
        room = right - left - small.measure(when) - S(10)
        title = fit(bold, row.title, room)
        c.create_text(left, y + S(14), anchor="w", text=title, font=bold, fill=p.acc, tags=tag)
        text = fit(plain, row.snippet, right - left)
        item = c.create_text(left, y + S(25), anchor="nw", text=text, font=plain, fill=p.fg, tags=tag)
        underlay(c, item, text, plain, mark_spans(text, row.wanted), {"find": p.mark}, (tag,))


def mark_spans(text: str, wanted: str) -> list[Span]:
    """Where words of ``wanted`` occur in ``text``, from left to right, without overlaps; at most `MARKS`."""
    found = [span for word in set(wanted.split()) for span in find_spans(text, word, MARKS)]
    spans: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.stop)):
        if not spans or span.start >= spans[-1].stop:
            spans.append(span)
    return spans[:MARKS]


class SearchDialog(ChatDialog):
    """``conversation`` None: search in all. A ``text`` is searched for at once."""

    def __init__(
        self, context: ChatContext, conversation: Conversation | None = None, text: str = ""
    ) -> None:
        self.conversation = conversation
        self.job = 0
        self.hits: list[Hit] = []
        self.finished = True
        self.late = False
        self._due: str | None = None
        self._first = text
        self.wanted = ""
        buttons = (DialogButton("", "close"), DialogButton("", "jump", "primary", default=True))
        super().__init__(context, buttons, self._may_close, width=560)

    def build(self) -> None:
        self.field = FieldEntry(
            self.content,
            icon="search",
            value=self._first,
            on_change=lambda _text: self._typed(),
            on_enter=lambda _text: self.close("jump"),
        )
        self.field.pack(fill="x")
        self.scope = SegmentedControl(
            self.content,
            [("all", ""), ("here", "")],
            "here" if self.conversation is not None else "all",
            lambda _value: self.search(),
            small=True,
        )
        if self.conversation is not None:
            self.scope.pack(fill="x", pady=(S(8), 0))
        self.list = HitList(self.content, ListSource())
        self.list.canvas.configure(height=S(300), width=S(self.wide - 20))
        self.list.pack(fill="both", expand=True, pady=(S(8), 0))
        self.elastic = self.list.canvas
        self.list.on_open = lambda _hit: self.close("jump")
        self.list.on_select = self._show_possible
        self.nothing = EmptyState(self.list, "search", "")
        self.summary = ttk.Label(self.content, style="InS.TLabel")
        self.summary.pack(anchor="w", pady=(S(6), 0))
        for key, step in (("<Down>", 1), ("<Up>", -1)):
            self.field.entry.bind(key, lambda event, by=step: self.list.step(by, False, event))  # type: ignore[misc]
        self.bind("<Destroy>", lambda event: self._cancel() if event.widget is self else None, add="+")
        if self._first:
            self.after_idle(self.search)

    def set_words(self) -> None:
        self.set_title(_("Search messages"), close=_("Close"), jump=_("Go there"))
        self.field.retext(_("Words, in any language"))
        here = words.title_of(self.model, self.conversation) if self.conversation is not None else ""
        self.scope.retext([_("Everywhere"), wording.clean(here, 30)])
        self._show_count()
        self._show_possible()

    def present(self) -> None:
        super().present()
        self.field.focus_set()  # the keyboard belongs to the field, not to the default button

    def takers(self) -> Takers:
        return {SearchFound: self._take_found}

    def _take_found(self, event: SearchFound) -> None:
        if not self.job or event.job != self.job:
            return
        for conversation, message, position, snippet, time in event.hits:
            title = words.title_of(self.model, conversation)
            self.hits.append(Hit(conversation, message, position, snippet, time, title, self.wanted))
        self.finished, self.late = event.finished, False
        self.answered()
        self._show()

    def search(self) -> None:
        """Search now."""
        self._cancel()
        text = self.field.value.strip()
        self.answered()
        self.hits, self.finished, self.job, self.wanted, self.late = [], not text, 0, text, False
        if text:
            self.expect_answer(self._too_late)
            self.job = self.services.new_job()
            scope = self.conversation if self.scope.value == "here" else None
            self.services.submit(Search(self.job, text, scope, LIMIT))
        self._show()

    @property
    def chosen(self) -> Hit | None:
        index = self.list.selection.cursor if len(self.list.selection) else 0
        return self.hits[index] if index < len(self.hits) else None

    def _typed(self) -> None:
        self._cancel()
        self._due = self.after(REST_MS, self.search)

    def _too_late(self) -> None:
        self.late = True
        self._show_count()

    def _cancel(self) -> None:
        if self._due is not None:
            self.after_cancel(self._due)
            self._due = None

    def _show(self) -> None:
        self.list.set_source(ListSource(self.hits), to_bottom=False)
        if self.hits:
            self.list.selection.only(0)
        self._show_count()
        self._show_possible()

    def _show_possible(self) -> None:
        self.buttons["jump"].state(["!disabled" if self.hits else "disabled"])

    def _show_count(self) -> None:
        count = len(self.hits)
        if count >= LIMIT:
            text = _("The newest {count} are shown: type more to find less.").format(count=count)
        elif count:
            text = ngettext("{count} message found", "{count} messages found", count).format(count=count)
        elif self.late:
            text = ""
        elif not self.finished:
            text = _("Searching …")
        else:
            text = ""
        self.summary.configure(text=text)
        self._show_nothing(not count and (self.finished or self.late))

    def _show_nothing(self, on: bool) -> None:
        if not on:
            self.nothing.place_forget()
            return
        if not self.wanted:
            detail = _("Type one word or several; two Chinese characters are enough.")
            self.nothing.retext(_("What are you looking for?"), detail)
        elif self.late:
            started = self.model.me is not None
            detail = _("Change a word to ask again.") if started else _("The chat has not started yet.")
            self.nothing.retext(_("The search does not answer."), detail)
        elif self.conversation is not None and self.scope.value == "here":
            self.nothing.retext(_("Nothing found."), _("It may be in another conversation: look everywhere."))
        else:
            self.nothing.retext(
                _("Nothing found."), _("All words must be in one message. Try fewer of them.")
            )
        self.nothing.place(relx=0.5, rely=0.5, anchor="center", relwidth=0.9)

    def _may_close(self, value: str) -> bool:
        if value != "jump":
            return True
        hit = self.chosen
        if hit is None:
            return False
        # the dialog takes its own idle calls with it
        self.context.frame.after_idle(self.context.open, hit.conversation, hit.position)
        return True


def _when(time: int) -> str:
    moment = datetime.fromtimestamp(time // 1_000_000_000)
    return f"{words.day_text(moment.date())} {moment:%H:%M}"
