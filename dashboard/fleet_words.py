"""The first sentence of the workers page: how many are at work, what is wrong with whom, and its figures."""

from collections.abc import Sequence

from django.utils.translation import gettext, ngettext

from dashboard.fleet import Fleet, Looked
from dashboard.judging import RESTING, others_seconds
from dashboard.numerals import count, span_text
from dashboard.sentences import Sentence
from orderstream.streams.controlling import Standing


def sentence_of(fleet: Fleet) -> Sentence:
    """The loudest that is true; the figures below say the rest."""
    living = [each for each in fleet.workers if each.observed.is_living]
    lost = len(fleet.workers) - len(living)
    more = " ".join(remark for remark in (_losses(fleet.workers), _slots(living), _backlog(fleet)) if remark)
    if not living:
        return _nobody(lost, more)
    if fleet.all_paused:
        return Sentence(
            gettext("Nothing new is begun."), more, gettext("All processing is paused."), "warning"
        )
    if lost:
        return Sentence(_at_work(len(living)), more, _lost(lost), "critical")
    for judged in (_stalled, _slow, _resting):
        if sentence := judged(living, fleet, more):
            return sentence
    text = ngettext(
        "%(count)s worker is at work and needs no look.",
        "%(count)s workers are at work and none needs a look.",
        len(living),
    )
    return Sentence(text % {"count": count(len(living))}, more)


def _nobody(lost: int, more: str) -> Sentence:
    start = gettext("Start one with manage.py runworker_orders.")
    body = _lost(lost) if lost else ""
    return Sentence(body, f"{more} {start}".strip(), gettext("No worker is running."), "critical")


def _stalled(living: Sequence[Looked], fleet: Fleet, more: str) -> Sentence | None:
    stalled = [each for each in living if each.concern == "stalled"]
    if not stalled:
        return None
    head = ngettext("%(name)s ends nothing.", "%(count)s workers end nothing.", len(stalled))
    values = {"name": stalled[0].observed.name, "count": count(len(stalled))}
    since = gettext("All that it has in hand takes longer than %(seconds)s.") % {
        "seconds": span_text(fleet.late_after)
    }
    rest = len(living) - len(stalled)
    return Sentence(_others(rest), f"{since} {more}", head % values, "critical" if not rest else "warning")


def _slow(living: Sequence[Looked], fleet: Fleet, more: str) -> Sentence | None:
    slow = [each for each in living if each.concern == "slow"]
    if not slow:
        return None
    observed = [each.observed for each in living]
    own, usual = slow[0].observed.seconds_an_order, others_seconds(slow[0].observed, observed)
    values = {"name": slow[0].observed.name, "count": count(len(slow))}
    head = ngettext("%(name)s is slow:", "%(count)s workers are slow,", len(slow)) % values
    spans = {"own": span_text(own or 0), "usual": span_text(usual or 0), "name": slow[0].observed.name}
    if len(slow) > 1:
        return Sentence(gettext("%(name)s with %(own)s an order.") % spans, more, head, "warning")
    body = gettext("%(own)s an order, the others %(usual)s.") % spans
    return Sentence(body, more, head, "warning")


def _resting(living: Sequence[Looked], fleet: Fleet, more: str) -> Sentence | None:
    """Paused, draining, stopping: they take nothing new."""
    resting = [each for each in living if each.concern in RESTING]
    if not resting:
        return None
    taking = len(living) - len(resting)
    text = ngettext(
        "%(resting)s of %(all)s workers takes nothing new.",
        "%(resting)s of %(all)s workers take nothing new.",
        len(resting),
    )
    values = {"resting": count(len(resting)), "all": count(len(living))}
    if not taking:
        return Sentence("", more, gettext("No worker takes new orders."), "warning")
    return Sentence(text % values, more)


def _at_work(number: int) -> str:
    text = ngettext("%(count)s is at work.", "%(count)s are at work.", number)
    return text % {"count": count(number)}


def _others(number: int) -> str:
    if not number:
        return gettext("No other is at work.")
    text = ngettext("%(count)s other is at work.", "%(count)s others are at work.", number)
    return text % {"count": count(number)}


def _lost(number: int) -> str:
    text = ngettext("%(count)s worker is lost.", "%(count)s workers are lost.", number)
    return text % {"count": count(number)}


def _losses(workers: Sequence[Looked]) -> str:
    """What became of the lost ones' orders: the question that comes first."""
    losses = [each.loss for each in workers if each.loss]
    held = sum(loss.pending for loss in losses)
    taken = sum(loss.count for loss in losses)
    if held:
        text = ngettext(
            "%(count)s order is still in lost hands; the sweep puts it back.",
            "%(count)s orders are still in lost hands; the sweep puts them back.",
            held,
        )
        return text % {"count": count(held)}
    if not taken:
        return ""
    text = ngettext(
        "%(count)s order was taken over; none is lost.",
        "%(count)s orders were taken over; none is lost.",
        taken,
    )
    return text % {"count": count(taken)}


def _slots(living: Sequence[Looked]) -> str:
    used, places = slots_of([each.observed.standing for each in living])
    if not places:
        return ""
    values = {"used": count(used), "all": count(places)}
    return gettext("%(used)s of %(all)s slots are in use.") % values


def slots_of(workers: Sequence[Standing]) -> tuple[int, int]:
    """In use, and all; a worker may hold more than it has slots while it is made smaller."""
    return sum(each.in_hand for each in workers), sum(each.concurrency or 0 for each in workers)


def _backlog(fleet: Fleet) -> str:
    if not fleet.waiting:
        return ""
    text = ngettext("%(count)s order waits.", "%(count)s orders wait.", fleet.waiting)
    return text % {"count": count(fleet.waiting)}


def states_line(workers: Sequence[Looked]) -> str:
    """Those that are not simply at work, as in 1 draining, 1 lost."""
    texts = {
        "lost": gettext("%(count)s lost"),
        "stalled": gettext("%(count)s stalled"),
        "slow": gettext("%(count)s slow"),
        "stopping": gettext("%(count)s stopping"),
        "draining": gettext("%(count)s draining"),
        "paused": gettext("%(count)s paused"),
    }
    found = [(text, sum(each.concern == concern for each in workers)) for concern, text in texts.items()]
    return ", ".join(text % {"count": count(number)} for text, number in found if number)
