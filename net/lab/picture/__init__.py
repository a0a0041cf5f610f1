"""From recorded events to the picture of a run: four lifelines, bytes that keep their colour, the graph."""

from net.lab.picture.builder import PictureBuilder
from net.lab.picture.picture import Picture

__all__ = ["Picture", "PictureBuilder"]
