"""A page without encryption, beside the server that has it: where a phone gets the certificate that it needs first.

Standard library only, as `./run` itself. It serves the page and the authority's certificate, and nothing else.
"""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CERTIFICATE = "/sidang.crt"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sidang on this network</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
  body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem }}
  li {{ margin-block: 1rem }}
  a {{ display: inline-block; padding: .6rem 0; font-weight: 600 }}
</style>
<h1>Sidang on this network</h1>
<ol>
  <li><a href="{certificate}">Get the certificate</a> and install it once. It vouches for this machine and for private
    networks only. On an iPhone: Settings, Profile Downloaded; then General, About, Certificate Trust Settings. On
    Android: Settings, Security, Install a certificate, CA certificate.</li>
  <li><a href="{address}">Open Sidang</a></li>
</ol>
<p>Without the first step the browser warns, and this phone works neither without a link nor with passkeys.</p>
</html>
"""


class TrustServer:
    """Serves until it is closed, in a thread of its own. Raises OSError where the port is taken."""

    def __init__(self, host: str, port: int, *, address: str, certificate: Path) -> None:
        page = PAGE.format(certificate=CERTIFICATE, address=address).encode()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == CERTIFICATE:
                    self._send(certificate.read_bytes(), "application/x-x509-ca-cert")
                elif self.path == "/":
                    self._send(page, "text/html; charset=utf-8")
                else:
                    self.send_error(404)

            def _send(self, content: bytes, content_type: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing: this is a person's terminal."""

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            daemon_threads = True

        self._server = Server((host, port), Answer)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
