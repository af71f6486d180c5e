"""Hộp thư giả nói đúng SMTP trên 127.0.0.1: giữ từng bức thư nhận được."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    letters: list[str]


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 hop-thu")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                self._say("354 xin gui")
                letter = []
                while (part := self.rfile.readline().decode()) != ".\r\n":
                    letter.append(part)
                self.server.letters.append("".join(letter))  # type: ignore[attr-defined]
            self._say("221 tam biet" if verb == "QUIT" else "250 duoc")
            if verb == "QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[tuple[int, list[str]]]:
    """Cổng, và các thư đã tới."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.letters = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1], server.letters
        finally:
            server.shutdown()
            thread.join()
