"""The person at this PC: their settings, and whether the others see them as there. No tkinter here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gui.pages.chat import settings as chat_settings
from gui.pages.chat.model import ChatModel
from gui.pages.chat.signals import Signal
from gui.services.services import Services
from net.chat.commands import OwnStatus, SetPresence
from net.chat.events import PresenceState


class OwnPresence:
    """The presence that the others see: the one chosen, or away while the person is not at the PC.
    ``on_change(status)``."""

    def __init__(self, on_change: Callable[[PresenceState], None]) -> None:
        self.status = self.chosen = PresenceState.ONLINE
        self.on_change = on_change

    def choose(self, status: PresenceState) -> None:
        self.chosen = status
        self._change(status)

    def leave(self, away: bool) -> None:
        """The person left the PC, or came back. A chosen presence of away or do not disturb stays."""
        if self.chosen is PresenceState.ONLINE:
            self._change(PresenceState.AWAY if away else PresenceState.ONLINE)

    def _change(self, status: PresenceState) -> None:
        if status is not self.status:
            self.status = status
            self.on_change(status)


class OwnProfile:
    """``changed()`` is emitted when anything that is shown about the person changed."""

    def __init__(self, services: Services, model: ChatModel) -> None:
        self.settings = chat_settings.read(services.settings.chat)
        self.presence = OwnPresence(self._presence_changed)
        self.changed: Signal[[]] = Signal()
        self._services = services
        self._model = model
        services.on_settings_change(self._follow_settings)

    @property
    def name(self) -> str:
        """The person's name; "" until they gave one."""
        return self.settings.name

    @property
    def status(self) -> PresenceState:
        return self.presence.status

    def keep(self, settings: chat_settings.ChatSettings) -> None:
        """Use these settings from now on, and save them."""
        self.settings = settings
        chat_settings.write(settings, self._services.settings.chat)
        self._services.save_settings()

    def apply(self, settings: chat_settings.ChatSettings) -> None:
        """Use these settings from now on, and submit what changed to the running chat."""
        before, self.settings = self.settings, settings
        for command in chat_settings.changes(before, settings):
            self._services.submit(command)

    def toggle_sound(self) -> None:
        self.keep(replace(self.settings, sound=not self.settings.sound))

    def _follow_settings(self) -> None:
        """The settings dialog changed something, perhaps of the chat."""
        after = chat_settings.read(self._services.settings.chat)
        if after != self.settings and self.settings.name:
            self.apply(after)
            self.changed()

    def _presence_changed(self, status: PresenceState) -> None:
        if self._model.me is not None:
            self._services.submit(SetPresence(OwnStatus(status.value)))
        self.changed()
