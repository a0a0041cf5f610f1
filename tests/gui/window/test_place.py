"""Where the window comes up."""

from __future__ import annotations

import pytest

from gui.shared.settings import WindowPlace
from gui.window.place import fitted

SCREEN = (1600, 1000)


@pytest.mark.parametrize(
    ("place", "screen", "found"),
    [
        (WindowPlace(), SCREEN, WindowPlace(200, 70, 1200, 800)),
        # Maximised at the very first run: it was never seen in another size.
        (WindowPlace(maximised=True), SCREEN, WindowPlace(200, 70, 1200, 800, True)),
        (WindowPlace(10, 20, 1000, 700), SCREEN, WindowPlace(10, 20, 1000, 700)),
        (WindowPlace(1500, 900, 1000, 700), SCREEN, WindowPlace(600, 240, 1000, 700)),
        (WindowPlace(-3000, -50, 1000, 700), SCREEN, WindowPlace(0, 0, 1000, 700)),
        (WindowPlace(0, 0, 3000, 2000, True), SCREEN, WindowPlace(0, 0, 1600, 940, True)),
        (WindowPlace(), (1024, 600), WindowPlace(0, 0, 1024, 540)),
    ],
)
def test_a_place_fits_the_screen(place: WindowPlace, screen: tuple[int, int], found: WindowPlace) -> None:
    assert fitted(place, screen, (1200, 800)) == found
