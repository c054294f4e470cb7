"""`./run --tls` makes a certificate that phones can trust, and that could harm nobody else."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from config import running, tls
from config.trust import CERTIFICATE, TrustServer

ROOT = Path(__file__).parents[2]
NAMES = ["localhost", "127.0.0.1", "[::1]", "192.168.1.5", "desk.local", "desk"]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "tls"


def shaken(files: tls.Files, name: str, *, authority: Path | None = None) -> str:
    """Who a client that trusts the authority, and asks for `name`, takes the server for. Raises SSLError."""
    ours, theirs = socket.socketpair()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files.certificate, files.key)

    def serve() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except OSError:  # the client did not trust it
            theirs.close()

    server = threading.Thread(target=serve)
    server.start()
    asking = ssl.create_default_context(cafile=str(authority or files.authority))
    try:
        with asking.wrap_socket(ours, server_hostname=name.strip("[]")) as secure:
            return str(dict(one[0] for one in secure.getpeercert()["subject"])["commonName"])
    finally:
        ours.close()
        server.join(10)


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_that_trusts_the_authority_trusts_the_server_under_each_of_its_names(folder, name):
    assert shaken(tls.ensure_certificate(folder, NAMES), name) == "Sidang"


def test_nobody_trusts_it_by_itself_or_under_another_name(folder, tmp_path):
    files = tls.ensure_certificate(folder, NAMES)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shaken(files, "192.168.1.6")
    other = tls.ensure_certificate(tmp_path / "other", NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(files, "localhost", authority=other.authority)


def test_a_stolen_authority_vouches_for_nobody_else(folder):
    files = tls.ensure_certificate(folder, NAMES)
    authority, key = tls._read(files.authority, files.authority_key)
    for wanted in (x509.DNSName("example.org"), x509.IPAddress(tls.ipaddress.ip_address("8.8.8.8"))):
        forged, secret = tls._make_certificate(authority, key, [wanted], datetime.now(UTC))
        tls._write(files.certificate, files.key, forged, secret)
        with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
            shaken(files, str(wanted.value))


def test_what_is_good_is_kept_and_a_new_address_needs_no_new_trust(folder):
    files = tls.ensure_certificate(folder, NAMES)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    tls.ensure_certificate(folder, NAMES)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    trusted = files.authority.read_bytes()
    moved = tls.ensure_certificate(folder, [*NAMES, "10.0.0.7"])
    assert moved.authority.read_bytes() == trusted
    assert shaken(moved, "10.0.0.7") == "Sidang"


def test_a_public_address_is_vouched_for_when_it_was_asked_for(folder):
    assert shaken(tls.ensure_certificate(folder, ["203.0.113.9"]), "203.0.113.9") == "Sidang"


def test_it_is_renewed_before_it_ends(folder):
    files = tls.ensure_certificate(folder, NAMES)
    first = files.certificate.read_bytes()
    soon = datetime.now(UTC) + tls.LASTS - tls.RENEWED_BEFORE
    tls.ensure_certificate(folder, NAMES, now=soon - timedelta(days=1))
    assert files.certificate.read_bytes() == first
    tls.ensure_certificate(folder, NAMES, now=soon + timedelta(days=1))
    assert files.certificate.read_bytes() != first


def test_an_authority_never_ends_before_what_it_signed(folder):
    files = tls.ensure_certificate(folder, NAMES, now=datetime.now(UTC) - tls.AUTHORITY_LASTS + tls.LASTS)
    old = files.authority.read_bytes()
    tls.ensure_certificate(folder, NAMES)
    assert files.authority.read_bytes() != old
    assert shaken(files, "localhost") == "Sidang"


@pytest.mark.parametrize("spoiled", ["authority.crt", "authority.key", "server.crt", "server.key"])
def test_a_spoiled_file_is_made_anew(folder, spoiled):
    files = tls.ensure_certificate(folder, NAMES)
    (folder / spoiled).write_text("-----BEGIN NOTHING-----\n")
    tls.ensure_certificate(folder, NAMES)
    assert shaken(files, "localhost") == "Sidang"


def test_keys_are_for_this_account_alone(folder):
    files = tls.ensure_certificate(folder, NAMES)
    assert {oct(key.stat().st_mode & 0o777) for key in (files.key, files.authority_key)} == {"0o600"}
    serialization.load_pem_private_key(files.key.read_bytes(), password=None)


# ./run


def wished(*words: str) -> running.Wishes:
    return running.wishes(["--port", "8443", *words])


@pytest.mark.parametrize(
    ("words", "address", "trust"),
    [
        (["--tls"], "https://localhost:8443", "http://localhost:8444"),
        (["--tls", "--host", "192.168.1.5"], "https://192.168.1.5:8443", "http://192.168.1.5:8444"),
        (["--tls", "--host", "fd00::5"], "https://[fd00::5]:8443", "http://[fd00::5]:8444"),
        (["--host", "192.168.1.5"], "http://192.168.1.5:8443", "http://192.168.1.5:8444"),
    ],
)
def test_addresses_follow_the_wish(words, address, trust):
    assert (wished(*words).address, wished(*words).trust_address) == (address, trust)


def test_the_whole_network_is_served_under_an_address_that_phones_reach(monkeypatch):
    monkeypatch.setattr(running, "own_addresses", lambda: ["desk", "192.168.1.5"])
    monkeypatch.setattr(running.socket, "gethostname", lambda: "desk.example.org")
    everywhere = wished("--tls", "--host", "0.0.0.0")
    assert everywhere.address == "https://192.168.1.5:8443"
    env = running.environment(everywhere, demo=False)
    assert env["SITE_URL"] == "https://192.168.1.5:8443"
    assert env["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1],desk.local,desk,192.168.1.5"
    # Else a browser would refuse http on localhost from then on.
    assert env["HSTS_SECONDS"] == "0"


def test_the_server_is_told_its_key_whatever_the_folder_is_called():
    words = running.server_words("::1", 8443, Path("/srv/a:b=c"))
    assert words[-2] == (
        r"ssl:port=8443:interface=\:\:1:backlog=8192"
        r":privateKey=/srv/a\:b\=c/server.key:certKey=/srv/a\:b\=c/server.crt"
    )


def asked(port: int, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()
    finally:
        connection.close()


def test_the_page_without_encryption_gives_the_certificate_and_nothing_else(folder):
    files = tls.ensure_certificate(folder, NAMES)
    trust = TrustServer("127.0.0.1", 0, address="https://192.168.1.5:8443", certificate=files.authority)
    try:
        assert asked(trust.port, CERTIFICATE) == (200, "application/x-x509-ca-cert", files.authority.read_bytes())
        status, _, page = asked(trust.port, "/")
        assert status == 200
        assert b"https://192.168.1.5:8443" in page
        for path in ("/authority.key", "/../tls/authority.key", "/sidang.crt/"):
            assert asked(trust.port, path)[0] == 404
    finally:
        trust.close()


def free_ports() -> int:
    """A port that is free, and the one after it too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@pytest.mark.timeout(300)
def test_it_comes_up_encrypted_and_prints_a_code(installation_folder):
    ours = {"DATABASE_URL", "REDIS_URL", "DEMO", "SITE_URL", "ALLOWED_HOSTS", "HSTS_SECONDS"}
    env = {name: value for name, value in os.environ.items() if name not in ours} | {
        "DATA_DIR": str(installation_folder)
    }
    port = free_ports()
    words = [ROOT / "run", "--empty", "--tls", "--port", str(port)]
    told = []
    run = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in run.stdout:
            told.append(line)
            if "Ctrl-C stops it" in line:
                break
        text = "".join(told)
        assert f"https://localhost:{port}/" in text
        assert f"http://localhost:{port + 1}/" in text
        assert "▄" in text, "there is no code to scan"
        trust = ssl.create_default_context(cafile=str(installation_folder / "tls" / "authority.crt"))
        with urllib.request.urlopen(f"https://localhost:{port}/health/", timeout=20, context=trust) as answer:
            assert answer.status == 200
            assert "Strict-Transport-Security" not in answer.headers
    finally:
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=60)
    assert run.returncode == 0
