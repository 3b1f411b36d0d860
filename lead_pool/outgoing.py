"""One request to an address of the open internet, and to no other: who configures a robot shall not reach the inside.

The name is looked up once, every address that it has is checked, and the connection goes to one of those: a name that
answers differently a moment later gains nothing. No redirect is followed, no proxy is used.
"""

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from .rules.outgoing import Outcome, is_public

TIMEOUT = 5  # seconds for all of it, if nothing else is said
MOST = 8192  # bytes of the answer that are read


def send(request, understand, *, most=MOST, seconds=TIMEOUT, loopback=False):
    """Send a :class:`rules.outgoing.Request`.

    :param understand: callable ``(status of HTTP, beginning of the content) -> Outcome``
    :param int most: bytes of the answer that are read
    :param seconds: for all of it
    :param bool loopback: this machine may be the receiver
    :rtype: rules.outgoing.Outcome
    """
    parts = urlsplit(request.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Outcome("no_host", True)
    if not found or not all(is_public(where[4][0], loopback=loopback) for where in found):
        return Outcome("private", False)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=seconds)
    out_of_time = None
    try:
        found.sort(key=lambda where: where[0] != socket.AF_INET)
        plain = socket.create_connection(found[0][4][:2], timeout=seconds)
        out_of_time = threading.Timer(seconds, _hang_up, [plain])
        out_of_time.start()
        connection.sock = plain
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(
                plain, server_hostname=parts.hostname, do_handshake_on_connect=False
            )
            out_of_time.args[0] = connection.sock
            connection.sock.do_handshake()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        method = "GET" if request.content is None else "POST"
        connection.request(method, path, request.content, {**request.headers, "Connection": "close"})
        answer = connection.getresponse()
        status, content = answer.status, answer.read(most)
    except ssl.SSLCertVerificationError:
        return Outcome("certificate", False)
    except (OSError, http.client.HTTPException):  # their words may hold the address, which is secret
        return Outcome("no_answer", True)
    finally:
        if out_of_time:
            out_of_time.cancel()
        connection.close()
    return understand(status, content)


def _hang_up(connection):
    """Whoever answers a byte now and then does not hold us up for longer."""
    with suppress(OSError):  # it is over already
        connection.shutdown(socket.SHUT_RDWR)
