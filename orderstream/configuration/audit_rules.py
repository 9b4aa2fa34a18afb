"""What orders are held against by whoever audits: the command and the keeper must judge alike."""

from datetime import timedelta
from typing import Final

from orderstream import conf
from orderstream.configuration.rules import MOST_ATTEMPTS
from orderstream.streams.auditing.rules import Rules

# What a sweep may be late beside lease and interval: as long as I1 allows.
MARGIN: Final = timedelta(seconds=5)


def audit_rules(actor: str, *, is_read: bool) -> Rules:
    """By the configuration of this moment. `is_read` False: what managers chose may differ from it."""
    processing = conf.processing()
    bound = processing.lease + processing.sweep_interval + MARGIN
    return Rules(
        bound_ms=bound // timedelta(milliseconds=1),
        attempts=processing.attempts if is_read else None,
        attempts_most=MOST_ATTEMPTS,
        backoff_ms=processing.backoff_base // timedelta(milliseconds=1),
        actor=actor,
    )
