"""The only reader of request bodies: strict JSON within limits, before anything looks at what it means."""

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orderstream.api.problems import Problem

DEEPEST: Final = 16
# More digits than any field may have; beyond, int() takes time that grows with their square.
LONGEST_INTEGER: Final = 20
TOO_LARGE: Final = 10**LONGEST_INTEGER


def read_object(request: HttpRequest, limit: int) -> dict[str, Any]:
    """The body as an object whose numbers are int or Decimal; raises Problem 400, 413, 415 or 422."""
    refuse_other_media(request)
    _refuse_longer(_announced_length(request), limit)
    body = request.body
    _refuse_longer(len(body), limit)
    value = _parsed(body)
    if not isinstance(value, dict):
        raise Problem(422, _("The body must be a JSON object."))
    _refuse_unsound(value)
    return value


def read_optional(request: HttpRequest, limit: int) -> dict[str, Any]:
    """The same where there need be no body: nothing is an object without fields."""
    return read_object(request, limit) if has_body(request) else {}


def has_body(request: HttpRequest) -> bool:
    """Without a length announced (HTTP/2, chunks) the body itself tells; the server has read it already."""
    if request.META.get("CONTENT_LENGTH"):
        return _announced_length(request) > 0
    return bool(request.body)


def refuse_other_media(request: HttpRequest) -> None:
    """Also keeps Django from reading a form that pretends to be one of ours."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if request.content_type != "application/json" or charset != "utf-8" or encoding not in {"", "identity"}:
        detail = _("Send JSON in UTF-8, not compressed, with Content-Type: application/json.")
        raise Problem(415, detail, headers={"Accept-Post": "application/json"})


def _announced_length(request: HttpRequest) -> int:
    """0 when none is announced. Not every server checks the header, and Django's own int() would fail."""
    given = request.META.get("CONTENT_LENGTH") or "0"
    if not (given.isascii() and given.isdigit() and len(given) < LONGEST_INTEGER):
        raise Problem(400, _("The header Content-Length is no number."))
    return int(given)


def _refuse_longer(length: int, limit: int) -> None:
    if length > limit:
        detail = _("The body has %(length)s bytes; at most %(limit)s are taken.")
        raise Problem(413, detail % {"length": length, "limit": limit})


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_Constant,
        )
    except UnicodeDecodeError as error:
        raise Problem(400, _("The body is not UTF-8 at byte %(at)s.") % {"at": error.start}) from None
    except json.JSONDecodeError as error:
        detail = _("The body is not JSON at line %(line)s, column %(column)s.")
        raise Problem(400, detail % {"line": error.lineno, "column": error.colno}) from None
    except RecursionError:
        raise _too_deep() from None


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """The last of two equal keys would win silently, here; the first, elsewhere."""
    found = dict(members)
    if len(found) < len(members):
        # In one pass: a body of 200,000 keys would otherwise hold the event loop for minutes.
        [(twice, _times)] = Counter(name for name, _value in members).most_common(1)
        raise Problem(
            422,
            _("A JSON object has the same key twice."),
            errors=[{"field": twice[:64], "message": _("Given more than once; keep one.")}],
        )
    return found


def _decimal(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:  # an exponent of twenty digits
        return Decimal(TOO_LARGE)


def _integer(written: str) -> int:
    if len(written) <= LONGEST_INTEGER:
        return int(written)
    return -TOO_LARGE if written.startswith("-") else TOO_LARGE


@dataclass(frozen=True, slots=True)
class _Constant:
    """NaN or an infinity, until it is known in which field it stands."""

    name: str


class _Place(NamedTuple):
    """An object or list of the body; it knows where it stands only through what holds it."""

    members: dict[str, Any] | list[Any]
    depth: int = 1
    key: str | int = ""
    holder: "_Place | None" = None

    def field(self, key: str | int) -> str:
        """One of its members, as in orders[3].note."""
        steps = [_step(key)]
        place = self
        while place.holder is not None:
            steps.append(_step(place.key))
            place = place.holder
        return "".join(reversed(steps)).removeprefix(".")


def _step(key: str | int) -> str:
    return f"[{key}]" if isinstance(key, int) else f".{key}"


def _refuse_unsound(body: dict[str, Any]) -> None:
    """Too deep, a number that is none, or text that no UTF-8 can carry on."""
    places = [_Place(body)]
    for place in places:  # which grows meanwhile
        pairs = place.members.items() if isinstance(place.members, dict) else enumerate(place.members)
        for key, value in pairs:
            if isinstance(value, dict | list):
                if place.depth == DEEPEST:
                    raise _too_deep(place.field(key))
                places.append(_Place(value, place.depth + 1, key, place))
            elif isinstance(value, _Constant):
                message = _("%(name)s is no JSON number; leave the field out or give a number.")
                raise _unsound(place.field(key), message % {"name": value.name})
            if _has_surrogate(value) or _has_surrogate(key):
                message = _("A text has half of a surrogate pair (\\ud800 to \\udfff alone); remove it.")
                raise _unsound(place.field(key), message)


def _unsound(field: str, detail: str) -> Problem:
    return Problem(422, detail, errors=[{"field": field[:128], "message": detail}])


def _has_surrogate(value: object) -> bool:
    if not isinstance(value, str) or value.isascii():
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _too_deep(field: str = "") -> Problem:
    detail = _("The body is nested more than %(deepest)s levels deep.") % {"deepest": DEEPEST}
    return _unsound(field, detail) if field else Problem(422, detail)
