"""This PC's own side of the chat: who it is, and what it says of itself. NetThread only."""

from __future__ import annotations

from dataclasses import dataclass

from net.chat.commands import OwnStatus
from net.chat.identity import Identity


@dataclass(slots=True)
class OwnProfile:
    """``name`` and ``colour`` ("#rrggbb" or ""): as the user chose them, the name cleaned; ``port``: of the
    talking listener, 0 until it is open."""

    identity: Identity
    name: str
    colour: str
    status: OwnStatus = OwnStatus.ONLINE
    port: int = 0

    def name_and_colour(self) -> tuple[str, str]:
        return self.name, self.colour
