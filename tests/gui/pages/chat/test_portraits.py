"""Pictures of people: made of any file, hostile ones refused, chosen, shown everywhere, taken away again."""

from __future__ import annotations

import contextlib
import struct
import tkinter as tk
import zlib
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog

import pytest
from PIL import Image

from gui.pages.chat import settings as chat_settings
from gui.pages.chat.portraits import as_text, opened, portrait
from gui.pages.chat.profile.settings_section import ChatSection
from gui.pages.chat.settings import ChatSettings
from gui.shared import portrait as chat_portrait
from gui.shared.portrait import SIDE, PortraitError, make_portrait
from net.chat.commands import SetProfile, StartChat
from net.chat.conversation import Conversation
from net.chat.events import PersonChanged, PresenceState, RoomMember, RoomMembers
from net.protocol.chat.pictures import MAX_PICTURE, picture_size
from tests.gui.pages.chat.stage import BOB, LIN, ME, ROOM, Stage, person

Point = tuple[int, int]


def picture(folder: Path, size: Point = (600, 400), name: str = "face.png", mode: str = "RGB") -> Path:
    path = folder / name
    Image.radial_gradient("L").resize(size).convert(mode).save(path)
    return path


@pytest.fixture
def face(tmp_path: Path) -> bytes:
    return make_portrait(picture(tmp_path))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.webp", "a.bmp"])
def test_the_middle_of_any_picture(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    image = Image.new("RGB", (900, 300), "#ff0000")
    image.paste("#0000ff", (300, 0, 600, 300))
    image.save(path)
    made = make_portrait(path)
    assert picture_size(made) == (SIDE, SIDE) and len(made) <= MAX_PICTURE
    corner = opened(made).getpixel((4, 4))  # type: ignore[union-attr]
    assert isinstance(corner, tuple) and corner[2] > 200 > 60 > corner[0]


def test_noise_is_made_small_enough(tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    Image.effect_noise((400, 400), 120).convert("RGB").save(path)
    assert len(make_portrait(path)) <= MAX_PICTURE


def test_a_picture_taken_upright_stands_upright(tmp_path: Path) -> None:
    image = Image.new("RGB", (400, 400), "#ff0000")
    image.paste("#0000ff", (0, 0, 400, 200))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    image.save(tmp_path / "turned.jpg", exif=exif)
    top = opened(make_portrait(tmp_path / "turned.jpg")).getpixel((80, 10))  # type: ignore[union-attr]
    assert isinstance(top, tuple) and top[0] > 200 > top[2]


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    start = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + start + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\xff\xd8\xff", bomb(30_000, 30_000), bomb(300, 300), b"GIF89a" + bytes(20)]
)
def test_a_file_that_is_none_is_refused_with_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(PortraitError, match=r"\.$"):
        make_portrait(tmp_path / "x.png")


def test_no_file_and_a_huge_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PortraitError):
        make_portrait(tmp_path / "none.png")
    monkeypatch.setattr(chat_portrait, "LARGEST_FILE", 10)
    with pytest.raises(PortraitError, match="too large"):
        make_portrait(picture(tmp_path))


def test_a_bomb_is_never_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[Point] = []
    load = Image.Image.convert

    def convert(image: Image.Image, *arguments: object, **options: object) -> Image.Image:
        decoded.append(image.size)
        return load(image, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "convert", convert)
    (tmp_path / "bomb").write_bytes(bomb(8000, 8000))
    with pytest.raises(PortraitError, match="pixels"):
        make_portrait(tmp_path / "bomb")
    assert opened(bomb(300, 300)) is None and opened(str(tmp_path / "bomb")) is None
    assert decoded == []


def test_what_stands_in_the_settings_is_judged(face: bytes) -> None:
    assert ChatSettings(picture=as_text(face)).picture_bytes == face
    for bad in ("", "%%", as_text(b"GIF89a"), as_text(bomb(300, 300)), as_text(face)[:-8], "é"):
        assert ChatSettings(picture=bad).picture_bytes == b""
    after = ChatSettings(name="Lin", picture=as_text(face))
    assert chat_settings.changes(ChatSettings(name="Lin"), after) == [SetProfile("Lin", "", face)]


@pytest.mark.usefixtures("stage")
def test_what_is_no_picture_is_shown_as_an_initial(tmp_path: Path, face: bytes) -> None:
    (tmp_path / "broken").write_bytes(face[:-40])
    files = [str(tmp_path / name) for name in ("none", "broken")]
    broken: list[str | bytes] = ["", b"", *files, bomb(300, 300)]
    assert all(portrait(source, 40) is None for source in broken)
    shown = portrait(face, 40)
    assert shown is not None and (shown.width(), shown.height()) == (40, 40)
    assert portrait(face, 40) is shown


# In the window


def test_the_first_start_may_choose_a_picture(
    make_stage: Callable[..., Stage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = make_stage(name="")
    card = stage.page.naming.card
    assert card is not None
    (tmp_path / "bad.png").write_bytes(b"x")
    for name in ("bad.png", picture(tmp_path).name):
        monkeypatch.setattr(filedialog, "askopenfilename", lambda name=name, **_o: str(tmp_path / name))
        card.choose.invoke()
        if name == "bad.png":
            stage.wait(lambda: "no picture" in stage.texts(card), "it is said")
    stage.wait(lambda: card.picture, "the picture is made")
    assert card.without.winfo_manager() and not card.problem.winfo_manager()
    card.without.invoke()
    assert not card.picture and not card.without.winfo_manager()
    card.choose.invoke()
    stage.wait(lambda: card.picture, "it is made again")
    card.name.set("Lin")
    card.accept()
    (start,) = stage.submitted(StartChat)
    assert picture_size(start.picture) == (SIDE, SIDE)
    assert chat_settings.read(stage.settings.chat).picture_bytes == start.picture


def test_a_picture_changed_later_is_told(stage: Stage, face: bytes) -> None:
    stage.begin()
    stage.page.ask_name()
    card = stage.page.naming.card
    assert card is not None
    card.set_picture(face)
    card.accept()
    assert stage.submitted(SetProfile) == [SetProfile("Me", "", face)]
    stage.page.ask_name()
    card = stage.page.naming.card
    assert card is not None and card.picture == face
    card.set_picture(b"")
    card.accept()
    assert stage.submitted(SetProfile)[-1] == SetProfile("Me", "")


def test_in_the_settings(stage: Stage, face: bytes) -> None:
    told: list[ChatSettings] = []
    section = ChatSection(stage.root, ChatSettings(name="Lin"), told.append)
    try:
        assert not section.no_picture.winfo_manager()
        section.show_problem("This is no picture.")
        assert section.picture_problem.winfo_manager()
        section.set_picture(face)
        assert told[-1].picture_bytes == face and section.no_picture.winfo_manager()
        assert not section.picture_problem.winfo_manager()
        section.no_picture.invoke()
        assert told[-1].picture == "" and not section.no_picture.winfo_manager()
    finally:
        section.destroy()


def images(stage: Stage) -> set[str]:
    """Of all canvases in sight."""
    found: set[str] = set()
    canvases = [stage.page.people.list.canvas, stage.page.people.sign, stage.page.chat.header.sign]
    for canvas in (*canvases, stage.page.chat.messages.bubbles.canvas):
        for item in canvas.find_all():
            with contextlib.suppress(tk.TclError):  # no image
                found.add(str(canvas.itemcget(item, "image")))
    return found


def test_a_picture_is_shown_wherever_the_person_is(stage: Stage, tmp_path: Path, face: bytes) -> None:
    path = tmp_path / "lin"
    path.write_bytes(face)
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    stage.context.open(Conversation.person(LIN))
    stage.hear(LIN, "Lin", "hello")
    sizes = {portrait(str(path), 30), portrait(str(path), 36), portrait(str(path), 40)}
    discs = {str(one) for one in sizes}
    assert not discs & images(stage)
    stage.play(PersonChanged(person(LIN, "Lin", picture=str(path))))
    stage.paint()
    assert discs <= images(stage)
    stage.play(PersonChanged(person(LIN, "Lin", PresenceState.OFFLINE)))
    stage.paint()
    assert not discs & images(stage)


def test_members_are_shown_with_theirs(stage: Stage, tmp_path: Path, face: bytes) -> None:
    path = tmp_path / "lin"
    path.write_bytes(face)
    stage.begin(person(LIN, "Lin"))
    stage.room()
    stage.context.open(Conversation.room(ROOM))
    stage.page.side.toggle()
    stage.play(RoomMembers(ROOM, tuple(RoomMember(one, "x", "", "online", False) for one in (LIN, ME, BOB))))
    stage.play(PersonChanged(person(LIN, "Lin", picture=str(path))))
    rows = stage.room_card.list.rows.rows
    assert [row.picture for row in rows if row.member.identity == LIN] == [str(path)]
    assert not any(row.picture for row in rows if row.member.identity != LIN)
