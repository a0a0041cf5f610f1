"""The windows that open from the Chat page: each ``Dialog(page, ...)``, shown with ``present()``."""
