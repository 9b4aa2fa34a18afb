"""The workers page: who needs a look, what they hold, what became of lost ones' orders, what may be asked."""

import re
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from dashboard import fleet as fleet_module
from dashboard import gone, hands
from orderstream.audit import record_async
from orderstream.domain.outcomes import Completed
from orderstream.streams import controlling
from orderstream.streams.codec import interleaved
from orderstream.streams.deliveries import Deliveries, Report
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Asked, beat
from orderstream.streams.metrics import Sample, add_sample
from orderstream.streams.sweeping import sweep
from tests.access import people
from tests.dashboard.pages import html_of, signed_in, text_of, words
from tests.orders import placed_orders
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

LEASE_MS = 60_000


@pytest.fixture(autouse=True)
def _read_each_time(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A page may show what was read a moment ago for somebody else."""
    monkeypatch.setattr(fleet_module, "AGE_MAX_SECONDS", -1.0)
    settings.ORDERSTREAM_LEASE_SECONDS = timedelta(milliseconds=LEASE_MS)
    gone._kept.clear()
    hands._kept.clear()


class Working:
    """A worker as far as Redis knows it."""

    def __init__(self, lane: Lane, name: str, **card: Any) -> None:
        self.lane, self.name = lane, name
        self.deliveries = Deliveries(lane, name)
        self.card: dict[str, Any] = {"host": "kobe", "pid": 7, "version": "1.8.2", "concurrency": 4} | card

    async def beat(self, lease_ms: int = LEASE_MS, **card: Any) -> None:
        self.card |= card
        await beat(self.lane, self.name, lease_ms=lease_ms, sweep_every_ms=10**9, fields=self.card)

    async def take(self, count: int, lease_ms: int = LEASE_MS) -> dict[str, int]:
        ids = [each.order_id for each in await self.deliveries.read(self.lane.client, count, None)]
        begun = await self.deliveries.begin(ids, lease_ms=lease_ms, patience_ms=60_000, attempts=5)
        return {each.order_id: each.fence for each in begun}  # type: ignore[union-attr] # all begin

    async def dies(self) -> None:
        await self.lane.client.zadd(self.lane.keys.workers, {self.name: await self.lane.now_ms() - 1})
        await self.lane.client.delete(self.lane.keys.worker(self.name))
        await self.lane.client.hdel(self.lane.keys.control, "calm_until")


async def test_without_workers_it_says_how_to_start_one(lane: Lane) -> None:
    text = await text_of(await signed_in("viewer"), "/workers/")
    assert "No worker is running." in text
    assert "No worker has been heard yet" in text
    assert "python manage.py runworker_orders" in text


async def test_a_worker_at_work_says_where_it_runs_and_what_it_holds(lane: Lane) -> None:
    await placed_orders(lane, 3)
    ann = Working(lane, "ann")
    await ann.beat()
    await ann.take(3)
    text = await text_of(await signed_in("viewer"), "/workers/")
    assert "1 worker is at work and needs no look. 3 of 4 slots are in use." in text
    assert "kobe, pid 7, 1.8.2" in text
    assert "3 of 4 in hand" in text
    assert "Slots in use 3 of 4 75 %" in text


async def test_only_those_who_may_are_offered_deeds(lane: Lane) -> None:
    await Working(lane, "ann").beat()
    for who, expected in (("viewer", 0), ("operator", 0), ("manager", 4)):
        page = await html_of(await signed_in(who, name=who), "/workers/")
        assert page.split("<dialog")[0].count("data-deed") == expected
        assert ("<slot-stepper" in page) == (who == "manager")


async def test_what_was_asked_stands_there_until_the_worker_says_that_it_does(lane: Lane) -> None:
    ann = Working(lane, "ann")
    await ann.beat()
    client = await signed_in("manager", first_name="Haruka", last_name="Mori")
    await record_async("user:ada", "drain_asked", "ann", "too slow")
    await controlling.ask(lane, "ann", Asked.DRAIN)
    text = await text_of(client, "/workers/now/")
    assert re.search(r"asked to drain \d\.\d s ago by Haruka Mori: too slow", text)
    assert "Take up again" in text
    assert "Drain…" not in text
    await ann.beat(mode="draining")
    text = await text_of(client, "/workers/now/")
    assert "asked to drain" not in text
    assert "draining by Haruka Mori: too slow" in text


async def test_a_stop_cannot_be_taken_back(lane: Lane) -> None:
    await Working(lane, "ann").beat()
    await controlling.ask(lane, "ann", Asked.STOP)
    page = await html_of(await signed_in("manager"), "/workers/now/")
    assert "asked to stop" in page
    assert "/api/workers/ann/" not in page


async def test_one_that_was_told_to_end_where_it_runs_can_only_be_hurried(lane: Lane) -> None:
    await Working(lane, "ann").beat(mode="draining")
    text = await text_of(await signed_in("manager"), "/workers/now/")
    assert "It was told to end where it runs" in text
    assert "Stop now…" in text
    assert "Take up again" not in text


async def test_a_slow_one_stands_first_with_its_orders(lane: Lane) -> None:
    await placed_orders(lane, 12, customer_id="C-77", quantity=4, product_id="22470")
    quick, slow = Working(lane, "ann"), Working(lane, "zoe")
    await quick.beat(completed=100, failed=0, busy_ms=100_000)
    await slow.beat(completed=100, failed=0, busy_ms=480_000, concurrency=16)
    await slow.take(12)
    page = await html_of(await signed_in("viewer"), "/workers/")
    text = words(page)
    assert "zoe is slow: 4.8 s an order, the others 1.0 s." in text
    assert text.index("Needs a look") < text.index("zoe slow") < text.index("At work", text.index("zoe slow"))
    assert "An order takes it 4.8 s, the others 1.0 s. It has the same version as the others." in text
    assert text.count("C-77, 4 × 22470") == 10
    assert "and 2 more" in text


async def test_what_became_of_a_lost_ones_orders(lane: Lane) -> None:
    await placed_orders(lane, 2)
    ann, bob = Working(lane, "ann"), Working(lane, "bob")
    await bob.beat()
    held = await ann.take(2)
    await ann.dies()
    client = await signed_in("manager")
    text = await text_of(client, "/workers/now/")
    assert "1 worker is lost. 1 is at work. 2 orders are still in lost hands" in text
    assert "2 orders are still pending for it; the sweep puts them back." in text
    first, second = held
    await sweep(lane, list(held), actor="worker:bob", bound_ms=1, attempts=5, backoff_ms=0)
    await bob.deliveries.promote(1, lease_ms=LEASE_MS, suspects=1)
    [begun] = await bob.deliveries.begin([first], lease_ms=LEASE_MS, patience_ms=60_000, attempts=5)
    report = Report(first, begun.fence, Completed(), 7)  # type: ignore[union-attr] # it begins
    await bob.deliveries.finish([report], attempts=5)
    page = await html_of(client, "/workers/now/")
    text = words(page)
    assert "2 orders were taken over; none is lost." in text
    assert "What became of its 2 orders" in text
    assert f'href="/orders/{first}/"' in page
    assert "completed bob, " in text
    assert "retrying" in text
    assert second[-5:] in text
    assert "silent for 1 min" in text
    assert "Forget it…" in text
    assert "Pause…" not in text.split("What became")[0].split("Needs a look")[1]


async def test_names_and_orders_are_escaped(lane: Lane) -> None:
    evil = "<img/src=x>"
    await placed_orders(lane, 1, customer_id="<b>me</b>")
    worker = Working(lane, evil, host="<em>", version="<s>")
    await worker.beat(completed=100, failed=0, busy_ms=900_000)
    await Working(lane, "ann").beat(completed=100, failed=0, busy_ms=100_000)
    await worker.take(1)
    await lane.client.zadd(lane.keys.workers, {b"\xff": await lane.now_ms() + LEASE_MS})
    page = await html_of(await signed_in("manager"), "/workers/")
    for tag in ("<img", "<s>", "<em>,", "<b>me"):
        assert tag not in page
    assert "/api/workers/%3Cimg%2Fsrc%3Dx%3E/drain" in page
    assert "&lt;b&gt;me&lt;/b&gt;, 2 × P-1" in page


async def test_what_one_has_in_hand_is_a_part_of_its_own(lane: Lane) -> None:
    await placed_orders(lane, 1)
    ann = Working(lane, "ann")
    await ann.beat()
    client = await signed_in("viewer")
    assert "Nothing." in await text_of(client, "/workers/ann/hand/")
    await ann.take(1)
    part = await html_of(client, "/workers/ann/hand/")
    assert part.lstrip().startswith('<div id="hand-ann" data-live="events"')
    assert "C-1, 2 × P-1" in words(part)


async def test_the_keepers_samples_draw_the_curves_and_count_what_failed(lane: Lane) -> None:
    ann = Working(lane, "ann")
    await ann.beat()
    now = await lane.now_ms()
    for ago in (60_000, 45_000, 30_000):
        counters = {"n_retried": 1, "n_failed": 0, "n_swept": 0}
        await lane.command(
            "XADD",
            lane.keys.metrics,
            f"{now - ago}-0",
            "worker:ann",
            "2.5",
            "at",
            now - ago,
            *interleaved(counters),
        )
    await add_sample(lane, Sample(now, {"worker:ann": 2.5, "placed_per_second": 3.0}))
    await lane.client.hset(lane.keys.totals, mapping={"n_retried": 12, "n_failed": 3, "n_swept": 5})
    page = await html_of(await signed_in("viewer"), "/workers/")
    text = words(page)
    assert "Completed 2.5 /s 3.0/s placed" in text
    assert "Failed attempts 9 in 1 min" in text
    assert "Taken over 5 in 1 min, from lost workers" in text
    drawn = re.findall(r'<path d="(M[^"]*)"/></svg></div>', page)
    assert len(drawn) == 1
    assert drawn[0].count("L") == 2


async def test_without_the_keeper_what_only_it_knows_is_unknown(lane: Lane) -> None:
    await Working(lane, "ann").beat()
    text = await text_of(await signed_in("viewer"), "/workers/")
    assert "Completed unknown the keeper is away" in text
    assert "Failed attempts unknown" in text


async def test_who_is_gone_is_known_from_the_samples(lane: Lane) -> None:
    await Working(lane, "ann").beat()
    now = await lane.now_ms()
    for hours in (30, 5, 3):
        at = now - hours * 3_600_000
        await lane.command(
            "XADD", lane.keys.metrics, f"{at}-0", "worker:old", "4", "worker:ann", "1", "at", at
        )
    text = await text_of(await signed_in("viewer"), "/workers/")
    assert "Gone 1 in the last day" in text
    assert "old" in text.split("Gone 1 in the last day")[1]
    assert "4.0 /s" in text


async def test_pausing_all_is_said_and_taken_back_with_one_button(lane: Lane) -> None:
    await Working(lane, "ann").beat(mode="paused")
    await controlling.pause(lane)
    client = await signed_in("manager")
    text = await text_of(client, "/workers/now/")
    assert "All processing is paused. Nothing new is begun." in text
    assert "Go on" in text
    assert "Needs a look" not in text


async def test_many_workers_are_bounded(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "WORKERS_SHOWN", 3)
    for number in range(5):
        await Working(lane, f"w-{number}").beat()
    text = await text_of(await signed_in("viewer"), "/workers/")
    assert "2 more are not shown" in text
    assert "At work 3 of 5" in text


async def test_those_who_look_at_once_cost_one_reading(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "AGE_MAX_SECONDS", 60.0)
    await Working(lane, "ann").beat()
    first = await fleet_module.fleet(lane)
    await Working(lane, "bob").beat()
    assert await fleet_module.fleet(lane) is first


async def test_while_sql_is_away_only_who_asked_is_missing(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    await Working(lane, "ann").beat()
    await controlling.ask(lane, "ann", Asked.PAUSE)

    async def away(*_given: object) -> None:
        raise OperationalError

    monkeypatch.setattr("orderstream.audit.latest_of_async", away)
    assert (await fleet_module.fleet(lane)).asked == {}


@pytest.mark.parametrize(
    ("actor", "name"),
    [("user:haruka", "Haruka Mori"), ("user:gone", "gone"), ("key:till", "API key till")],
)
async def test_whoever_asked_is_called_by_name(lane: Lane, actor: str, name: str) -> None:
    await sync_to_async(people.person)(name="haruka", first_name="Haruka", last_name="Mori")
    await Working(lane, "ann").beat()
    await controlling.ask(lane, "ann", Asked.PAUSE)
    await record_async(actor, "pause_asked", "ann")
    assert f"by {name}" in await text_of(await signed_in("viewer"), "/workers/")
