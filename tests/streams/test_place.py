"""`place`: known keys, the backlog's limit, all or nothing."""

from datetime import timedelta

import pytest

from orderstream.domain.events import seconds_of
from orderstream.streams.events_log import events_of
from orderstream.streams.placing import (
    Answer,
    Busy,
    Conflict,
    Placed,
    Placement,
    Replayed,
    Shortage,
    Withheld,
    forget_keys,
    place,
)
from tests.orders import draft
from tests.streams.scene import COMPLETED, Scene, retry_in

DAY = timedelta(days=1)
NO_ROOM = Busy(Shortage.BACKLOG)


def keyed(key: str | None, digest: str = "same") -> Placement:
    return Placement(draft(), key, "api", digest)


async def placing(
    scene: Scene, *placements: Placement, limit: int = 0, together: bool = True
) -> list[Answer]:
    return await place(
        scene.lane,
        placements,
        actor="key:shop",
        backlog_limit=limit,
        key_ttl=DAY,
        all_or_nothing=together,
    )


async def test_an_order_is_an_entry_a_status_and_an_event_that_carries_it(scene: Scene) -> None:
    given = draft(note="leave it\nat the door", reference="A-7")
    [placed] = await placing(scene, Placement(given))
    assert isinstance(placed, Placed)
    assert placed.created_at_ms == scene.clock.now_ms
    now = seconds_of(scene.clock.now_ms)
    entry = (await scene.lane.command("XRANGE", scene.lane.keys.stream, "-", "+"))[0]
    assert entry == (placed.order_id, given.wire() | {"status": "pending", "created_at": now})
    assert await scene.hash(placed.order_id) == {"status": "pending", "version": "1", "created_at": now}
    [event] = await events_of(scene.lane, placed.order_id)
    assert (event.type, event.actor, dict(event.fields)) == ("order.placed", "key:shop", given.wire())


async def test_a_key_stands_for_one_order_however_often_it_is_sent(scene: Scene) -> None:
    [first] = await placing(scene, keyed("k"))
    assert await placing(scene, keyed("k")) == [Replayed(first.order_id or "")]
    assert (await scene.totals())["n_duplicates"] == 1
    assert (await scene.totals())["n_placed"] == 1


async def test_the_same_key_with_another_body_is_a_conflict(scene: Scene) -> None:
    [first] = await placing(scene, keyed("k"))
    assert await placing(scene, keyed("k", "other")) == [Conflict(first.order_id or "")]
    assert "n_duplicates" not in await scene.totals()


async def test_a_key_twice_in_one_call_stands_for_one_order(scene: Scene) -> None:
    first, again, other = await placing(scene, keyed("k"), keyed("k"), keyed("k", "other"), together=False)
    assert isinstance(first, Placed)
    assert (again, other) == (Replayed(first.order_id), Conflict(first.order_id))


async def test_keys_of_two_scopes_are_two_keys(scene: Scene) -> None:
    await placing(scene, keyed("k"))
    [other] = await placing(scene, Placement(draft(), "k", "import", "same"))
    assert isinstance(other, Placed)


async def test_a_key_is_forgotten_after_its_time_and_only_then(scene: Scene) -> None:
    await placing(scene, keyed("k"))
    key = scene.lane.keys.idempotency("api", "k")
    left = await scene.lane.command("PTTL", key)
    assert 0 < left <= DAY // timedelta(milliseconds=1)


async def test_a_key_without_a_time_stays_until_it_is_forgotten_on_purpose(scene: Scene) -> None:
    await place(scene.lane, [keyed("k")], actor="command:x", backlog_limit=0, key_ttl=None)
    assert await scene.lane.command("PTTL", scene.lane.keys.idempotency("api", "k")) == -1
    await forget_keys(scene.lane, "api", ["k"])
    [again] = await placing(scene, keyed("k"))
    assert isinstance(again, Placed)


async def test_the_keys_of_a_batch_run_out_together(scene: Scene) -> None:
    # Redis 7.0 counts PEXPIRE from the time it is called, which moves on within a script.
    answers = await placing(scene, *(keyed(str(number)) for number in range(1_000)))
    assert all(isinstance(answer, Placed) for answer in answers)
    names = [scene.lane.keys.idempotency("api", str(number)) for number in range(1_000)]
    ends = await scene.lane.commands(("PEXPIRETIME", name) for name in names)
    assert len(set(ends)) == 1
    assert int(ends[0]) > 0


async def test_what_one_call_places_counts_towards_the_limit(scene: Scene) -> None:
    answers = await placing(scene, *[keyed(None)] * 5, limit=3, together=False)
    assert [type(each) for each in answers] == [Placed] * 3 + [Busy] * 2
    assert answers[3:] == [NO_ROOM] * 2


@pytest.mark.parametrize("status", ["pending", "processing", "retrying"])
async def test_every_unfinished_order_counts_towards_the_limit(scene: Scene, status: str) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    if status != "pending":
        fences = await ann.take(ids)
        if status == "retrying":
            await ann.finish(fences, retry_in(500))
    assert await scene.status(ids[0]) == status
    assert await placing(scene, keyed(None), limit=1) == [NO_ROOM]


async def test_a_finished_order_makes_room(scene: Scene) -> None:
    ann = scene.workers[0]
    await ann.finish(await ann.take(await scene.placed(1)), COMPLETED)
    [answer] = await placing(scene, keyed(None), limit=1)
    assert isinstance(answer, Placed)


async def test_nothing_is_placed_while_the_memory_is_full(scene: Scene) -> None:
    await scene.placed(1)  # the backlog has no room either: memory is what a person must look at
    await scene.control(full=1)
    assert await placing(scene, keyed(None), limit=1) == [Busy(Shortage.MEMORY)]


async def test_a_known_key_is_answered_even_when_the_backlog_is_full(scene: Scene) -> None:
    [first] = await placing(scene, keyed("k"))
    assert await placing(scene, keyed("k"), limit=1) == [Replayed(first.order_id or "")]


async def test_one_conflict_keeps_the_whole_batch_back(scene: Scene) -> None:
    [known] = await placing(scene, keyed("known"))
    answers = await placing(scene, keyed("new"), keyed("known", "other"), keyed("known"), keyed("new"))
    first = known.order_id or ""
    assert answers == [Withheld(), Conflict(first), Replayed(first), Withheld()]
    assert (await scene.totals())["n_placed"] == 1
    [later] = await placing(scene, keyed("new"))
    assert isinstance(later, Placed)


async def test_a_batch_beyond_the_limit_is_kept_back_whole(scene: Scene) -> None:
    assert await placing(scene, *[keyed(None)] * 3, limit=2) == [Withheld(), Withheld(), NO_ROOM]
    assert (await scene.totals()).get("n_placed", 0) == 0


async def test_a_key_of_another_type_stops_only_its_own_order(scene: Scene) -> None:
    await scene.lane.command("SET", scene.lane.keys.idempotency("api", "broken"), "x")
    broken, fine = await placing(scene, keyed("broken"), keyed("fine"), together=False)
    assert isinstance(broken, Conflict)
    assert isinstance(fine, Placed)
