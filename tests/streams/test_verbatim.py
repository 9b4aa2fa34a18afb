"""What a page shows as Redis's reply is what redis-cli prints, to the letter."""

import subprocess
from collections.abc import Sequence

import pytest

from orderstream.streams import verbatim
from orderstream.streams.lane import Lane
from orderstream.streams.verbatim import ask, printed
from tests.orders import foreign_entry, placed_order, placed_orders

ODD = 'quote" backslash\\ tab\t newline\n bell\a 御祝 \x01'


def cli(redis_url: str, line: str) -> str:
    """As on a terminal; the line goes through its own reading of quotes."""
    command = ["redis-cli", "--no-raw", "-s", redis_url.removeprefix("unix://")]
    answer = subprocess.run(command, input=line, capture_output=True, text=True, timeout=20, check=True)
    return answer.stdout.rstrip("\n")


async def agrees(lane: Lane, redis_url: str, *commands: Sequence[str | int]) -> list[str]:
    replies = await ask(lane, commands)
    for said in replies:
        assert cli(redis_url, said.command) == said.reply
    return [said.reply for said in replies]


async def test_a_status_an_entry_events_and_pending_print_as_redis_cli_prints_them(
    lane: Lane, redis_url: str
) -> None:
    order_id = await placed_order(lane, customer_id=ODD.strip("\x01"), note="御祝")
    keys = lane.keys
    await lane.command("XREADGROUP", "GROUP", lane.group, "ann", "COUNT", 1, "STREAMS", keys.stream, ">")
    [status, *_] = await agrees(
        lane,
        redis_url,
        ("HGETALL", keys.status(order_id)),
        ("XRANGE", keys.stream, order_id, order_id),
        ("XRANGE", keys.events, "-", "+", "COUNT", 3),
        ("ZSCORE", keys.retry, order_id),
        ("XLEN", keys.stream),
    )
    assert '1) "status"' in status
    [pending] = await ask(lane, [("XPENDING", keys.stream, lane.group, order_id, order_id, 1)])
    first, consumer, idle, deliveries = pending.reply.splitlines()
    assert first == f'1) 1) "{order_id}"'
    assert consumer == '   2) "ann"'
    assert idle.startswith("   3) (integer) ")
    assert deliveries == "   4) (integer) 1"


async def test_ten_and_more_elements_are_aligned(lane: Lane, redis_url: str) -> None:
    await placed_orders(lane, 12)
    await agrees(lane, redis_url, ("XRANGE", lane.keys.stream, "-", "+"), ("HGETALL", lane.keys.totals))


async def test_nothing_and_refusals_are_printed_too(lane: Lane, redis_url: str) -> None:
    await lane.command("SET", lane.keys.status("5-5"), "no hash")
    replies = await agrees(
        lane,
        redis_url,
        ("HGETALL", lane.keys.status("1-1")),
        ("ZSCORE", lane.keys.retry, "1-1"),
        ("HGETALL", lane.keys.status("5-5")),
        ("XPENDING", lane.keys.stream, "nobody", "-", "+", 1),
    )
    assert replies[:2] == ["(empty array)", "(nil)"]
    assert replies[2].startswith("(error) WRONGTYPE")
    assert replies[3].startswith("(error) NOGROUP")


async def test_bytes_that_are_no_text_print_as_bytes(lane: Lane, redis_url: str) -> None:
    entry = await foreign_entry(lane, {"customer_id": b"\xff\xfe\x00", "": ODD.encode()})
    [reply] = await agrees(lane, redis_url, ("XRANGE", lane.keys.stream, entry, entry))
    assert r'"\xff\xfe\x00"' in reply


async def test_a_key_with_blanks_and_quotes_can_be_pasted(lane: Lane, redis_url: str) -> None:
    await lane.command("SET", f'{lane.keys.prefix}:it\'s "odd" \\ 御', "here")
    await agrees(lane, redis_url, ("GET", f'{lane.keys.prefix}:it\'s "odd" \\ 御'))


def test_what_is_too_much_is_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbatim, "BYTES_MOST", 4)
    monkeypatch.setattr(verbatim, "ELEMENTS_MOST", 2)
    assert printed("abcdefgh") == '"abcd" … 4 more bytes'
    assert printed(["a", ["b", "c", "d"], "e"]) == '1) "a"\n2) 1) "b"\n   2) "c"\n   … 1 more\n… 1 more'
