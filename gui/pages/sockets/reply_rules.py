"""The present auto-reply rules of each session of this window."""

from __future__ import annotations

from gui.pages.sockets.model import SessionInfo
from gui.services.services import Services
from net.protocol.reply import ReplyRule
from net.sockets.commands import SetReplyRules
from net.sockets.events import ReplyRulesChanged

Rules = tuple[ReplyRule, ...]


class ReplyRules:
    """Updated by the engine's `ReplyRulesChanged` events."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rules: dict[int, Rules] = {}

    def of(self, known: SessionInfo) -> Rules:
        """Its present rules, else those it was opened with."""
        opened_with = known.choice.reply_rules if known.choice is not None else ()
        return self._rules.get(known.session, opened_with)

    def change(self, session: int, rules: Rules) -> None:
        """Replace the rules of an open session."""
        self._rules[session] = rules
        self._services.submit(SetReplyRules(session, rules))

    def changed(self, event: ReplyRulesChanged) -> None:
        self._rules[event.session] = event.rules
