"""The person at this PC: first start, settings, presence."""
