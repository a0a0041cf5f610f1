"""The Chat page: people on this network, conversations, rooms and files."""

from gui.pages.chat.page import ChatPage

__all__ = ["ChatPage"]
