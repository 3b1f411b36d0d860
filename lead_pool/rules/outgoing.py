"""A request that leaves this server: where it may go, and what is told of it.

>>> address_problem("https://example.com/hook"), address_problem("http://example.com/hook")
('', 'no_https')
>>> address_problem("https://example.com/hook", ["graph.facebook.com"])
'other_host'
"""

import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

#: Minutes after the first, second … failure; then nobody tries any more.
WAITS = (1, 5, 15, 60, 240, 720)


@dataclass(frozen=True, slots=True)
class Request:
    """As it goes out: a POST of its content, a GET without any."""

    url: str
    content: bytes | None = None
    headers: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``code`` empty: it went well. ``again``: it may go better later. ``said``: the platform's own words. ``data``:
    what was asked for."""

    code: str = ""
    again: bool = False
    said: str = ""
    data: dict | None = field(default=None, repr=False)


def address_problem(url, hosts=(), *, loopback=False):
    """Why nothing is sent to this address; empty: it may be tried.

    :param hosts: the only ones that it may go to; empty: any
    :param bool loopback: the server's own configuration allows this machine, for tests

    >>> address_problem("https://me:pw@example.com/")
    'no_address'
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "no_address"
    if not host or not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        return "no_address"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "no_address"
    if loopback and host in ("127.0.0.1", "localhost"):
        return "" if parts.scheme in ("http", "https") else "no_https"
    if parts.scheme != "https":
        return "no_https"
    return "other_host" if hosts and host.lower() not in hosts else ""


def is_public(address, *, loopback=False):
    """Whether this IP address is one of the open internet, also where an IPv6 address carries an IPv4 one.

    >>> [is_public(one) for one in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::1")]
    [True, False, False, False]
    >>> [is_public(one) for one in ("::ffff:127.0.0.1", "64:ff9b::a00:1", "64:ff9b::808:808")]
    [False, False, True]
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if ip.version == 6:
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.ip_address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner), loopback=loopback)
    if loopback and ip.is_loopback:
        return True
    return ip.is_global and not ip.is_multicast


def again_in(failures):
    """How long to wait after so many failures; ``None``: it is given up.

    >>> again_in(1), again_in(7)
    (datetime.timedelta(seconds=60), None)
    """
    return timedelta(minutes=WAITS[failures - 1]) if failures <= len(WAITS) else None


def shown(url):
    """The address without what is secret in it: the host, and the last four letters.

    >>> shown("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa")
    'qyapi.weixin.qq.com …5aaa'
    """
    return f"{urlsplit(url).hostname or ''} …{url[-4:]}"
