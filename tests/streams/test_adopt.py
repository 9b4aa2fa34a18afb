"""`adopt`: entries that others wrote into the stream are orders too, or dead letters with a reason."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest
from redis import Redis

from orderstream.streams.codec import LAST_ID, id_ms, interleaved
from orderstream.streams.events_log import events_of
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel, discard
from orderstream.streams.repairs import restore_or_adopt
from orderstream.streams.scripts import Script
from tests.orders import foreign_entry
from tests.streams.scene import COMPLETED, Clock, Scene, retry_in

ORDER = {"customer_id": "C-9", "product_id": "P-9", "quantity": "3", "price": "19.99"}


async def test_a_foreign_order_becomes_pending_and_is_processed(scene: Scene) -> None:
    ann = scene.workers[0]
    order_id = await foreign_entry(scene.lane, ORDER | {"status": "whatever", "created_at": "then"})
    await ann.read()
    assert await ann.reasons([order_id]) == ["missing"]
    assert await restore_or_adopt(scene.lane, [order_id], actor="worker:ann") == {order_id: "adopted"}
    [event] = await events_of(scene.lane, order_id)
    assert (event.type, event.version, event.source, event.target) == ("order.adopted", 1, "", "pending")
    assert event.actor == "worker:ann"
    assert dict(event.fields) == ORDER
    assert await ann.codes(await ann.begun([order_id]), COMPLETED) == ["recorded"]
    assert (await scene.totals())["n_adopted"] == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"a": "b"},
        ORDER | {"quantity": "many"},
        ORDER | {"price": "NaN"},
        ORDER | {"customer_id": b"\xff\xfe"},
        ORDER | {"customer_id": "x" * 5_000},
    ],
)
async def test_what_is_no_order_is_a_dead_letter_with_the_reason(
    scene: Scene, entry: dict[str, str | bytes]
) -> None:
    ann = scene.workers[0]
    order_id = await foreign_entry(scene.lane, entry)
    assert await ann.read() == [order_id]
    assert await restore_or_adopt(scene.lane, [order_id], actor="worker:ann") == {order_id: "refused"}
    hash_ = await scene.hash(order_id)
    assert (hash_["status"], hash_["error"]) == ("failed", "InvalidOrder")
    assert await scene.holder(order_id) is None
    assert await scene.failed_at(order_id) == scene.clock.now_ms
    [event] = await events_of(scene.lane, order_id)
    assert (event.type, event.source, event.target) == ("order.adopted", "", "failed")
    assert event.fields["text"]
    assert await ann.reasons([order_id]) == ["final"]
    assert await discard(scene.lane, [order_id], actor="user:boss") == ["discarded"]


async def test_a_pending_id_without_an_entry_is_acknowledged(scene: Scene) -> None:
    ann = scene.workers[0]
    order_id = await foreign_entry(scene.lane, ORDER)
    await ann.read()
    await scene.lane.command("XDEL", scene.lane.keys.stream, order_id)
    assert await restore_or_adopt(scene.lane, [order_id], actor="worker:ann") == {order_id: "gone"}
    assert await scene.holder(order_id) is None
    assert await scene.status(order_id) is None


async def test_an_order_is_adopted_once(scene: Scene) -> None:
    order_id = await foreign_entry(scene.lane, ORDER)
    await restore_or_adopt(scene.lane, [order_id], actor="worker:ann")
    fields = ["order", "", "", "C-9", "P-9", "3", "19.99", "", ""]
    assert await scene.lane.run("adopt", actor="worker:bob", ids=[order_id], args=fields) == ["exists"]
    assert (await scene.totals())["n_adopted"] == 1


async def test_an_order_with_a_history_is_never_adopted(scene: Scene) -> None:
    [order_id] = await scene.placed(1)
    await scene.lose_hash(order_id)
    assert await restore_or_adopt(scene.lane, [order_id], actor="worker:ann") == {order_id: "restored"}


async def test_an_order_whose_events_are_trimmed_is_not_done_again(lane: Lane, clock: Clock) -> None:
    scene = Scene(lane, clock)  # no fixture: at its end the log would have to be whole
    await scene.open("ann")
    ann = scene.workers[0]
    [order_id] = await scene.placed(1)
    await ann.finish(await ann.begun(await ann.read()), COMPLETED)
    await scene.placed(1)
    await lane.command("XTRIM", lane.keys.events, "MAXLEN", 1)
    await scene.lose_hash(order_id)
    later = f"{id_ms(order_id) + 60_000}-0"
    young = await lane.command("XADD", lane.keys.stream, later, *interleaved(ORDER))
    done = await restore_or_adopt(lane, [order_id, young], actor="worker:ann")
    assert done == {order_id: "trimmed", young: "adopted"}
    assert await scene.status(order_id) is None


@pytest.mark.parametrize("has_begun_anew", [False, True])
async def test_an_order_is_not_done_again_because_the_log_was_deleted(
    lane: Lane, clock: Clock, has_begun_anew: bool
) -> None:
    """Such a log counts no event as missing."""
    lane = replace(lane, clock=None)
    scene = Scene(lane, clock)  # no fixture: at its end there would have to be a log
    ann = await scene.worker("ann")
    [order_id] = await scene.placed(1)
    await ann.finish(await ann.begun(await ann.read()), COMPLETED)
    await lane.command("DEL", lane.keys.events)
    await scene.lose_hash(order_id)
    if has_begun_anew:
        await scene.placed(1)
    later = f"{await lane.now_ms() + 60_000}-0"
    young = await lane.command("XADD", lane.keys.stream, later, *interleaved(ORDER))
    done = await restore_or_adopt(lane, [order_id, young], actor="worker:ann")
    assert done == {order_id: "trimmed", young: "adopted"}
    assert await scene.status(order_id) is None


@pytest.mark.parametrize("left", [1, 2])
async def test_an_order_whose_first_events_are_trimmed_is_not_restored_from_the_others(
    lane: Lane, clock: Clock, left: int
) -> None:
    """I10: a hash without attempt and fence would let it begin as if for the first time."""
    scene = Scene(lane, clock)  # no fixture: at its end the log would have to be whole
    await scene.open("ann")
    ann = scene.workers[0]
    [order_id] = await scene.placed(1)
    await ann.finish(await ann.begun(await ann.read()), retry_in(10))
    await lane.command("XTRIM", lane.keys.events, "MAXLEN", left)
    await scene.lose_hash(order_id)
    assert await restore_or_adopt(lane, [order_id], actor="worker:ann") == {order_id: "trimmed"}
    assert await scene.hash(order_id) == {}
    assert await ann.reasons([order_id]) == ["missing"]


async def test_an_order_that_lacks_an_event_in_between_is_not_restored_either(
    lane: Lane, clock: Clock
) -> None:
    scene = Scene(lane, clock)
    await scene.open("ann")
    ann = scene.workers[0]
    [order_id, whole] = await scene.placed(2)
    await ann.finish(await ann.begun(await ann.read()), retry_in(10))
    started = (await events_of(lane, order_id))[1]
    await lane.command("XDEL", lane.keys.events, started.id)
    for each in (order_id, whole):
        await scene.lose_hash(each)
    done = await restore_or_adopt(lane, [order_id, whole], actor="worker:ann")
    assert done == {order_id: "trimmed", whole: "restored"}


@dataclass
class Counted(Mapping[str, Script]):
    """The scripts, and how often each was asked for."""

    scripts: Mapping[str, Script]
    calls: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, name: str) -> Script:
        self.calls[name] += 1
        return self.scripts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scripts)

    def __len__(self) -> int:
        return len(self.scripts)


async def foreign_orders(lane: Lane, count: int) -> list[str]:
    return await lane.commands(("XADD", lane.keys.stream, "*", *interleaved(ORDER)) for _ in range(count))


async def test_many_foreign_orders_are_looked_for_in_the_log_together(scene: Scene) -> None:
    ann, count = scene.workers[0], 5_000
    await foreign_orders(scene.lane, count)
    counted = Counted(scene.lane.scripts)
    lane = replace(scene.lane, scripts=counted)
    while ids := await ann.read(200):
        reasons = zip(ids, await ann.reasons(ids), strict=True)
        missing = [order_id for order_id, reason in reasons if reason == "missing"]
        if missing:
            await restore_or_adopt(lane, missing, actor="worker:ann")
            await ann.begun(missing)
    assert (await scene.totals())["n_adopted"] == (await scene.totals())["n_started"] == count
    # Each search is at least one page of 2,000 events; one search for each read were some 75 pages.
    assert counted.calls["find_events"] == 2


async def test_with_many_foreign_orders_nothing_else_is_adopted(scene: Scene) -> None:
    first = await foreign_orders(scene.lane, 60)
    [hashless, whole] = await scene.placed(2)
    await scene.lose_hash(hashless)
    refused = await foreign_entry(scene.lane, {"a": "b"})
    [behind] = await foreign_orders(scene.lane, 1)
    before = await scene.hash(whole)
    done = await restore_or_adopt(scene.lane, first, actor="worker:ann")
    assert done == dict.fromkeys(first, "adopted")
    assert await scene.statuses([behind, refused]) == ["pending", "failed"]
    assert await scene.hash(hashless) == {}
    assert await scene.hash(whole) == before
    assert await restore_or_adopt(scene.lane, [hashless], actor="worker:ann") == {hashless: "restored"}
    reasons = dict(
        zip(ids := await scene.workers[0].read(), await scene.workers[0].reasons(ids), strict=True)
    )
    assert reasons == dict.fromkeys([*first, hashless, whole, behind], "begun") | {refused: "final"}


async def test_orders_that_lost_their_hashes_draw_no_search_for_others(scene: Scene) -> None:
    lost = await scene.placed(60)
    for order_id in lost:
        await scene.lose_hash(order_id)
    [foreign] = await foreign_orders(scene.lane, 1)
    counted = Counted(scene.lane.scripts)
    done = await restore_or_adopt(replace(scene.lane, scripts=counted), lost, actor="worker:ann")
    assert done == dict.fromkeys(lost, "restored")
    assert (counted.calls["find_events"], counted.calls["list_entries"]) == (1, 0)
    await restore_or_adopt(scene.lane, [foreign], actor="worker:ann")


async def test_an_operator_adopts_what_they_asked_for_alone(scene: Scene) -> None:
    asked = await foreign_orders(scene.lane, 60)
    others = await foreign_orders(scene.lane, 60)
    assert await cancel(scene.lane, asked, actor="user:boss") == ["cancelled"] * 60
    assert await scene.statuses(others) == [None] * 60


async def test_few_foreign_orders_are_adopted_alone(scene: Scene) -> None:
    first, *others = await foreign_orders(scene.lane, 60)
    assert await restore_or_adopt(scene.lane, [first], actor="worker:ann") == {first: "adopted"}
    assert await scene.statuses(others) == [None] * 59


async def test_many_up_to_the_last_id_that_there_can_be_are_adopted(lane: Lane) -> None:
    ids = await foreign_orders(lane, 60)
    ids.append(await foreign_entry(lane, ORDER, LAST_ID))
    assert await restore_or_adopt(lane, ids, actor="worker:ann") == dict.fromkeys(ids, "adopted")


@dataclass
class Trims(Counted):
    """The log is trimmed before somebody looks into it for this time."""

    server: Redis = field(kw_only=True)
    events: str = field(kw_only=True)
    time: int = field(kw_only=True)

    def __getitem__(self, name: str) -> Script:
        script = super().__getitem__(name)
        if name == "find_events" and self.calls[name] == self.time:
            self.server.xtrim(self.events, maxlen=0)
        return script


@pytest.mark.parametrize(("time", "done_for_first"), [(1, "trimmed"), (2, "adopted")])
async def test_what_may_have_lost_its_events_is_left_alone_among_many(
    lane: Lane, redis_url: str, clock: Clock, time: int, done_for_first: str
) -> None:
    scene = Scene(lane, clock)  # no fixture: at its end the log would have to be whole
    first = await foreign_orders(lane, 60)
    [hashless] = await scene.placed(1)
    await scene.lose_hash(hashless)
    with Redis.from_url(redis_url) as server:
        scripts = Trims(lane.scripts, server=server, events=lane.keys.events, time=time)
        done = await restore_or_adopt(replace(lane, scripts=scripts), first, actor="worker:ann")
    assert done == dict.fromkeys(first, done_for_first)
    assert await scene.status(hashless) is None
