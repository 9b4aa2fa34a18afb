"""Which values of the configuration are possible: said once, for start-up checks, the admin and SQL rows."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeGuard

from django.utils.translation import gettext as _

from orderstream.configuration.values import Fixed, Tuning

MOST_ATTEMPTS: Final = 100
MOST_BACKLOG: Final = 10**9
# Units a second: below a microsecond for each, a time in microseconds could not tell them apart.
FASTEST: Final = 1_000_000
NOTHING: Final = timedelta()
LONGEST: Final = timedelta(days=1)
LEAST_LEASE: Final = timedelta(seconds=5)
LONGEST_LEASE: Final = timedelta(hours=1)
BEATS_IN_A_LEASE: Final = 4


@dataclass(frozen=True, slots=True)
class Refusal:
    """`fields`: the one that is wrong, or several that do not go together. `words` go on after its name."""

    fields: tuple[str, ...]
    words: str
    remedy: str


def refusals(tuning: Tuning, fixed: Fixed, handlers: Collection[str]) -> Iterator[Refusal]:
    """All that is impossible, whatever type it has: a shell may have put anything into a row."""
    if tuning.handler not in handlers:
        yield Refusal(
            ("handler",),
            _("is %(path)r, which may not be chosen") % {"path": tuning.handler},
            _("Choose one of %(handlers)s.") % {"handlers": ", ".join(handlers)},
        )
    yield from _counts(tuning)
    yield from _lease(tuning.lease, fixed)
    yield from _times(tuning)
    yield from _simulation(tuning)


def _counts(tuning: Tuning) -> Iterator[Refusal]:
    for field, most in (("attempts", MOST_ATTEMPTS), ("backlog_limit", MOST_BACKLOG)):
        value = getattr(tuning, field)
        if not (isinstance(value, int) and 1 <= value <= most):
            yield Refusal(
                (field,),
                _("is %(value)s") % {"value": value},
                _("Use a whole number from 1 to %(most)s.") % {"most": f"{most:,}"},
            )


def _lease(lease: object, fixed: Fixed) -> Iterator[Refusal]:
    if not is_lease(lease):
        yield Refusal(
            ("lease",),
            _("is %(value)s") % {"value": seconds(lease)},
            _("Use 5 seconds to an hour: with a shorter one, orders of a busy worker are taken over."),
        )
    elif misfit := misfit_of(lease, fixed):
        yield misfit


def is_lease(value: object) -> TypeGuard[timedelta]:
    """Possible at all; what goes with the beat and interval of a process is another matter."""
    return _is_span(value, LEAST_LEASE) and value <= LONGEST_LEASE


def misfit_of(lease: timedelta, fixed: Fixed) -> Refusal | None:
    """Why a lease does not go with these."""
    if lease < BEATS_IN_A_LEASE * fixed.beat:
        return Refusal(
            ("lease",),
            _("is %(value)s with a beat every %(beat)s")
            % {"value": seconds(lease), "beat": seconds(fixed.beat)},
            _("Use at least four times ORDERSTREAM_BEAT_SECONDS: one late beat is no death."),
        )
    if lease < fixed.sweep_interval:
        return Refusal(
            ("lease",),
            _("is %(value)s with a sweep every %(sweep)s")
            % {"value": seconds(lease), "sweep": seconds(fixed.sweep_interval)},
            _("Use at least ORDERSTREAM_SWEEP_SECONDS: dead workers' orders wait for the sweep."),
        )
    return None


def _times(tuning: Tuning) -> Iterator[Refusal]:
    if not _is_span(tuning.time_limit):
        yield Refusal(
            ("time_limit",),
            _("gives an attempt no time at all")
            if tuning.time_limit == NOTHING
            else _beyond(tuning.time_limit),
            _("Use more than 0 and at most a day: what a healthy handler needs, and a margin."),
        )
    base, cap = tuning.backoff_base, tuning.backoff_cap
    if not (_is_span(base) and _is_span(cap) and base <= cap):
        yield Refusal(
            ("backoff_base", "backoff_cap"),
            _("is %(base)s and its cap %(cap)s") % {"base": seconds(base), "cap": seconds(cap)},
            _("Use more than 0 and at most a day, and a cap that is not below the base."),
        )
    for field in ("target_waiting", "target_processing"):
        if not _is_span(target := getattr(tuning, field)):
            yield Refusal((field,), _beyond(target), _("Use more than 0 and at most a day."))


def _simulation(tuning: Tuning) -> Iterator[Refusal]:
    shortest, longest, rate = tuning.shortest, tuning.longest, tuning.failure_rate
    if not (_is_span(shortest, NOTHING) and _is_span(longest, NOTHING) and shortest <= longest):
        yield Refusal(
            ("shortest", "longest"),
            _("is %(shortest)s and the longest %(longest)s")
            % {"shortest": seconds(shortest), "longest": seconds(longest)},
            _("Use 0 or more and at most a day, and a longest that is not below the shortest."),
        )
    if not (isinstance(rate, int | float) and 0 <= rate <= 1):
        yield Refusal(
            ("failure_rate",),
            _("is %(value)s") % {"value": rate},
            _("Use a share from 0 to 1, as 0.05 for one attempt in twenty."),
        )


def seconds(span: object) -> str:
    return f"{span.total_seconds():g} s" if isinstance(span, timedelta) else str(span)


def _is_span(value: object, least: timedelta = timedelta.resolution) -> TypeGuard[timedelta]:
    return isinstance(value, timedelta) and least <= value <= LONGEST


def _beyond(value: object) -> str:
    return _("is %(value)s") % {"value": seconds(value)}
