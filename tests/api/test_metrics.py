"""GET /api/metrics: columns of a bounded number of buckets, gaps as null, no long hold on the event loop."""

import asyncio
import gc
import time
from collections.abc import Iterable
from typing import Any

import pytest

from orderstream.api import schemas
from orderstream.streams import outlook
from orderstream.streams.lane import Lane
from orderstream.streams.outlook import Mark
from tests.api.conftest import Caller
from tests.waiting import passed

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


async def put(lane: Lane, at_ms: Iterable[int], figures: dict[str, float]) -> None:
    for many in _pages(sorted(at_ms)):
        flat = [word for item in figures.items() for word in item]
        await lane.commands(("XADD", lane.keys.metrics, f"{at}-0", "at", at, *flat) for at in many)


def _pages(at_ms: list[int]) -> Iterable[list[int]]:
    return (at_ms[start : start + 500] for start in range(0, len(at_ms), 500))


async def asked(program: Caller, query: str = "") -> dict[str, Any]:
    answer = await program.get(f"/api/metrics{query}")
    assert answer.status_code == 200, answer.content
    schemas.MetricsOut.model_validate(answer.json())
    return answer.json()  # type: ignore[no-any-return]


async def test_without_parameters_it_is_the_last_quarter_of_an_hour(program: Caller, lane: Lane) -> None:
    now = await lane.now_ms()
    await put(lane, [now - 20 * MINUTE, now - 10 * MINUTE, now], {"lag": 3, "worker:kobe-1": 2.5})
    found = await asked(program)
    assert found["step_ms"] == 2_000
    assert 450 <= len(found["at"]) <= 452
    assert found["at"][-1] <= now + SECOND < found["at"][-1] + 4_000
    assert [value for value in found["figures"]["lag"] if value is not None] == [3, 3]
    assert found["figures"]["lag"].count(None) == len(found["at"]) - 2
    assert [value for value in found["workers"]["kobe-1"] if value is not None] == [2.5, 2.5]


async def test_a_value_stands_in_the_bucket_of_its_time(program: Caller, lane: Lane) -> None:
    now = await lane.now_ms()
    base = now - now % MINUTE - 5 * MINUTE
    await put(lane, [base, base + 70 * SECOND], {"placed_per_second": 4})
    found = await asked(program, f"?since={base}&until={base + 3 * MINUTE - 1}&step=60")
    assert found["at"] == [base, base + MINUTE, base + 2 * MINUTE]
    assert found["figures"] == {"placed_per_second": [4, 4, None]}


async def test_times_may_be_written_out(program: Caller, lane: Lane) -> None:
    found = await asked(program, "?since=1999-01-01T00:00:00Z&step=86400")
    assert found["step_ms"] == DAY
    assert len(found["at"]) <= 91, "nothing is kept for longer than 90 days"


async def test_only_the_figures_that_were_asked_for_are_sent(program: Caller, lane: Lane) -> None:
    await put(lane, [await lane.now_ms()], {"lag": 3, "in_hand": 1, "worker:kobe-1": 2.5})
    found = await asked(program, "?figures=lag,no_such_figure")
    assert (list(found["figures"]), list(found["workers"])) == (["lag"], [])
    found = await asked(program, "?figures=workers")
    assert (list(found["figures"]), list(found["workers"])) == ([], ["kobe-1"])


async def test_of_many_workers_the_youngest_are_told(program: Caller, lane: Lane) -> None:
    now = await lane.now_ms()
    for age in range(150, 0, -1):
        await put(lane, [now - age * 2 * SECOND], {f"worker:w-{age:03}": 1})
    workers = (await asked(program, "?figures=workers"))["workers"]
    assert set(workers) == {f"w-{age:03}" for age in range(1, 101)}


async def test_marks_of_the_span_come_along(program: Caller, lane: Lane) -> None:
    now = await lane.now_ms()
    marks = (Mark(now - HOUR, "paused"), Mark(now - MINUTE, "worker_lost", "nara-2"))
    await outlook.write(lane, outlook.Outlook(now, marks=marks))
    assert (await asked(program))["marks"] == [
        {"at": now - MINUTE, "kind": "worker_lost", "worker": "nara-2"}
    ]
    assert len((await asked(program, f"?since={now - 2 * HOUR}"))["marks"]) == 2


async def test_without_samples_there_are_buckets_and_no_figures(program: Caller, lane: Lane) -> None:
    found = await asked(program)
    assert (found["figures"], found["workers"]) == ({}, {})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("until=2026-11-20T19:02:04", "until"),
        ("since=2000000000001&until=2000000000000", "since"),
        ("since=9999-12-31T23:59:59Z", "since"),
        ("step=0", "step"),
        ("step=1.5", "step"),
        ("step=-1", "step"),
        ("step=86401", "step"),
        ("step=%D9%A1%D9%A2", "step"),
        ("figures=lag;drop", "figures"),
        ("figures=lag,%00", "figures"),
        (f"figures={'x' * 41}", "figures"),
        ("figures=" + ",".join(f"a{n}" for n in range(101)), "figures"),
        ("stop=5", "stop"),
    ],
)
async def test_a_bad_parameter_is_named(query: str, field: str, program: Caller, lane: Lane) -> None:
    answer = await program.get(f"/api/metrics?{query}")
    assert answer.status_code == 422
    assert [found["field"] for found in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "query",
    ["since=99999999999999999999", "until=0", "since=0&until=0", "until=9999-12-31T23:59:59Z", "figures=,"],
)
async def test_an_extreme_parameter_breaks_nothing(query: str, program: Caller, lane: Lane) -> None:
    assert (await program.get(f"/api/metrics?{query}")).status_code in {200, 422}


async def test_a_name_that_is_no_text_can_be_sent(program: Caller, lane: Lane) -> None:
    await lane.client.xadd(lane.keys.metrics, {b"worker:\xff": 1, b"\xff": 2})
    found = await asked(program)
    assert (list(found["figures"]), list(found["workers"])) == (["?"], ["?"])


async def test_many_that_ask_at_once_cost_one_reading(program: Caller, lane: Lane) -> None:
    now = await lane.now_ms()
    await put(lane, [now - 60 * MINUTE], {"lag": 3})
    query = f"?since={now - 6 * HOUR}&until={now - MINUTE}"
    await lane.command("CONFIG", "RESETSTAT")
    found = await asyncio.gather(*(asked(program, query) for _ in range(8)))
    assert all(each == found[0] for each in found)
    stats = await lane.client.info("commandstats")
    assert stats["cmdstat_xrange"]["calls"] == 1


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_whole_day_is_read_without_a_stall(program: Caller, lane: Lane) -> None:
    """12,000 samples of 40 figures. Others must get their turn all along, as live boards do."""
    now = await lane.now_ms()
    figures = {f"figure_{n}": 1.25 * n for n in range(30)} | {f"worker:kobe-{n}": 2.5 for n in range(10)}
    await put(lane, {*range(now - DAY, now - HOUR, 10_000), *range(now - HOUR, now, 1_000)}, figures)
    holds: list[float] = []
    gc.collect()
    gc.disable()  # the heap of the tests is not that of a web process
    watch = asyncio.create_task(note_holds(holds))
    answer = await program.get(f"/api/metrics?since={now - DAY}&until={now}")
    await passed(0)
    watch.cancel()
    gc.enable()
    found = answer.json()
    assert len(found["at"]) == pytest.approx(480, abs=2)
    assert all(None not in values[1:-1] for values in found["figures"].values())
    assert max(holds) < 0.02


async def note_holds(holds: list[float]) -> None:
    """CPU seconds until others had their turn, each time; what other processes take does not count."""
    last = time.thread_time()
    while True:
        await passed(0)
        now = time.thread_time()
        holds.append(now - last)
        last = now
