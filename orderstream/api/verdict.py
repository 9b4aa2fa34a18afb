"""/api/verdict: what the keeper's audit found of all orders, and up to when."""

from django.http import HttpRequest
from ninja import Router

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api import stream_schemas as schemas
from orderstream.api.answers import iso
from orderstream.api.callers import READING
from orderstream.api.spans import refuse_unknown
from orderstream.streams import verdicts
from orderstream.streams.verdicts import Broken, Verdict

router = Router(tags=["metrics"])


@router.api_operation(
    READING, "/verdict", **schemas.reading("Read the audit's verdict", schemas.VerdictOut, Right.READ_ORDERS)
)
async def read_verdict(request: HttpRequest) -> schemas.VerdictOut:
    """Audited by the keeper without end. For all that it found, `manage.py audit_orders`."""
    refuse_unknown(request, ())
    return _out(await verdicts.read(conf.lane()) or Verdict())


def _out(verdict: Verdict) -> schemas.VerdictOut:
    is_known = verdict.audited_to_ms is not None
    return schemas.VerdictOut(
        audited_to=iso(verdict.audited_to_ms) if verdict.audited_to_ms is not None else None,
        begun=iso(verdict.begun_ms) if is_known else None,
        rounds=verdict.rounds,
        events=verdict.events,
        orders=verdict.orders,
        clean=verdict.clean,
        lost=verdict.lost,
        lost_ids=list(verdict.lost_ids),
        doubled=verdict.doubled,
        doubled_ids=list(verdict.doubled_ids),
        violations=[_broken(broken) for broken in verdict.violations],
        put_back=verdict.put_back,
        unjudged=[schemas.NotJudgedOut(what=each.what, count=each.count) for each in verdict.unjudged],
        share=verdict.share,
    )


def _broken(broken: Broken) -> schemas.BrokenOut:
    return schemas.BrokenOut(
        invariant=broken.invariant, count=broken.count, order_ids=list(broken.ids), text=broken.text
    )
