"""Which limits there are and whom each counts. A Redis that is away stops nobody: orders matter more."""

import asyncio
import hashlib
import math
import time
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import structlog
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.streams.connection import AWAY, StreamError, explain
from orderstream.streams.limits import Rate, Want, limit

logger = structlog.get_logger(__name__)

# Longer than any answer of a healthy server, and bearable for whoever asks a hanging one.
PATIENCE_SECONDS: Final = 0.5
# While it is away it is asked once in so long, not by each request.
REST_SECONDS: Final = 1.0
# So many people may sit behind one address.
PEOPLE_AT_AN_ADDRESS: Final = 10

_away_until = float("-inf")
_is_away = False


class Kind(StrEnum):
    """What is counted apart; stands in the name of the key."""

    SIGN_IN_NAME = "sign-in-name"
    SIGN_IN_ADDRESS = "sign-in-address"
    LINK = "link"
    HANDSHAKE_SESSION = "handshake-session"
    HANDSHAKE_ADDRESS = "handshake-address"
    REFUSED = "refused"
    READING = "reading"
    PLACING = "placing"
    OPERATING = "operating"


def for_sign_in(name: str, address: str) -> list[Want]:
    """The name as the form will understand it, so that no spelling of it is counted apart."""
    understood = unicodedata.normalize("NFKC", name.strip()).strip().casefold()
    rate = conf.rates().sign_ins
    return _wants((Kind.SIGN_IN_NAME, _mark(understood), rate), (Kind.SIGN_IN_ADDRESS, address, rate))


def for_link(address: str) -> list[Want]:
    return _wants((Kind.LINK, address, conf.rates().sign_ins))


def for_handshake(session_key: str | None, address: str) -> list[Want]:
    rate = conf.rates().handshakes
    of_session = [(Kind.HANDSHAKE_SESSION, _mark(session_key), rate)] if session_key else []
    return _wants(*of_session, (Kind.HANDSHAKE_ADDRESS, address, _of_many(rate)))


def for_refusal(address: str) -> list[Want]:
    """A call of the API with a key that is no good, or by somebody who has no right to it."""
    return _wants((Kind.REFUSED, address, _of_many(conf.rates().sign_ins)))


def for_call(right: Right, scope: str, units: int = 1, before: int = 0) -> list[Want]:
    """Of the API, by what the right lets one do."""
    rates = conf.rates()
    match right:
        case Right.READ_ORDERS:
            kind, rate = Kind.READING, rates.reading
        case Right.PLACE_ORDERS:
            kind, rate = Kind.PLACING, rates.placing
        case _:
            kind, rate = Kind.OPERATING, rates.operating
    return [Want(kind, scope, rate, units, before)] if rate else []


async def seconds_to_wait(wants: Sequence[Want]) -> int:
    """0: go on, it is counted. Else nothing is counted, and so long it will be refused."""
    if not wants or time.monotonic() < _away_until:
        return 0
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            refusal = await limit(conf.lane(), wants, largest=conf.BATCH_ORDERS)
    except (*AWAY, StreamError) as error:
        _note_absence(error)
        return 0
    _note_presence()
    return math.ceil(refusal.wait.total_seconds()) if refusal else 0


def too_often(wait: int) -> str:
    """What somebody is told who must wait so many seconds."""
    told = ngettext("Try again in %(wait)s second.", "Try again in %(wait)s seconds.", wait) % {"wait": wait}
    return _("You have sent too much in a short time; nothing was done. %(told)s") % {"told": told}


def _note_absence(error: BaseException) -> None:
    global _away_until, _is_away  # one state in each process is the point
    _away_until = time.monotonic() + REST_SECONDS
    if not _is_away:
        logger.warning("limits not asked; everybody is let through", why=explain(error))
    _is_away = True


def _note_presence() -> None:
    global _is_away
    if _is_away:
        logger.info("limits asked again")
    _is_away = False


def _of_many(rate: Rate | None) -> Rate | None:
    """What all may do together who sit behind one address."""
    return rate and Rate(rate.units * PEOPLE_AT_AN_ADDRESS, rate.period)


def _wants(*counts: tuple[Kind, str, Rate | None]) -> list[Want]:
    """Without those that are switched off."""
    return [Want(kind, whose, rate) for kind, whose, rate in counts if rate is not None]


def _mark(text: str) -> str:
    """Keys are short, and neither a session nor a password that was typed for a name stands in one."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
