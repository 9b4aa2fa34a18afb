"""Dead letters grouped by what they died of, and the one sentence about all of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.numerals import count
from orderstream.streams.letters import UNREADABLE, Letter

# Of the bars: the last day, an hour each.
BARS: Final = 24
_HOUR_MS: Final = 60 * 60_000
# Quiet for so long: nothing new has failed.
_QUIET_MS: Final = 5 * 60_000

KILLERS: Final = "WorkerLost"
Advice = Literal["", "rejected", "no order", "entry gone", "unreadable"]
_ADVICE: Final[dict[str, Advice]] = {
    "OrderRejected": "rejected",
    "InvalidOrder": "no order",
    "EntryLost": "entry gone",
    UNREADABLE: "unreadable",
}


@dataclass(frozen=True, slots=True)
class Group:
    """`bars` are the heights, 0 to 100, of the last 24 hours; `text` what the newest one's handler said."""

    error: str
    number: int
    newest: Letter
    oldest_ms: int
    retried: int
    bars: tuple[int, ...]
    text: str = ""

    @property
    def advice(self) -> Advice:
        """Why a retry will not help; empty: it may."""
        return _ADVICE.get(self.error, "")

    @property
    def is_killer(self) -> bool:
        return self.error == KILLERS


@dataclass(frozen=True, slots=True)
class Summary:
    """The sentence goes on with the age of the newest letter. Without `rest` it is whole."""

    body: str
    rest: str = ""
    newest_ms: int | None = None


def groups_of(letters: Sequence[Letter], now_ms: int) -> list[Group]:
    """The largest first; `letters` are newest first."""
    by_error: dict[str, list[Letter]] = defaultdict(list)
    for letter in letters:
        by_error[letter.error].append(letter)
    groups = [
        Group(
            error=error,
            number=len(alike),
            newest=alike[0],
            oldest_ms=alike[-1].failed_ms,
            retried=sum(letter.round > 1 for letter in alike),
            bars=_bars(alike, now_ms),
        )
        for error, alike in by_error.items()
    ]
    return sorted(groups, key=lambda group: (-group.number, group.error))


def summary_of(groups: Sequence[Group], number: int, now_ms: int) -> Summary:
    """`number` is how many there are at all; the groups may be of the newest ones only."""
    if not groups:
        return Summary(_("No dead letters: nothing waits for a person."))
    newest_ms = max(group.newest.failed_ms for group in groups)
    rest = _(", the newest failed %s ago.")
    if now_ms - newest_ms > _QUIET_MS:
        rest = _(", and nothing new has failed for %s.")
    return Summary(_shared(groups, number), rest, newest_ms)


def _shared(groups: Sequence[Group], number: int) -> str:
    first = groups[0].number
    values = {"first": count(first), "all": count(number), "errors": count(len(groups))}
    if len(groups) == 1 and first == number:
        text = ngettext("%(all)s dead letter waits for a person", "All %(all)s share one error", number)
    elif first > 1:
        text = _("%(first)s of %(all)s share one error")
    else:
        text = _("%(all)s dead letters with %(errors)s different errors")
    return text % values


def _bars(letters: Sequence[Letter], now_ms: int) -> tuple[int, ...]:
    counts = [0] * BARS
    for letter in letters:
        hours_ago = (now_ms - letter.failed_ms) // _HOUR_MS
        if 0 <= hours_ago < BARS:
            counts[BARS - 1 - hours_ago] += 1
    most = max(counts) or 1
    return tuple(round(100 * number / most) for number in counts)
