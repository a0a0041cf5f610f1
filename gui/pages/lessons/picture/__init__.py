"""The picture of a run: lifelines, byte graph, and the bytes one by one."""

from gui.pages.lessons.picture.graph_view import GraphView
from gui.pages.lessons.picture.picture_view import PictureView
from gui.pages.lessons.picture.road_view import RoadView

__all__ = ["GraphView", "PictureView", "RoadView"]
