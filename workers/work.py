"""What a worker does with an order: fixed for each order when it is begun, exchangeable for those to come."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from orderstream.domain.outcomes import RetryPolicy
from workers.executor import AsyncHandler

CLEAN_UP: Final = timedelta(seconds=3)
"""For a handler that was cut to end: less than the deadline's grace, so that the outcome is still ours."""


@dataclass(frozen=True, slots=True)
class Work:
    """All of it but the limit of attempts, which the scripts judge when an attempt ends."""

    handler: AsyncHandler
    policy: RetryPolicy
    is_cancellable: bool = True  # a thread cannot be stopped: a cancel asked takes effect when it fails
    jitter: Random = field(default_factory=Random)
    clean_up: timedelta = CLEAN_UP
