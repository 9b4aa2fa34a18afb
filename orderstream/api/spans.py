"""Reads ids, times and numbers out of paths and query strings; what Redis would choke on stops here."""

import re
from collections.abc import Collection
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orderstream.api.problems import Problem
from orderstream.streams.codec import is_order_id

PART_OF_ID: Final = re.compile(r"[0-9]{1,20}(-[0-9]{1,20})?", re.ASCII)
# Half of an id is 64 bits to Redis.
LARGEST: Final = 2**64 - 1
LAST_MS: Final = "253402300799999"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def refuse_unknown(request: HttpRequest, known: Collection[str]) -> None:
    """A misspelt `until` would silently give other orders than were asked for."""
    for name in request.GET:
        if name not in known:
            raise _wrong(
                name[:64], _("Unknown parameter. Known are %(known)s.") % {"known": ", ".join(known)}
            )


def boundary(name: str, text: str | None) -> datetime | str | None:
    """`since` or `until`: a moment with its zone, or an order's id or the milliseconds in front of it."""
    if not text:
        return None
    if PART_OF_ID.fullmatch(text) and _fits(text):
        return text
    try:
        # The plus of +02:00 is a blank once a query string is decoded.
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _wrong(name, _("Use a time with its zone, as in 2026-11-20T19:02:04Z, or an order's id."))
    if moment.year < EPOCH.year:
        return "0"  # ids begin in 1970
    # On the last day of the calendar the conversion overflows; nothing was placed in that year.
    return LAST_MS if moment.year == MAXYEAR else max(moment.astimezone(UTC), EPOCH)


def page_cursor(text: str | None) -> str | None:
    if not text:
        return None
    if not is_order_id(text) or text == "0-0":
        raise _wrong("cursor", _("Use the next_cursor of the page before, as it was."))
    return text


def page_size(text: str | None, default: int, most: int) -> int:
    return number("limit", text, default, most)


def number(name: str, text: str | None, default: int, most: int) -> int:
    """A whole number from 1 on."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise _wrong(name, _("Use a whole number from 1 to %(most)s.") % {"most": most})
    return int(text)


def milliseconds(given: datetime | str) -> int:
    """What `boundary` made of a time or an id, as ms."""
    if isinstance(given, datetime):
        return (given - EPOCH) // timedelta(milliseconds=1)
    return int(given.partition("-")[0])


def _fits(text: str) -> bool:
    return all(int(half) <= LARGEST for half in text.split("-"))


def _wrong(field: str, message: str) -> Problem:
    return Problem(422, _("A parameter is wrong."), errors=[{"field": field, "message": message}])
