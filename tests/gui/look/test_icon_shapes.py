"""Icons drawn once for all colours look as ttkbootstrap draws them."""

from __future__ import annotations

import pytest
from PIL import ImageChops
from ttkbootstrap.style.icons import IconRenderer

from gui.look.icon_shapes import SharedShapes

DRAW = IconRenderer.__dict__["render"].__func__


@pytest.mark.parametrize("size", [7, 11, 16, 20, 40, 64, (13, 11)])
@pytest.mark.parametrize("name", ["plug", "chat-dots", "caret-up-fill", "qr-code", "circle-fill", "x-lg"])
def test_the_shape_is_that_of_ttkbootstrap(name: str, size: int | tuple[int, int]) -> None:
    theirs = DRAW(IconRenderer, name, size, "#5457e6")
    ours = SharedShapes.render(name, size, "#5457e6")
    assert (ours.size, ours.mode) == (theirs.size, theirs.mode)
    difference = ImageChops.difference(ours.getchannel("A"), theirs.getchannel("A"))
    assert max(difference.tobytes()) <= 1
    assert {ours.getchannel(band).tobytes()[0] for band in "RGB"} == {0x54, 0x57, 0xE6}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no-such-icon"):
        SharedShapes.render("no-such-icon", 16, "#000000")
