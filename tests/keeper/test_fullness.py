"""Below the memory limit, new orders are refused in time, and accepted again later."""

from collections.abc import Iterator

import pytest

from orderstream.streams.placing import Busy, Placed, Placement, place
from tests.orders import draft
from tests.servers import running, valkey_binary
from workers.keeper.fullness import Fullness
from workers.keeper.keeper import Term


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A server whose memory limit may be moved without disturbing other tests."""
    with running(valkey_binary()) as url:
        yield url


async def filled(client, share: float) -> None:
    """Set the limit so that this share of it is used."""
    used = int((await client.info("memory"))["used_memory"])
    await client.config_set("maxmemory", int(used / share))


async def placing(lane) -> object:
    (answer,) = await place(lane, [Placement(draft())], actor="user:test", backlog_limit=0, key_ttl=None)
    return answer


async def test_orders_are_refused_while_memory_is_nearly_full(lane, client):
    duty, term = Fullness(), Term(lane, 1)
    await filled(client, 0.80)
    await duty.turn(term)
    assert isinstance(await placing(lane), Placed)
    await filled(client, 0.90)
    await duty.turn(term)
    assert isinstance(await placing(lane), Busy)
    await filled(client, 0.83)  # not yet: at the limit it would come and go
    await duty.turn(term)
    assert isinstance(await placing(lane), Busy)
    await filled(client, 0.70)
    await duty.turn(term)
    assert isinstance(await placing(lane), Placed)


async def test_what_it_said_in_an_earlier_term_binds_nobody(lane, client):
    duty = Fullness()
    await filled(client, 0.90)
    await duty.turn(Term(lane, 1))
    await filled(client, 0.83)
    await duty.turn(Term(lane, 2))
    assert isinstance(await placing(lane), Placed)


async def test_a_server_without_a_limit_is_never_full(lane):
    await Fullness().turn(Term(lane, 1))
    assert isinstance(await placing(lane), Placed)


async def test_a_new_keeper_lifts_what_its_predecessor_has_left(lane, client):
    await filled(client, 0.90)
    await Fullness().turn(Term(lane, 1))
    await filled(client, 0.50)
    await Fullness().turn(Term(lane, 2))
    assert isinstance(await placing(lane), Placed)
