"""The frame around the pages: the window, its queue's drain, its bars and its own dialogs."""
