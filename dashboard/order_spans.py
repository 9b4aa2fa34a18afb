"""Where an order's time went: one stretch after the other, from the start of its last round to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext

from dashboard.attempts import End, end_of
from dashboard.numerals import span_text
from orderstream.domain.events import Event, EventType

# Marks on the axis below.
_MARKS: Final = 5
_BEGINNINGS: Final = frozenset({EventType.PLACED, EventType.ADOPTED, EventType.REQUEUED})
_ENDS: Final = frozenset({EventType.COMPLETED, EventType.FAILED, EventType.CANCELLED})
_STATUS_OF_END: Final = {
    End.COMPLETED: "completed",
    End.ERROR: "failed",
    End.PUT_OFF: "retrying",
    End.LOST: "lost",
    End.OVERRAN: "failed",
    End.RELEASED: "cancelled",
    End.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Span:
    """`status` empty: nothing was done. `since_ms`: it goes on, and has since then."""

    ms: int
    label: str
    status: str = ""
    since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """`marks` are the moments below the spans, at equal distances. `description` says all of it in words."""

    spans: Sequence[Span]
    marks: Sequence[int]
    description: str


def stretch_of(events: Sequence[Event], now_ms: int) -> Stretch | None:
    """Of the last round: between two rounds an order may lie for days. None: nothing is known."""
    events = _last_round([event for event in events if event.type is not EventType.NOTED])
    if not events:
        return None
    has_ended = events[-1].type in _ENDS
    ends = [event.at_ms for event in events[1:]] + ([] if has_ended else [max(now_ms, events[-1].at_ms)])
    spans = [
        _span(event, end_ms - event.at_ms, following)
        for event, end_ms, following in zip(events, ends, [*events[1:], None], strict=False)
    ]
    first_ms, last_ms = events[0].at_ms, ends[-1] if ends else events[0].at_ms
    step = (last_ms - first_ms) / (_MARKS - 1)
    marks = [round(first_ms + number * step) for number in range(_MARKS)]
    return Stretch(_joined(spans), marks, _described(spans, last_ms - first_ms))


def _last_round(events: list[Event]) -> list[Event]:
    first = max((n for n, event in enumerate(events) if event.type in _BEGINNINGS), default=0)
    return events[first:]


def _span(event: Event, ms: int, following: Event | None) -> Span:
    ms = max(0, ms)
    since_ms = event.at_ms if following is None else None
    if event.type in {EventType.STARTED, EventType.CANCEL_ASKED}:
        if following is None or following.type is EventType.CANCEL_ASKED:
            return Span(ms, _so_far(span_text(ms / 1000), since_ms), "processing", since_ms)
        end = end_of(following)
        return Span(ms, _worked(ms, end), _STATUS_OF_END[end])
    return Span(ms, _so_far(_rested(event, ms), since_ms), since_ms=since_ms)


def _worked(ms: int, end: End) -> str:
    text = span_text(ms / 1000)
    return gettext("%(span)s, lost") % {"span": text} if end is End.LOST else text


def _rested(event: Event, ms: int) -> str:
    text = gettext("pause, %(span)s") if event.type is EventType.RETRIED else gettext("waiting, %(span)s")
    return text % {"span": span_text(ms / 1000)}


def _so_far(text: str, since_ms: int | None) -> str:
    return text if since_ms is None else gettext("%(span)s so far") % {"span": text}


def _joined(spans: Sequence[Span]) -> list[Span]:
    """What took no time at all has no width to be seen."""
    return [span for span in spans if span.ms or span.since_ms is not None]


def _described(spans: Sequence[Span], ms: int) -> str:
    parts = ", ".join(span.label if not span.status else _named(span) for span in spans)
    return gettext("Where %(span)s went: %(parts)s") % {"span": span_text(ms / 1000), "parts": parts}


def _named(span: Span) -> str:
    return gettext("work, %(span)s") % {"span": span.label}
