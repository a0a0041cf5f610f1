"""Previews that came from somebody else."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from gui.pages.chat.files.previews import LARGEST_PREVIEW, open_preview


def png(size: tuple[int, int]) -> bytes:
    data = io.BytesIO()
    Image.new("RGBA", size).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize("size", [(64, 64), (LARGEST_PREVIEW, 4)])
def test_a_preview_is_decoded(size: tuple[int, int]) -> None:
    image = open_preview(png(size))
    assert image is not None and image.size == size and image.mode == "RGB"


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", png((LARGEST_PREVIEW + 1, 4)), png((64, 64))[:60]],
    ids=["empty", "no picture", "too large", "cut off"],
)
def test_what_is_broken_or_too_large_is_not(data: bytes) -> None:
    assert open_preview(data) is None
