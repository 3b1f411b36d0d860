"""Which addresses a request of ours may go to."""

import pytest

from lead_pool.rules import robot
from lead_pool.rules.outgoing import address_problem, is_public


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 255.255.255.255 "
    "::1 :: fe80::1%eth0 fc00::1 ::ffff:10.0.0.1 2002:a00:1:: 64:ff9b::7f00:1".split(),
)
def test_addresses_of_the_inside_are_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://example.com/hook", ""),
        ("https://example.com:8443/hook", ""),
        ("ftp://example.com/hook", "no_https"),
        ("http://127.0.0.1/hook", "no_https"),
        ("https:///hook", "no_address"),
        ("https://example.com:99999/", "no_address"),
        ("https://[::1", "no_address"),
        ("https://example.com/a b", "no_address"),
        ("https://example.com/\r\nX: y", "no_address"),
        ("", "no_address"),
    ],
)
def test_which_addresses_may_be_tried(url, problem):
    assert address_problem(url) == problem


def test_only_the_server_itself_lets_a_robot_be_on_this_machine():
    assert robot.address_problem("wecom", "http://127.0.0.1:9/x", loopback=True) == ""
    assert is_public("127.0.0.1", loopback=True) and not is_public("10.0.0.1", loopback=True)
