"""Self-signed certificates on P-256 keys, as PEM: for the TLS listener and for the chat's own identity."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Extension = tuple[x509.ExtensionType, bool]
"""An extension, and whether it is critical."""


def new_key() -> ec.EllipticCurvePrivateKey:
    """A new private key on the curve P-256 (FIPS 186-4)."""
    return ec.generate_private_key(ec.SECP256R1())


def self_signed(
    key: ec.EllipticCurvePrivateKey,
    name: x509.Name,
    not_before: datetime.datetime,
    not_after: datetime.datetime,
    extensions: Iterable[Extension],
) -> bytes:
    """The key (PKCS #8, not encrypted) followed by its certificate (X.509, signed with SHA-256), as
    ``SSLContext.load_cert_chain`` accepts them in one file."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    certificate = builder.sign(key, hashes.SHA256())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
