"""The line between a hall and the office, which can be cut, jammed, or taken over by somebody else's page.

A service worker's own requests pass by what a test routes in the page, so what stands between is a real proxy.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator

_BUSY = b"HTTP/1.1 503 Busy\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy"
_PORTAL = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 19\r\nConnection: close\r\n\r\n<title>wifi</title>"
)


class CutLine:
    """Listens on a port of its own and passes everything to ``port``.

    ``state`` is what happens to a request from now on: ``through`` · ``cut`` (the connection ends) · ``silent`` (nobody
    answers) · ``busy`` (503) · ``portal`` (a wifi's page with 200). A change ends the connections that stand.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._state = "through"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def state(self) -> str:
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        with self._lock:
            self._state = state
            standing, self._open = self._open, set()
        for connection in standing:
            _end(connection)

    def close(self) -> None:
        self._listening.close()
        self.state = "cut"

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            state = self._state
            self._open.add(client)
        with contextlib.suppress(OSError):
            if state == "through":
                self._pass_on(client)
                return
            if state == "cut":
                _end(client)
                return
            client.recv(65536)
            if state == "silent":
                return  # The connection stays open until the state changes.
            client.sendall(_BUSY if state == "busy" else _PORTAL)
            _end(client)

    def _pass_on(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._to))
        except OSError:
            _end(client)  # Nobody is there: the browser hears it at once.
            return
        with self._lock:
            self._open.add(server)
        threading.Thread(target=_pump, args=(server, client), daemon=True).start()
        _pump(client, server)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _end(source)
    _end(sink)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextlib.contextmanager
def cut_line(port: int) -> Iterator[CutLine]:
    line = CutLine(port)
    try:
        yield line
    finally:
        line.close()
