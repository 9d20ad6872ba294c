"""Servers on this machine's loopback alone, each on a port of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer
from threading import Thread

HOST = "127.0.0.1"
#: The few that a server of the standard library lets wait are too few for those who ask much at once: a connection that is
#: turned away is tried again after a second.
_BACKLOG = 128


@contextmanager
def serving(server: TCPServer) -> Iterator[str]:
    """Answer requests until the block ends; the server's address, without a final slash."""
    server.socket.listen(_BACKLOG)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.socket.getsockname()[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port that was free a moment ago, for a server that can't choose one by itself."""
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])
