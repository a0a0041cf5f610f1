"""The picture of a run: lifelines, byte graph, and the bytes one by one."""

from gui.pages.lessons.picture.picture_view import PictureView

__all__ = ["PictureView"]
