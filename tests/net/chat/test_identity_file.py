"""The file with the identity against bad luck: what is there and no identity is told, kept, and got over."""

from __future__ import annotations

from pathlib import Path

import pytest

from net.chat.identity import IDENTITY_FILE, IdentityError
from net.chat.identity_file import COPY_FILE, IdentityFault, damage_of, open_identity
from net.events import FaultKind


def good(folder: Path) -> bytes:
    """An identity's file, as bytes."""
    return open_identity(folder)[0].path.read_bytes()


def damaged(folder: Path, content: bytes, *, with_copy: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / IDENTITY_FILE
    path.write_bytes(content)
    if not with_copy:
        (folder / COPY_FILE).unlink(missing_ok=True)
    return path


DAMAGE = {"empty": b"", "zeros": bytes(900), "cut": b"-----BEGIN PRIVATE KEY-----\nMIG", "other": b"no key"}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_became_of_it_is_said_and_it_is_kept(tmp_path: Path, what: str) -> None:
    path = damaged(tmp_path, DAMAGE[what])
    with pytest.raises(IdentityFault) as caught:
        open_identity(tmp_path)
    assert caught.value.fault.kind is FaultKind.IDENTITY_DAMAGED
    assert caught.value.fault.params == {"path": str(path), "what": what}
    assert path.read_bytes() == DAMAGE[what]
    identity, notes = open_identity(tmp_path, renew=True)
    assert notes == () and open_identity(tmp_path)[0].id == identity.id
    (aside,) = tmp_path.glob(f"{IDENTITY_FILE}.replaced-*")
    assert aside.read_bytes() == DAMAGE[what]


def test_half_of_a_real_one_breaks_off(tmp_path: Path) -> None:
    content = good(tmp_path)
    for length in (100, len(content) // 2, len(content) - 40):
        assert damage_of(content[:length]) == "cut"


@pytest.mark.parametrize("what", DAMAGE)
def test_its_copy_takes_its_place_and_that_is_said(tmp_path: Path, what: str) -> None:
    before = open_identity(tmp_path)[0]
    path = damaged(tmp_path, DAMAGE[what], with_copy=True)
    after, notes = open_identity(tmp_path)
    assert after.id == before.id
    (note,) = notes
    assert note.kind is FaultKind.IDENTITY_RESTORED and note.params["what"] == what
    assert Path(str(note.params["aside"])).read_bytes() == DAMAGE[what]
    again, notes = open_identity(tmp_path)
    assert (again.id, notes) == (before.id, ())
    assert path.read_bytes() == (tmp_path / COPY_FILE).read_bytes()


def test_a_damaged_copy_is_no_help_and_is_made_again(tmp_path: Path) -> None:
    before = open_identity(tmp_path)[0]
    content = before.path.read_bytes()
    (tmp_path / COPY_FILE).write_bytes(b"")
    damaged(tmp_path, b"", with_copy=True)
    with pytest.raises(IdentityFault):
        open_identity(tmp_path)
    damaged(tmp_path, content, with_copy=True)
    assert open_identity(tmp_path)[0].id == before.id
    assert (tmp_path / COPY_FILE).read_bytes() == content


def test_a_new_one_does_not_come_back_as_the_old(tmp_path: Path) -> None:
    old = open_identity(tmp_path)[0]
    new = open_identity(tmp_path, renew=True)[0]
    assert new.id != old.id
    damaged(tmp_path, b"", with_copy=True)
    assert open_identity(tmp_path)[0].id == new.id
    # Who deletes the file wants to be somebody else: the copy does not stand in for it.
    (tmp_path / IDENTITY_FILE).unlink()
    third = open_identity(tmp_path)[0]
    assert third.id not in (old.id, new.id)
    (kept,) = tmp_path.glob(f"{COPY_FILE}.replaced-*")
    kept.replace(tmp_path / "copy.pem")
    assert open_identity(tmp_path, restore=tmp_path / "copy.pem")[0].id == new.id


def test_a_copy_that_is_none_changes_nothing(tmp_path: Path) -> None:
    path = damaged(tmp_path, b"")
    for name, content, kind in (
        ("letter.pem", b"Dear", FaultKind.IDENTITY_DAMAGED),
        ("missing.pem", None, FaultKind.IDENTITY_UNREADABLE),
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(IdentityFault) as caught:
            open_identity(tmp_path, restore=tmp_path / name)
        assert caught.value.fault.kind is kind
        assert caught.value.fault.params["path"] == str(tmp_path / name)
    assert path.read_bytes() == b""


def test_where_none_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IdentityError) as caught:
        open_identity(tmp_path / "file" / "folder")
    assert caught.value.kind == "unwritable"
    (tmp_path / "profile" / IDENTITY_FILE).mkdir(parents=True)
    with pytest.raises(IdentityFault) as unreadable:
        open_identity(tmp_path / "profile")
    assert unreadable.value.fault.kind is FaultKind.IDENTITY_UNREADABLE
