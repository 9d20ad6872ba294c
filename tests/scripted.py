"""A web server on loopback that answers as it is told, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NoReturn


@dataclass
class Reply:
    """One answer.

    `length` may claim another size than the body has; with `hang_up` nothing is answered at all; `reason` are other words
    for the status.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    hang_up: bool = False
    reason: str | None = None


@dataclass
class Request:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """The server: answers by path, each a list of which the last one is repeated; anything else is 404."""

    url: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def next_reply(self, path: str) -> Reply:
        replies = self.replies.get(path) or [Reply(404)]
        return replies.pop(0) if len(replies) > 1 else replies[0]


@contextmanager
def serving() -> Iterator[Scripted]:
    """The server, until the block ends."""
    scripted = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            scripted.requests.append(Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            reply = scripted.next_reply(self.path)
            if reply.hang_up:
                self.close_connection = True
                return
            self.send_response(reply.status, reply.reason)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = True

        do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names are the base class's

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scripted.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def give_up(parser: HTMLParser, page: str) -> NoReturn:
    """What Python's parser does, in some of its versions, with `<![CDA|`, and with what else no page holds."""
    raise AssertionError("unknown status keyword in marked section")
