"""The list of people and rooms."""
