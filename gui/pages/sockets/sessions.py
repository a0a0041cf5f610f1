"""What can be done with the sessions of this window: open, look at, end, open again, remove."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gui.pages.sockets.choice import Choice, ChoiceError, Problem
from gui.pages.sockets.model import SessionModel
from gui.pages.sockets.recent_choices import RecentChoices
from gui.pages.sockets.reply_rules import ReplyRules
from gui.services.services import Services
from net.sockets.commands import Abort, Close, TcpConnect, TcpListen, UdpOpen
from net.sockets.open_url import OpenUrlError, for_session, parse_open_url


class Sessions:
    """Submits the commands and keeps the model right; the cards follow through the callbacks:

    - ``on_shown()``: another session is looked at, or none
    - ``on_opened()``: a person has just opened the one that is shown
    - ``on_refused(choice, problems)``: the choice has mistakes, so nothing was opened
    - ``on_removed()``: a session that is not shown left the list
    """

    def __init__(
        self,
        services: Services,
        model: SessionModel,
        rules: ReplyRules,
        recent: RecentChoices,
        *,
        on_shown: Callable[[], None],
        on_opened: Callable[[], None],
        on_refused: Callable[[Choice, Mapping[str, Problem]], None],
        on_removed: Callable[[], None],
    ) -> None:
        self._services = services
        self._model = model
        self._rules = rules
        self._recent = recent
        self._on_shown = on_shown
        self._on_opened = on_opened
        self._on_refused = on_refused
        self._on_removed = on_removed

    def open(self, choice: Choice) -> int | None:
        """Open and show it; the new session's id, or None where the choice has mistakes."""
        session = self._services.new_session()
        try:
            command = choice.command(session)
        except ChoiceError as error:
            self._on_refused(choice, error.problems)
            return None
        self._recent.remember(choice)
        self._begin(choice, command)
        self._on_opened()
        return session

    def open_url(self, url: str) -> None:
        """Open and show what a ``--open`` URL asks for; one that cannot be opened is passed over."""
        try:
            command = for_session(parse_open_url(url), self._services.new_session())
        except OpenUrlError:
            return
        self._begin(Choice.from_command(command), command)

    def _begin(self, choice: Choice, command: TcpListen | TcpConnect | UdpOpen) -> None:
        self._model.begin(command.session, choice)
        self._services.submit(command)
        self.show(command.session)

    def reconnect(self, session: int) -> None:
        """The same again, in place of the one that has ended."""
        known = self._model.get(session)
        if known is None or known.choice is None:
            return
        choice = replace(known.choice, reply_rules=self._rules.of(known))
        if known.open_failed:
            self._model.forget(session)
        self.open(choice)

    def show(self, session: int | None) -> None:
        """Look at this session."""
        self._model.show(session)
        self._on_shown()

    def stop(self, session: int) -> None:
        self._services.submit(Close(session))

    def abort(self, session: int) -> None:
        """End a connection at once, with a reset."""
        self._services.submit(Abort(session))

    def forget(self, session: int) -> None:
        """Take an ended session out of the list; where it was shown, the newest follows."""
        self._model.forget(session)
        if self._model.get(self._model.shown) is None:
            self.show(next((known.session for known, depth in self._model.lines() if depth == 0), None))
        else:
            self._on_removed()
