"""Which of two ways events and commands take on a system that has both; to measure them side by side."""

PLAIN = False
"""Take the plain way: asyncio's own selector loop with its wake-ups, and a lock to wake the consumer of
events. It is the only one where there is no epoll. Looked at when an Engine is made."""
