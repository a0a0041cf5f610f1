"""A switch between two implementations of the loop, where a system has both; for measuring them side by
side."""

PLAIN = False
"""Use asyncio's own selector loop with its wake-ups, and a lock to wake the consumer of events. Without epoll
it is the only one. Read when an Engine is made."""
