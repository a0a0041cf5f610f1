"""The shelf: all lessons, and the ways through them."""
