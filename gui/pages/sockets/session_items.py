"""The session list's items. No tkinter here."""

from __future__ import annotations

from typing import Any

from gui.pages.sockets.model import SessionInfo, SessionModel
from gui.pages.sockets.words import session_title, status_words
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.session_list import SessionItem
from net.sockets.events import Role, State

ICONS = {
    Role.SERVER: "hdd-network",
    Role.CLIENT: "pc-display",
    Role.ACCEPTED: "person-fill",
    Role.UNICAST: "send",
    Role.BROADCAST: "broadcast",
    Role.MULTICAST: "people-fill",
    Role.RELAY: "shuffle",
}


def session_items(model: SessionModel) -> list[SessionItem]:
    """Every session, the newest first; a listener's connections in order of arrival."""
    return [_item(model, known) for known, _depth in model.lines()]


def _item(model: SessionModel, known: SessionInfo) -> SessionItem:
    words, tone = status_words(known)
    tone_name: Any = tone
    subtitle = words
    received, sent = known.bytes_received, known.bytes_sent
    rate = known.rate_received + known.rate_sent
    if known.is_listener:
        children = [child for number in known.children if (child := model.get(number)) is not None]
        live = sum(child.is_live for child in children)
        if known.state is State.LISTENING and live and known.lasting is None:
            subtitle = ngettext("{count} client", "{count} clients", live).format(count=live)
    elif known.is_udp and known.is_live and len(known.senders) > 1 and known.lasting is None:
        subtitle = ngettext("{count} sender", "{count} senders", len(known.senders)).format(
            count=len(known.senders)
        )
    if known.earlier and known.opened_at and known.parent is None:
        words = f"{wording.time_text(known.opened_at, date=True, milliseconds=False)[:16]} · {words}"
        subtitle = words
    elif known.parent is None:
        kind = wording.transport_text(known.transport)
        subtitle = f"{kind} · {subtitle}"
        if known.role is Role.RELAY and known.is_live and known.relayed is not None:
            clients = known.relayed.clients
            words_of = ngettext("{count} client", "{count} clients", clients).format(count=clients)
            subtitle = f"→ {known.remote} · {words_of}"
    return SessionItem(
        key=known.session,
        title=session_title(known),
        subtitle=subtitle,
        tone=tone_name,
        parent=known.parent,
        unread=known.unread,
        bytes_text=wording.size_text(received + sent) if received + sent else "",
        rate_text=wording.rate_text(rate) if rate >= 1 else "",
        icon=ICONS[known.role],
    )


def open_count_text(model: SessionModel) -> str:
    """ "3 open", or "" if none is."""
    live = model.live_count()
    return _("{count} open").format(count=wording.count_text(live)) if live else ""
