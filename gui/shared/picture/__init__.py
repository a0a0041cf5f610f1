"""The picture of a run as shapes, without a window: its words, colours, SVG and PNG."""
