"""Ids: how messages, groups of transfers, transfers and rooms are told apart, on every PC and for ever."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """16 random bytes as lower-case hex."""
    return secrets.token_hex(16)
