"""Worker processes obey operators under load: pause, resume, drain, stop, concurrency; nothing is lost."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from orderstream.domain.events import Event, EventType
from orderstream.streams import controlling
from orderstream.streams.events_log import read_events
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Asked
from tests.orders import placed_order, placed_orders
from tests.system.worker_processes import Worker, alive, all_completed, statuses, total
from tests.waiting import passed, wait_until

pytestmark = [pytest.mark.console, pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(120)]

OBEYED_SECONDS = 2 + 4
# Until the last process of a command is gone; what was asked is obeyed before that.
ENDED_SECONDS = 20
"""The two seconds that are promised, and some for a machine that runs ten times as much as it can."""

Start = Callable[..., Worker]


@pytest.fixture
def start(redis_url: str, namespace: str) -> Iterator[Start]:
    """Starts a worker that beats as seldom as by default; whatever the test leaves behind is killed."""
    started: list[Worker] = []

    def start_one(name: str, *arguments: str, **settings: str) -> Worker:
        given = {"ORDERSTREAM_BEAT_SECONDS": "1"} | settings
        started.append(Worker(redis_url, namespace, "--name", name, *arguments, **given))
        return started[-1]

    yield start_one
    for worker in started:
        print(worker.close())  # noqa: T201 shown when the test has failed


async def named(lane: Lane, prefix: str) -> str:
    """The whole name of the worker that was given this one, once it lives."""

    async def found() -> str:
        return next((name for name in await alive(lane) if name.startswith(f"{prefix}-")), "")

    return await wait_until(found)


async def state(lane: Lane, name: str) -> str:
    found = await controlling.standing(lane, name)
    return found.state if found else "gone"


async def has_state(lane: Lane, name: str, wanted: str, within: float = OBEYED_SECONDS) -> None:
    async def has() -> bool:
        return await state(lane, name) == wanted

    await wait_until(has, within)


async def all_events(lane: Lane) -> list[Event]:
    found: list[Event] = []
    while page := await read_events(lane, found[-1].id if found else "0-0", 5_000):
        found += page
    return found


def of(events: list[Event], name: str) -> Counter[EventType]:
    return Counter(event.type for event in events if event.actor == f"worker:{name}")


async def has_completed(lane: Lane, count: int) -> None:
    async def have() -> bool:
        return await total(lane, "n_completed") >= count

    await wait_until(have, 30)


async def test_a_drained_worker_finishes_what_it_has_and_hands_nothing_back(lane: Lane, start: Start) -> None:
    """Beyond the drain time of a signal, which does not bound it."""
    drained = start("one", "--concurrency", "10", ORDERSTREAM_DRAIN_SECONDS="1")
    one = await named(lane, "one")
    long = await placed_order(lane, reference="4")
    orders = await placed_orders(lane, 300, reference="0.2")
    start("two", "--concurrency", "10")
    await has_completed(lane, 20)
    assert await controlling.ask(lane, one, Asked.DRAIN) == "asked"
    await has_state(lane, one, "draining")
    assert await drained.ended(20) == 0, drained.output()
    assert "drained as an operator asked" in drained.output()
    await all_completed(lane, [long, *orders], within=30)
    events = await all_events(lane)
    done = of(events, one)
    assert done[EventType.STARTED] == done[EventType.COMPLETED] > 0
    assert set(done) == {EventType.STARTED, EventType.COMPLETED}
    assert await total(lane, "n_released") == await total(lane, "n_swept") == 0
    assert await total(lane, "n_started") == 301
    assert await controlling.standing(lane, one) is None  # retired, and its request with it
    assert not [name for name in await lane.client.hkeys(lane.keys.control) if one in name]


async def test_a_stopped_worker_hands_back_at_once_and_nothing_counts(lane: Lane, start: Start) -> None:
    stopped = start("one", "--concurrency", "5")
    one = await named(lane, "one")
    long = await placed_orders(lane, 5, reference="600")

    async def are_begun() -> bool:
        return await statuses(lane, long) == {"processing": 5}

    await wait_until(are_begun)
    start("two", "--concurrency", "20", ORDERSTREAM_HANDLER="tests.system.handlers.at_once")
    await named(lane, "two")
    orders = await placed_orders(lane, 300)
    asked_at = await lane.now_ms()
    assert await controlling.ask(lane, one, Asked.STOP) == "asked"
    assert await stopped.ended(OBEYED_SECONDS) == 0, stopped.output()
    await all_completed(lane, [*long, *orders], within=20)
    events = await all_events(lane)
    released = [event for event in events if event.type is EventType.RELEASED]
    assert sorted(event.order_id for event in released) == sorted(long)
    assert all(event.at_ms <= asked_at + OBEYED_SECONDS * 1000 for event in released)
    begun = [event for event in events if event.type is EventType.STARTED and event.order_id in set(long)]
    assert [event.fields["attempt"] for event in begun] == ["1"] * 10
    assert await total(lane, "n_swept") == await total(lane, "n_retried") == await total(lane, "n_stale") == 0


async def test_a_paused_worker_begins_nothing_until_it_is_resumed(lane: Lane, start: Start) -> None:
    start("one", "--concurrency", "10")
    start("two", "--concurrency", "10")
    one, two = await named(lane, "one"), await named(lane, "two")
    orders = await placed_orders(lane, 250, reference="0.2")
    await has_completed(lane, 20)
    asked_at = await lane.now_ms()
    assert await controlling.ask(lane, one, Asked.PAUSE) == "asked"
    await has_state(lane, one, "paused")
    await all_completed(lane, orders, within=40)
    events = await all_events(lane)
    begun_at = [e.at_ms for e in events if e.actor == f"worker:{one}" and e.type is EventType.STARTED]
    assert max(begun_at) <= asked_at + OBEYED_SECONDS * 1000
    done = of(events, one)
    assert done[EventType.STARTED] == done[EventType.COMPLETED]  # what ran went on
    assert of(events, two)[EventType.STARTED] > done[EventType.STARTED]
    assert await controlling.ask(lane, two, Asked.PAUSE) == "asked"
    await has_state(lane, two, "paused")
    [order] = await placed_orders(lane, 1)
    await passed(2.5)  # longer than a read waits and a beat takes
    assert await statuses(lane, [order]) == {"pending": 1}
    assert await controlling.ask(lane, one, Asked.NOTHING) == "asked"
    await all_completed(lane, [order], within=OBEYED_SECONDS)
    assert await total(lane, "n_started") == 251


async def test_a_drain_that_is_withdrawn_in_time_ends_nobody(lane: Lane, start: Start) -> None:
    worker = start("one", "--concurrency", "2")
    one = await named(lane, "one")
    long = await placed_order(lane, reference="8")
    waiting = await placed_orders(lane, 20, reference="0.1")

    async def is_begun() -> bool:
        return await statuses(lane, [long]) == {"processing": 1}

    await wait_until(is_begun)
    await controlling.ask(lane, one, Asked.DRAIN)
    await has_state(lane, one, "draining")
    await controlling.ask(lane, one, Asked.NOTHING)
    await all_completed(lane, [long, *waiting], within=30)
    assert worker.process.poll() is None
    assert await state(lane, one) == "alive"


async def test_all_are_paused_and_resumed_at_once(lane: Lane, start: Start) -> None:
    start("one", "--concurrency", "10")
    start("two", "--concurrency", "10")
    one, two = await named(lane, "one"), await named(lane, "two")
    orders = await placed_orders(lane, 300, reference="0.1")
    await has_completed(lane, 20)
    await controlling.pause(lane)
    for name in (one, two):
        await has_state(lane, name, "paused")
    begun = await total(lane, "n_started")
    await passed(1)
    assert await total(lane, "n_started") == begun < 300
    await controlling.resume(lane)
    for name in (one, two):
        await has_state(lane, name, "alive")
    await all_completed(lane, orders, within=30)
    assert await total(lane, "n_started") == 300


async def test_concurrency_follows_the_operator_and_goes_back(lane: Lane, start: Start) -> None:
    start("one", "--concurrency", "2")
    one = await named(lane, "one")
    orders = await placed_orders(lane, 300, reference="0.3")

    async def in_hand(least: int, most: int) -> None:
        async def is_so() -> bool:
            found = await controlling.standing(lane, one)
            return found is not None and least <= await total(lane, "processing") <= most

        await wait_until(is_so, OBEYED_SECONDS)

    await in_hand(1, 2)
    await controlling.ask_concurrency(lane, one, 20)
    await in_hand(10, 20)
    await controlling.ask_concurrency(lane, one, None)
    await in_hand(1, 2)
    await controlling.ask_concurrency(lane, one, 50)
    await all_completed(lane, orders, within=30)
    assert await total(lane, "n_started") == 300


async def test_one_of_several_processes_is_drained_and_the_others_go_on(lane: Lane, start: Start) -> None:
    worker = start("many", "--processes", "2", "--concurrency", "5")

    async def two_live() -> list[str]:
        names = await alive(lane)
        return names if len(names) == 2 else []

    first, second = await wait_until(two_live)
    await controlling.ask(lane, first, Asked.DRAIN)
    await has_state(lane, first, "gone")
    await wait_until(lambda: "worker process ended as asked; not started again" in worker.output())
    orders = await placed_orders(lane, 100)
    await all_completed(lane, orders, within=15)
    assert await alive(lane) == [second]
    await controlling.ask(lane, second, Asked.STOP)
    await has_state(lane, second, "gone")
    assert await worker.ended(ENDED_SECONDS) == 0, worker.output()


@pytest.mark.parametrize(("handler", "expected"), [("hung", 0), ("blocking", 3), ("stubborn", 0)])
async def test_a_worker_that_a_handler_holds_up_can_be_stopped_and_is_not_started_again(
    lane: Lane, start: Start, handler: str, expected: int
) -> None:
    """By force, where the event loop does not end."""
    worker = start("one", "--processes", "2", ORDERSTREAM_HANDLER=f"tests.system.handlers.{handler}")

    async def two_live() -> bool:
        return len(await alive(lane)) == 2

    await wait_until(two_live)
    orders = await placed_orders(lane, 1, reference="600")

    async def is_begun() -> bool:
        return await statuses(lane, orders) == {"processing": 1}

    await wait_until(is_begun)
    for name in await alive(lane):
        assert await controlling.ask(lane, name, Asked.STOP) == "asked"
    assert await worker.ended(OBEYED_SECONDS + 2) == expected, worker.output()
    assert "starting it again" not in worker.output()
