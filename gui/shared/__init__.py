"""Shared by the window and the terminal: arguments, settings, languages, wording. No tkinter."""
