"""What is said before many dead letters are moved: how many, which, and what will happen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.letter_query import Selection
from dashboard.list_rows import ListedOrder, listed
from dashboard.numerals import count
from orderstream import conf
from orderstream.streams import browsing
from orderstream.streams.lane import Lane
from orderstream.streams.letters import LOOKED_AT_MAX, Letter, all_of, letters_of

SAMPLE: Final = 3


@dataclass(frozen=True, slots=True)
class Sampled:
    order: ListedOrder
    failed_ms: int


async def preflight_of(lane: Lane, selection: Selection) -> dict[str, Any]:
    """The context of templates/dashboard/failed/preflight.html."""
    letters = await _letters(lane, selection)
    first_round = [letter for letter in letters if letter.round <= 1]
    retried = len(letters) - len(first_round)
    is_requeue = selection.deed == "requeue"
    number = len(letters)
    title = _requeue_title if is_requeue else _discard_title
    do = _requeue_words if is_requeue else _discard_words
    return {
        "deed": selection.deed,
        "is_requeue": is_requeue,
        "number": number,
        "retried": retried,
        "is_selection": bool(selection.orders),
        "orders": _ids(letters) if selection.orders else "",
        "first_orders": _ids(first_round) if selection.orders else "",
        "first_number": len(first_round),
        "error": selection.error,
        "has_error": selection.error is not None,
        "api": reverse("api-1:requeue_orders" if is_requeue else "api-1:discard_orders"),
        "title": title(number),
        "first_title": title(len(first_round)),
        "what": _what(letters),
        "newest_ms": letters[0].failed_ms if letters else None,
        "oldest_ms": letters[-1].failed_ms if letters else None,
        "happens": _happens(is_requeue),
        "already": _already(retried, number) if is_requeue else "",
        "sample": await _sample(lane, letters[:SAMPLE]),
        "do": do(number),
        "first_do": do(len(first_round)),
        "left_out": _left_out(number),
    }


def _ids(letters: Sequence[Letter]) -> str:
    return ",".join(letter.id for letter in letters)


async def _letters(lane: Lane, selection: Selection) -> Sequence[Letter]:
    if selection.orders:
        return await letters_of(lane, selection.orders)
    found = await all_of(lane)
    return [letter for letter in found if selection.error in (None, letter.error)]


async def _sample(lane: Lane, letters: Sequence[Letter]) -> list[Sampled]:
    failed_ms = {letter.id: letter.failed_ms for letter in letters}
    rows = await browsing.rows_of(lane, list(failed_ms))
    return [Sampled(listed(row), failed_ms[row.id]) for row in rows]


def _requeue_title(number: int) -> str:
    text = ngettext("Retry %(count)s dead letter?", "Retry %(count)s dead letters?", number)
    return text % {"count": count(number)}


def _discard_title(number: int) -> str:
    text = ngettext("Discard %(count)s dead letter?", "Discard %(count)s dead letters?", number)
    return text % {"count": count(number)}


def _requeue_words(number: int) -> str:
    return ngettext("Retry %(count)s order", "Retry %(count)s orders", number) % {"count": count(number)}


def _discard_words(number: int) -> str:
    return ngettext("Discard %(count)s order", "Discard %(count)s orders", number) % {"count": count(number)}


def _what(letters: Sequence[Letter]) -> str:
    errors = {letter.error or _("an unreadable status") for letter in letters}
    if len(errors) > 1:
        return _("They failed with %(count)s different errors") % {"count": count(len(errors))}
    text = ngettext("It failed with %(error)s", "All failed with %(error)s", len(letters))
    return text % {"error": next(iter(errors), "")}


def _happens(is_requeue: bool) -> str:
    if not is_requeue:
        return _("Each is given up for good and becomes cancelled. This cannot be taken back.")
    attempts = conf.processing().attempts
    text = ngettext(
        "Each is pending at once under its own id, with %(count)s new attempt.",
        "Each is pending at once under its own id, with %(count)s new attempts.",
        attempts,
    )
    return text % {"count": count(attempts)}


def _already(retried: int, number: int) -> str:
    if not retried:
        return _("None of them: no round has come before this one.")
    text = ngettext(
        "%(count)s of the %(all)s failed again after a retry.",
        "%(count)s of the %(all)s failed again after a retry.",
        retried,
    )
    return text % {"count": count(retried), "all": count(number)}


def _left_out(number: int) -> str:
    if number < LOOKED_AT_MAX:
        return ""
    return _("More than %(count)s were not counted; all that match are moved.") % {"count": count(number)}
