"""A proxy before a registry that does to chosen requests what networks and registries do: cut, stall, refuse, lie, cut short."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import urllib3


class When(StrEnum):
    """Whether the registry has done what it was asked when the fault befalls the request."""

    BEFORE = "before"
    AFTER = "after"


class Kind(StrEnum):
    """What the client gets instead of the registry's answer."""

    CUT = "cut"  # the connection is reset
    CUT_MIDWAY = "cut midway"  # while the client still sends
    HANG = "hang"  # nothing, until the client gives up
    STATUS = "status"  # this status
    LIE = "lie"  # that all is well, with an empty document
    SHORT = "cut short"  # half the answer, as the length shows
    HALF = "half"  # half the answer, as if it were the whole


@dataclass(frozen=True)
class Fault:
    """One fault: `status` and `retry_after`, in seconds, are for `Kind.STATUS` and `Kind.LIE`."""

    kind: Kind
    when: When = When.BEFORE
    status: int = 0
    retry_after: int | None = None

    def __str__(self) -> str:
        later = "" if self.retry_after is None else f" retry-after {self.retry_after}"
        return f"{self.kind}{f' {self.status}' if self.status else ''}{later}, {self.when} effect"


@dataclass(frozen=True)
class Request:
    """What a client asks for, seen by the proxy: the method, the path, and which operation of which registry that is."""

    method: str
    path: str
    operation: str


@dataclass
class Proxy:
    """The proxy's address, the faults that wait, and all that was asked.

    `faults` says by operation what befalls it, how many times. `watch` is told of each request as it comes (`BEFORE`)
    and as it is about to be answered (`AFTER`), and the connection is cut when it says so. `latency` is in seconds,
    and spent on every request.
    """

    url: str = ""
    faults: dict[str, tuple[Fault, int]] = field(default_factory=dict)
    latency: float = 0.0
    watch: Callable[[Request, When], bool] = lambda *_: False
    requests: list[Request] = field(default_factory=list)
    suffered: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def befall(self, operation: str, fault: Fault, times: int = 1_000_000) -> None:
        """Let `fault` befall the next requests of this operation."""
        self.faults = {operation: (fault, times)}

    def heal(self) -> None:
        """Take all faults away."""
        self.faults = {}

    def next(self, request: Request) -> Fault | None:
        """The fault of this request, if any."""
        with self._lock:
            self.requests.append(request)
            fault, left = self.faults.get(request.operation, (None, 0))
            if fault is None or left == 0:
                return None
            self.faults[request.operation] = (fault, left - 1)
            self.suffered.append(request)
            return fault


@contextmanager
def before(upstream: str, operation: Callable[[str, str], str], latency: float = 0.0) -> Iterator[Proxy]:
    """The proxy before the registry at `upstream`, of which only scheme and host count, until the block ends.

    `operation` names what a method and a path are, for faults to be given by that name.
    """
    parts = urlsplit(upstream)
    proxy = Proxy(latency=latency)
    with urllib3.HTTPConnectionPool(parts.hostname or "", parts.port, maxsize=64) as pool:
        server = _Server(("127.0.0.1", 0), lambda *args: _Handler(proxy, operation, pool, *args))
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.closing.set()
            server.shutdown()
            server.server_close()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    """One request, spoilt or handed on."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, proxy: Proxy, operation: Callable[[str, str], str], pool: urllib3.HTTPConnectionPool, *args: Any) -> None:
        self._proxy = proxy
        self._operation = operation
        self._pool = pool
        super().__init__(*args)

    def log_message(self, *_: object) -> None: ...

    def answer(self) -> None:
        request = Request(self.command, self.path, self._operation(self.command, urlsplit(self.path).path))
        fault = self._proxy.next(request)
        if fault and fault.kind is Kind.CUT_MIDWAY:
            self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
            return self._cut()
        body = self._body()
        if self._proxy.watch(request, When.BEFORE):
            return self._cut()
        time.sleep(self._proxy.latency)
        if fault and fault.when is When.BEFORE:
            return self._spoil(fault, None)
        done = self._hand_on(body)
        if self._proxy.watch(request, When.AFTER):
            return self._cut()
        if fault:
            return self._spoil(fault, done)
        return self._reply(done.status, done.data, done.headers)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names are the base class's

    def _spoil(self, fault: Fault, done: urllib3.BaseHTTPResponse | None) -> None:
        match fault.kind:
            case Kind.STATUS:
                later = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
                self._reply(fault.status, b"{}", {"Content-Type": "application/json", **later})
            case Kind.LIE:
                self._reply(fault.status, b"{}", {"Content-Type": "application/json"})
            case Kind.SHORT | Kind.HALF if done is not None:
                half = done.data[: len(done.data) // 2]
                self._reply(done.status, half, done.headers, None if fault.kind is Kind.HALF else len(done.data))
                self._cut()
            case Kind.HANG:
                self._proxy.closing.wait(60)
                self._cut()
            case _:
                self._cut()

    def _cut(self) -> None:
        """Reset the connection, as routers do."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _hand_on(self, body: bytes) -> urllib3.BaseHTTPResponse:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"transfer-encoding", "connection"}}
        if body:
            headers["Content-Length"] = str(len(body))
        return self._pool.urlopen(
            self.command, self.path, body=body or None, headers=headers, retries=False, redirect=False, decode_content=False
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(self, status: int, body: bytes, headers: Mapping[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name in ("Content-Type", "Content-Encoding", "Retry-After", "ETag"):
            if headers.get(name):
                self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
