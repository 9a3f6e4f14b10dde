"""A mail server that delivers nothing: it takes mails on a port of this machine and keeps them.

``with Sink() as sink:`` answers as RFC 5321 says. ``refuse`` maps addresses (or ``DATA``) to the answer they get
instead; ``hang`` makes it fall silent at a word until the block is left, ``drop`` makes it go away there. ``DATA``
means: after the text has come in, before it says that it took it.
"""

import email
import email.policy
import socketserver
import threading
from collections.abc import Mapping
from email.message import EmailMessage
from types import TracebackType

HOST = "127.0.0.1"


class Sink:
    """``mails`` are the texts that were taken, ``envelopes`` from whom to whom, ``words`` all commands that were said.

    ``began`` counts texts that have begun to come in.
    """

    def __init__(
        self,
        *,
        refuse: Mapping[str, str] | None = None,
        hang: str | None = None,
        drop: str | None = None,
    ) -> None:
        self.refuse = dict(refuse or {})
        self.hang = hang
        self.drop = drop
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.began = 0
        self.connections = 0
        self.reached = threading.Event()
        self._left = threading.Event()
        self._lock = threading.Lock()
        sink = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                sink._serve(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server((HOST, 0), Session)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self._server.server_address[1]}"

    @property
    def recipients(self) -> list[str]:
        return [str(mail["To"]) for mail in self.mails]

    def _stops(self, word: str) -> bool:
        """Fall silent, or go away, at this word."""
        if word == self.drop:
            self.reached.set()
            return True
        if word == self.hang:
            self.reached.set()
            self._left.wait(120)
            return True
        return False

    def _serve(self, session: socketserver.StreamRequestHandler) -> None:
        with self._lock:
            self.connections += 1

        def say(line: str) -> None:
            session.wfile.write(line.encode() + b"\r\n")

        say("220 sink")
        sender = to = ""
        try:
            while line := session.rfile.readline().decode().strip():
                word = line.split(":")[0].split(" ")[0].upper()
                address = line.partition("<")[2].partition(">")[0]
                self.words.append(word)
                sender = address if word == "MAIL" else sender
                to = address if word == "RCPT" else to
                if word != "DATA" and self._stops(word):
                    return
                if word == "EHLO":
                    say("250-sink")
                    say("250 8BITMIME")
                elif word == "QUIT":
                    say("221 bye")
                    return
                elif word in ("MAIL", "RCPT") and address in self.refuse:
                    say(self.refuse[address])
                elif word == "DATA":
                    if "DATA" in self.refuse:
                        say(self.refuse["DATA"])
                        continue
                    say("354 go on")
                    if not self._take(session):
                        return
                    with self._lock:
                        self.envelopes.append((sender, to))
                    say("250 taken")
                else:
                    say("250 fine")
        except OSError:
            return

    def _take(self, session: socketserver.StreamRequestHandler) -> bool:
        with self._lock:
            self.began += 1
        lines = []
        while (line := session.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if line == b"" or self._stops("DATA"):
            return False
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        with self._lock:
            self.mails.append(message)
        return True

    def __enter__(self) -> "Sink":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
