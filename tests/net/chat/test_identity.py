from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from net.chat.identity import (
    IDENTITY_FILE,
    Identity,
    IdentityError,
    check_certificate,
    identity_of,
    load_or_create,
    verify,
)
from tests.net.chat.certificates import certificate_of, der, name_of
from tests.net.chat.duplexes import identity_number


def test_it_is_made_once_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "profile" / "of mine 我的"
    identity = load_or_create(folder)
    again = load_or_create(folder)
    assert again.id == identity.id == hashlib.sha256(identity.certificate).digest()
    assert again.hex == identity.id.hex() and again.certificate == identity.certificate
    assert load_or_create(tmp_path / "another").id != identity.id
    assert [path.name for path in folder.iterdir()] == [IDENTITY_FILE]
    assert verify(identity.certificate, again.sign(b"data"), b"data")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = load_or_create(tmp_path).path
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    load_or_create(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_programs_that_start_at_once_make_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len({identity.id for identity in threads.map(load_or_create, [tmp_path] * 16)}) == 1


@pytest.mark.parametrize("how", ["empty", "cut", "key of another", "binary"])
def test_a_damaged_one_is_never_replaced(tmp_path: Path, how: str) -> None:
    path = load_or_create(tmp_path / "a").path
    content = path.read_bytes()
    other = load_or_create(tmp_path / "b").path.read_bytes()
    border = content.index(b"-----BEGIN CERTIFICATE")
    damaged = {
        "empty": b"",
        "cut": content[: border + 40],
        "key of another": other[: other.index(b"-----BEGIN CERTIFICATE")] + content[border:],
        "binary": os.urandom(200),
    }[how]
    path.write_bytes(damaged)
    with pytest.raises(IdentityError) as caught:
        load_or_create(tmp_path / "a")
    assert caught.value.kind == "damaged" and path.read_bytes() == damaged


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IdentityError) as caught:
        load_or_create(tmp_path / "file" / "folder")
    assert caught.value.kind == "unwritable"


def test_clocks_do_not_matter() -> None:
    certificate = x509.load_der_x509_certificate(identity_number(0).certificate)
    assert certificate.not_valid_before_utc.year == 2000 and certificate.not_valid_after_utc.year == 2100


def test_each_certificate_has_a_name_of_its_own() -> None:
    parsed = [x509.load_der_x509_certificate(identity_number(number).certificate) for number in (0, 1)]
    assert parsed[0].subject != parsed[1].subject
    assert parsed[0].subject == parsed[0].issuer == name_of(identity_number(0).key)


P256 = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    "certificate",
    [
        b"",
        b"\x30\x82\x01",
        identity_number(0).certificate + b"\0",
        identity_number(0).certificate + identity_number(1).certificate,
        der(certificate_of(rsa.generate_private_key(65537, 2048))),
        der(certificate_of(ec.generate_private_key(ec.SECP384R1()))),
        der(certificate_of(P256, ec.generate_private_key(ec.SECP256R1()))),
        der(certificate_of(P256, name=name_of(identity_number(0).key))),
        b"\x30" * 5000,
    ],
)
def test_what_no_duplex_makes(certificate: bytes) -> None:
    with pytest.raises(IdentityError) as caught:
        check_certificate(certificate)
    assert caught.value.kind == "certificate"


def test_what_a_duplex_makes() -> None:
    check_certificate(identity_number(0).certificate)
    check_certificate(der(certificate_of(P256)))


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("change", [1, 4, 128, 255])
def test_a_changed_certificate_is_refused(change: int) -> None:
    """And with this error and no other, because it comes from a stranger. What no library looks at may
    differ (the count of unused bits before the signature): it gives another id to the same key."""
    certificate = identity_number(0).certificate
    accepted = []
    for place in range(len(certificate)):
        changed = bytearray(certificate)
        changed[place] ^= change
        assert not verify(bytes(changed), b"signature", b"data")
        try:
            check_certificate(bytes(changed))
        except IdentityError as error:
            assert error.kind == "certificate"
        else:
            accepted.append(bytes(changed))
    assert len(accepted) <= 1
    for other in accepted:
        assert identity_of(other) != identity_number(0).id
        assert verify(other, identity_number(0).sign(b"data"), b"data")


def test_signatures() -> None:
    anna, bert = identity_number(0), identity_number(1)
    signature = anna.sign(b"data")
    assert verify(anna.certificate, signature, b"data")
    assert not verify(anna.certificate, signature, b"date")
    assert not verify(bert.certificate, signature, b"data")
    assert not verify(anna.certificate, signature[:-1], b"data")
    assert not verify(b"no certificate", signature, b"data")
    thief = Identity(anna.certificate, bert.key, anna.path)
    assert not verify(anna.certificate, thief.sign(b"data"), b"data")
    assert dataclasses.replace(anna) == anna
