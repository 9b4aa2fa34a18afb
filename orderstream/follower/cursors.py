"""Understands what a person gives as the place to begin at."""

import re
from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext as _

from orderstream.streams.tailing import BEGINNING

ID: Final = re.compile(r"([0-9]{1,20})(?:-([0-9]{1,20}))?", re.ASCII)
LARGEST: Final = 2**64 - 1  # half of an id
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class WrongCursor(ValueError):  # noqa: N818 # says what is wrong
    """It is none; the message says what would be one."""


def cursor_of(text: str) -> str:
    """The id behind which to read: of an id itself, of its milliseconds, or of a moment with its zone."""
    text = text.strip()
    if text in {"0", "-"}:
        return BEGINNING
    if found := ID.fullmatch(text):
        ms, sequence = int(found[1]), found[2]
        if ms <= LARGEST and int(sequence or 0) <= LARGEST:
            # From a millisecond on: with what is in it.
            return f"{ms}-{int(sequence)}" if sequence is not None else _just_before(ms)
    elif (at := _moment(text)) is not None:
        return _just_before(max(0, round((at - EPOCH).total_seconds() * 1000)))
    raise WrongCursor(
        _(
            "%(text)s is no place in a stream. Use an id as 1795203724000-0 (what comes after it), 0 (from "
            "the beginning), milliseconds, or a time with its zone as 2026-11-20T19:02:04Z."
        )
        % {"text": repr(text[:64])}
    )


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _just_before(ms: int) -> str:
    return f"{ms - 1}-{LARGEST}" if ms > 0 else BEGINNING
