"""What an operator says with a deed, the reason of a move or a note, and the one validation of both."""

from collections.abc import Mapping
from typing import Final

from orderstream.domain.drafts import NOTE_LENGTH, FieldProblem, WrongValue, checked_text, gettext_noop

REASON_BYTES: Final = 500
REASON: Final = "reason"
TEXT: Final = "text"


class InvalidRemark(ValueError):  # noqa: N818 names the thing, as callers read it
    """The field is wrong."""

    def __init__(self, problem: FieldProblem) -> None:
        super().__init__(f"{problem.field}: {problem.text()}")
        self.problem = problem


def reason_from(given: Mapping[str, object]) -> str:
    """The field `reason`, which may be absent or empty: at most 500 bytes, in several lines if need be."""
    value = given.get(REASON)
    if value is None:
        return ""
    try:
        reason = _lines(value, REASON_BYTES, "\n")
        size = len(reason.encode())
        if size > REASON_BYTES:
            template = gettext_noop("At most %(limit)s bytes in UTF-8; it has %(size)s.")
            raise WrongValue("too_long", template, limit=REASON_BYTES, size=size)
    except WrongValue as wrong:
        raise InvalidRemark(_problem(REASON, wrong)) from None
    return reason


def note_from(given: Mapping[str, object]) -> str:
    """The field `text`: 1 to 500 characters, in several lines if need be."""
    try:
        text = _lines(given.get(TEXT, ""), NOTE_LENGTH, "\n\t")
        if not text:
            template = gettext_noop("Must have 1 to %(limit)s characters.")
            raise WrongValue("empty", template, limit=NOTE_LENGTH)
    except WrongValue as wrong:
        raise InvalidRemark(_problem(TEXT, wrong)) from None
    return text


def _lines(value: object, limit: int, controls: str) -> str:
    # A page sends the line ends of its form; the carriage return alone would be a control character.
    text = value.replace("\r\n", "\n") if isinstance(value, str) else value
    return checked_text(text, limit, controls=controls)


def _problem(field: str, wrong: WrongValue) -> FieldProblem:
    return FieldProblem(field, wrong.code, wrong.template, wrong.params)
