"""What operators' requests say: which orders, how many slots, why, which note; 422 names each wrong field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.api.field_errors import field_error, invalid, unknown_fields
from orderstream.api.json_bodies import read_object, read_optional
from orderstream.domain.remarks import REASON, TEXT, InvalidRemark, note_from, reason_from
from orderstream.streams.codec import is_order_id
from orderstream.streams.liveness import CONCURRENCY_MAX

ORDERS = "orders"
CONCURRENCY = "concurrency"
DEED = "deed"
DEED_MAX = 2**63 - 1  # what SQL can hold


@dataclass(frozen=True, slots=True)
class Many:
    """Ids of orders, each once, in the order of the request. `deed`: the entry of the audit log that an
    earlier portion of the same deed was answered with."""

    orders: Sequence[str]
    reason: str
    deed: int | None


def reason_of(request: HttpRequest) -> str:
    """Of a body that need not be there."""
    given = read_optional(request, conf.limits().body_bytes)
    reason, errors = _reason(given, unknown_fields(given, (REASON,)))
    if errors:
        raise invalid(errors)
    return reason


def many_of(request: HttpRequest) -> Many:
    given = read_object(request, conf.limits().body_bytes)
    reason, errors = _reason(given, unknown_fields(given, (ORDERS, REASON, DEED)))
    errors += _id_errors(given.get(ORDERS), conf.limits().batch_orders)
    deed = given.get(DEED)
    if deed is not None and not (_is_whole(deed) and 1 <= deed <= DEED_MAX):
        errors.append(field_error(DEED, _("Must be a whole number.")))
    if errors:
        raise invalid(errors)
    return Many(given[ORDERS], reason, deed)


def concurrency_and_reason_of(request: HttpRequest) -> tuple[int, str]:
    given = read_object(request, conf.limits().body_bytes)
    reason, errors = _reason(given, unknown_fields(given, (CONCURRENCY, REASON)))
    concurrency = given.get(CONCURRENCY)
    if not _is_whole(concurrency) or not _fits(concurrency):
        message = _("Must be a whole number from 1 to %(most)s.") % {"most": CONCURRENCY_MAX}
        errors.append(field_error(CONCURRENCY, message))
    if errors:
        raise invalid(errors)
    return given[CONCURRENCY], reason


def note_of(request: HttpRequest) -> str:
    given = read_object(request, conf.limits().body_bytes)
    errors = unknown_fields(given, (TEXT,))
    try:
        text = note_from(given)
    except InvalidRemark as wrong:
        raise invalid([*errors, _remark_error(wrong)]) from None
    if errors:
        raise invalid(errors)
    return text


def _is_whole(value: object) -> TypeGuard[int]:
    """bool is an int in Python, but true is no number of slots."""
    return isinstance(value, int) and not isinstance(value, bool)


def _fits(concurrency: int) -> bool:
    return 1 <= concurrency <= CONCURRENCY_MAX


def _reason(given: Mapping[str, Any], errors: list[dict[str, str]]) -> tuple[str, list[dict[str, str]]]:
    """The reason, and what was wrong before with what is wrong with it."""
    try:
        return reason_from(given), errors
    except InvalidRemark as wrong:
        return "", [*errors, _remark_error(wrong)]


def _remark_error(wrong: InvalidRemark) -> dict[str, str]:
    return field_error(wrong.problem.field, wrong.problem.text(_))


def _id_errors(ids: object, most: int) -> list[dict[str, str]]:
    if not isinstance(ids, list) or not 1 <= len(ids) <= most:
        message = _("Must be a list of 1 to %(most)s ids of orders; send more in several requests.")
        return [field_error(ORDERS, message % {"most": most})]
    errors, seen = [], set()
    for index, order_id in enumerate(ids):
        if not isinstance(order_id, str) or not is_order_id(order_id):
            errors.append(field_error(f"orders[{index}]", _("Must be an order's id, as text.")))
        elif order_id in seen:
            errors.append(field_error(f"orders[{index}]", _("This id is given twice; leave one out.")))
        else:
            seen.add(order_id)
    return errors
