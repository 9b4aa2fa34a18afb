"""What became of an attempt, as a value, and the policy (attempts, back-off) that turns an error into one."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from orderstream.domain.errors import OrderRejected, RetryLater, cut, error_code

ERROR_TEXT_BYTES: Final = (
    2_000  # a traceback's last words; whole ones belong into the log, not into every event
)


@dataclass(frozen=True, slots=True)
class Completed:
    pass


@dataclass(frozen=True, slots=True)
class Retry:
    """Again after `delay`; at the limit of attempts the order fails. `error` is a code, `text` its words."""

    delay: timedelta
    error: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Never again; `error` is a code, `text` its words."""

    error: str
    text: str = ""


Outcome: TypeAlias = Completed | Retry | Rejected


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and when an order is tried again: exponential back-off with full jitter, up to a cap."""

    attempts: int = 5
    base: timedelta = timedelta(seconds=1)
    cap: timedelta = timedelta(minutes=5)
    time_limit: timedelta = timedelta(seconds=60)

    def after_failure(self, attempt: int, error: BaseException, jitter: random.Random) -> Outcome:
        """The outcome of attempt number `attempt` (from 1) that ended with `error`."""
        text = cut(str(error), ERROR_TEXT_BYTES)
        match error:
            case OrderRejected():
                return Rejected(error_code(error), text)
            case RetryLater():
                return Retry(error.delay, error_code(error), text)
            case TimeoutError() if not text:
                text = f"no end within the time limit of {self.time_limit.total_seconds():g} s"
        return Retry(self.backoff(attempt, jitter), error_code(error), text)

    def backoff(self, attempt: int, jitter: random.Random) -> timedelta:
        """From nothing to base x 2^(attempt - 1): many that failed together do not come back together."""
        # The exponent is bounded before the power is taken: attempt 2,000 would overflow a float.
        factor: int = 2 ** min(attempt - 1, 30)
        ceiling = min(self.cap, self.base * factor)
        return ceiling * jitter.random()
