"""How the board's templates set figures: places that js/spots.js fills later, and cells of rows."""

from collections.abc import Mapping
from typing import Literal

from django import template
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from dashboard import numerals
from dashboard.judgements import Alarm
from dashboard.numerals import Measure
from dashboard.protocol import WorkerRow
from dashboard.statuses import status_word

register = template.Library()
register.filter("status_word", status_word)


@register.simple_tag(takes_context=True)
def figure(context: RequestContext, name: str) -> SafeString:
    """The place of one figure, with its text of now."""
    spots: Mapping[str, str | Measure] = context["spots"]
    return format_html('<span data-figure="{}">{}</span>', name, measured(spots[name]))


def measured(text: str | Measure) -> str:
    if isinstance(text, str):
        return text
    return format_html('{}<span class="unit">{}</span>', *text)


# The rows stand in a <template> too, with nothing in them: there a filter gets "" for what a row would have.
Blank = Literal[""]


@register.filter
def count(number: int | Blank | None) -> str:
    return numerals.unknown() if number is None or number == "" else numerals.count(number)


@register.filter
def per_second(value: float | Blank | None) -> str:
    if value is None or value == "":
        return numerals.unknown()
    return measured((numerals.rate(value), gettext("/s")))


@register.filter
def seconds(value: float | Blank | None) -> str:
    if value is None or value == "":
        return numerals.unknown()
    return measured((numerals.rate(value), numerals.NBSP + gettext("s")))


@register.simple_tag(takes_context=True)
def alarm_of(context: RequestContext, worker: WorkerRow | None) -> Alarm | None:
    """What there is to know of this worker."""
    snapshot = context.get("snapshot")
    if not worker or snapshot is None:
        return None
    return next((alarm for alarm in snapshot.figures.alarms if alarm.worker == worker.name), None)


@register.filter
def amount(stored: str | None) -> str:
    return numerals.amount(stored) if stored else numerals.unknown()


@register.simple_tag(takes_context=True)
def age(context: RequestContext, ms: int | None) -> str:
    """From then to the snapshot's moment."""
    return numerals.unknown() if ms is None else numerals.span_text((context["snapshot"].at - ms) / 1000)


@register.filter
def head(order_id: str) -> str:
    return numerals.head_and_tail(order_id)[0]


@register.filter
def tail(order_id: str) -> str:
    return numerals.head_and_tail(order_id)[1]


@register.filter
def slots(worker: object) -> list[bool]:
    """One mark per place, sixteen at most, filled in proportion."""
    places, in_hand = getattr(worker, "concurrency", None) or 0, getattr(worker, "in_hand", 0)
    if getattr(worker, "state", "") == "lost":
        return []  # nothing is in its hands any more
    marks = min(16, places)
    filled = -(-in_hand * marks // places) if places else 0
    return [mark < filled for mark in range(marks)]
