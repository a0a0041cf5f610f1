"""Pairing: two Duplex that never met learn each other's certificates and the same six digits.

Sans-IO: messages in, messages out. TLS binds the server's certificate to the connection; signatures bind
both certificates and both nonces; the client commits to its nonce before it sees the server's, so that a
relay in the middle can't choose nonces that give both victims the same digits.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from net.chat.identity import Identity, IdentityError, check_certificate, identity_of, verify
from net.protocol.chat.messages import (
    MIN_VERSION,
    VERSION,
    PairDone,
    PairHello,
    PairNonce,
    PairRefused,
    PairReveal,
    Wire,
)

_CLIENT = b"duplex pair client 1\0"
_SERVER = b"duplex pair server 1\0"
_DIGITS = b"duplex digits 1\0"


@dataclass(frozen=True, slots=True)
class Paired:
    """What one side knows of the other after pairing. ``name`` and ``colour`` as the other says, not cleaned;
    ``digits``: six, the same on both sides unless somebody is between them."""

    identity: bytes
    certificate: bytes
    name: str
    colour: str
    digits: str


class PairingError(Exception):
    """``kind``: "bad" (what came proves nothing), "version" (``newer``: the other's is the newer one),
    "self" (it is this very Duplex), "blocked", "busy" (too many, or a pairing with the same peer is under way
    from the other side: its result comes by itself), "closed", or another reason of the peer's."""

    def __init__(self, kind: str, newer: bool = False) -> None:
        super().__init__(kind)
        self.kind = kind
        self.newer = newer


@dataclass(frozen=True, slots=True)
class _Transcript:
    """What both sides sign."""

    client: bytes  # certificates, DER
    server: bytes
    client_nonce: bytes
    server_nonce: bytes

    def signed(self, role: bytes) -> bytes:
        return (
            role + identity_of(self.client) + identity_of(self.server) + self.client_nonce + self.server_nonce
        )

    def digits(self) -> str:
        number = int.from_bytes(hashlib.sha256(self.signed(_DIGITS)).digest()[:8], "big")
        return f"{number % 10**6:06}"


class PairingClient:
    """``server``: the certificate (DER) that TLS saw. `begin` first, then `receive` until it gives a
    `Paired`."""

    def __init__(self, identity: Identity, name: str, colour: str, server: bytes) -> None:
        self._identity = identity
        self._name = name
        self._colour = colour
        self._server = server
        self._nonce = secrets.token_bytes(32)
        self._transcript: _Transcript | None = None

    def begin(self) -> PairHello:
        return PairHello(
            version=VERSION,
            min_version=MIN_VERSION,
            certificate=self._identity.certificate,
            commitment=hashlib.sha256(self._nonce).digest(),
        )

    def receive(self, message: Wire) -> PairReveal | Paired:
        """Raises `PairingError`."""
        if isinstance(message, PairRefused):
            raise PairingError(message.reason, newer=message.reason == "version")
        if isinstance(message, PairNonce) and self._transcript is None:
            check_version(message.version, message.min_version)
            _check_peer(self._identity, self._server)
            self._transcript = _Transcript(
                self._identity.certificate, self._server, self._nonce, message.nonce
            )
            signature = self._identity.sign(self._transcript.signed(_CLIENT))
            return PairReveal(nonce=self._nonce, signature=signature, name=self._name, colour=self._colour)
        if isinstance(message, PairDone) and self._transcript is not None:
            transcript, self._transcript = self._transcript, None
            if not verify(self._server, message.signature, transcript.signed(_SERVER)):
                raise PairingError("bad")
            return Paired(
                identity_of(self._server), self._server, message.name, message.colour, transcript.digits()
            )
        raise PairingError("bad")


class PairingServer:
    """One run with one client; `receive` gives the answer, and with the last one the `Paired`."""

    def __init__(self, identity: Identity, name: str, colour: str) -> None:
        self._identity = identity
        self._name = name
        self._colour = colour
        self._nonce = secrets.token_bytes(32)
        self._hello: PairHello | None = None
        self._over = False

    @property
    def client(self) -> bytes:
        """The identity that the client claims; b"" before its first message."""
        return identity_of(self._hello.certificate) if self._hello is not None else b""

    def receive(self, message: Wire) -> tuple[PairNonce | PairDone, Paired | None]:
        """Raises `PairingError`; after it, and after the end, nothing more is taken."""
        if self._over:
            raise PairingError("bad")
        if isinstance(message, PairHello) and self._hello is None:
            self._over = True
            check_version(message.version, message.min_version)
            _check_peer(self._identity, message.certificate)
            self._over = False
            self._hello = message
            return PairNonce(version=VERSION, min_version=MIN_VERSION, nonce=self._nonce), None
        self._over = True
        if not isinstance(message, PairReveal) or self._hello is None:
            raise PairingError("bad")
        promised = hashlib.sha256(message.nonce).digest()
        certificate = self._hello.certificate
        transcript = _Transcript(certificate, self._identity.certificate, message.nonce, self._nonce)
        if not hmac.compare_digest(promised, self._hello.commitment) or not verify(
            certificate, message.signature, transcript.signed(_CLIENT)
        ):
            raise PairingError("bad")
        done = PairDone(
            signature=self._identity.sign(transcript.signed(_SERVER)), name=self._name, colour=self._colour
        )
        paired = Paired(
            identity_of(certificate), certificate, message.name, message.colour, transcript.digits()
        )
        return done, paired


def check_version(version: int, min_version: int) -> None:
    """Raises `PairingError` ("version") where there is none in common."""
    if min_version > VERSION:
        raise PairingError("version", newer=True)
    if version < MIN_VERSION:
        raise PairingError("version", newer=False)


def _check_peer(identity: Identity, certificate: bytes) -> None:
    if certificate == identity.certificate:
        raise PairingError("self")
    try:
        check_certificate(certificate)
    except IdentityError as error:
        raise PairingError("bad") from error
