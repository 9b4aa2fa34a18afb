"""Calls an order late that waits or is worked on for longer than managers want, and says what holds it up."""

from dataclasses import replace

from django.utils.translation import gettext as _

from dashboard.numerals import as_set, span_text
from dashboard.order_case import Case
from dashboard.order_stories import joined
from dashboard.sentences import Sentence


def waiting(case: Case, sentence: Sentence) -> Sentence:
    """What is said of an order that nobody has begun; unchanged while it keeps within the target."""
    seconds = (case.now_ms - _due_ms(case)) / 1000
    is_said = sentence.status == "lost"
    if case.targets is None or seconds <= case.targets.waiting or is_said:
        return sentence
    if sentence.head:  # it says already why nothing is begun
        told = _beyond(
            _("Late: it has waited %(span)s; the target is %(target)s."), seconds, case.targets.waiting
        )
        return replace(sentence, more=joined(told, sentence.more))
    told = _beyond(_("It has waited %(span)s; the target is %(target)s."), seconds, case.targets.waiting)
    holder = case.holder
    return _late(case, "" if holder is None or holder.is_parked else holder.consumer, told, sentence)


def at_work(case: Case, sentence: Sentence) -> Sentence:
    """Likewise of one that is in hand; it may be late since before it was begun."""
    started = case.order.started_at_ms
    if case.targets is None or started is None:
        return sentence
    waited, worked = (started - _due_ms(case)) / 1000, (case.now_ms - started) / 1000
    before = _("It waited %(span)s before it was begun; the target is %(target)s.")
    since = _("It has been at work for %(span)s; the target is %(target)s.")
    told = joined(
        _beyond(before, waited, case.targets.waiting), _beyond(since, worked, case.targets.processing)
    )
    return _late(case, case.order.worker_id or "?", told, sentence) if told else sentence


def _late(case: Case, worker: str, told: str, sentence: Sentence) -> Sentence:
    slow = case.slowness_of(worker)
    if slow is None:
        return Sentence(sentence.body, joined(told, sentence.more), _("Late."), "warning")
    body = _("because %(worker)s, which has it in hand, is slow.") % {"worker": worker}
    pace = _("95 in 100 of its orders take up to %(own)s, at the others %(usual)s.")
    values = {"own": span_text(slow.own), "usual": span_text(slow.usual)}
    return Sentence(body, joined(told, pace % values, sentence.more), _("Late,"), "warning")


def _beyond(text: str, seconds: float, target: float) -> str:
    values = {"span": span_text(seconds), "target": as_set(target)}
    return text % values if seconds > target else ""


def _due_ms(case: Case) -> int:
    """From when on it might have been begun, as the step that begins it counts; a begin leaves it."""
    order = case.order
    return order.created_at_ms if order.next_attempt_at_ms is None else order.next_attempt_at_ms
