"""What the history knows when the chat starts: the people, what waits for each, and the rooms."""

from __future__ import annotations

from collections.abc import Callable

from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.history import HistoryStore
from net.chat.rooms import Rooms
from net.chat.wires.duplex.delivery import Delivery


async def load(context: ChatContext, delivery: Delivery, rooms: Rooms) -> None:
    """Raises what reading it, or taking it up, raised: the chat can't start without."""

    def read(store: HistoryStore) -> Callable[[], None]:
        records = store.people.all()
        unread = {
            one.identity: store.messages.count(Conversation.person(one.identity)).unread for one in records
        }
        waiting = store.outbox.waiting()
        peers = {one.identity for one in records} | set(waiting)
        streams = {peer: store.outbox.stream(peer) for peer in peers}
        default = store.outbox.stream(context.identity)
        kept = rooms.read(store)

        def take_up() -> None:
            context.people.load(records, unread)
            delivery.load(default, streams, waiting)
            rooms.load(kept)

        return take_up

    take_up = await context.on_disk(read)
    take_up()
