"""What a run comes to: nothing violated is excused, but by a busy machine what is about time alone."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.chaos.__main__ import _code
from tests.chaos.arguments import GOOD, TROUBLE, VIOLATED
from tests.chaos.folding import Violation
from tests.chaos.running import LATE_SECONDS, Options, Run

LATE = Violation("I1", "1-0", "order.started came 90000 ms after order.placed", is_of_time=True)
LOST = Violation("I1", "1-0", "lost: it is pending in the end")


def fault(*, has_hit: bool = True, failure: str = "") -> Any:
    return SimpleNamespace(has_hit=has_hit, failure=failure)


def run_of(violations: Sequence[Violation], struck: Sequence[Any], late: float) -> Run:
    verdict: Any = SimpleNamespace(violations=violations, is_good=not violations)
    return Run(Options(), Path(), verdict, struck, late=late)


@pytest.mark.parametrize(
    ("violations", "struck", "late", "code"),
    [
        ([], [fault()] * 4, 0.0, GOOD),
        ([], [fault()] * 4, LATE_SECONDS + 1, GOOD),
        ([], [fault()] * 3 + [fault(has_hit=False)], 0.0, GOOD),
        ([], [fault()] * 2 + [fault(has_hit=False)] * 2, 0.0, TROUBLE),
        ([], [fault()] * 3 + [fault(failure="TimeoutError()")], 0.0, TROUBLE),
        ([LATE], [fault()], 0.0, VIOLATED),
        ([LATE], [fault()], LATE_SECONDS + 1, TROUBLE),
        ([LOST], [fault()], LATE_SECONDS + 1, VIOLATED),
        ([LATE, LOST], [fault()], LATE_SECONDS + 1, VIOLATED),
        ([LOST], [fault(has_hit=False)], 0.0, VIOLATED),
        ([LOST], [fault(failure="TimeoutError()")], 0.0, VIOLATED),
    ],
)
def test_what_a_run_ends_with(
    violations: Sequence[Violation], struck: Sequence[Any], late: float, code: int
) -> None:
    run = run_of(violations, struck, late)
    assert _code(run) == code
    assert run.is_good == (code == GOOD)
    assert bool(run.trouble) == (code == TROUBLE)
