"""Why a worker needs a look, and what that means for its orders, in a sentence or two."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard import numerals
from dashboard.entry_lines import readable
from dashboard.fleet import Fleet, Looked, Request
from dashboard.judging import Observed, others_seconds
from dashboard.protocol import WorkerRow
from orderstream.streams.liveness import Asked


def explanation_of(looked: Looked, fleet: Fleet, remembered: WorkerRow | None) -> str:
    """Empty for one that needs no look. `remembered`: what the feed has heard of it."""
    standing = looked.observed.standing
    match looked.concern:
        case "lost":
            return _lost(looked, remembered, fleet.asked.get(looked.observed.name))
        case "stalled":
            return _("It ended nothing lately, and all that it has in hand takes longer than %(span)s.") % {
                "span": numerals.span_text(fleet.late_after)
            }
        case "slow":
            return _slow(looked.observed, [each.observed for each in fleet.workers])
        case "stopping":
            return _("What it had in hand is cut short and handed back at once; then it ends.")
        case "draining" if standing.asked is Asked.NOTHING:
            return _("It was told to end where it runs: it finishes what it has in hand, then it ends.")
        case "draining":
            return _("It takes nothing new, finishes what it has in hand, then it ends.")
        case "paused":
            return _("It begins nothing until it is taken up again; what it has in hand goes on.")
    return ""


def _lost(looked: Looked, remembered: WorkerRow | None, request: Request | None) -> str:
    parts = []
    if remembered and remembered.concurrency:
        values = {"slots": numerals.count(remembered.concurrency)}
        parts.append(_("It had %(slots)s slots.") % values)
    parts.append(_goodbye(looked.observed.standing.asked, request))
    loss = looked.loss
    if loss and loss.pending:
        text = ngettext(
            "%(count)s order is still pending for it; the sweep puts it back.",
            "%(count)s orders are still pending for it; the sweep puts them back.",
            loss.pending,
        )
        parts.append(text % {"count": numerals.count(loss.pending)})
    elif loss and not loss.count and loss.is_whole:
        parts.append(_("It had nothing in hand."))
    parts.append(_("A late answer will be refused by its fence."))
    return " ".join(parts)


def _goodbye(asked: Asked, request: Request | None) -> str:
    if asked not in {Asked.DRAIN, Asked.STOP}:
        return _("It said no goodbye, so it was not stopped on purpose.")
    if request is None:
        return _("It had been asked to end, but said no goodbye.")
    values = {"who": readable(request.who), "why": readable(request.reason)}
    if not request.reason:
        return _("%(who)s had asked it to end, but it said no goodbye.") % values
    return _("%(who)s had asked it to end (%(why)s), but it said no goodbye.") % values


def _slow(observed: Observed, others: Sequence[Observed]) -> str:
    own, usual = observed.seconds_an_order or 0, others_seconds(observed, others) or 0
    values = {"own": numerals.span_text(own), "usual": numerals.span_text(usual)}
    text = (
        _("95 of 100 of its orders take up to %(own)s, at the others %(usual)s.")
        if observed.standing.p95_ms is not None
        else _("An order takes it %(own)s, the others %(usual)s.")
    )
    return f"{text % values} {_versions(observed, others)}"


def _versions(observed: Observed, others: Sequence[Observed]) -> str:
    versions = {each.standing.version for each in others if each.is_living and each.name != observed.name}
    own = observed.standing.version
    if own is None or not versions:
        return ""
    if versions == {own}:
        return _("It has the same version as the others.")
    values: Mapping[str, str] = {
        "own": readable(own),
        "others": ", ".join(sorted(readable(version or "") for version in versions - {own})),
    }
    return _("Its version is %(own)s, that of others %(others)s.") % values
