"""What the chat's dialogs share: they take the network's events, and their words follow the language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gui.look.words import follow_language
from gui.pages.chat.context import ChatContext
from gui.shared.dispatch import Takers
from gui.widgets.dialog import Dialog, DialogButton

ANSWER_MS = 15_000
"""How long a dialog waits for an answer before it reports that none came."""


class ChatDialog(Dialog):
    """A dialog of the Chat page. ``buttons`` have no words: `set_words` sets them, with all other words.

    A subclass builds its widgets into ``content`` in `build`, and returns from `takers` the events it takes
    while it is open; `after_batch` runs after those of one frame.
    """

    def __init__(
        self,
        context: ChatContext,
        buttons: Sequence[DialogButton],
        may_close: Callable[[str], bool] | None = None,
        width: int = 440,
    ) -> None:
        super().__init__(context.frame, " ", buttons=buttons, may_close=may_close, width=width)
        self.context = context
        self.services = context.services
        self.model = context.model
        self.wide = width
        self._late: str | None = None
        self.build()
        self._unwatch = context.services.watch_events(self.takers(), after=self.after_batch)
        self.bind("<Destroy>", lambda event: self._gone() if event.widget is self else None, add="+")
        follow_language(self, self.set_words)

    def build(self) -> None:
        raise NotImplementedError

    def set_words(self) -> None:
        raise NotImplementedError

    def takers(self) -> Takers:
        """What takes which events; nothing unless overridden."""
        return {}

    def after_batch(self) -> None:
        """Paint what the events of a batch changed; nothing unless overridden."""

    def set_title(self, title: str, **buttons: str) -> None:
        """Set the dialog's title, and the words of its buttons by their values."""
        self.title(title)
        self.heading.configure(text=title)
        for value, text in buttons.items():
            self.buttons[value].configure(text=text)

    def name_of(self, identity: str) -> str:
        person = self.model.people.get(identity)
        return self.model.name_of(identity, person.name) if person is not None else "?"

    def expect_answer(self, late: Callable[[], None], milliseconds: int = 0) -> None:
        """Call ``late()`` after so long (0: `ANSWER_MS`), unless `answered` is called before."""
        self.answered()
        self._late = self.after(milliseconds or ANSWER_MS, late)

    def answered(self) -> None:
        """The answer came, or is not expected any more."""
        if self._late is not None:
            self.after_cancel(self._late)
            self._late = None

    def _gone(self) -> None:
        self.answered()
        self._unwatch()
