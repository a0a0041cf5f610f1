"""Actions on the sessions of this window: open, show, close, reopen, remove."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec.structs import replace

from gui.pages.sockets.choice import Choice, ChoiceError, Problem
from gui.pages.sockets.model import Sending, SessionModel
from gui.pages.sockets.recent_choices import RecentChoices
from gui.pages.sockets.reply_rules import ReplyRules
from gui.services.services import Services
from net.sockets.commands import Abort, BreakRelayed, ChangeRelay, Close
from net.sockets.open_url import OpenCommand, OpenUrlError, for_session, parse_open_url


class Sessions:
    """Submits the commands and updates the model; callbacks update the cards:

    - ``on_shown()``: another session is shown, or none
    - ``on_opened()``: a person has just opened the shown session
    - ``on_refused(choice, problems)``: the choice has errors, so nothing was opened
    - ``on_removed()``: a session that is not shown was removed from the list
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

    def open(self, choice: Choice, like: Sending | None = None) -> int | None:
        """Open a session and show it; returns its id, or None if the choice has errors. ``like``: see
        `SessionModel.begin`."""
        session = self._services.new_session()
        try:
            command = choice.command(session)
        except ChoiceError as error:
            self._on_refused(choice, error.problems)
            return None
        self._recent.remember(choice)
        self._begin(choice, command, like)
        self._on_opened()
        return session

    def open_url(self, url: str) -> None:
        """Open and show the session of an ``--open`` URL; one that cannot be opened is skipped."""
        try:
            command = for_session(parse_open_url(url), self._services.new_session())
        except OpenUrlError:
            return
        self._begin(Choice.from_command(command), command)

    def _begin(self, choice: Choice, command: OpenCommand, like: Sending | None = None) -> None:
        self._model.begin(command.session, choice, like)
        self._services.submit(command)
        self.show(command.session)

    def reconnect(self, session: int) -> None:
        """Open the same again, in place of the session that has ended."""
        known = self._model.get(session)
        if known is None or known.choice is None:
            return
        choice = replace(known.choice, reply_rules=self._rules.of(known))
        if known.open_failed:
            self._model.forget(session)
        self.open(choice, known.sending)

    def show(self, session: int | None) -> None:
        """Show this session."""
        self._model.show(session)
        self._on_shown()

    def stop(self, session: int) -> None:
        self._services.submit(Close(session))

    def abort(self, session: int) -> None:
        """Reset a connection."""
        self._services.submit(Abort(session))

    def change_relay(self, session: int, choice: Choice) -> None:
        """Let an open relay do what ``choice`` says from now on."""
        known = self._model.get(session)
        if known is not None:
            known.choice = choice
            there, back = choice.impairments()
            self._services.submit(ChangeRelay(session, there, back))

    def break_relayed(self, session: int, how: Literal["cut", "half-close", "reset"]) -> None:
        """Do this to all connections that pass through a TCP relay."""
        self._services.submit(BreakRelayed(session, how))

    def forget(self, session: int) -> None:
        """Remove an ended session from the list; if it was shown, the newest one is shown instead."""
        self._model.forget(session)
        if self._model.get(self._model.shown) is None:
            self.show(next((known.session for known, depth in self._model.lines() if depth == 0), None))
        else:
            self._on_removed()
