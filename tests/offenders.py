"""What the rules of `tests.test_architecture` still find. Entries may go; none may come."""

from __future__ import annotations

OFFENDERS: dict[str, set[str]] = {}
