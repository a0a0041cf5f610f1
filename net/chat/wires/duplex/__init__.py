"""Duplex's own wire: doors, links, pairing, delivery."""
