"""Changes to orders of a made-up run, each of which breaks one invariant alone, for the checker's tests."""

from collections.abc import Callable
from dataclasses import replace

from tests.chaos import executions
from tests.chaos.facts import Happening, Rules
from tests.chaos.history import Kind, Phase
from tests.chaos.ideal import WORKER, Ideal
from tests.chaos.plan import Fate

Break = Callable[[Ideal], object]


def change(ideal: Ideal, order_id: str, kind: str, **fields: object) -> None:
    """Of the order's last event of this type."""
    at = ideal.of(order_id, kind)
    ideal.events[at] = replace(ideal.events[at], **fields)  # type: ignore[arg-type]


def never_placed(ideal: Ideal) -> None:
    """Answered with 201, and there is nothing."""
    order_id = ideal.some(Fate.PLAIN)
    ideal.events = [event for event in ideal.events if event.order_id != order_id]
    ideal.executions = [each for each in ideal.executions if each.order_id != order_id]
    del ideal.entries[order_id], ideal.effects[order_id]


def still_processing(ideal: Ideal) -> None:
    order_id = ideal.some(Fate.PLAIN)
    del ideal.events[ideal.of(order_id, "completed")]
    del ideal.effects[order_id]


def still_waiting_for_an_answer(ideal: Ideal) -> None:
    ideal.lines = [replace(line, phase=Phase.UNKNOWN) if line.call == 1 else line for line in ideal.lines]


def late(ideal: Ideal) -> None:
    """Processing for longer than lease, sweep, back-off, limit and slack together."""
    last = max(event.at_ms for event in ideal.events)
    order_id = ideal.some(Fate.HANGING)
    at = ideal.of(order_id, "completed")
    moved = ideal.events.pop(at)
    ideal.events.append(replace(moved, id=f"{last + 60_000}-0", at_ms=last + 60_000))


def placed_twice(ideal: Ideal) -> None:
    ideal.lived(ideal.entries[ideal.some(Fate.PLAIN)]["reference"])


def answered_otherwise(ideal: Ideal) -> None:
    """The second answer to one key names another order; the first one did so rightly."""
    line = next(line for line in ideal.lines if line.phase is Phase.OK and line.kind is Kind.PLACE)
    ideal.say(Phase.OK, line.kind, line.key, line.references, ids=("1-1",), status=201)


def refused_as_a_conflict(ideal: Ideal) -> None:
    line = ideal.lines[0]
    ideal.say(Phase.FAIL, line.kind, line.key, line.references, status=409)


def left_failed_by_itself(ideal: Ideal) -> None:
    order_id = ideal.some(Fate.REJECTED)
    ideal.event(order_id, "requeued", "pending", WORKER, round="2", attempt="0", fence=str(ideal.now_ms))
    ideal.started(order_id, 1)
    ideal.event(order_id, "failed", "failed", WORKER, error="Planned")


def completed_by_another(ideal: Ideal) -> None:
    change(ideal, ideal.some(Fate.PLAIN), "completed", actor="worker:w-2")


def taken_over_without_a_fence(ideal: Ideal) -> None:
    """The second worker begins with the fence of the first."""
    order_id = ideal.some(Fate.FLAKY)
    first = next(e for e in ideal.events if e.order_id == order_id and e.type == "order.started")
    at = ideal.of(order_id, "started")
    fence = ideal.events[at].fields["fence"]
    change(ideal, order_id, "started", fields={**ideal.events[at].fields, "fence": first.fields["fence"]})
    for n, each in enumerate(ideal.executions):
        if each.order_id == order_id and str(each.fence) == fence:
            ideal.executions[n] = replace(each, fence=int(first.fields["fence"]))


def acknowledged_before_work(ideal: Ideal) -> None:
    """Its handler was begun and never came to its end."""
    order_id = ideal.some(Fate.PLAIN)
    ideal.executions = [
        each for each in ideal.executions if (each.order_id, each.what) != (order_id, executions.DONE)
    ]


def swept(ideal: Ideal) -> int:
    """An order is taken from its worker as a lost one; when."""
    order_id = ideal.some(Fate.FLAKY)
    event = ideal.events[ideal.of(order_id, "retried")]
    words = {"swept": "w-1", "error": "WorkerLost", "fence": str(event.at_ms)}
    change(ideal, order_id, "retried", fields={**event.fields, **words}, actor="worker:w-2")
    return event.at_ms


def judged_dead_after_an_outage(ideal: Ideal) -> None:
    """One second after nobody had reached the server for six."""
    at_ms = swept(ideal)
    ideal.more["happenings"] = [Happening("outage", at_ms - 7_000, at_ms - 1_000, 6_000)]


def judged_dead_the_moment_an_outage_ends(ideal: Ideal) -> None:
    """By a sweep that had waited it out."""
    at_ms = swept(ideal)
    ideal.more["happenings"] = [Happening("stall server", at_ms - 6_000, at_ms + 1, 6_000)]


def done_twice(ideal: Ideal) -> None:
    ideal.effects[ideal.some(Fate.PLAIN)] += 1


def never_done(ideal: Ideal) -> None:
    del ideal.effects[ideal.some(Fate.PLAIN)]


def done_though_rejected(ideal: Ideal) -> None:
    ideal.effects[ideal.some(Fate.REJECTED)] += 1


def a_hash_says_otherwise(ideal: Ideal) -> None:
    hashes = ideal.hashes()
    hashes[ideal.some(Fate.PLAIN)]["processing_time"] = "9.000"
    ideal.more["hashes"] = hashes


def a_version_is_missing(ideal: Ideal) -> None:
    change(ideal, ideal.some(Fate.PLAIN), "completed", version=9)


def a_gauge_is_wrong(ideal: Ideal) -> None:
    ideal.more["totals"] = {**ideal.facts().totals, "completed": 1}


def a_counter_is_wrong(ideal: Ideal) -> None:
    ideal.more["totals"] = {**ideal.facts().totals, "n_started": 1}


def a_bucket_is_wrong(ideal: Ideal) -> None:
    """One completion stands in the bucket beside its own: the sum is right."""
    totals = ideal.facts().totals
    ideal.more["totals"] = {**totals, "took_5": totals["took_5"] - 1, "took_6": 1}


def pending_though_final(ideal: Ideal) -> None:
    ideal.more["pending"] = {ideal.some(Fate.PLAIN): "w-1"}


def due_though_final(ideal: Ideal) -> None:
    ideal.more["retry"] = [ideal.some(Fate.PLAIN)]


def no_dead_letter(ideal: Ideal) -> None:
    ideal.more["failed"] = []


def unknown_to_all(ideal: Ideal) -> None:
    """An entry without any event, which I1 misses too: so it is one that has a status."""
    order_id = ideal.placed("by-hand")
    ideal.more["hashes"] = ideal.hashes() | {order_id: {"status": "completed"}}
    ideal.effects[order_id] = 1
    ideal.events.pop()


def too_many_attempts(ideal: Ideal) -> None:
    ideal.more["rules"] = Rules(attempts=20)  # the hopeless have 40
    ideal.executions = [each for each in ideal.executions if each.attempt <= 20]


def a_fence_that_nobody_issued(ideal: Ideal) -> None:
    ideal.execution(executions.BEGUN, ideal.some(Fate.PLAIN), 1, 5)


def queued_for_long(ideal: Ideal) -> None:
    """Placed in time, and first begun a minute after everything else."""
    order_id = ideal.some(Fate.PLAIN)
    late_by = max(event.at_ms for event in ideal.events) + 60_000
    for kind in ("started", "completed"):
        change(ideal, order_id, kind, at_ms=late_by)
    ideal.executions = [
        replace(each, at=late_by / 1000) if each.order_id == order_id else each for each in ideal.executions
    ]


def begun_twice_with_one_fence(ideal: Ideal) -> None:
    order_id = ideal.some(Fate.PLAIN)
    first = next(each for each in ideal.executions if each.order_id == order_id)
    ideal.executions.append(first)


BREAKS: list[tuple[str, Break]] = [
    ("I1", never_placed),
    ("I1", still_processing),
    ("I1", still_waiting_for_an_answer),
    ("I1", late),
    ("I1", queued_for_long),
    ("I2", placed_twice),
    ("I2", answered_otherwise),
    ("I2", refused_as_a_conflict),
    ("I3", left_failed_by_itself),
    ("I4", completed_by_another),
    ("I4", taken_over_without_a_fence),
    ("I4", acknowledged_before_work),
    ("I4", begun_twice_with_one_fence),
    ("I4", judged_dead_after_an_outage),
    ("I4", judged_dead_the_moment_an_outage_ends),
    ("I5", done_twice),
    ("I5", never_done),
    ("I5", done_though_rejected),
    ("I6", a_hash_says_otherwise),
    ("I6", a_version_is_missing),
    ("I7", a_gauge_is_wrong),
    ("I7", a_counter_is_wrong),
    ("I7", a_bucket_is_wrong),
    ("I9", pending_though_final),
    ("I9", due_though_final),
    ("I9", no_dead_letter),
    ("I10", too_many_attempts),
    ("I10", a_fence_that_nobody_issued),
]
