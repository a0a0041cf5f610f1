"""The Lessons page."""

from gui.pages.lessons.page import LessonsPage

__all__ = ["LessonsPage"]
