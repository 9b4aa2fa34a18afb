"""What is wrong with the fields of a body, as one problem 422 that names each of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _

from orderstream.api.problems import Problem

ERRORS_SHOWN: Final = 100


def field_error(field: str, message: str) -> dict[str, str]:
    return {"field": field[:128], "message": message}


def unknown_fields(given: Mapping[str, object], known: Collection[str]) -> list[dict[str, str]]:
    message = _("Unknown field. Known are %(known)s.") % {"known": ", ".join(known)}
    return [field_error(name, message) for name in given if name not in known]


def invalid(errors: Sequence[dict[str, str]]) -> Problem:
    detail = _("%(count)s fields are wrong.") if len(errors) > 1 else _("A field is wrong.")
    return Problem(422, detail % {"count": len(errors)}, errors=errors[:ERRORS_SHOWN])
