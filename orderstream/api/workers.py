"""/api/workers: how the workers stand, and what operators ask of one of them; each deed is audited first."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from ninja import Router, Status

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api import stream_schemas as schemas
from orderstream.api.answers import clean
from orderstream.api.callers import READING, caller_of
from orderstream.api.operating_bodies import concurrency_and_reason_of, reason_of
from orderstream.api.problems import Problem
from orderstream.api.spans import refuse_unknown
from orderstream.audit import record_async
from orderstream.streams import controlling
from orderstream.streams.controlling import Standing
from orderstream.streams.liveness import Asked

router = Router(tags=["workers"])


@router.api_operation(
    READING, "/workers", **schemas.reading("List workers", schemas.WorkersOut, Right.READ_ORDERS)
)
async def list_workers(request: HttpRequest) -> schemas.WorkersOut:
    """All that are not retired, the lost ones too."""
    refuse_unknown(request, ())
    found = await controlling.standings(conf.lane())
    return schemas.WorkersOut(paused=found.paused, workers=[_out(worker) for worker in found.workers])


@router.post("/workers/{name}/pause", **schemas.asking("Pause a worker"))
async def pause_worker(request: HttpRequest, name: str) -> Status[schemas.AskedOut]:
    """It begins nothing until resume; what runs goes on. Others may have what was handed to it last."""
    return await _ask(request, name, Asked.PAUSE, "pause_asked")


@router.post("/workers/{name}/resume", **schemas.asking("Resume a worker"))
async def resume_worker(request: HttpRequest, name: str) -> Status[schemas.AskedOut]:
    """Withdraws a pause, and a drain that is not over."""
    return await _ask(request, name, Asked.NOTHING, "resume_asked")


@router.post("/workers/{name}/drain", **schemas.asking("Drain a worker"))
async def drain_worker(request: HttpRequest, name: str) -> Status[schemas.AskedOut]:
    """It begins nothing, finishes what it has in hand however long it takes, and ends with exit code 0."""
    return await _ask(request, name, Asked.DRAIN, "drain_asked")


@router.post("/workers/{name}/stop", **schemas.asking("Stop a worker"))
async def stop_worker(request: HttpRequest, name: str) -> Status[schemas.AskedOut]:
    """It ends now. What runs is cut short and handed back at once; those attempts are not counted."""
    return await _ask(request, name, Asked.STOP, "stop_asked")


@router.put("/workers/{name}/concurrency", **schemas.asking_concurrency("Change a worker's concurrency"))
async def change_concurrency(request: HttpRequest, name: str) -> Status[schemas.ConcurrencyAskedOut]:
    """So many orders at one time; what runs beyond it goes on."""
    refuse_unknown(request, ())
    concurrency, reason = concurrency_and_reason_of(request)
    return await _ask_concurrency(request, name, concurrency, reason)


@router.delete(
    "/workers/{name}/concurrency",
    **schemas.asking("Give a worker its concurrency back", schemas.ConcurrencyAskedOut),
)
async def restore_concurrency(request: HttpRequest, name: str) -> Status[schemas.ConcurrencyAskedOut]:
    """The one that it was started with."""
    refuse_unknown(request, ())
    return await _ask_concurrency(request, name, None, reason_of(request))


@router.post("/workers/{name}/forget", **schemas.forgetting("Forget a lost worker"))
async def forget_worker(request: HttpRequest, name: str) -> schemas.ForgottenOut:
    """Takes it out of the group now, and off the lists. A sweep does the same a minute after its loss."""
    refuse_unknown(request, ())
    reason = reason_of(request)
    worker = await _known(name)
    if worker.state != "lost":
        raise Problem(409, _("This worker is alive; drain or stop it."))
    if worker.in_hand:
        raise _pending(worker.in_hand)
    await record_async(caller_of(request).actor, "forgotten", name, reason)
    if not await controlling.forget(conf.lane(), name):
        raise _pending((await _known(name)).in_hand)
    return schemas.ForgottenOut(name=name)


async def _ask(request: HttpRequest, name: str, what: Asked, action: str) -> Status[schemas.AskedOut]:
    refuse_unknown(request, ())
    reason = reason_of(request)
    worker = await _living(name)
    if worker.asked is Asked.STOP and what is not Asked.STOP:
        raise _refusal("stopping")
    await record_async(caller_of(request).actor, action, name, reason, before=worker.asked)
    code = await controlling.ask(conf.lane(), name, what)
    if code != "asked":
        raise _refusal(code)
    return Status(202, schemas.AskedOut(name=name, asked=what))


async def _ask_concurrency(
    request: HttpRequest, name: str, concurrency: int | None, reason: str
) -> Status[schemas.ConcurrencyAskedOut]:
    worker = await _living(name)
    actor, before = caller_of(request).actor, worker.concurrency_asked or worker.concurrency
    await record_async(actor, "concurrency_asked", name, reason, before=before, after=concurrency)
    code = await controlling.ask_concurrency(conf.lane(), name, concurrency)
    if code != "asked":
        raise _refusal(code)
    return Status(202, schemas.ConcurrencyAskedOut(name=name, concurrency_asked=concurrency))


async def _living(name: str) -> Standing:
    """Looked at before the deed, so that only what can be done is recorded; the step looks once more."""
    worker = await _known(name)
    if worker.state == "lost":
        raise _refusal("lost")
    return worker


async def _known(name: str) -> Standing:
    worker = await controlling.standing(conf.lane(), name)
    if worker is None:
        raise _refusal("unknown")
    return worker


def _refusal(code: str) -> Problem:
    match code:
        case "unknown":
            return Problem(404, _(schemas.UNKNOWN))
        case "lost":
            return Problem(409, _(schemas.LOST))
    return Problem(409, _("This worker has been asked to stop, which cannot be withdrawn."))


def _pending(count: int) -> Problem:
    detail = ngettext(
        "%(count)s order is pending for this worker; the sweep puts it back first.",
        "%(count)s orders are pending for this worker; the sweep puts them back first.",
        count,
    )
    return Problem(409, detail % {"count": count})


def _out(worker: Standing) -> schemas.WorkerOut:
    out = schemas.WorkerOut.model_validate(worker)
    out.name, out.host, out.version = (
        clean(out.name),
        out.host and clean(out.host),
        out.version and clean(out.version),
    )
    return out
