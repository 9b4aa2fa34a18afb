"""Every refusal of the API as problem JSON (RFC 9457), whoever refused: a handler, ninja or Django itself."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 # the term of RFC 9457
    """Raised anywhere below a handler; becomes the answer."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors
        self.headers, self.members = headers or {}, members or {}

    def response(self) -> HttpResponse:
        return problem_response(
            self.status, self.detail, errors=self.errors, headers=self.headers, members=self.members
        )


def problem_response(
    status: int,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> HttpResponse:
    """`members` stand beside those that every problem has."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    body |= members or {}
    # A name that the client sent may hold half of a surrogate pair, which no encoding takes.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    response = HttpResponse(content, status=status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


GENERIC: Mapping[int, str] = {
    400: "The request cannot be understood as it is.",
    403: "This is not allowed.",
    404: "There is nothing at this path. See /api/docs for what there is.",
    405: "This path does not take that method.",
    413: "The body is too large.",
    500: "Something went wrong here. It has been logged; asking again may help.",
}
# Of the body that is replaced. All else stays: Allow, and what the middleware below has added for safety.
OF_THE_BODY = frozenset({"content-type", "content-length", "content-encoding", "etag", "last-modified"})

GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def problem_responses(get_response: GetResponse) -> GetResponse:
    """Middleware: what Django or ninja refuse below /api/ in HTML or text comes out as a problem, too.

    No answer below /api/ is kept: Back after sign-out must not show orders.
    """

    async def answer(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        if not request.path.startswith("/api/"):
            return response
        response.headers.setdefault("Cache-Control", "no-store")
        if response.status_code < 400:
            return response
        if response.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        headers = {name: value for name, value in response.items() if name.lower() not in OF_THE_BODY}
        detail = GENERIC.get(response.status_code, HTTPStatus(response.status_code).description)
        problem = problem_response(response.status_code, detail, headers=headers)
        problem["Content-Length"] = str(len(problem.content))
        problem.cookies = response.cookies
        return problem

    return answer


problem_responses.async_capable = True  # type: ignore[attr-defined] # Django's protocol for function middleware
problem_responses.sync_capable = False  # type: ignore[attr-defined]
