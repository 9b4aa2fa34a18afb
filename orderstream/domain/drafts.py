"""An order's fields and their one validation, for every way in: form, API, file, command, raw entry."""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from orderstream.domain.orders import OrderDraft

ID_LENGTH: Final = 64
NOTE_LENGTH: Final = 500
REFERENCE_LENGTH: Final = 64
QUANTITY_MAX: Final = 10_000
PRICE_MAX: Final = Decimal(10**9)
PRICE_PLACES: Final = 4
FIELDS: Final = ("customer_id", "product_id", "quantity", "price", "note", "reference")
# ASCII only: \d and int() also take other scripts' digits, and Decimal takes "NaN", "1_0" and blanks.
_PRICE: Final = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,16})?", re.ASCII)
_INTEGER: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def gettext_noop(text: str) -> str:
    """Marks a text for translation; whoever shows it translates."""
    return text


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field and what would be right, as a template with `%(name)s` parameters."""

    field: str
    code: str
    template: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str) -> str:
        return translate(self.template) % self.params


class InvalidOrder(ValueError):  # noqa: N818 names the thing, as callers read it
    """The order has fields that are wrong."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__("; ".join(f"{p.field}: {p.text()}" for p in problems))
        self.problems = problems


class WrongValue(Exception):  # noqa: N818 names the finding; carried to the list of problems
    """What is wrong with one value; whoever knows its field makes a FieldProblem of it."""

    def __init__(self, code: str, template: str, **params: object) -> None:
        super().__init__(template)
        self.code, self.template, self.params = code, template, params


def draft_from(given: Mapping[str, object]) -> OrderDraft:
    """Check every field and report all that is wrong at once; InvalidOrder names each.

    Numbers come as int or Decimal, a price also as text. A float is refused: it has lost the price already.
    """
    problems = [
        FieldProblem(
            name,
            "unknown",
            gettext_noop("Unknown field. Known are %(known)s."),
            {"known": ", ".join(FIELDS)},
        )
        for name in given
        if name not in FIELDS
    ]
    values: dict[str, object] = {}
    for name, check in _CHECKS.items():
        try:
            values[name] = check(given.get(name))
        except WrongValue as wrong:
            problems.append(FieldProblem(name, wrong.code, wrong.template, wrong.params))
    if problems:
        raise InvalidOrder(tuple(problems))
    return OrderDraft(**values)  # type: ignore[arg-type] # each check returns its field's type


def problem_of(name: str, value: object) -> FieldProblem | None:
    """What is wrong with one field by itself, for whoever keeps such a value elsewhere."""
    try:
        _CHECKS[name](value)
    except WrongValue as wrong:
        return FieldProblem(name, wrong.code, wrong.template, wrong.params)
    return None


def entry_from(fields: Mapping[str, str]) -> OrderDraft:
    """An order that somebody wrote straight into the stream: the same rules, with the quantity as text.

    `status` and `created_at` are the writer's own and do not count; other unknown fields are refused.
    """
    given: dict[str, object] = {k: v for k, v in fields.items() if k not in {"status", "created_at"}}
    quantity = fields.get("quantity", "")
    if _INTEGER.fullmatch(quantity):
        given["quantity"] = int(quantity)
    return draft_from(given)


def checked_text(value: object, limit: int, *, controls: str = "") -> str:
    """Text without blanks at its ends, and without control characters but `controls`; else WrongValue."""
    if not isinstance(value, str):
        raise WrongValue("type", gettext_noop("Must be text."))
    text = value.strip()
    if len(text) > limit:
        raise WrongValue(
            "too_long",
            gettext_noop("At most %(limit)s characters; it has %(length)s."),
            limit=limit,
            length=len(text),
        )
    if text.isprintable():  # nearly always, and one call in C
        return text
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in controls:
            raise WrongValue(
                "character",
                gettext_noop("Contains the character U+%(point)s, which is not allowed; remove it."),
                point=f"{ord(character):04X}",
            )
    return text


def _id(value: object) -> str:
    if value is None:
        raise WrongValue("missing", gettext_noop("Required."))
    text = checked_text(value, ID_LENGTH)
    if not text:
        raise WrongValue("empty", gettext_noop("Must have 1 to %(limit)s characters."), limit=ID_LENGTH)
    return text


def _quantity(value: object) -> int:
    if value is None:
        raise WrongValue("missing", gettext_noop("Required."))
    # bool is an int in Python, but true is no quantity.
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValue("type", gettext_noop("Must be a whole number from 1 to 10,000."))
    if not 1 <= value <= QUANTITY_MAX:
        raise WrongValue("range", gettext_noop("Quantity is 1 to 10,000. For more, place two orders."))
    return value


def _price(value: object) -> Decimal:
    if value is None:
        raise WrongValue("missing", gettext_noop("Required."))
    price = _decimal(value)
    if not 0 < price <= PRICE_MAX:
        raise WrongValue("range", gettext_noop("Price is more than 0 and at most 1,000,000,000."))
    if _places(price) > PRICE_PLACES:
        raise WrongValue("places", gettext_noop("Price has at most 4 decimal places."))
    # Plain notation reads the same everywhere (1E+3 -> 1000).
    return Decimal(f"{price.quantize(Decimal('0.0001')) if _exponent(price) < -PRICE_PLACES else price:f}")


def _places(price: Decimal) -> int:
    """Decimal places that say something; normalize() would round 1E-99999999 to 0."""
    digits = "".join(map(str, price.as_tuple().digits))
    return -_exponent(price) - (len(digits) - len(digits.rstrip("0")))


def _exponent(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    assert isinstance(exponent, int), "_decimal lets finite numbers through only"  # noqa: S101 narrows the type
    return exponent


def _decimal(value: object) -> Decimal:
    match value:
        case bool() | float():
            pass
        case int():
            # A thousand digits would be a huge Decimal to no purpose; all beyond the limit are equally wrong.
            return Decimal(value) if abs(value) <= 10**12 else Decimal(10**12)
        case Decimal() if value.is_finite():
            # normalize() on 1E+999999 writes a million zeros.
            return value if value.adjusted() <= 12 else Decimal(10**12)
        case str() if _PRICE.fullmatch(value.strip()):
            try:
                return Decimal(value.strip())
            except InvalidOperation:  # pragma: no cover - the pattern admits nothing Decimal refuses
                pass
    raise WrongValue("type", gettext_noop("Must be a number such as 4.15, as a JSON number or as text."))


def _note(value: object) -> str:
    return "" if value is None else checked_text(value, NOTE_LENGTH, controls="\n\t")


def _reference(value: object) -> str:
    return "" if value is None else checked_text(value, REFERENCE_LENGTH)


_CHECKS: Final[Mapping[str, Callable[[object], object]]] = {
    "customer_id": _id,
    "product_id": _id,
    "quantity": _quantity,
    "price": _price,
    "note": _note,
    "reference": _reference,
}
