"""What a handler may raise to steer its order, and the short code that an error is known by."""

from datetime import timedelta
from typing import Final

ERROR_CODE_BYTES: Final = 60  # a longer value would take the status hash out of its compact encoding


class OrderRejected(Exception):  # noqa: N818 a verdict on the order, not a fault of the program
    """This order can never be processed; it becomes a dead letter without another attempt."""


class RetryLater(Exception):  # noqa: N818 a wish of the handler, not a fault of the program
    """Not now: try this order again after `delay`."""

    def __init__(self, delay: timedelta, reason: str = "") -> None:
        super().__init__(reason or f"again in {delay.total_seconds():g} s")
        self.delay = max(delay, timedelta())
        self.reason = reason


def error_code(error: BaseException) -> str:
    """The error's class name, cut to 60 bytes: what failures are grouped by."""
    return cut(type(error).__name__, ERROR_CODE_BYTES)


def cut(text: str, size: int) -> str:
    """`text` in at most `size` bytes of UTF-8, never ending inside a character; surrogates become '?'."""
    raw = text.encode("utf-8", "replace")
    return raw[:size].decode("utf-8", "ignore")
