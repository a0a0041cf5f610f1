"""NetThread and its event loop: how commands reach the thread and events leave it. Knows no sessions."""
