"""Times and first attempts are held against the log as far as it tells of them, and no further."""

from collections import Counter

from orderstream.domain.events import Event, EventType
from orderstream.domain.histories import History
from orderstream.streams.auditing.measures import Measures
from orderstream.streams.auditing.remedies import mend
from orderstream.streams.auditing.rules import Bounds
from orderstream.streams.latencies import WAITED, Latencies
from tests.streams.auditing import audit_of, audited
from tests.streams.scene import COMPLETED, Scene, retry_in


def event(kind: EventType, version: int, at_ms: int, **fields: str) -> Event:
    return Event("9-0", kind, "5-0", version, "", "", at_ms, "worker:ann", fields)


def history(**fields: str) -> History:
    return History("5-0", fields=fields)


def test_waiting_begins_when_an_order_is_due() -> None:
    measures = Measures()
    measures.take(event(EventType.STARTED, 2, 5_101), history(created_at="5.000"))
    measures.take(event(EventType.STARTED, 4, 9_001), history(created_at="5.000", next_attempt_at="9.000"))
    measures.take(event(EventType.STARTED, 4, 9_000), history(created_at="5.000", next_attempt_at="9.500"))
    assert measures.counts == {"waited_130": 1, "waited_1": 2}
    assert not measures.unknown


def test_a_first_attempt_is_one_of_the_first_round() -> None:
    measures = Measures()
    for fields in (
        {"attempt": "1"},
        {"attempt": "1", "round": "1"},
        {"attempt": "2"},
        {"attempt": "1", "round": "2"},
    ):
        measures.take(event(EventType.COMPLETED, 5, 9, processing_time="80"), history(**fields))
    assert measures.counts == {"took_100": 4, "n_completed_at_first": 2}
    assert not measures.unknown


def test_what_is_not_held_or_damaged_is_unknown_unless_its_version_tells() -> None:
    measures = Measures()
    damaged = History("5-0", fields={"created_at": "5.000", "attempt": "1"}, is_damaged=True)
    measures.take(event(EventType.STARTED, 2, 5_101), None)
    measures.take(event(EventType.STARTED, 2, 5_101), damaged)
    measures.take(event(EventType.STARTED, 2, 5_101), history(created_at="soon"))
    measures.take(event(EventType.COMPLETED, 3, 9, processing_time="8"), None)
    measures.take(event(EventType.COMPLETED, 4, 9, processing_time="long"), damaged)
    assert measures.counts == {"took_8": 1, "n_completed_at_first": 1}
    assert measures.unknown == {"waited_": 3, "took_": 1, "n_completed_at_first": 1}


def test_the_unknown_may_stand_in_any_bucket_but_there_are_no_more() -> None:
    measures = Measures()
    measures.counts["waited_5"], measures.unknown[WAITED] = 3, 2
    for totals in ({"waited_5": 3}, {"waited_5": 5}, {"waited_5": 3, "waited_8": 1, "waited_1": 1}):
        assert measures.drift(totals) == {}
    assert measures.drift({"waited_5": 2, "waited_8": 2}) == {"waited_5": -1}
    assert measures.drift({"waited_5": 3, "waited_8": 3}) == {"waited_8": 3}


async def test_what_may_be_right_in_part_is_told_and_not_taken_out(scene: Scene) -> None:
    ids = await scene.placed(30)
    await scene.workers[0].finish(await scene.workers[0].take(ids), COMPLETED)
    totals = await scene.totals()
    [bucket] = [name for name in totals if name.startswith(WAITED)]
    await scene.lane.command("HINCRBY", scene.lane.keys.totals, bucket, 1)
    small = audit_of(scene, Bounds(open=5))
    [told] = (await audited(small)).violations
    assert told.text.startswith(f"{bucket} is 31, the events say ")
    assert told.text.endswith(" or some more")
    assert small.remedies.drift == {}
    whole = audit_of(scene)
    await audited(whole)
    await mend(scene.lane, whole.remedies, whole.rules)
    assert await scene.totals() == totals


async def test_an_audit_that_holds_few_orders_mends_what_it_knows_and_another_the_rest(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(30)
    fences = await ann.take(ids)
    await ann.finish({i: fences[i] for i in ids[:10]}, COMPLETED)
    await ann.finish({i: fences[i] for i in ids[10:]}, retry_in(5))
    totals = await scene.totals()
    small = Bounds(open=5)
    assert (await audited(audit_of(scene, small))).is_clean
    await scene.lane.command("DEL", scene.lane.keys.totals)
    audit = audit_of(scene, small)
    assert (await audited(audit)).counts == {"I7": 1}
    await mend(scene.lane, audit.remedies, audit.rules)
    assert (await audited(audit_of(scene, small))).is_clean
    assert Latencies.of(await scene.totals(), WAITED).count < 30
    whole = audit_of(scene)
    assert (await audited(whole)).counts == {"I7": 1}
    await mend(scene.lane, whole.remedies, whole.rules)
    assert Counter(await scene.totals()) == Counter(totals)
