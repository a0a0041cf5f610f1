"""The auto-reply rules that each session of this window has by now."""

from __future__ import annotations

from gui.pages.sockets.model import SessionInfo
from gui.services.services import Services
from net.events import ReplyRulesChanged
from net.protocol.reply import ReplyRule
from net.sockets.commands import SetReplyRules

Rules = tuple[ReplyRule, ...]


class ReplyRules:
    """Follows what the engine reports with `ReplyRulesChanged`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rules: dict[int, Rules] = {}

    def of(self, known: SessionInfo) -> Rules:
        """Those it has, else those it was opened with."""
        opened_with = known.choice.reply_rules if known.choice is not None else ()
        return self._rules.get(known.session, opened_with)

    def change(self, session: int, rules: Rules) -> None:
        """Give an open session other rules."""
        self._rules[session] = rules
        self._services.submit(SetReplyRules(session, rules))

    def changed(self, event: ReplyRulesChanged) -> None:
        self._rules[event.session] = event.rules
