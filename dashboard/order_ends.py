"""Why an order ended as it did: completed, failed or cancelled, in one sentence and what is behind it."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.actors import Names, who
from dashboard.attempts import End
from dashboard.numerals import count, span_text
from dashboard.order_case import Case
from dashboard.order_stories import joined, story_of
from dashboard.sentences import Sentence
from orderstream.domain.events import EventType


def completed(case: Case, names: Names) -> Sentence:
    order, attempts = case.order, case.attempts
    ended = order.processed_at_ms if order.processed_at_ms is not None else order.created_at_ms
    text = _("Completed in %(span)s.") % {"span": span_text(max(0, ended - order.created_at_ms) / 1000)}
    lost = [each.worker for each in attempts[:-1] if each.end is End.LOST]
    if lost:
        values = {"worker": order.worker_id or "?", "lost": lost[-1]}
        text = _("%(completed)s %(worker)s took it over after %(lost)s was lost.") % {
            **values,
            "completed": text,
        }
    elif order.round > 1:
        text = _("%(completed)s It had been sent back by hand.") % {"completed": text}
    elif order.attempt > 1:
        number = order.attempt
        text = _("%(completed)s It took %(count)s attempts.") % {"completed": text, "count": count(number)}
    asked = _("A cancel was asked, but the work was done by then.") if order.cancel_asked_by else ""
    return Sentence(text, joined(_worked(case), story_of(attempts[:-1]), asked))


def _worked(case: Case) -> str:
    took_ms, worker = case.order.processing_time_ms, case.order.worker_id
    if took_ms is None or worker is None:
        return ""
    return _("%(span)s of it was work on %(worker)s.") % {"span": span_text(took_ms / 1000), "worker": worker}


def failed(case: Case, names: Names) -> Sentence:
    order = case.order
    error = order.error or "?"
    last = case.last(EventType.FAILED, EventType.ADOPTED)
    words = last.fields.get("text", "") if last is not None else ""
    advice = _ADVICE.get(error)
    if advice is not None:
        head, body, more = (_(text) for text in advice)
        return Sentence(body % {"count": count(order.attempt)}, joined(words, more), head, "failed")
    if order.attempt < case.attempts_limit:
        more = _("The handler refused it: a retry will not help while order and handler are the same.")
        return Sentence(_("with %(error)s.") % {"error": error}, joined(words, more), _("Refused"), "failed")
    text = ngettext(
        "after %(count)s attempt, with %(error)s.",
        "after %(count)s attempts, the last with %(error)s.",
        order.attempt,
    )
    values = {"count": count(order.attempt), "error": error}
    return Sentence(text % values, joined(words, story_of(case.ended)), _("Failed"), "failed")


def gettext_noop(text: str) -> str:
    """Marks a text for translation; whoever shows it translates."""
    return text


# What no handler raised: head, sentence, what would help.
_ADVICE: Final[Mapping[str, tuple[str, str, str]]] = {
    "WorkerLost": (
        gettext_noop("It killed its workers:"),
        gettext_noop("%(count)s in a row were lost with it in hand."),
        gettext_noop("Look at what it makes the handler do before you send it back."),
    ),
    "DeadlinePassed": (
        gettext_noop("Failed:"),
        gettext_noop("its last attempt of %(count)s overran the deadline."),
        gettext_noop("The handler did not come back, not even when it was cut short."),
    ),
    "EntryLost": (
        gettext_noop("Failed,"),
        gettext_noop("because its entry is gone from the stream."),
        gettext_noop("It cannot be sent back; place it again, then discard this one."),
    ),
    "AttemptsUsedUp": (
        gettext_noop("Failed:"),
        gettext_noop("its %(count)s attempts are used up."),
        gettext_noop("The limit is lower now than when it was placed; a retry begins a new round."),
    ),
    "InvalidOrder": (
        gettext_noop("This is no order."),
        gettext_noop("Somebody wrote it straight into the stream."),
        gettext_noop("A retry will not help; discard it, and place what was meant."),
    ),
}


def cancelled(case: Case, names: Names) -> Sentence:
    last = case.last(EventType.CANCELLED)
    if last is None:
        return Sentence(_("Cancelled."))
    reason, by = last.fields.get("reason", ""), last.actor
    asked = case.last(EventType.CANCEL_ASKED)
    if last.source == "processing" and asked is not None:
        reason, by = asked.fields.get("reason", ""), asked.actor
    values = {"who": who(by, names)}
    text = _("Discarded by %(who)s.") if last.source == "failed" else _("Cancelled by %(who)s.")
    said = _("“%(reason)s”") % {"reason": reason} if reason else ""
    return Sentence(text % values, joined(said, story_of(case.ended)))
