"""Where a request comes from: its peer, or whom the proxies that we trust saw in front of them."""

from collections.abc import Collection, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, TypeAlias

from django.http import HttpRequest

from orderstream import conf

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# A chain of proxies is short; a header that names more is made up.
HOPS: Final = 16
UNKNOWN: Final = "unknown"


def address_of(request: HttpRequest) -> str:
    """By which it is counted."""
    return counted(_origin_of(request))


def exact_address_of(request: HttpRequest) -> str:
    return str(_origin_of(request) or UNKNOWN)


# `scope` has no common type in asgiref and Channels.
def address_of_scope(scope: Any) -> str:
    """By which a WebSocket's handshake is counted."""
    given = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    peer = (scope.get("client") or (None,))[0]
    return counted(origin(peer, given.decode("latin-1"), conf.web().trusted_proxies))


def _origin_of(request: HttpRequest) -> Address | None:
    meta = request.META
    return origin(meta.get("REMOTE_ADDR"), meta.get("HTTP_X_FORWARDED_FOR", ""), conf.web().trusted_proxies)


def origin(peer: str | None, forwarded: str, trusted: Collection[Network]) -> Address | None:
    """The last address that no trusted proxy has: what stands further left, anybody may have written.

    A peer without an address sits on our unix socket, and only a proxy of this machine may do that.
    """
    found = _parsed(peer or "")
    if found is None and peer not in {None, "", UNKNOWN}:
        return None
    for hop in _from_the_right(forwarded):
        if found is not None and not any(found in network for network in trusted):
            break
        if hop is None:
            break
        found = hop
    return found


def _from_the_right(forwarded: str) -> Iterator[Address | None]:
    hops = forwarded.rsplit(",", HOPS)[-HOPS:] if forwarded else []
    return (_parsed(hop) for hop in reversed(hops))


def _parsed(text: str) -> Address | None:
    """None for what is no address. Some proxies add a port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def counted(address: Address | None) -> str:
    """An IPv6 address counts by its /64, which one household or server has for itself."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or UNKNOWN)
