"""Relays: what comes is passed on to a target, and the answers back, as a bad network would."""
