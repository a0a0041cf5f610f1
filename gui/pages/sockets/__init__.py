"""The Sockets page: talk TCP and UDP to any program."""

from gui.pages.sockets.page import SocketsPage

__all__ = ["SocketsPage"]
