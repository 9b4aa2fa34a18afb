"""The judge: holds what was asked for and what was answered against what is true in the end, rule by rule."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

from tests.chaos.case import SLACK_MS, Case
from tests.chaos.executions import BEGUN, DONE, Execution
from tests.chaos.facts import Event, Facts, gaps
from tests.chaos.figures import Figures, figures
from tests.chaos.folding import ENDS, LEGAL, Violation
from tests.chaos.history import Line, Phase
from tests.chaos.lasting import flat, gone
from tests.chaos.living import breaches, ends, is_over, looks, traces
from tests.chaos.on_the_way import astray, calm, dashboards, memory
from tests.chaos.plan import Plan
from tests.chaos.views import STATUSES

TOOK: Final = "took_"
TENTHS: Final = (10, 13, 16, 20, 25, 32, 40, 50, 63, 79)
"""The tenth part of a decade after the other, in two digits."""
BOUNDS: Final = (*(floor(tenth * 10**n + 0.5) for n in range(-1, 6) for tenth in TENTHS), 10**7)


@dataclass(frozen=True, slots=True)
class Verdict:
    violations: Sequence[Violation]
    figures: Figures

    @property
    def is_good(self) -> bool:
        return not self.violations


def check(plan: Plan, history: Sequence[Line], facts: Facts) -> Verdict:
    """Every violation that there is, and the figures of the run."""
    case = Case(plan, history, facts)
    rules = (
        _ends, _in_time, _keys, _histories, _effects, _hashes, _totals, _entries, _left_over, _attempts,
        calm, astray, dashboards, memory, flat, gone, looks, ends, traces, breaches, is_over, _answers,
    )  # fmt: skip
    violations = [violation for rule in rules for violation in rule(case)]
    return Verdict(violations, figures(plan, history, facts, case.ids))


def _ends(case: Case) -> Iterator[Violation]:
    for reference, order_id in case.answered.items():
        if order_id not in case.facts.entries:
            yield Violation("I1", order_id, f"lost: {reference} was accepted, and there is no entry")
    for order_id in case.facts.entries:
        status, wanted = case.status(order_id), case.wanted(order_id)
        if status not in ENDS:
            # Where it never became quiet, a machine that was too busy may be why.
            text = f"lost: it is {status or 'without a status'} in the end"
            yield Violation("I1", order_id, text, is_of_time=not case.facts.is_quiet)
        elif status != wanted:
            yield Violation("I1", order_id, f"it is {status} in the end, planned was {wanted}")
        ends = Counter(event.target for event in case.histories.get(order_id, ()) if _is_end(event))
        if ends["completed"] > 1 or ends["cancelled"] > 1 or (ends["completed"] and ends["cancelled"]):
            yield Violation("I1", order_id, f"it ended more than once: {dict(ends)}")


def _is_end(event: Event) -> bool:
    return event.target in ENDS and event.source != event.target


def _in_time(case: Case) -> Iterator[Violation]:
    """Every step of an order, from when it was due or the faults that struck meanwhile had healed."""
    rules = case.facts.rules
    most = rules.lease_ms + rules.sweep_ms + rules.backoff_ms + SLACK_MS
    for order_id, history in case.histories.items():
        for before, after in gaps(history):
            if before.target in ENDS:
                continue  # so does an operator
            due = int(before.fields.get("next_attempt_at", before.at_ms))
            allowed = most + (rules.time_limit_ms if before.target == "processing" else 0)
            if not before.source:  # a queue takes its time: as if all before it used up their time limit
                allowed += rules.time_limit_ms * case.ahead[order_id] // rules.slots
            if (took := after.at_ms - case.facts.healed_ms(due, after.at_ms)) > allowed:
                text = f"{after.type} came {took} ms after {before.type} and the last fault"
                yield Violation("I1", order_id, text, is_of_time=True)


def _keys(case: Case) -> Iterator[Violation]:
    for reference, ids in case.ids.items():
        if case.plan.has(reference) and len(ids) > 1:
            yield Violation("I2", reference, f"placed {len(ids)} times: {', '.join(ids)}")
    answers: dict[str, set[tuple[str, ...]]] = {}
    for line in case.history:
        if line.phase is Phase.OK and line.key:
            answers.setdefault(line.key, set()).add(line.ids)
        if line.status == 409 and line.key:
            yield Violation("I2", line.key, "its repetition was answered with a conflict")
    for key, given in answers.items():
        if len(given) > 1:
            yield Violation("I2", key, f"answered with different orders: {given}")
    for reference, order_id in case.answered.items():
        entry = case.facts.entries.get(order_id)
        if entry is not None and entry.get("reference") != reference:
            yield Violation("I2", order_id, f"answered for {reference}, but it is {entry.get('reference')}")


def _histories(case: Case) -> Iterator[Violation]:
    """I3, I4, I6 and I10 of single histories; and I4 once more by what handlers saw themselves."""
    yield from (fold.broken for fold in case.folds.values() if fold.broken is not None)
    done: dict[tuple[str, int], Execution] = {}
    for each in case.facts.executions:
        if each.what == DONE:
            done.setdefault((each.order_id, each.fence), each)
    for order_id, history in case.histories.items():
        fence = 0
        for event in history:
            fence = int(event.fields.get("fence", fence))
            if _is_done(event):
                yield from _done_before(order_id, event, done.get((order_id, fence)))


def _done_before(order_id: str, completed: Event, execution: Execution | None) -> Iterator[Violation]:
    """Completed means that the attempt with the highest fence had done all its work."""
    if execution is None:
        yield Violation("I4", order_id, "completed, and no attempt with the highest fence had done its work")
    elif completed.at_ms < int(execution.at * 1000) - 1:
        yield Violation("I4", order_id, "completed before its attempt had done its work")


def _effects(case: Case) -> Iterator[Violation]:
    for order_id in sorted({*case.facts.entries, *case.facts.effects}):
        times, is_done = case.facts.effects.get(order_id, 0), case.status(order_id) == "completed"
        if times > 1:
            yield Violation("I5", order_id, f"its effect happened {times} times")
        elif times != is_done:
            yield Violation(
                "I5", order_id, "completed without its effect" if is_done else "an effect, not completed"
            )


def _hashes(case: Case) -> Iterator[Violation]:
    if not case.facts.is_still:
        return  # read one after the other, so nothing compares; `is_over` tells it
    for order_id, fold in case.folds.items():
        stored = case.facts.hashes.get(order_id, {})
        wrong = [n for n in sorted(fold.hash.keys() | stored.keys()) if fold.hash.get(n) != stored.get(n)]
        if wrong and fold.broken is None:
            said = "; ".join(f"{n} is {stored.get(n)}, its events say {fold.hash.get(n)}" for n in wrong)
            yield Violation("I6", order_id, said if stored else "its status hash is gone")
    for order_id in sorted(case.facts.hashes.keys() - case.folds.keys()):
        yield Violation("I6", order_id, "a status without any event")


def _totals(case: Case) -> Iterator[Violation]:
    totals = case.facts.totals
    for text in (*case.facts.unbalanced, *case.facts.watched.unbalanced):
        yield Violation("I7", "snapshot", text)
    if not case.facts.is_still:
        return
    statuses = Counter(fold.status for fold in case.folds.values())
    types = Counter(event.type for event in case.facts.events)
    for status in STATUSES:
        if totals.get(status, 0) != statuses[status]:
            yield Violation(
                "I7", status, f"{totals.get(status, 0)} by the totals, {statuses[status]} by events"
            )
    for kind in LEGAL:
        name = f"n_{kind.removeprefix('order.')}"
        if totals.get(name, 0) != types[kind]:
            yield Violation("I7", name, f"{totals.get(name, 0)} by the totals, {types[kind]} events")
    took = Counter(_bucket(int(e.fields["processing_time"])) for e in case.facts.events if _is_done(e))
    for name in sorted(took.keys() | {name for name in totals if name.startswith(TOOK)}):
        if totals.get(name, 0) != took[name]:
            yield Violation("I7", name, f"{totals.get(name, 0)} by the totals, {took[name]} by events")
    swept = sum("swept" in event.fields for event in case.facts.events)
    if totals.get("n_swept", 0) != swept:
        yield Violation("I7", "n_swept", f"{totals.get('n_swept', 0)} by the totals, {swept} events")
    came = totals.get("n_placed", 0) + totals.get("n_adopted", 0)
    if came != sum(totals.get(status, 0) for status in STATUSES):
        yield Violation("I7", "sum", f"{came} came in, and the gauges do not add up to it")


def _is_done(event: Event) -> bool:
    return event.type == "order.completed"


def _bucket(ms: int) -> str:
    """Ten a decade: the first whose bound is not exceeded."""
    return f"{TOOK}{next((bound for bound in BOUNDS if ms <= bound), BOUNDS[-1])}"


def _entries(case: Case) -> Iterator[Violation]:
    for order_id in sorted(case.histories.keys() - case.facts.entries.keys()):
        yield Violation("I8", order_id, "its entry is gone")


def _left_over(case: Case) -> Iterator[Violation]:
    """In the end nobody holds anything, and the indexes say what the statuses say."""
    for order_id in sorted(case.facts.entries.keys() - case.histories.keys()):
        yield Violation("I9", order_id, "an entry that nobody ever took notice of")
    for order_id, consumer in case.facts.pending.items():
        if case.status(order_id) in ENDS or order_id not in case.facts.entries:
            yield Violation("I9", order_id, f"still pending for {consumer}")
    for order_id, fold in case.folds.items():
        was_delivered = len(case.histories[order_id]) > 1
        if fold.status not in ENDS and was_delivered and order_id not in case.facts.pending:
            yield Violation("I9", order_id, f"{fold.status}, and pending for nobody")
    for order_id in case.facts.retry:
        if case.status(order_id) in ENDS:
            yield Violation("I9", order_id, f"due again, but {case.status(order_id)}")
    failed = {order_id for order_id, fold in case.folds.items() if fold.status == "failed"}
    for order_id in sorted(failed ^ set(case.facts.failed)):
        yield Violation(
            "I9", order_id, f"{case.status(order_id)}, and the index of dead letters says otherwise"
        )


def _attempts(case: Case) -> Iterator[Violation]:
    """I10 by what handlers saw: attempts of a fence that was never issued are none of the log's. And a fence
    is one attempt's, which nobody begins twice (I4)."""
    issued = {
        (event.order_id, event.fields["fence"])
        for event in case.facts.events
        if event.type == "order.started"
    }
    for each in case.facts.executions:
        if each.attempt > case.facts.rules.attempts or (each.order_id, str(each.fence)) not in issued:
            yield Violation(
                "I10", each.order_id, f"attempt {each.attempt} ran with a fence never issued, or too often"
            )
    begun = Counter((each.order_id, each.fence) for each in case.facts.executions if each.what == BEGUN)
    for (order_id, fence), times in begun.items():
        if times > 1:
            yield Violation("I4", order_id, f"begun {times} times with fence {fence}")


def _answers(case: Case) -> Iterator[Violation]:
    """I14; and what clients do not know of they ask again, so in the end they know everything (I1)."""
    for line in case.history:
        if line.status >= 500 and line.status != 503:
            yield Violation(
                "I14", line.key or line.references[0], f"answered with {line.status}: {line.text}"
            )
    for submission in case.plan.submissions():
        if missing := [r for r in submission.references if r not in case.answered]:
            yield Violation("I1", submission.key, f"never answered with 2xx, {len(missing)} orders")
