"""A proxy before a registry that spoils uploads: no effect and no answer, effect and no answer, a wrong answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import urlsplit

import urllib3


class Spoil(Enum):
    """What happens to one upload."""

    CUT_BEFORE = auto()
    CUT_AFTER = auto()
    ERROR_BEFORE = auto()  # 503, no effect
    ERROR_AFTER = auto()  # 500, done
    CONFLICT_BEFORE = auto()  # 409, no effect
    LIE = auto()  # 201, no effect


@dataclass
class Faulty:
    """The proxy: `next` spoils befall the next uploads, one each."""

    url: str = ""
    next: list[Spoil] = field(default_factory=list)


@contextmanager
def before(upstream: str) -> Iterator[Faulty]:
    """The proxy before the registry at `upstream`, of which only scheme and host count, until the block ends."""
    faulty = Faulty()
    target = "{0.scheme}://{0.netloc}".format(urlsplit(upstream))
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Handler(faulty, target, *args))
    faulty.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield faulty
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request, spoilt or handed on."""

    _EARLY: ClassVar = {Spoil.ERROR_BEFORE: 503, Spoil.CONFLICT_BEFORE: 409, Spoil.LIE: 201}

    def __init__(self, faulty: Faulty, target: str, *args: Any) -> None:
        self._faulty = faulty
        self._target = target
        super().__init__(*args)

    def log_message(self, *_: object) -> None: ...

    def answer(self) -> None:
        self.close_connection = True
        body = self._body()
        spoil = self._faulty.next.pop(0) if self.command in {"PUT", "POST"} and self._faulty.next else None
        if spoil in self._EARLY:
            self._reply(self._EARLY[spoil], b"{}", {})
        elif spoil is not Spoil.CUT_BEFORE:
            done = self._hand_on(body)
            if spoil is Spoil.ERROR_AFTER:
                self._reply(500, b"{}", {})
            elif spoil is not Spoil.CUT_AFTER:
                self._reply(done.status, done.data, done.headers)

    do_GET = do_PUT = do_POST = answer  # noqa: N815 - the names are the base class's

    def _hand_on(self, body: bytes) -> urllib3.BaseHTTPResponse:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"transfer-encoding", "connection"}}
        with urllib3.PoolManager() as pool:
            return pool.request(self.command, self._target + self.path, body=body, headers=headers, retries=False, decode_content=False)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name in ("Content-Type", "Content-Encoding"):
            if headers.get(name):
                self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
