"""The network's thread: how things reach it and leave it. Knows no session."""
