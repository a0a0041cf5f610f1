"""The chat's settings: read from and written to ``Settings.chat``, and the commands that carry out a change.
No tkinter here."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from gui.shared.settings import MAX_KEEP_DAYS
from net.chat.commands import (
    ChatCommand,
    SetDiscovery,
    SetKeepDays,
    SetProfile,
    SetReceiving,
    StartChat,
)
from net.protocol.chat.pictures import picture_size

MAX_HOSTS = 200


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """``colour``: "" or ``#rrggbb``; ``picture``: one that `net.protocol.chat.pictures` takes, in base64;
    ``hosts``: as `net.chat.commands.StartChat` takes them; ``downloads`` "": the system's folder for
    downloads; ``keep_days`` 0: for ever."""

    name: str = ""
    colour: str = ""
    invisible: bool = False
    hosts: tuple[str, ...] = ()
    downloads: str = ""
    accept_verified: bool = False
    keep_days: int = 0
    sound: bool = True
    notify: bool = True
    picture: str = ""

    @property
    def downloads_folder(self) -> Path:
        return Path(self.downloads) if self.downloads else default_downloads()

    @property
    def picture_bytes(self) -> bytes:
        """The picture as it is sent; b"" if there is none, or if the one in the settings is not valid."""
        try:
            picture = base64.b64decode(self.picture, validate=True)
            picture_size(picture)
        except ValueError:
            return b""
        return picture

    @property
    def days(self) -> int | None:
        return self.keep_days or None

    def start(self, folder: Path) -> StartChat:
        """The command that starts the chat with these settings; ``folder``: that of the profile."""
        return StartChat(
            folder,
            self.downloads_folder,
            self.name,
            self.colour,
            self.invisible,
            self.hosts,
            keep_days=self.days,
            accept_verified=self.accept_verified,
            picture=self.picture_bytes,
        )


def default_downloads() -> Path:
    import platformdirs

    return Path(platformdirs.user_downloads_dir())


def read(values: Mapping[str, Any]) -> ChatSettings:
    """The settings in ``Settings.chat``; a value of a wrong type is replaced by its default."""
    defaults = ChatSettings()
    known: dict[str, Any] = {}
    for each in fields(ChatSettings):
        value = values.get(each.name)
        if each.name == "hosts" and isinstance(value, list):
            known["hosts"] = tuple(host for host in value if isinstance(host, str))[:MAX_HOSTS]
        elif type(value) is type(getattr(defaults, each.name)):
            known[each.name] = value
    if not 0 <= known.get("keep_days", 0) <= MAX_KEEP_DAYS:
        del known["keep_days"]
    return ChatSettings(**known)


def write(settings: ChatSettings, values: dict[str, Any]) -> None:
    """Write the settings into ``Settings.chat``, whose other keys stay."""
    values.update(asdict(settings))
    values["hosts"] = list(settings.hosts)


def changes(before: ChatSettings, after: ChatSettings) -> list[ChatCommand]:
    """The commands that make a running chat follow a change of settings."""
    commands: list[ChatCommand] = []
    if (before.name, before.colour, before.picture) != (after.name, after.colour, after.picture):
        commands.append(SetProfile(after.name, after.colour, after.picture_bytes))
    if (before.invisible, before.hosts) != (after.invisible, after.hosts):
        commands.append(SetDiscovery(after.invisible, after.hosts))
    receiving = (after.downloads_folder, after.accept_verified)
    if (before.downloads_folder, before.accept_verified) != receiving:
        commands.append(SetReceiving(*receiving))
    if before.keep_days != after.keep_days:
        commands.append(SetKeepDays(after.days))
    return commands
