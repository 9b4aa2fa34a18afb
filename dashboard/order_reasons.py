"""Why an order is as it is, in one sentence, and in a second one what led to it or would help."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard import order_lateness
from dashboard.actors import Names, who
from dashboard.attempts import Attempt, End
from dashboard.numerals import count, span_text
from dashboard.order_case import Case
from dashboard.order_ends import cancelled, completed, failed
from dashboard.order_stories import joined, story_of
from dashboard.sentences import Sentence
from orderstream.domain.events import EventType
from orderstream.domain.status import OrderStatus


def reason_of(case: Case, names: Names) -> Sentence:
    return _REASONS[case.order.status](case, names)


def _pending(case: Case, names: Names) -> Sentence:
    if not case.order.version and case.history.records:
        return _hash_lost()
    return order_lateness.waiting(case, _unbegun(case, names))


def _unbegun(case: Case, names: Names) -> Sentence:
    if not case.living:
        return _no_worker(case)
    if case.is_paused:
        return _paused(case)
    if not case.order.version:
        return _not_adopted()
    holder = case.holder
    if holder is not None and not holder.is_parked:
        return _handed_out(case, holder.consumer)
    sent_back = case.last(EventType.REQUEUED, EventType.RELEASED)
    if sent_back is not None and sent_back.type is EventType.REQUEUED:
        text = _("Waits for a free slot, sent back by %(who)s.")
        return Sentence(text % {"who": who(sent_back.actor, names)}, _queue(case))
    if sent_back is not None:
        text = _("Waits for another worker: %(worker)s handed it back when it was stopped.")
        return Sentence(text % {"worker": who(sent_back.actor, names)}, _queue(case))
    return Sentence(_waits(case))


def _hash_lost() -> Sentence:
    more = _("The log still tells its way; the next deed on it, even a note, writes its status anew.")
    return Sentence(_("its status is lost."), more, _("Unknown:"), "warning")


def _not_adopted() -> Sentence:
    more = _(
        "Somebody wrote it straight into the stream. Whoever reads it makes it an order, or a dead letter."
    )
    return Sentence(_("Waits to be adopted by the next worker."), more)


def _no_worker(case: Case) -> Sentence:
    more = _("Start one with manage.py runworker_orders.")
    return Sentence(_place(case), more, _("No worker is running."), "critical")


def _paused(case: Case) -> Sentence:
    more = _("Processing is paused: nothing is begun until somebody resumes it.")
    return Sentence(_place(case), more, _("Paused."), "warning")


def _handed_out(case: Case, worker: str) -> Sentence:
    """Delivered, and not begun."""
    values = {"worker": worker}
    if not case.is_lost(worker):
        return Sentence(_("Is in the hands of %(worker)s, which begins it next.") % values)
    more = _("The next sweep hands it to another worker.")
    return Sentence(_("because %(worker)s was lost before it began it.") % values, more, _("Late,"), "lost")


def _processing(case: Case, names: Names) -> Sentence:
    order = case.order
    worker, number = order.worker_id or "?", order.attempt
    values = {"worker": worker, "number": number}
    before = case.ended
    if order.cancel_asked_by:
        more = _("Asked by %(who)s. Should it complete first, that counts.")
        text = _("Will be cancelled when its attempt on %(worker)s ends.")
        return Sentence(text % values, more % {"who": who(order.cancel_asked_by, names)}, status="warning")
    if case.is_lost(worker):
        return Sentence(
            _("because %(worker)s was lost with it in hand.") % values, _sweep(case), _("Late,"), "lost"
        )
    if order.deadline_ms is not None and order.deadline_ms < case.now_ms:
        more = _("The next sweep takes it away; an answer of that attempt is refused then.")
        text = _("because attempt %(number)s on %(worker)s is past its deadline.")
        return Sentence(text % values, more, _("Late,"), "lost")
    return order_lateness.at_work(case, _at_work(case, before))


def _at_work(case: Case, before: Sequence[Attempt]) -> Sentence:
    values = {"worker": case.order.worker_id or "?", "number": case.order.attempt}
    if before and before[-1].end in {End.LOST, End.OVERRAN}:
        text = _("%(worker)s took it over after %(lost)s was lost.")
        if before[-1].end is End.OVERRAN:
            text = _("%(worker)s took it over after %(lost)s had overrun.")
        return Sentence(text % {**values, "lost": before[-1].worker}, _pace(case))
    if before:
        return Sentence(_("Attempt %(number)s is at work on %(worker)s.") % values, story_of(before))
    return Sentence(_("At work on %(worker)s.") % values, _pace(case))


def _sweep(case: Case) -> str:
    if case.calm_until_ms is not None:
        # Nothing keeps which of the two it was.
        text = _("Redis was away, or the lease was changed; so nobody is judged lost for another %(span)s.")
        return text % {"span": span_text(max(0, case.calm_until_ms - case.now_ms) / 1000)}
    return _("The next sweep puts it back for another worker, within seconds.")


def _pace(case: Case) -> str:
    """Said once it takes longer than others."""
    started, usual = case.order.started_at_ms, case.usual_seconds
    if started is None or not usual or (case.now_ms - started) / 1000 <= max(usual, 1):
        return ""
    text = _("Longer than usual: 95 in 100 attempts of the last minute took at most %(span)s.")
    return text % {"span": span_text(usual)}


def _retrying(case: Case, names: Names) -> Sentence:
    due_ms = case.order.next_attempt_at_ms
    if due_ms is None or due_ms > case.now_ms:
        return _rests(case)
    return order_lateness.waiting(case, _due(case))


def _due(case: Case) -> Sentence:
    if not case.living:
        return _no_worker(case)
    if case.is_paused:
        return _paused(case)
    return Sentence(
        _("Its next attempt is due and waits for a free slot."), joined(_queue(case), story_of(case.ended))
    )


def _rests(case: Case) -> Sentence:
    error = case.order.error or "?"
    last = case.attempts[-1] if case.attempts else None
    worker = last.worker if last is not None else case.order.worker_id or "?"
    values = {"worker": worker, "number": case.order.attempt, "error": error}
    if error == "WorkerLost":
        return Sentence(
            _("because %(worker)s was lost with it in hand.") % values,
            story_of(case.ended),
            _("Late,"),
            "lost",
        )
    if error == "DeadlinePassed":
        text = _("because attempt %(number)s on %(worker)s overran its deadline.")
        return Sentence(text % values, story_of(case.ended), _("Late,"), "lost")
    if error == "RetryLater":
        return Sentence(_("Waits, because its handler asked for a later attempt."), last.text if last else "")
    text = _("because attempt %(number)s ended in %(error)s.")
    return Sentence(text % values, story_of(case.ended), _("Late,"), "retrying")


_REASONS: Final[Mapping[OrderStatus, Callable[[Case, Names], Sentence]]] = {
    OrderStatus.PENDING: _pending,
    OrderStatus.PROCESSING: _processing,
    OrderStatus.RETRYING: _retrying,
    OrderStatus.COMPLETED: completed,
    OrderStatus.FAILED: failed,
    OrderStatus.CANCELLED: cancelled,
}


def _waits(case: Case) -> str:
    """Behind how many, and who works meanwhile."""
    if case.ahead is None:
        return _("Waits for a free slot.")
    at_work = ngettext("%(count)s worker is at work", "%(count)s workers are at work", case.living)
    values = {"workers": at_work % {"count": count(case.living)}}
    if not case.ahead.count:
        return _("Is next in line; %(workers)s.") % values
    text = ngettext(
        "Waits behind %(others)s other while %(workers)s.",
        "Waits behind %(others)s others while %(workers)s.",
        case.ahead.count,
    )
    return text % {**values, "others": _others(case)}


def _place(case: Case) -> str:
    if case.ahead is None or not case.ahead.count:
        return _("It is the next in line.") if case.ahead is not None else _("It waits.")
    text = ngettext(
        "It waits behind %(others)s other.", "It waits behind %(others)s others.", case.ahead.count
    )
    return text % {"others": _others(case)}


def _queue(case: Case) -> str:
    if case.ahead is None or not case.ahead.count:
        return ""
    text = ngettext(
        "%(others)s other is due before it.", "%(others)s others are due before it.", case.ahead.count
    )
    return text % {"others": _others(case)}


def _others(case: Case) -> str:
    assert case.ahead is not None  # noqa: S101 narrows the type
    number = count(case.ahead.count)
    return number if case.ahead.is_exact else _("more than %(count)s") % {"count": number}
