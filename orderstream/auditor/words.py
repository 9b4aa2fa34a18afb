"""Says what an audit found, in lines for a person."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orderstream.streams.auditing.books import STATUSES
from orderstream.streams.auditing.remedies import TOTALS, Remedy
from orderstream.streams.auditing.reports import Report
from orderstream.streams.codec import moment


def as_text(report: Report) -> str:
    return "\n".join([_reach(report), ledger_line(report.ledger), *_violation_lines(report), *_notes(report)])


def ledger_line(ledger: Mapping[str, int]) -> str:
    """I7, with the numbers, and whether it holds."""
    came = " + ".join(f"{name} {ledger.get(name, 0):,}" for name in ("placed", "adopted"))
    are = " + ".join(f"{status} {ledger.get(status, 0):,}" for status in STATUSES)
    sides = [sum(ledger.get(n, 0) for n in names) for names in (("placed", "adopted"), STATUSES)]
    return f"{came} {'=' if sides[0] == sides[1] else '≠'} {are}"


def verdict(report: Report) -> str:
    """The one line that counts."""
    said = _("%(lost)s lost, %(doubled)s doubled") % {
        "lost": f"{report.lost:,}",
        "doubled": f"{report.doubled:,}",
    }
    total = sum(report.counts.values())
    if total:
        found = ngettext("%(count)s violation", "%(count)s violations", total) % {"count": f"{total:,}"}
        said += f" · {found}"
    return said


def reached(report: Report) -> str:
    """How far the audit came."""
    if report.audited_to_ms is None:
        return _("no event yet")
    at = moment(report.audited_to_ms).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


def mended(done: Mapping[str, int]) -> str:
    """What a repair did, before the second audit says whether it was enough."""
    words = {
        Remedy.RESTORE: _("status hashes: %(count)s"),
        Remedy.REPAIR: _("places in the indexes: %(count)s"),
        Remedy.SWEEP: _("entries acknowledged: %(count)s"),
        TOTALS: _("totals: %(count)s"),
    }
    parts = [template % {"count": f"{done[what]:,}"} for what, template in words.items() if done.get(what)]
    if not parts:
        return _("Nothing could be mended. Audited again:")
    return _("Mended: %(what)s. Audited again:") % {"what": "; ".join(parts)}


def _reach(report: Report) -> str:
    words = {
        "verdict": verdict(report),
        "reached": reached(report),
        "events": f"{report.events:,}",
        "orders": f"{report.orders:,}",
    }
    return _("%(verdict)s · audited to %(reached)s: %(events)s events of %(orders)s orders") % words


def _violation_lines(report: Report) -> Iterator[str]:
    for each in report.violations:
        harm = f"{each.harm.value}: " if each.harm else ""
        yield f"{each.invariant:<4} {each.order_id or _('totals')}  {harm}{each.text}"
    hidden = sum(report.counts.values()) - len(report.violations)
    if hidden:
        yield _("… and %(count)s more") % {"count": f"{hidden:,}"}


def _notes(report: Report) -> Iterator[str]:
    if report.swept:
        yield _("Put back by the sweep, because nobody had them: %(count)s.") % {"count": f"{report.swept:,}"}
    for what, count in report.unjudged.items():
        yield _("Not judged: %(count)s %(what)s.") % {"count": f"{count:,}", "what": what}
