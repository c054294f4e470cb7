"""A certificate for the local network, made on the spot: `python -m config.tls FOLDER NAME...`

A small authority of this installation's own signs it, so that a phone that was told once to trust the authority trusts
the next certificate too. The authority can vouch for addresses of private networks and for this machine's names, and
for nothing else: whoever stole its key could not stand between a phone and any other site.
"""

import argparse
import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import segno
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Phones refuse certificates that last longer than about a year.
LASTS = timedelta(days=90)
AUTHORITY_LASTS = timedelta(days=730)
# Made anew so long before the end.
RENEWED_BEFORE = timedelta(days=14)
PRIVATE = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
DOMAINS = ("localhost", "local")

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Files:
    """Where everything lies. Keys are for this account alone."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "authority.crt"

    @property
    def authority_key(self) -> Path:
        return self.folder / "authority.key"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.crt"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"


def ensure_certificate(folder: Path, names: list[str], *, now: datetime | None = None) -> Files:
    """Makes what is missing, too old, or made for other names; leaves the rest as it is.

    `names` are host names and IP addresses. Raises ValueError for a name that is neither.
    """
    now = now or datetime.now(UTC)
    files = Files(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = [_general(name) for name in names]
    authority, authority_key = _read(files.authority, files.authority_key)
    if authority is None or authority_key is None or not _vouches_for(authority, wanted, now):
        authority, authority_key = _make_authority(wanted, now)
        _write(files.authority, files.authority_key, authority, authority_key)
    certificate, _ = _read(files.certificate, files.key)
    if certificate is None or not _is_good(certificate, authority, wanted, now):
        certificate, key = _make_certificate(authority, authority_key, wanted, now)
        _write(files.certificate, files.key, certificate, key)
    return files


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _read(certificate: Path, key: Path) -> tuple[x509.Certificate | None, Key | None]:
    """Both, or neither where one is missing or spoiled."""
    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError):
        return None, None
    if not isinstance(secret, ec.EllipticCurvePrivateKey) or secret.public_key() != read.public_key():
        return None, None
    return read, secret


def _write(certificate: Path, key: Path, made: x509.Certificate, secret: Key) -> None:
    text = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for file, content, mode in (
        (key, text, 0o600),
        (certificate, made.public_bytes(serialization.Encoding.PEM), 0o644),
    ):
        fresh = file.with_suffix(".fresh")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
            out.write(content)
        fresh.replace(file)


def _make_authority(wanted: list[x509.GeneralName], now: datetime) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sidang, for this local network only")])
    permitted: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_network(network)) for network in PRIVATE]
    permitted += [x509.DNSName(domain) for domain in DOMAINS]
    permitted += [_subtree(one) for one in wanted if not _is_within(one, permitted)]
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made, key


def _subtree(name: x509.GeneralName) -> x509.GeneralName:
    """The name as a constraint: an address as a network of one."""
    return x509.IPAddress(ipaddress.ip_network(name.value)) if isinstance(name, x509.IPAddress) else name


def _is_within(name: x509.GeneralName, permitted: list[x509.GeneralName]) -> bool:
    for subtree in permitted:
        if isinstance(name, x509.IPAddress) and isinstance(subtree, x509.IPAddress):
            if ipaddress.ip_address(str(name.value)) in ipaddress.ip_network(str(subtree.value)):
                return True
        elif (
            isinstance(name, x509.DNSName)
            and isinstance(subtree, x509.DNSName)
            and (name.value == subtree.value or name.value.endswith(f".{subtree.value}"))
        ):
            return True
    return False


def _vouches_for(authority: x509.Certificate, wanted: list[x509.GeneralName], now: datetime) -> bool:
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    lasts = authority.not_valid_after_utc - now > LASTS + RENEWED_BEFORE
    return lasts and all(_is_within(name, list(permitted)) for name in wanted)


def _make_certificate(
    authority: x509.Certificate, authority_key: Key, wanted: list[x509.GeneralName], now: datetime
) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sidang")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    return made, key


def _is_good(
    certificate: x509.Certificate, authority: x509.Certificate, wanted: list[x509.GeneralName], now: datetime
) -> bool:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return set(names) == set(wanted) and certificate.not_valid_after_utc - now > RENEWED_BEFORE


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m config.tls", description="A certificate for the local network.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="+", help="host names and addresses it is for")
    parser.add_argument("--code", help="an address to print as a code to scan")
    given = parser.parse_args()
    ensure_certificate(given.folder, given.names)
    if given.code:
        segno.make(given.code, error="m", micro=False).terminal(compact=True)


if __name__ == "__main__":
    main()
