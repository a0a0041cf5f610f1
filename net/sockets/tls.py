"""TLS contexts, our self-signed certificate, and the facts of a handshake.

All functions that read files or make keys block: call them off the loop. Cryptography is imported by the
first of them that needs it: loading it takes as long as half of all the rest of the Engine.
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import os
import socket
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from net.events import Fault, FaultKind
from net.sockets.commands import TlsOptions
from net.sockets.events import TlsFacts
from net.sockets.session import OpenError
from net.storage.file import set_aside
from net.storage.private import private_draft

if TYPE_CHECKING:
    from cryptography import x509

    from net.certificates import Extension

CERTIFICATE_DAYS = 3650
RENEW_DAYS = 30
"""Days before its expiry at which our certificate is replaced."""

CERTIFICATE_FILE = "tls-server.pem"
"""Key and certificate in one file, so that both are replaced at once."""


class TlsFileError(OpenError):
    """A certificate, key or authority file can't be used; ``fault`` says which and why."""


def server_context(
    options: TlsOptions, data_folder: Path | None, tell: Callable[[Fault], object] = lambda fault: None
) -> ssl.SSLContext:
    """A context for a listener; ``tell`` gets news of our own certificate's file. Raises `TlsFileError`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if options.certificate:
        _load_chain(context, options.certificate, options.key)
    else:
        try:
            _load_own(context, data_folder, tell)
        except OSError as error:
            path = str(error.filename or data_folder or "")
            raise TlsFileError(_unreadable(path, error)) from error
    if options.authority:
        _load_authority(context, options.authority)
    return context


def client_context(options: TlsOptions) -> ssl.SSLContext:
    """A context for a client; with ``verify`` it trusts the system's authorities and ``authority``. Raises
    `TlsFileError`."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    if options.authority:
        _load_authority(context, options.authority)
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.certificate:
        _load_chain(context, options.certificate, options.key)
    return context


def facts_of(ssl_object: ssl.SSLObject | ssl.SSLSocket, verified: bool) -> TlsFacts:
    """The facts of a handshake; ``verified``: whether it checked the peer's chain and name."""
    der = ssl_object.getpeercert(binary_form=True)
    cipher = ssl_object.cipher()
    return TlsFacts(
        version=ssl_object.version() or "",
        cipher=cipher[0] if cipher else "",
        verified=verified and der is not None,
        peer_name=_name_in(der) if der else "",
        fingerprint=hashlib.sha256(der).hexdigest() if der else "",
    )


def generate_certificate(host_name: str) -> bytes:
    """A P-256 key and a self-signed certificate for this PC, as one PEM text."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    from net.certificates import new_key, self_signed

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host_name[:64] or "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    if host_name.isascii() and host_name not in ("", "localhost"):
        names.append(x509.DNSName(host_name))
    names += [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
    extensions: tuple[Extension, ...] = (
        (x509.SubjectAlternativeName(names), False),
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
    )
    return self_signed(
        new_key(),
        name,
        # Valid since yesterday, for peers whose clocks are slow.
        not_before=now - datetime.timedelta(days=1),
        not_after=now + datetime.timedelta(days=CERTIFICATE_DAYS),
        extensions=extensions,
    )


def _load_chain(context: ssl.SSLContext, certificate: str, key: str) -> None:
    for path in filter(None, (certificate, key)):
        _check_readable(path)
    try:
        # OpenSSL would prompt for the password on the terminal; an empty one is refused at once.
        context.load_cert_chain(certificate, key or None, password="")
    except (ssl.SSLError, ValueError, OSError) as error:
        raise TlsFileError(_unreadable(certificate, error)) from error


def _load_authority(context: ssl.SSLContext, path: str) -> None:
    _check_readable(path)
    try:
        context.load_verify_locations(path)
    except (ssl.SSLError, OSError) as error:
        raise TlsFileError(_unreadable(path, error)) from error


def _check_readable(path: str) -> None:
    try:
        with open(path, "rb"):
            pass
    except (OSError, ValueError) as error:
        raise TlsFileError(_unreadable(path, error)) from error


def _unreadable(path: str, error: Exception) -> Fault:
    detail = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return Fault(FaultKind.FILE_UNREADABLE, {"path": path, "detail": str(detail).replace("_", " ").lower()})


def _load_own(context: ssl.SSLContext, data_folder: Path | None, tell: Callable[[Fault], object]) -> None:
    if data_folder is None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / CERTIFICATE_FILE
            _make_own(path, tell)
            context.load_cert_chain(path)
        return
    path = data_folder / CERTIFICATE_FILE
    if not _is_usable(path):
        try:
            _make_own(path, tell)
        except OSError as error:
            # As good as none to keep one in: the server is no worse, only another one at each start.
            detail = {"path": str(path), "detail": error.strerror or str(error)}
            tell(Fault(FaultKind.CERTIFICATE_IN_MEMORY, detail))
            _load_own(context, None, tell)
            return
    context.load_cert_chain(path)


def _make_own(path: Path, tell: Callable[[Fault], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with private_draft(path, generate_certificate(socket.gethostname())) as draft:
        if path.exists() and not _is_certificate(path):
            aside = set_aside(path, "damaged")
            tell(Fault(FaultKind.CERTIFICATE_DAMAGED, {"path": str(path), "aside": str(aside)}))
        os.replace(draft, path)


def _is_certificate(path: Path) -> bool:
    """Whether it is one that has only run out."""
    from cryptography import x509

    try:
        x509.load_pem_x509_certificate(path.read_bytes())
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, password="")
    except (OSError, ValueError):
        return False
    return True


def _is_usable(path: Path) -> bool:
    """Whether the file holds a key and its certificate, and the certificate does not expire soon."""
    from cryptography import x509

    if not _is_certificate(path):
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    now = datetime.datetime.now(datetime.timezone.utc)
    return certificate.not_valid_after_utc - now > datetime.timedelta(days=RENEW_DAYS)


def _name_in(der: bytes) -> str:
    """The name the certificate is for; "" if it can't be read."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        certificate = x509.load_der_x509_certificate(der)
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if common:
            return str(common[0].value)
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
        return names[0] if names else certificate.subject.rfc4514_string()
    except (ValueError, x509.ExtensionNotFound):
        return ""
