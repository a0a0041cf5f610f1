"""Themes, styles, colours and shapes of everything on the screen."""
