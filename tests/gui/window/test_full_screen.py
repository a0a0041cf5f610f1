"""The page alone on the screen."""

from __future__ import annotations

from tests.gui.rig import Rig


def test_the_whole_screen_belongs_to_the_page(rig: Rig) -> None:
    window = rig.open()
    full = rig.contents.services.full_screen
    full(True)
    rig.wait(lambda: window.layout.area.winfo_width() == window.app.winfo_screenwidth(), "no rail")
    # one row is the place of the banners
    rig.wait(
        lambda: window.layout.area.winfo_height() >= window.app.winfo_screenheight() - 1, "no status bar"
    )
    assert not window.layout.rail.winfo_viewable()
    full(True)
    full(False)
    rig.wait(lambda: window.app.winfo_width() == 1000 and window.layout.rail.winfo_viewable(), "as before")
    assert rig.contents.status_bar.winfo_viewable()


def test_the_next_start_has_the_place_from_before_the_whole_screen(rig: Rig) -> None:
    window = rig.open()
    rig.contents.services.full_screen(True)
    rig.wait(lambda: window.app.winfo_width() == window.app.winfo_screenwidth(), "the whole screen")
    rig.close()
    assert rig.saved()["window"]["width"] == 0
