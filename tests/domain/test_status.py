"""The table of moves, compared move by move with DESIGN's life of an order."""

from itertools import product

import pytest

from orderstream.domain.status import (
    FINAL,
    MOVES,
    SOURCES_OF_STEP,
    UNFINISHED,
    WAITING,
    OrderStatus,
    is_final,
    operators_moves,
    sources_of,
)

# Written out a second time on purpose: a slip in the product's table must not be copied into its proof.
LEGAL = {
    ("pending", "processing"),
    ("pending", "cancelled"),
    ("pending", "failed"),
    ("processing", "processing"),
    ("processing", "completed"),
    ("processing", "retrying"),
    ("processing", "failed"),
    ("processing", "cancelled"),
    ("processing", "pending"),
    ("retrying", "processing"),
    ("retrying", "failed"),
    ("retrying", "cancelled"),
    ("failed", "pending"),
    ("failed", "cancelled"),
}


@pytest.mark.parametrize(("current", "target"), [*product(OrderStatus, OrderStatus)])
def test_exactly_the_moves_of_the_life_of_an_order_are_legal(
    current: OrderStatus, target: OrderStatus
) -> None:
    assert (target in MOVES[current]) == ((current.value, target.value) in LEGAL)


@pytest.mark.parametrize("target", OrderStatus)
def test_sources_are_the_moves_read_backwards(target: OrderStatus) -> None:
    assert sources_of(target) == {s for s in OrderStatus if (s.value, target.value) in LEGAL}


def test_completed_and_cancelled_are_never_left() -> None:
    assert {OrderStatus.COMPLETED, OrderStatus.CANCELLED} == FINAL
    assert [s for s in OrderStatus if is_final(s)] == [OrderStatus.COMPLETED, OrderStatus.CANCELLED]


def test_every_order_is_unfinished_final_or_failed() -> None:
    assert set(OrderStatus) - UNFINISHED - FINAL == {OrderStatus.FAILED}
    assert {OrderStatus.PROCESSING} == UNFINISHED - WAITING


def test_no_step_takes_an_order_from_a_final_status() -> None:
    assert all(sources and not sources & FINAL for sources in SOURCES_OF_STEP.values())


def test_begin_takes_nothing_over_from_another_worker() -> None:
    assert OrderStatus.PROCESSING not in SOURCES_OF_STEP["begin"]


def test_only_an_operator_leaves_failed() -> None:
    leavers = {step for step, sources in SOURCES_OF_STEP.items() if OrderStatus.FAILED in sources}
    assert leavers == {"requeue", "discard"}


def test_an_operator_may_ask_for_what_the_steps_take() -> None:
    allowed = {status.value: operators_moves(status) for status in OrderStatus}
    assert allowed == {
        **dict.fromkeys(("pending", "processing", "retrying"), ("cancel",)),
        "failed": ("requeue", "discard"),
        **dict.fromkeys(("completed", "cancelled"), ()),
    }
