"""Percentiles come out of the buckets within their width."""

import pytest

from orderstream.streams.figures import snapshot
from orderstream.streams.latencies import TOOK, WAITED, Latencies, bound_of
from orderstream.streams.scripts import texts
from tests.streams.scene import COMPLETED, Scene


async def test_every_duration_falls_into_the_smallest_bucket_that_holds_it(scene: Scene) -> None:
    ann = scene.workers[0]
    expected = {0: 1, 1: 1, 2: 2, 3: 3, 7: 8, 9: 10, 10: 10, 11: 13, 79: 79, 80: 100, 101: 130, 10**9: 10**7}
    ids = await scene.placed(len(expected))
    fences = await ann.take(ids)
    for order_id, took in zip(ids, expected, strict=True):
        await ann.finish({order_id: fences[order_id]}, COMPLETED, took_ms=took)
    took_counts = Latencies.of((await snapshot(scene.lane)).totals, TOOK)
    assert set(took_counts.buckets) == set(expected.values())
    assert took_counts.count == len(expected)


async def test_the_server_has_the_same_buckets(scene: Scene) -> None:
    edges = [
        ms + by for ms in sorted({bound_of(ms) for ms in range(1_400)} | {10**6, 10**7}) for by in (-1, 0, 1)
    ]
    told = (
        "local kinds = {} for i = 6, #ARGV do kinds[i - 5] = bucket('', tonumber(ARGV[i])) end return kinds"
    )
    source = f"#!lua flags=allow-oom\n{texts()['_prelude']}\n{told}"
    given = ["", "g", "p", "+pending", "a", *edges]
    found = await scene.lane.client.eval(source, 7, *scene.lane.keys.common(), *given)
    assert [int(bound) for bound in found] == [bound_of(ms) for ms in edges]


def test_percentiles_lie_within_their_bucket() -> None:
    latencies = Latencies.of({"took_100": 90, "took_1000": 10, "waited_5": 3}, TOOK)
    assert latencies.percentile(0.5) == pytest.approx(0.09, abs=0.011)
    assert latencies.percentile(0.99) == pytest.approx(0.95, abs=0.06)
    assert Latencies.of({"waited_5": 3}, WAITED).count == 3


def test_nothing_measured_has_no_percentile() -> None:
    assert Latencies({}).percentile(0.5) is None


def test_the_difference_of_two_readings_is_what_came_between() -> None:
    earlier, later = Latencies({10: 5, 20: 1}), Latencies({10: 5, 20: 4, 40: 1})
    assert later.since(earlier) == Latencies({20: 3, 40: 1})
