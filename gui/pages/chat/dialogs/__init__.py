"""The dialogs of the Chat page: each ``Dialog(context, ...)``, shown with ``present()``."""
