"""Rooms: members, code, the host's tools."""
