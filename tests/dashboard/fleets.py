"""Workers and fleets for tests: say only what matters, the rest is as usual."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dashboard.counted import Within
from dashboard.fleet import Fleet, Looked
from dashboard.judging import Observed, concern
from orderstream.streams.controlling import Standing
from orderstream.streams.liveness import Asked
from orderstream.streams.throughputs import Throughputs

AT = 1_795_152_368_000
USUAL = Standing(
    name="kobe",
    state="alive",
    asked=Asked.NOTHING,
    in_hand=4,
    concurrency=16,
    concurrency_asked=None,
    completed=None,
    failed=None,
    busy_ms=None,
    p95_ms=None,
    beat_at=AT - 400,
    alive_until=AT + 9_600,
    started_at=AT - 22_320_000,
    host="kobe-1",
    pid=8143,
    version="1.8.2",
)


def standing(name: str, **given: Any) -> Standing:
    """A worker that lives, with 4 of 16 slots in use."""
    given["asked"] = Asked(given.get("asked", ""))
    return replace(USUAL, name=name, **given)


def observed(name: str, *, rate: float | None = 2.0, late: int = 0, **given: Any) -> Observed:
    return Observed(standing(name, **given), rate, late)


def fleet_of(*workers: Observed, all_paused: bool = False, **given: Any) -> Fleet:
    """Judged as the page judges them."""
    looked = [Looked(each, concern(each, workers, all_paused=all_paused)) for each in workers]
    return with_looked(looked, all_paused=all_paused, **given)


def with_looked(looked: Sequence[Looked], **given: Any) -> Fleet:
    usual: dict[str, Any] = {
        "at_ms": AT,
        "all_paused": False,
        "asked": {},
        "names": frozenset(each.observed.name for each in looked),
        "curves": Throughputs(AT - 900_000, 15_000, {}),
        "late_after": 3.0,
        "lease_ms": 10_000,
        "waiting": 0,
        "placed_per_second": None,
        "completed_per_second": None,
        "failed_attempts": Within(),
        "taken_over": Within(),
    }
    return Fleet(workers=looked, **usual | given)
