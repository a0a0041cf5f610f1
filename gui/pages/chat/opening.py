"""Opening a conversation, and going from one to the next by keyboard."""

from __future__ import annotations

from gui.pages.chat.context import ChatContext
from gui.pages.chat.conversation.conversation_card import ConversationCard
from gui.pages.chat.people.people_card import PeopleCard
from gui.pages.chat.side import SideCard
from gui.pages.chat.status import StatusLine


class Opening:
    """Shows the open conversation in all cards, whichever part opened it."""

    def __init__(
        self,
        context: ChatContext,
        people: PeopleCard,
        chat: ConversationCard,
        side: SideCard,
        status: StatusLine,
    ) -> None:
        self._context = context
        self._people = people
        self._chat = chat
        self._side = side
        self._status = status
        context.opened.connect(self._opened)

    def next(self, by: int) -> None:
        """Open the conversation ``by`` lines below in the list (-1: the one above), wrapping at its ends."""
        names = [talk.conversation for talk in self._people.list.talks]
        if names:
            here = self._context.conversation
            at = names.index(here) + by if here is not None and here in names else 0
            self._context.open(names[at % len(names)])

    def next_unread(self) -> None:
        """Open the first conversation in the list that has unread messages."""
        for talk in self._people.list.talks:
            if talk.unread:
                self._context.open(talk.conversation)
                return

    def _opened(self, changed: bool, position: int | None) -> None:
        conversation = self._context.conversation
        self._side.make_way()
        if changed:
            self._chat.show(conversation)
            self._side.refresh()
        self._people.list.choose(conversation)
        if position is not None:
            self._chat.messages.see(position)
        else:
            self._chat.focus_composer()
        self._chat.note_seen()
        self._status.show()
