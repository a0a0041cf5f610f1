"""What is said about TCP and UDP: UDP is earlier, not faster, in both languages."""

from __future__ import annotations

import re

import pytest

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.setup.compare_dialog import advice, comparison
from gui.pages.sockets.words import role_help
from gui.shared import i18n
from net.sockets.events import Role

CHOICES = (
    *(Choice("tcp", role.value) for role in (Role.SERVER, Role.CLIENT)),
    *(Choice("udp", role.value) for role in (Role.UNICAST, Role.BROADCAST, Role.MULTICAST)),
)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_nothing_claims_that_udp_is_faster(language: str) -> None:
    i18n.set_language(language)
    try:
        texts = [text for row in comparison() for text in row] + [*advice(), *map(role_help, CHOICES)]
    finally:
        i18n.set_language("en")
    whole = "\n".join(texts)
    denied = "not faster" if language == "en" else "不是更快"
    assert denied in whole
    assert not re.search(r"(?i)\bfast|slow|快|慢", whole.replace(denied, ""))
