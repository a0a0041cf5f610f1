"""A discovery that finds nobody, for chats whose people are added by hand."""

from __future__ import annotations

from typing import Any

from net.chat.discovery import Discovery, Options


class Deaf(Discovery):
    """Neither hears nor says anything."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts, options=Options(dns_sd=False, loopback=False))

    def start(self) -> None:
        pass
