"""The judge's rules about what was seen while a run went on: sweeps, snapshots, dashboards, web processes."""

from collections.abc import Iterator
from typing import Final

from tests.chaos.case import SLACK_MS, Case
from tests.chaos.figures import LOST_WORKER
from tests.chaos.folding import Violation

DESTROYING: Final = frozenset({"DELCONSUMER"})
"""Faults that take entries out of the pending list."""
BEAT_MS: Final = 1_500
"""From a worker's beat to its next at most, when nothing stands in the way."""
MEMORY_MOST: Final = 512 << 20
"""Bytes of one web process (I12); it has about 120 MB with twenty dashboards."""
FILES_MORE: Final = 64
"""Open files that a web process may have in the end beyond those it began with: its pools of connections."""


def calm(case: Case) -> Iterator[Violation]:
    """After nobody has reached the server for longer than half a lease, nobody is judged dead for a lease:
    those whose beats were lost work on. The calm begins with the first beat, so it ends later still."""
    rules = case.facts.rules
    for outage in case.facts.happenings:
        if outage.silent_ms < rules.lease_ms / 2 + BEAT_MS:
            continue
        for event in case.facts.events:
            is_lost = "swept" in event.fields and event.fields.get("error") == LOST_WORKER
            # Before its end as well: what waited out the outage is served before anybody notes that it ended.
            if is_lost and -outage.silent_ms <= (after := event.at_ms - outage.healed_ms) < rules.lease_ms:
                worker = event.fields["swept"]
                text = f"taken from {worker} as lost {after} ms after all were silent"
                yield Violation("I4", event.order_id, text, is_of_time=True)


def astray(case: Case) -> Iterator[Violation]:
    """At every moment an unfinished order is undelivered or pending, but for a while after somebody has
    destroyed pending entries: the sweep finds those."""
    rules = case.facts.rules
    while_ms = rules.lease_ms + rules.sweep_ms + SLACK_MS
    destroyed = [each for each in case.facts.happenings if each.kind in DESTROYING]
    for seen in case.facts.astray:
        if not any(d.began_ms <= seen.at_ms and seen.after_ms <= d.healed_ms + while_ms for d in destroyed):
            yield Violation("I9", "snapshot", f"{seen.orders} neither undelivered nor pending for anybody")


def dashboards(case: Case) -> Iterator[Violation]:
    watched = case.facts.watched
    if watched.converged != watched.dashboards:
        text = f"{watched.converged} of {watched.dashboards} show the truth"
        yield Violation("I11", "dashboards", text, is_of_time=True)
    for text in watched.broken:
        yield Violation("I11", "dashboards", f"a socket was closed for an error: {text}")
    for text in watched.backwards:
        yield Violation("I11", "dashboards", f"a view went back: {text}")


def memory(case: Case) -> Iterator[Violation]:
    for name, measured in case.facts.processes.items():
        if not name.startswith("web"):
            continue
        if measured.resident > MEMORY_MOST:
            yield Violation("I12", name, f"{measured.resident >> 20} MB resident")
        if measured.files_after > measured.files_before + FILES_MORE:
            yield Violation(
                "I12", name, f"{measured.files_after} open files, {measured.files_before} at first"
            )
