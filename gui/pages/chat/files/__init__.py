"""Files on their way, and what can be done with them."""
