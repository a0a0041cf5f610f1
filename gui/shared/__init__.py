"""What the window and the terminal have in common: arguments, settings, languages, words. No tkinter."""
