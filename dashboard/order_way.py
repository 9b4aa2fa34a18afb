"""An order's way as a timeline: what happened, how long each lasted, and what comes next."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.actors import Names
from dashboard.numerals import count
from dashboard.order_steps import Past, Step, step_of
from orderstream.domain.events import Event, EventType
from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import StoredOrder, id_ms
from orderstream.streams.histories import Record


def way_of(records: Sequence[Record], order: StoredOrder | None, names: Names, attempts: int) -> list[Step]:
    """In the order in which it happened; at the end what is due, where that is known."""
    steps = list(_steps(records, names))
    if order is not None and order.status is OrderStatus.RETRYING and order.next_attempt_at_ms is not None:
        steps.append(_due(order, attempts))
    lasting = [
        replace(step, gap_ms=max(0, following.at_ms - step.at_ms)) for step, following in pairwise(steps)
    ]
    return lasting + [replace(step, line="") for step in steps[-1:]]


def _steps(records: Sequence[Record], names: Names) -> Iterator[Step]:
    past = Past()
    for record in records:
        if record.event is None:
            yield _unknown(record, past)
        else:
            step = step_of(record.event, past, names)
            past = replace(_after(past, record.event), line=step.line)
            yield step


def _after(past: Past, event: Event) -> Past:
    if event.type is EventType.STARTED:
        worker = event.actor.removeprefix("worker:")
        return replace(past, attempt=event.fields.get("attempt", "?"), worker=worker)
    if event.type in {EventType.RETRIED, EventType.FAILED} and event.fields.get("error"):
        error = (event.fields["error"], event.fields.get("text", ""))
        # The first of those that are the same is the one to look at.
        return past if error == past.error else replace(past, error=error, error_of=past.attempt)
    if event.type is EventType.REQUEUED:
        return Past()
    return past


def _unknown(record: Record, past: Past) -> Step:
    rest = _("is no kind of event that is known here")
    return Step(id_ms(record.id), record.fields.get("type", ""), rest, line=past.line, raw=record.fields)


def _due(order: StoredOrder, attempts: int) -> Step:
    due_ms = order.next_attempt_at_ms or 0
    left = attempts - order.attempt - 1
    more = ""
    if left > 0:
        more = ngettext("%(count)s more after it", "%(count)s more after it", left) % {"count": count(left)}
    title = _("Attempt %(number)s") % {"number": order.attempt + 1}
    return Step(due_ms, title, more, shape="retrying", status="retrying", due_ms=due_ms)
