"""Each kind of event in words, as one point of an order's timeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from django.utils.translation import gettext as _

from dashboard.actors import Names, who
from dashboard.attempts import End, end_of
from dashboard.numerals import span_text
from orderstream.domain.events import Event, EventType

Line = Literal["", "wait", "processing"]


@dataclass(frozen=True, slots=True)
class Step:
    """`title` is strong and `rest` follows it; `said` are a person's own words. `shape` is an icon, `status`
    its colour. `line` is what goes on until the next step, and `gap_ms` how long."""

    at_ms: int
    title: str
    rest: str = ""
    detail: str = ""
    error: str = ""
    text: str = ""
    said: str = ""
    shape: str = "alive"
    status: str = "cancelled"
    line: Line = "wait"
    gap_ms: int | None = None
    is_note: bool = False
    deadline_ms: int | None = None
    due_ms: int | None = None
    raw: Mapping[str, str] = field(default_factory=dict)

    @property
    def after_title(self) -> str:
        """What goes on behind the title, with what stands between the two."""
        return f" {self.rest}" if self.rest and not self.rest.startswith(",") else self.rest


@dataclass(frozen=True, slots=True)
class Past:
    """What must be known of the steps before: the latest attempt, its worker, an error and whose it was."""

    attempt: str = "?"
    worker: str = ""
    error: tuple[str, str] = ("", "")
    error_of: str = ""
    line: Line = "wait"


def step_of(event: Event, past: Past, names: Names) -> Step:
    return _STEPS[event.type](event, past, names)


def _placed(event: Event, past: Past, names: Names) -> Step:
    rest = _("by %(who)s") % {"who": who(event.actor, names)}
    return Step(event.at_ms, _("Placed"), rest, _version(event), shape="pending", status="pending")


def _adopted(event: Event, past: Past, names: Names) -> Step:
    values = {"who": who(event.actor, names)}
    if event.target == "failed":
        rest = _("by %(who)s: somebody had written it straight into the stream") % values
        step = Step(event.at_ms, _("Found to be no order"), rest, _version(event))
        return _with_fault(_shaped(step, "failed"), event, past)
    rest = _("by %(who)s, after somebody had written it straight into the stream") % values
    return Step(event.at_ms, _("Adopted"), rest, _version(event), shape="pending", status="pending")


def _started(event: Event, past: Past, names: Names) -> Step:
    values = {"version": _version(event), "fence": event.fields.get("fence", "?")}
    step = Step(
        event.at_ms,
        _("Attempt %(number)s") % {"number": event.fields.get("attempt", "?")},
        _("on %(worker)s") % {"worker": who(event.actor, names)},
        _("%(version)s, fence %(fence)s") % values,
        line="processing",
        deadline_ms=_ms(event, "deadline"),
    )
    return _shaped(step, "processing")


def _retried(event: Event, past: Past, names: Names) -> Step:
    due_ms, again = _ms(event, "next_attempt_at"), ""
    if due_ms is not None:
        again = _(", again in %(span)s") % {"span": span_text(max(0, due_ms - event.at_ms) / 1000)}
    step = Step(event.at_ms, _end_title(event, past), again, _version(event))
    match end_of(event):
        case End.LOST | End.OVERRAN:
            return replace(_shaped(step, "lost"), detail=_put_back(event, past, names))
        case End.PUT_OFF:
            return _with_fault(_shaped(step, "retrying"), event, past)
    return _with_fault(_shaped(step, "failed"), event, past)


def _failed(event: Event, past: Past, names: Names) -> Step:
    step = Step(event.at_ms, _end_title(event, past), _(", for good"), _version(event))
    if end_of(event) in {End.LOST, End.OVERRAN}:
        values = {"version": _version(event), "who": who(event.actor, names)}
        detail = _("%(version)s. The attempts are used up; put aside by %(who)s") % values
        return replace(_shaped(step, "lost"), detail=detail)
    return _with_fault(_shaped(step, "failed"), event, past)


def _completed(event: Event, past: Past, names: Names) -> Step:
    values = {"number": past.attempt, "worker": who(event.actor, names)}
    rest = _("by attempt %(number)s on %(worker)s") % values
    took_ms = _ms(event, "processing_time")
    if took_ms is not None:
        rest = _("%(rest)s, after %(span)s of work") % {"rest": rest, "span": span_text(took_ms / 1000)}
    return _shaped(Step(event.at_ms, _("Completed"), rest, _version(event)), "completed")


def _released(event: Event, past: Past, names: Names) -> Step:
    rest = _("by %(worker)s, which was stopped") % {"worker": who(event.actor, names)}
    detail = _("%(version)s. The attempt is not counted") % {"version": _version(event)}
    return Step(event.at_ms, _("Handed back"), rest, detail, shape="draining", status="draining")


def _cancel_asked(event: Event, past: Past, names: Names) -> Step:
    rest = _("by %(who)s; its worker hears of it with the next beat") % {"who": who(event.actor, names)}
    step = Step(event.at_ms, _("Cancel asked"), rest, _version(event), shape="x", line=past.line)
    return _with_reason(step, event)


def _cancelled(event: Event, past: Past, names: Names) -> Step:
    title, rest = _("Cancelled"), _("by %(who)s") % {"who": who(event.actor, names)}
    if event.source == "failed":
        title = _("Discarded")
    elif event.source == "processing":
        values = {"number": past.attempt, "worker": past.worker or who(event.actor, names)}
        rest = _("when attempt %(number)s on %(worker)s had ended") % values
    return _with_reason(_shaped(Step(event.at_ms, title, rest, _version(event)), "cancelled"), event)


def _requeued(event: Event, past: Past, names: Names) -> Step:
    values = {"who": who(event.actor, names), "round": event.fields.get("round", "?")}
    rest = _("by %(who)s; round %(round)s begins") % values
    step = Step(event.at_ms, _("Retried"), rest, _version(event), shape="retrying", status="pending")
    return _with_reason(step, event)


def _noted(event: Event, past: Past, names: Names) -> Step:
    said, line = event.fields.get("text", ""), past.line
    name = who(event.actor, names)
    return Step(event.at_ms, name, _("noted"), said=said, shape="note", line=line, is_note=True)


_STEPS: Final[Mapping[EventType, Callable[[Event, Past, Names], Step]]] = {
    EventType.PLACED: _placed,
    EventType.ADOPTED: _adopted,
    EventType.STARTED: _started,
    EventType.RETRIED: _retried,
    EventType.FAILED: _failed,
    EventType.COMPLETED: _completed,
    EventType.RELEASED: _released,
    EventType.CANCEL_ASKED: _cancel_asked,
    EventType.CANCELLED: _cancelled,
    EventType.REQUEUED: _requeued,
    EventType.NOTED: _noted,
}


def _end_title(event: Event, past: Past) -> str:
    if event.fields.get("error") == "EntryLost":
        return _("Its entry was gone from the stream")
    if event.fields.get("error") == "AttemptsUsedUp":
        return _("The attempts are used up")
    match end_of(event):
        case End.LOST:
            return _("%(worker)s was lost") % {"worker": event.fields.get("swept") or past.worker or "?"}
        case End.OVERRAN:
            return _("Attempt %(number)s overran its deadline") % {"number": past.attempt}
        case End.PUT_OFF:
            return _("Attempt %(number)s asked to be made later") % {"number": past.attempt}
    return _("Attempt %(number)s failed") % {"number": past.attempt}


def _put_back(event: Event, past: Past, names: Names) -> str:
    values = {
        "version": _version(event),
        "number": past.attempt,
        "worker": event.fields.get("swept") or past.worker or "?",
        "who": who(event.actor, names),
    }
    text = _(
        "%(version)s. Attempt %(number)s counts; a late answer of %(worker)s would be refused."
        " Put back by %(who)s"
    )
    return text % values


def _shaped(step: Step, status: str) -> Step:
    return replace(step, shape=status, status=status)


def _with_fault(step: Step, event: Event, past: Past) -> Step:
    """The error's words once; the same again is only named."""
    error, text = event.fields.get("error", ""), event.fields.get("text", "")
    if not error and not text:
        return step
    if (error, text) != past.error:
        return replace(step, error=error, text=text)
    same = _(", same error as attempt %(number)s") % {"number": past.error_of}
    return replace(step, rest=f"{step.rest}{same}")


def _with_reason(step: Step, event: Event) -> Step:
    return replace(step, said=event.fields.get("reason", ""))


def _version(event: Event) -> str:
    return _("version %(number)s") % {"number": event.version}


def _ms(event: Event, name: str) -> int | None:
    text = event.fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
