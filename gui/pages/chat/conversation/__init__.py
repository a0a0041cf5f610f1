"""A conversation: its messages, the composer, links, emoji."""
