"""What becomes of an attempt, by the error that ended it, and when it is tried again."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderstream.domain.errors import OrderRejected, RetryLater, cut, error_code
from orderstream.domain.outcomes import Rejected, Retry, RetryPolicy

POLICY = RetryPolicy(attempts=5, base=timedelta(seconds=1), cap=timedelta(seconds=30))


class Highest(random.Random):
    """Jitter that always takes the whole back-off, so that its ceiling can be seen."""

    def random(self) -> float:
        return 1.0


def test_a_rejected_order_is_never_tried_again() -> None:
    outcome = POLICY.after_failure(1, OrderRejected("out of stock"), Highest())
    assert outcome == Rejected("OrderRejected", "out of stock")


def test_a_handler_names_its_own_delay() -> None:
    outcome = POLICY.after_failure(4, RetryLater(timedelta(minutes=7), "bank closed"), Highest())
    assert outcome == Retry(timedelta(minutes=7), "RetryLater", "bank closed")


def test_a_delay_is_never_negative() -> None:
    assert RetryLater(timedelta(seconds=-5)).delay == timedelta()


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (2_000, 30)])
def test_the_backoff_doubles_up_to_its_cap(attempt: int, seconds: int) -> None:
    outcome = POLICY.after_failure(attempt, ValueError("no"), Highest())
    assert outcome == Retry(timedelta(seconds=seconds), "ValueError", "no")


@given(st.integers(1, 10**6), st.randoms(use_true_random=False))
def test_the_jitter_is_full_and_bounded(attempt: int, jitter: random.Random) -> None:
    assert timedelta() <= POLICY.backoff(attempt, jitter) <= POLICY.cap


def test_many_that_failed_together_do_not_come_back_together() -> None:
    jitter = random.Random(7)
    delays = {POLICY.backoff(6, jitter) for _ in range(100)}
    assert len(delays) == 100
    assert max(delays) - min(delays) > POLICY.cap / 2


def test_a_time_out_says_which_limit_was_passed() -> None:
    outcome = POLICY.after_failure(1, TimeoutError(), Highest())
    assert outcome == Retry(timedelta(seconds=1), "TimeoutError", "no end within the time limit of 60 s")


def test_an_error_code_fits_the_compact_encoding_of_the_hash() -> None:
    long = type("Ä" * 50, (Exception,), {})
    assert error_code(long()) == "Ä" * 30
    assert len(error_code(long()).encode()) == 60


@given(st.text(), st.integers(0, 40))
def test_a_cut_text_is_valid_and_short_enough(text: str, size: int) -> None:
    assert len(cut(text, size).encode()) <= size


def test_an_unencodable_text_does_not_stop_the_record() -> None:
    assert POLICY.after_failure(1, ValueError("a\ud800b"), Highest()) == Retry(
        timedelta(seconds=1), "ValueError", "a?b"
    )
