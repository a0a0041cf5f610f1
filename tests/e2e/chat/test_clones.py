"""PCs cloned from one disk, as in a computer room: real programs, each with a copy of one profile."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from net.chat.identity import IDENTITY_FILE
from tests.e2e.chat.chat_lan import Chat, Lan, lan
from tests.e2e.chat.chat_window import SECONDS, ChatWindow, from_source, mask, two_windows
from tests.waiting import wait_until

pytestmark = pytest.mark.netns

NEAR = 20
"""How near a small sign's pixels come to its colour."""

BANNERS = 110
"""Pixels from the top, between which banners are."""


def cloned(folder: Path, count: int) -> list[Path]:
    """Profiles that are copies of one in which a chat has run."""
    with lan(1) as room:
        first = Chat(room.pcs[0], folder / "image", "Pupil")
        first.wait_for("started ")
        assert first.quit() == 0
    profiles = [folder / f"clone{number}" for number in range(count)]
    for profile in profiles:
        shutil.copytree(folder / "image", profile)
    return profiles


def chat(room: Lan, number: int, profile: Path, name: str) -> Chat:
    made = Chat(room.pcs[number], profile, name)
    room.chats.append(made)
    made.wait_for("started ")
    return made


def test_each_copy_is_told_at_once_and_others_see_which_is_which(tmp_path: Path) -> None:
    profiles = cloned(tmp_path, 2)
    with lan(3) as room:
        hosts = [pc.address for pc in room.pcs]
        anna = chat(room, 0, profiles[0], "Pupil")
        teacher = chat(room, 2, tmp_path / "teacher", "Teacher")
        teacher.sees(anna)
        bob = chat(room, 1, profiles[1], "Pupil")
        assert anna.identity == bob.identity
        for one, other in ((anna, hosts[1]), (bob, hosts[0])):
            one.wait_for(rf"shared {re.escape(other)}:\d+$", 15.0)
            one.wait(lambda one=one: any("/new-identity" in note for note in one.notes), "advice")  # type: ignore[misc]
        teacher.type("/find")
        which = rf"copies {anna.identity} Pupil \({hosts[0]}\), Pupil \({hosts[1]}\)$"
        teacher.wait_for(which, 15.0)

        # One press, here one word: from then on there are two people.
        before = len(bob.lines)
        bob.type("/new-identity")
        new = bob.wait_for("started ", after=before).split()[1]
        assert new != anna.identity
        anna.wait_for("shared -$", 15.0)
        teacher.wait_for(f"copies {anna.identity} -$", 15.0)
        # Of the same name, and not who was known by it: that needs a decision, as with any other key.
        teacher.wait_for(f"key-changed {new} {anna.identity} Pupil")
        teacher.type(f"/trust {new}")
        teacher.wait_for(f"person {new} online ")
        for id, told in ((anna.identity, "to Anna"), (new, "to Bob")):
            teacher.type(f"/to {id}", told)
        anna.wait_texts(["to Anna"])
        bob.wait_texts(["to Bob"])
        assert list(profiles[1].glob("identity.pem.replaced-*"))
        assert [one.quit() for one in (anna, bob, teacher)] == [0, 0, 0]


def test_two_copies_on_one_pc(tmp_path: Path) -> None:
    profiles = cloned(tmp_path, 2)
    with lan(1) as room:
        first, second = (chat(room, 0, profile, "Pupil") for profile in profiles)
        for one in (first, second):
            one.wait_for(rf"shared {re.escape(room.pcs[0].address)}:\d+$", 15.0)


def is_warned(window: ChatWindow) -> bool:
    """Whether a banner has the sign of an error."""
    wide, _high = window.picture().size
    top = window.picture().crop((0, 0, wide, BANNERS))
    return mask(top, window.palette.err, NEAR).getbbox() is not None


def identity(window: ChatWindow) -> bytes:
    """Its file; nothing while it is being replaced."""
    path = window.profile / IDENTITY_FILE
    return path.read_bytes() if path.exists() else b""


def press_what_is_offered(window: ChatWindow) -> None:
    """Click the words at the right end of the banner."""
    picture = window.picture()
    wide, _high = picture.size
    found = mask(picture.crop((wide // 2, 0, wide, BANNERS)), window.palette.acc, NEAR).getbbox()
    assert found is not None
    x, y = wide // 2 + (found[0] + found[2]) // 2, (found[1] + found[3]) // 2
    window.xdotool("mousemove", "--window", window.id, str(x), str(y), "click", "1")


def test_in_two_windows_it_is_one_press(tmp_path: Path) -> None:
    profiles = cloned(tmp_path, 2)
    for profile, name in zip(profiles, "ab", strict=True):
        (profile / "settings.json").write_text(json.dumps({"chat": {"name": "Pupil"}, "page": "chat"}))
        shutil.move(profile, tmp_path / name / "profile")
    with lan(2) as room, two_windows(room.pcs, tmp_path, from_source, "light") as (a, b):
        before = identity(a)
        for window in (a, b):
            window.wait_shown()
        for window in (a, b):
            wait_until(lambda: is_warned(window), SECONDS, what=f"{window.home.name} is told")  # noqa: B023
        press_what_is_offered(b)
        for window in (a, b):
            wait_until(lambda: not is_warned(window), SECONDS, what="they are two")  # noqa: B023
        wait_until(lambda: identity(b) not in (b"", before), SECONDS, what="another key")
        assert identity(a) == before
        wait_until(lambda: a.people() == b.people() == ["Pupil"], SECONDS, what="they meet")
