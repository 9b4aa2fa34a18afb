"""The API as a whole: its resources, its documentation, and what an exception becomes."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from csp.decorators import csp_update
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.openapi.docs import ABS_TPL_PATH, Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import BaseRenderer

from orderstream.access.rights import Right
from orderstream.api import (
    audit_log,
    control,
    inspection,
    metrics,
    operating,
    order_events,
    orders,
    ranking,
    schemas,
    verdict,
    workers,
)
from orderstream.api.callers import SAFE_METHODS, may, unauthenticated
from orderstream.api.problems import CONTENT_TYPE, Problem, problem_response
from orderstream.streams.codec import Unreadable
from orderstream.streams.connection import (
    AWAY,
    GroupLost,
    StreamError,
    TooFewReplicas,
    explain,
    is_refused,
)

logger = structlog.get_logger(__name__)

# As ninja declares one: it also takes the classes themselves, which it never passes.
Handler = Callable[[HttpRequest, Any], HttpResponse]
RETRY = {"Retry-After": "5"}
ABOUT = """\
Place orders and follow them. Send an API key as `Authorization: Bearer os_…`; make one with
`manage.py create_api_key`. Every refusal is a problem (RFC 9457) that names the field and the remedy."""


class Json(BaseRenderer):
    """UTF-8 as it is, without the escapes that double a Japanese name."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return json.dumps(data, ensure_ascii=False).encode()


class OwnSwagger(Swagger):
    """With the files of the wheel, which ninja itself uses only where it is an installed app."""

    template_cdn = str(ABS_TPL_PATH.parent / Swagger.template)


class Api(NinjaAPI):
    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """ninja shows one media type for all answers, and ours has another for problems."""
        schema = super().get_openapi_schema(**given)
        for operations in schema["paths"].values():
            operations.pop("head", None)  # says nothing that GET does not
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        content = answer["content"].popitem()[1]
                        content["example"] = schemas.problem_example(
                            int(status), answer.pop("x-detail", None)
                        )
                        answer["content"] = {CONTENT_TYPE: content}
        return schema


api = Api(
    title="OrderStream",
    version="1",
    description=ABOUT,
    docs=OwnSwagger(),
    docs_url="/docs",
    # Swagger's page draws its icons from data: URLs. What it must not have is another host.
    docs_decorator=csp_update({"img-src": ["data:"]}),
    renderer=Json(),
    # Each operation says itself what it takes; one that forgot would be for managers only. Swagger's page
    # sends the CSRF token of somebody signed in because of it.
    auth=may(Right.CONFIGURE),
)
# Before the others: /orders/cancel would be taken for the order called cancel.
api.add_router("", operating.router)
api.add_router("", orders.router)
api.add_router("", order_events.router)
api.add_router("", inspection.router)
api.add_router("", metrics.router)
api.add_router("", ranking.router)
api.add_router("", verdict.router)
api.add_router("", workers.router)
api.add_router("", control.router)
api.add_router("", audit_log.router)


@api.exception_handler(Problem)
def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response()


@api.exception_handler(AuthenticationError)
def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return unauthenticated(_("Sign in, or send an API key as Authorization: Bearer <key>.")).response()


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [{"field": str(found["loc"][-1]), "message": str(found["msg"])} for found in error.errors]
    return problem_response(422, _("A parameter is wrong."), errors=errors)


def redis_fails(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("request failed without redis", path=request.path, why=explain(error))
    if _is_placing(request) and is_refused(error):
        detail = _nothing_placed(error)
    elif _is_placing(request):
        detail = _(
            "Redis does not answer, so it is not known whether the orders were placed. Send the same again, "
            "with the same Idempotency-Key: then nothing is placed twice."
        )
    elif request.method not in SAFE_METHODS:
        detail = _("Redis does not answer, so it is not known whether this was done; look, then ask again.")
    else:
        detail = _("Redis does not answer; try again.")
    return problem_response(503, detail, headers=RETRY)


def too_few_replicas(request: HttpRequest, error: Exception) -> HttpResponse:
    """Refused before its first write, and taken again as soon as the replicas are back."""
    logger.warning("request refused for want of replicas", path=request.path)
    if request.path in orders.PLACING:
        detail = _("Redis has too few replicas to take orders, so nothing was placed; try again.")
    else:
        detail = _("Redis has too few replicas to take a change; try again.")
    return problem_response(503, detail, headers=RETRY)


def redis_refuses(request: HttpRequest, error: Exception) -> HttpResponse:
    """It answers, and will answer the same again: a person has to look, so nobody is told to try again."""
    logger.error("request refused by redis", path=request.path, why=explain(error))
    if not _is_placing(request):
        detail = explain(error, _)
    elif is_refused(error):
        detail = _nothing_placed(error)
    else:
        detail = _("%(reason)s It is not known whether anything was placed: look before you send it again.")
        detail %= {"reason": explain(error, _)}
    return problem_response(503, detail)


def _is_placing(request: HttpRequest) -> bool:
    return request.path in orders.PLACING and request.method == "POST"


def _nothing_placed(error: Exception) -> str:
    return _("%(reason)s Nothing was placed.") % {"reason": explain(error, _)}


def sql_fails(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("request failed without sql", path=request.path, error=type(error).__name__)
    # Who asks is looked up, and what is done is recorded, before anything is done.
    detail = _("The database does not answer, so nothing was done; try again.")
    return problem_response(503, detail, headers=RETRY)


def left_to_django(request: HttpRequest, error: Exception) -> HttpResponse:
    """Django knows their status; the middleware then makes problems of them."""
    raise error


def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("request failed", path=request.path, exc_info=error)
    return problem_response(500, _("Something went wrong here. It has been logged."))


def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("request failed on an unreadable order", path=request.path, why=str(error))
    detail = _("What Redis holds of this order cannot be read; its key must be mended or deleted.")
    return problem_response(503, detail)


HANDLERS: Mapping[type[Exception], Handler] = {
    **dict.fromkeys((*AWAY, GroupLost), redis_fails),
    TooFewReplicas: too_few_replicas,
    StreamError: redis_refuses,
    **dict.fromkeys((OperationalError, InterfaceError), sql_fails),
    **dict.fromkeys((SuspiciousOperation, BadRequest, MultiPartParserError, Http404), left_to_django),
    Unreadable: unreadable,
    Exception: unexpected,
}
for _kind, _handler in HANDLERS.items():
    api.add_exception_handler(_kind, _handler)
