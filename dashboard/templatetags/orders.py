"""How pages of orders set their words: spans, attempts as marks, and ids in a text as links."""

import re
from typing import Final

from django import template
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard import numerals
from orderstream.streams.codec import is_order_id

register = template.Library()

_ID: Final = re.compile(r"\b[0-9]{10,20}-[0-9]{1,20}\b", re.ASCII)
# More marks than this say nothing that the number beside them does not.
MARKS_MOST: Final = 10


@register.filter
def span_ms(ms: int) -> str:
    return numerals.span_text(ms / 1000)


@register.filter
def linked(text: str) -> SafeString:
    """A person's words; where they name an order, its page is a click away."""
    parts, end = [], 0
    for found in _ID.finditer(text):
        parts += [escape(text[end : found.start()]), _link(found[0])]
        end = found.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308 each part was escaped


def _link(order_id: str) -> SafeString:
    if not is_order_id(order_id):
        return escape(order_id)
    return format_html('<a href="{}">{}</a>', reverse("order", args=[order_id]), order_id)


@register.filter
def marks(row: object) -> list[str]:
    """The status of each attempt; those before the last have failed."""
    number, status = getattr(row, "attempt", 0), getattr(row, "status", "")
    last = "failed" if status in {"retrying", "pending"} else status
    return [*["failed"] * (min(number, MARKS_MOST) - 1), last] if number else []


@register.filter
def filled(text: str, part: str) -> SafeString:
    """A sentence with an element in the place of its %s, wherever a language puts it."""
    before, _mark, after = text.partition("%s")
    return format_html("{}{}{}", before, part, after)


# Bars of 24 hours in a box of 100 by 100; an hour without any is a thin line.
@register.filter
def bar_x(number: int) -> str:
    return f"{number * 100 / 24:.1f}"


@register.filter
def bar_height(height: int) -> int:
    return max(6, height)


@register.filter
def bar_y(height: int) -> int:
    return 100 - max(6, height)
