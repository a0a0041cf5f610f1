"""Certificates that no Duplex makes."""

from __future__ import annotations

import datetime
import hashlib
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from net.chat.identity import Identity

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def name_of(key: Key) -> x509.Name:
    """As docs/protocol.md has it."""
    encoded = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashlib.sha256(encoded).hexdigest()
    return x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Duplex"), x509.NameAttribute(NameOID.SERIAL_NUMBER, digest)]
    )


def certificate_of(
    key: Key, issuer_key: Key | None = None, name: x509.Name | None = None
) -> x509.Certificate:
    """Named after its key and signed by itself, unless others are given."""
    subject = name or name_of(key)
    utc = datetime.timezone.utc
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer_key is None else name_of(issuer_key))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2000, 1, 1, tzinfo=utc))
        .not_valid_after(datetime.datetime(2100, 1, 1, tzinfo=utc))
        .add_extension(x509.BasicConstraints(ca=issuer_key is None, path_length=None), critical=True)
        .sign(issuer_key or key, hashes.SHA256())
    )


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def signed_by(issuer: Identity) -> Identity:
    """Another key with a certificate that ``issuer`` signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_of(key, issuer.key)
    path = Path(tempfile.mkdtemp(prefix="duplex-minted-")) / "identity.pem"
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return Identity(der(certificate), key, path)
