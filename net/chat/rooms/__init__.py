"""Rooms: hosted on this PC or joined at another's."""

from net.chat.rooms.rooms import Rooms

__all__ = ["Rooms"]
