"""Who this PC is in the chat: one P-256 key and a self-signed certificate, and the TLS contexts made of them.

The id is the SHA-256 of the certificate. Names and addresses are labels, never identity. What reads files or
makes keys blocks: call it off the loop.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from net.certificates import Extension, new_key, self_signed
from net.storage.private import private_draft

IDENTITY_FILE = "identity.pem"
"""Key and certificate together, readable by its owner only."""

MAX_CERTIFICATE = 4096
"""Bytes of a certificate as DER."""

# The clocks of two PCs may be years apart: a certificate that is pinned needs no end.
_NOT_BEFORE = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
_NOT_AFTER = datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc)
_SIGNATURE = ec.ECDSA(hashes.SHA256())

# What `cryptography` raises for certificates made by others, and what is no ValueError.
_UNUSABLE = (
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class IdentityError(Exception):
    """``kind``: "damaged" (the file is there and is no identity: it is never replaced silently, because a new
    one is a stranger to everybody), "unreadable", "unwritable", or "certificate" (a peer's is none of
    ours)."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True)
class Identity:
    """``certificate`` as DER; ``path``: the PEM file with key and certificate."""

    certificate: bytes
    key: ec.EllipticCurvePrivateKey
    path: Path

    @cached_property
    def id(self) -> bytes:
        """32 bytes."""
        return identity_of(self.certificate)

    @property
    def hex(self) -> str:
        return self.id.hex()

    def sign(self, data: bytes) -> bytes:
        """ECDSA with SHA-256, as DER."""
        return self.key.sign(data, _SIGNATURE)


def identity_of(certificate: bytes) -> bytes:
    """The id of whoever has this certificate (DER)."""
    return hashlib.sha256(certificate).digest()


def load_or_create(folder: Path) -> Identity:
    """The identity kept in ``folder``, made if there is none yet. Blocks. Raises `IdentityError`."""
    path = folder / IDENTITY_FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _write_once(path, _generate())
    except OSError as error:
        raise IdentityError("unwritable", error.strerror or str(error)) from error
    try:
        content = path.read_bytes()
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise IdentityError("unreadable", error.strerror or str(error)) from error
    return load_identity(path, content)


def load_identity(path: Path, content: bytes) -> Identity:
    """What the file at ``path`` holds. Raises `IdentityError` ("damaged")."""
    try:
        key = serialization.load_pem_private_key(content, None)
        parsed = x509.load_pem_x509_certificate(content)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != _public_key(parsed):
            raise ValueError("key and certificate do not belong together")
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise IdentityError("damaged", str(path)) from error
    return Identity(parsed.public_bytes(serialization.Encoding.DER), key, path)


def check_certificate(certificate: bytes) -> None:
    """Raises `IdentityError` where ``certificate`` (DER) is not what a Duplex makes: P-256, self-signed,
    named after its key."""
    try:
        if len(certificate) > MAX_CERTIFICATE:
            raise ValueError("too long")
        parsed = x509.load_der_x509_certificate(certificate)
        name = _name_of(_public_key(parsed))
        if parsed.subject != name or parsed.issuer != name:
            raise ValueError("the name is not made of the key")
        parsed.verify_directly_issued_by(parsed)
        # OpenSSL reads on its own: what it refuses later would spoil the context of all.
        _bare_context(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificate)
    except (ValueError, TypeError, *_UNUSABLE, ssl.SSLError) as error:
        raise IdentityError("certificate", str(error) or type(error).__name__) from error


def verify(certificate: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the key of ``certificate`` (DER) made ``signature`` over ``data``."""
    try:
        _public_key(x509.load_der_x509_certificate(certificate)).verify(signature, data, _SIGNATURE)
    except (ValueError, TypeError, *_UNUSABLE):
        return False
    return True


def pairing_server_context(identity: Identity) -> ssl.SSLContext:
    """For the doors where the client shows no certificate. Blocks."""
    context = _bare_context(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.path)
    return context


def pairing_client_context() -> ssl.SSLContext:
    """Takes any certificate: the pairing signs it, and people compare the digits made of it."""
    context = _bare_context(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def talking_server_context(identity: Identity, certificates: Iterable[bytes]) -> ssl.SSLContext:
    """Demands one of ``certificates`` (DER). Whoever uses it compares the peer's certificate afterwards:
    OpenSSL takes what these keys have signed, too. Blocks."""
    context = pairing_server_context(identity)
    context.verify_mode = ssl.CERT_REQUIRED
    trust(context, certificates)
    return context


def talking_client_context(identity: Identity, certificate: bytes) -> ssl.SSLContext:
    """Shows ours and demands ``certificate`` (DER); likewise to be compared afterwards. Blocks."""
    context = _bare_context(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(identity.path)
    trust(context, (certificate,))
    return context


def trust(context: ssl.SSLContext, certificates: Iterable[bytes]) -> None:
    """Let ``context`` take these certificates (DER, checked before) besides those it takes already."""
    joined = b"".join(certificates)
    if joined:
        context.load_verify_locations(cadata=joined)


def _bare_context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if protocol == ssl.PROTOCOL_TLS_SERVER:
        # Sessions are not resumed: each handshake is to prove both keys.
        context.num_tickets = 0
    return context


def _public_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("the key is not P-256")
    return key


def _name_of(key: ec.EllipticCurvePublicKey) -> x509.Name:
    """OpenSSL looks for a certificate among the trusted ones by its name, and takes the first: were two
    alike, one of their owners would be refused. So each is named after its key, and nobody can have
    another's."""
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Duplex"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, hashlib.sha256(encoded).hexdigest()),
        ]
    )


def _generate() -> bytes:
    key = new_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    extensions: tuple[Extension, ...] = (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (usage, True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )
    return self_signed(key, _name_of(key.public_key()), _NOT_BEFORE, _NOT_AFTER, extensions)


def _write_once(path: Path, content: bytes) -> None:
    """All or nothing, and never over the identity that another process made meanwhile."""
    with private_draft(path, content) as draft, contextlib.suppress(FileExistsError):
        try:
            os.link(draft, path)
        except (NotImplementedError, PermissionError, OSError) as error:
            if isinstance(error, FileExistsError):
                raise
            # No hard links on this file system.
            os.replace(draft, path)
