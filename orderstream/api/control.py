"""/api/control: pauses and resumes all processing; each deed is audited first."""

from django.http import HttpRequest
from ninja import Router

from orderstream import conf
from orderstream.api import stream_schemas as schemas
from orderstream.api.callers import caller_of
from orderstream.api.operating_bodies import reason_of
from orderstream.api.spans import refuse_unknown
from orderstream.audit import record_async
from orderstream.streams import controlling

router = Router(tags=["control"])


@router.post("/control/pause", **schemas.controlling("Pause all processing"))
async def pause(request: HttpRequest) -> schemas.PausedOut:
    """No worker begins anything until resume; what runs goes on, and orders are accepted."""
    refuse_unknown(request, ())
    await record_async(caller_of(request).actor, "paused", reason=reason_of(request))
    await controlling.pause(conf.lane())
    return schemas.PausedOut(paused=True)


@router.post("/control/resume", **schemas.controlling("Resume all processing"))
async def resume(request: HttpRequest) -> schemas.PausedOut:
    """Workers that are paused one by one stay so."""
    refuse_unknown(request, ())
    await record_async(caller_of(request).actor, "resumed", reason=reason_of(request))
    await controlling.resume(conf.lane())
    return schemas.PausedOut(paused=False)
