"""The frame around the pages: the window, its event pump, its bars and its own dialogs."""
