"""Counts what each caller asks for, and refuses with 429 and the time to wait what is beyond the limit."""

from collections.abc import Sequence

from django.http import HttpRequest

from orderstream.access import limits
from orderstream.access.addresses import address_of
from orderstream.access.callers import Caller
from orderstream.access.rights import Right
from orderstream.api.problems import Problem
from orderstream.streams.limits import Want


async def count(caller: Caller, right: Right) -> None:
    """Each call as one, when it is let in."""
    await _take(limits.for_call(right, caller.scope))


async def count_batch(caller: Caller, right: Right, size: int) -> None:
    """A batch of n counts n. It was let in as one, before anybody knew how many it holds."""
    if size > 1:
        await _take(limits.for_call(right, caller.scope, units=size - 1, before=1))


async def count_refusal(request: HttpRequest) -> None:
    """Before a key that is no good or a missing right is told: by address, for nobody else is known."""
    await _take(limits.for_refusal(address_of(request)))


async def _take(wants: Sequence[Want]) -> None:
    wait = await limits.seconds_to_wait(wants)
    if wait:
        raise Problem(429, limits.too_often(wait), headers={"Retry-After": str(wait)})
