"""The services that the window provides to its pages."""
