"""Whom a request is counted for: nobody chooses that by a header, and a proxy of ours hides nobody."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from orderstream.access.addresses import HOPS, address_of, address_of_scope, counted, exact_address_of, origin

TRUSTED = tuple(map(ip_network, ("10.0.0.0/8", "127.0.0.1", "fd00::/8")))
CASES: dict[str, tuple[str | None, str, str]] = {
    "no proxy": ("203.0.113.9", "", "203.0.113.9"),
    "a made-up header": ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
    "a made-up header of our own proxy": ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
    "one proxy": ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
    "two proxies": ("127.0.0.1", "203.0.113.9, 10.0.0.1", "203.0.113.9"),
    "made up in front of a proxy": ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
    "an address of ours made up": ("10.0.0.1", "10.9.9.9, 203.0.113.9", "203.0.113.9"),
    "garbage made up": ("10.0.0.1", "a, b, c,, 203.0.113.9", "203.0.113.9"),
    "a proxy that says nothing": ("10.0.0.1", "", "10.0.0.1"),
    "a proxy that says garbage": ("10.0.0.1", "unknown", "10.0.0.1"),
    "garbage between proxies": ("10.0.0.1", "203.0.113.9, _hidden, 10.0.0.2", "10.0.0.2"),
    "somebody within": ("127.0.0.1", "10.0.0.7", "10.0.0.7"),
    "with a port": ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
    "IPv6": ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
    "IPv6 of the same house": ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
    "IPv6 behind a proxy": ("fd00::1", "2001:db8:1:2::9", "2001:db8:1:2::/64"),
    "IPv6 with a port": ("fd00::1", "[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64"),
    "IPv6 with a zone": ("fe80::1%eth0", "", "fe80::/64"),
    "IPv4 over IPv6": ("::ffff:203.0.113.9", "", "203.0.113.9"),
    "a proxy over IPv6": ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
    "our unix socket": (None, "203.0.113.9", "203.0.113.9"),
    "our unix socket as Django calls it": ("unknown", "203.0.113.9", "203.0.113.9"),
    "our unix socket, saying nothing": (None, "", "unknown"),
    "no address at all": ("nowhere", "203.0.113.9", "unknown"),
}


@pytest.mark.parametrize("kind", CASES)
def test_the_last_address_that_is_no_proxy_of_ours_counts(kind: str) -> None:
    peer, forwarded, expected = CASES[kind]
    assert counted(origin(peer, forwarded, TRUSTED)) == expected


def test_without_trusted_proxies_no_header_is_believed() -> None:
    assert str(origin("127.0.0.1", "203.0.113.9", ())) == "127.0.0.1"


def test_a_chain_without_end_is_not_followed() -> None:
    for proxies, expected in ((HOPS - 1, "203.0.113.9"), (HOPS, "10.0.0.2")):
        forwarded = ", ".join(["203.0.113.9", *["10.0.0.2"] * proxies])
        assert str(origin("10.0.0.1", forwarded, TRUSTED)) == expected


def test_an_owner_is_shown_the_very_address() -> None:
    assert exact_address_of(RequestFactory().get("/", REMOTE_ADDR="2001:db8::9")) == "2001:db8::9"
    assert exact_address_of(RequestFactory().get("/", REMOTE_ADDR="nowhere")) == "unknown"


def test_requests_and_handshakes_are_counted_alike(settings: Settings) -> None:
    settings.ORDERSTREAM_TRUSTED_PROXIES = TRUSTED
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.9")
    headers = [(b"host", b"x"), (b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"203.0.113.9")]
    assert address_of(request) == "203.0.113.9"
    assert address_of_scope({"client": ["10.0.0.1", 4711], "headers": headers}) == "203.0.113.9"
    assert address_of_scope({"client": None, "headers": headers}) == "203.0.113.9"
    assert address_of_scope({"client": ["198.51.100.7", 1], "headers": headers}) == "198.51.100.7"
