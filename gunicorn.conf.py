"""How gunicorn serves the site, wherever it is started: it reads this file by itself."""

import socket
import struct
from typing import Any

worker_class = "gthread"
# Light, and made when needed. Live updates hold at most half of them (recognition/api/streams.py),
# and each that has asked the database keeps a connection for a minute: of 2 processes 32 of 100.
threads = 16
limit_request_line = 8190  # an address may name a hundred clips
control_socket_disable = True
# Whoever sends nothing for so long in the middle of a request, or reads nothing of its answer, is
# given up: each holds a thread.
SILENCE_S = 20


def when_ready(server: Any) -> None:
    """Connections have it from the socket that they were accepted on."""
    for listener in server.LISTENERS:
        seconds = struct.pack("ll", SILENCE_S, 0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
        if listener.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            # not SO_SNDTIMEO: that would also end readers that are only slow, and sendfile waits on
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * SILENCE_S)


def post_worker_init(worker: Any) -> None:
    """A process that is asked to stop waits for what it answers; live updates would be long."""
    from recognition.api import streams

    streams.goes_on = lambda: worker.alive
