"""The pictures that people are shown with: told, kept over restarts, taken away; and peers that mean ill."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from net.chat import pictures
from net.chat.commands import ForgetPerson, SetProfile
from net.chat.events import PersonChanged
from net.protocol.chat.messages import Presence
from net.protocol.chat.pictures import Picture, PictureWanted
from tests.net.chat.engines import Chatter, chatters, deaf
from tests.net.chat.hostile import Hostile, assert_untroubled


def face(tone: int, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (96, 96), (tone, tone, 200)).save(file, kind)
    return file.getvalue()


RED, BLUE = face(10), face(250, "JPEG")


__all__ = ["deaf"]


def shown(viewer: Chatter, other: Chatter) -> bytes:
    """The picture of ``other`` that ``viewer`` was told of."""
    person = viewer.person(other)
    return (content(Path(person.picture)) or b"") if person is not None and person.picture else b""


def kept(chatter: Chatter) -> list[bytes]:
    folder = chatter.folder / pictures.FOLDER
    there = list(folder.iterdir()) if folder.exists() else []
    return sorted(data for path in there if (data := content(path)) is not None)


def content(path: Path) -> bytes | None:
    """None for one that the Engine removes just now."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def test_a_picture_is_told_changed_kept_and_taken_away(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", picture=RED) as people:
        ann = people[0]
        bob = Chatter(tmp_path / "Bob", "Bob")
        people.append(bob)
        ann.meet(bob)
        bob.wait(lambda: shown(bob, ann) == RED, "Ann's picture")
        assert not shown(ann, bob)
        ann.do(SetProfile("Ann", "", BLUE))
        bob.wait(lambda: shown(bob, ann) == BLUE, "another picture")
        bob.wait(lambda: kept(bob) == [BLUE], "the former going")
        bob.do(SetProfile("Bob", "", RED))
        ann.wait(lambda: shown(ann, bob) == RED, "Bob's picture")
        ann.stop()
        again = ann.again(picture=BLUE)
        people.append(again)
        again.wait(lambda: shown(again, bob) == RED, "a picture kept over the restart")
        again.meet(bob)
        again.do(SetProfile("Ann"))
        bob.wait(lambda: not shown(bob, ann), "no picture any more")
        bob.wait(lambda: kept(bob) == [], "its file going")
        again.do(ForgetPerson(bob.identity))
        again.wait(lambda: kept(again) == [], "the picture of one forgotten going")


def test_what_is_left_of_people_forgotten_goes_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "Ann" / pictures.FOLDER
    folder.mkdir(parents=True)
    (folder / f"{'ab' * 32}-0123456789abcdef").write_bytes(RED)
    (folder / "x.part").write_bytes(RED)
    with chatters(tmp_path, "Ann") as (ann,):
        assert kept(ann) == []


def test_what_is_no_picture_is_told_to_nobody(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", picture=b"GIF89a") as people:
        ann = people[0]
        with chatters(tmp_path, "Bob") as (bob,):
            ann.meet(bob)
            ann.do(SetProfile("Ann", "#112233", face(1)[:-12]))
            bob.wait(lambda: bob.person(ann).colour == "#112233", "the new colour")
            assert not shown(bob, ann) and kept(bob) == []


@pytest.fixture
def met(tmp_path: Path) -> Iterator[tuple[Chatter, Hostile]]:
    hostile = Hostile(tmp_path / "hostile")
    try:
        with chatters(tmp_path, "Ann", picture=RED) as (ann,):
            hostile.meet(ann)
            yield ann, hostile
            assert_untroubled(ann)
    finally:
        hostile.stop()


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def asked(hostile: Hostile) -> list[bytes]:
    return [one.digest for one in hostile.heard(PictureWanted)]


def test_only_what_was_asked_for_and_is_a_picture_is_kept(met: tuple[Chatter, Hostile]) -> None:
    ann, hostile = met
    bomb = RED[:16] + b"\0\0\x75\x30\0\0\x75\x30" + RED[24:]
    hostile.send(Picture(data=BLUE))
    hostile.send(Presence(status="online", picture=digest(BLUE)))
    ann.wait(lambda: asked(hostile) == [digest(BLUE)], "being asked")
    hostile.send(Picture(data=RED))
    hostile.settle(ann)
    ann.do(SetProfile("Ann", "#112233", RED))
    ann.wait(lambda: any(one.colour for one in hostile.heard(Presence)), "what is said after it")
    assert kept(ann) == []
    hostile.send(Presence(status="online", picture=digest(bomb)))
    ann.wait(lambda: asked(hostile)[-1] == digest(bomb), "being asked again")
    hostile.send(Picture(data=bomb))
    hostile.send(Presence(status="online", picture=b"short"))
    hostile.settle(ann)
    assert kept(ann) == [] and not any(one.person.picture for one in ann.all(PersonChanged))
    hostile.send(Presence(status="online", picture=digest(BLUE)))
    ann.wait(lambda: asked(hostile)[-1] == digest(BLUE), "being asked a third time")
    hostile.send(Picture(data=BLUE))
    ann.wait(lambda: kept(ann) == [BLUE], "the one that is right")


def test_who_changes_all_the_time_is_asked_no_more(met: tuple[Chatter, Hostile]) -> None:
    ann, hostile = met
    for number in range(pictures.BURST * 5):
        hostile.send(Presence(status="online", picture=digest(bytes([number]))))
    hostile.send(PictureWanted(digest=digest(RED)))
    ann.wait(lambda: hostile.heard(Picture), "what is said last")
    assert pictures.BURST <= len(asked(hostile)) <= pictures.BURST + 1


def test_a_picture_is_given_once_on_a_link(met: tuple[Chatter, Hostile]) -> None:
    ann, hostile = met
    hostile.send(PictureWanted(digest=digest(BLUE)), *[PictureWanted(digest=digest(RED))] * 100)
    ann.wait(lambda: hostile.heard(Picture), "the picture")
    hostile.settle(ann)
    assert [one.data for one in hostile.heard(Picture)] == [RED]
