"""The banner of a PC that has no Chinese font, while the window speaks Chinese."""

from __future__ import annotations

from collections.abc import Callable

from gui.look.look import look
from gui.shared import i18n
from gui.window.banners import Banners

KEY = "font"
TEXT = (
    "This PC has no font with Chinese characters, so they show as boxes. Install one, such as Noto Sans CJK"
    " SC, and start Duplex again; or go on in English."
)
"""In English whatever the language: in Chinese nobody could read it here."""
ENGLISH = i18n.LANGUAGES["en"]


class FontBanner:
    """``speak_english()`` switches the window's language."""

    def __init__(self, banners: Banners, speak_english: Callable[[], object]) -> None:
        self._banners = banners
        self._speak_english = speak_english

    def look(self) -> None:
        """After the first paint, and after each change of language."""
        if i18n.language() == "zh_CN" and not look().has_chinese():
            self._banners.show(KEY, TEXT, "warn", (ENGLISH, self._speak_english))
        else:
            self._banners.hide(KEY)
