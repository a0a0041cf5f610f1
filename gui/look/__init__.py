"""Themes, styles, colours and shapes of everything that is shown."""
