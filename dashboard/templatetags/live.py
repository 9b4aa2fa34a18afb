"""{% moment ms %}, {% since ms %}, {% until ms %}: times in UTC, then by js/times.js in the viewer's zone.

{% total status %}: how many orders have it, as the side counts them.
"""

from datetime import UTC, datetime

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from dashboard import numerals

register = template.Library()

# The end of year 9999. Ids go further, and anybody can write one straight into the stream.
LAST_MS = 253_402_300_799_000


@register.simple_tag(takes_context=True)
def moment(context: template.Context, ms: int | None, form: str = "") -> SafeString | str:
    """The clock time, with its day when that is another, all of it in the title. `form` exact: with ms."""
    if ms is None:
        return numerals.unknown()
    at, is_exact = _at(ms), form == "exact"
    snapshot = context.get("snapshot")
    is_today = snapshot is None or _at(snapshot.at).date() == at.date()
    return format_html(
        '<clock-time ms="{}"{}><time datetime="{}" title="{} UTC">{}{}</time></clock-time>',
        ms,
        SafeString(" exact") if is_exact else "",
        at.isoformat(timespec="milliseconds"),
        at.strftime("%Y-%m-%d %H:%M:%S"),
        at.strftime("%H:%M:%S") if is_today or is_exact else formats.date_format(at, "j M, H:i"),
        format_html('<span class="ms">.{}</span>', f"{ms % 1000:03d}") if is_exact else "",
    )


@register.simple_tag(takes_context=True)
def since(context: template.Context, ms: int | None) -> SafeString | str:
    """How long ago; counts on in the browser."""
    return _counting(context, "age-since", ms, 1)


@register.simple_tag(takes_context=True)
def until(context: template.Context, ms: int | None) -> SafeString | str:
    """How long to go; 0 once it is past."""
    return _counting(context, "span-until", ms, -1)


@register.simple_tag(takes_context=True)
def total(context: template.Context, status: str) -> str:
    """Empty on a page that has no figures, and where they are unknown. Of workers: 5 of 6."""
    snapshot = context.get("snapshot")
    if snapshot and status == "workers":
        living = sum(worker.state != "lost" for worker in snapshot.workers)
        values = {"living": numerals.count(living), "all": numerals.count(len(snapshot.workers))}
        return gettext("%(living)s of %(all)s") % values if snapshot.workers else ""
    totals = snapshot.figures.totals if snapshot else None
    return numerals.count(getattr(totals, status)) if totals else ""


def _counting(context: template.Context, element: str, ms: int | None, sign: int) -> SafeString | str:
    if ms is None:
        return numerals.unknown()
    seconds = max(0, sign * (context["snapshot"].at - ms)) / 1000
    return format_html('<{} ms="{}">{}</{}>', element, ms, numerals.span_text(seconds), element)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(min(ms, LAST_MS) / 1000, UTC)
