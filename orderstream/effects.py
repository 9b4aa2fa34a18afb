"""Effects that happen once for an order, however often its handler runs (I5); their table's only writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from orderstream.domain.errors import RetryLater
from orderstream.domain.orders import Order
from orderstream.models.effects import Effect

logger = structlog.get_logger(__name__)

# Doubled with each attempt: five attempts then outlast a database that is away for 3 minutes 45 seconds.
FIRST_PAUSE: Final = timedelta(seconds=15)
LONGEST_PAUSE: Final = timedelta(minutes=10)


@contextmanager
def once(order: Order, name: str) -> Iterator[bool]:
    """True when this order's effect of that name has not happened yet: then do it, in SQL and in this block.

    What the block writes is committed together with the note that it was written, or not at all. So an error
    in the block leaves nothing behind, and a worker killed at any moment leaves both or none. For plain
    functions only: an event loop would wait for SQL. A database that is locked or away is RetryLater.
    """
    try:
        with transaction.atomic(durable=True):
            effect, is_first = Effect.objects.get_or_create(
                order_id=order.id, name=name, defaults={"round": order.round, "attempt": order.attempt}
            )
            if not is_first:
                Effect.objects.filter(pk=effect.pk).update(repeats=F("repeats") + 1)
            yield is_first
    except (OperationalError, InterfaceError) as error:
        raise RetryLater(_pause(order.attempt), _reason(error)) from error
    if not is_first:
        logger.warning(
            "effect found done; not done again", order_id=order.id, effect=name, attempt=order.attempt
        )


def _pause(attempt: int) -> timedelta:
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(attempt - 1, 10)))


def _reason(error: Exception) -> str:
    return f"the database cannot be used: {' '.join(str(error).split())}"
