"""The statuses of an order and the one table that says which move is legal; scripts are handed it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class OrderStatus(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_PENDING, _PROCESSING, _RETRYING, _COMPLETED, _FAILED, _CANCELLED = OrderStatus

MOVES: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = MappingProxyType(
    {
        # failed without an attempt: its entry vanished from the stream, or the limit was lowered.
        _PENDING: frozenset({_PROCESSING, _FAILED, _CANCELLED}),
        # processing again: a cancel was asked; the attempt goes on and its worker is told.
        # pending: the worker shut down and handed the order back, the attempt is not counted.
        _PROCESSING: frozenset({_PROCESSING, _COMPLETED, _RETRYING, _FAILED, _PENDING, _CANCELLED}),
        _RETRYING: frozenset({_PROCESSING, _FAILED, _CANCELLED}),
        _COMPLETED: frozenset(),
        # Left only by an operator: requeue or discard (I3).
        _FAILED: frozenset({_PENDING, _CANCELLED}),
        _CANCELLED: frozenset(),
    }
)

FINAL: Final = frozenset(status for status, targets in MOVES.items() if not targets)
UNFINISHED: Final = frozenset({_PENDING, _PROCESSING, _RETRYING})
WAITING: Final = frozenset({_PENDING, _RETRYING})


def sources_of(target: OrderStatus) -> frozenset[OrderStatus]:
    """The statuses an order may leave to enter `target`."""
    return frozenset(source for source, targets in MOVES.items() if target in targets)


def is_final(status: OrderStatus) -> bool:
    return status in FINAL


# What each step may take an order from. A step never takes more than the table allows, sometimes less:
# begin takes nothing over from another worker, so PROCESSING is not among its sources.
SOURCES_OF_STEP: Final[Mapping[str, frozenset[OrderStatus]]] = MappingProxyType(
    {
        "begin": sources_of(_PROCESSING) - {_PROCESSING},
        "finish": sources_of(_COMPLETED),
        "release": WAITING,
        "promote": WAITING,
        "sweep": WAITING,
        "cancel": sources_of(_CANCELLED) & WAITING,
        "requeue": sources_of(_PENDING) & {_FAILED},
        "discard": sources_of(_CANCELLED) & {_FAILED},
    }
)

# What an operator may ask for. Of an order in processing a cancel is only asked: it is no move of its own.
# A note is no move at all: it leaves the status as it is, in whatever status.
OPERATORS_MOVES: Final[Mapping[str, frozenset[OrderStatus]]] = MappingProxyType(
    {
        "cancel": SOURCES_OF_STEP["cancel"] | {_PROCESSING},
        "requeue": SOURCES_OF_STEP["requeue"],
        "discard": SOURCES_OF_STEP["discard"],
    }
)


def operators_moves(status: OrderStatus) -> tuple[str, ...]:
    """Which of cancel, requeue and discard an operator may ask for now."""
    return tuple(move for move, sources in OPERATORS_MOVES.items() if status in sources)
