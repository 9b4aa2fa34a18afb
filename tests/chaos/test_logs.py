"""Which stack traces of a log were planned, and which are news."""

from pathlib import Path

import pytest

from tests.chaos import logs

TRACE = """Traceback (most recent call last):
  File "/product/workers/executor.py", line 30, in attempt
    await handler(order)
{error}
"""
FAILED = '2026-11-29T09:40:30.273018Z [warning  ] attempt failed    [workers.executor] error="{error}"\n'
CHAINED = "\nDuring handling of the above exception, another exception occurred:\n\n"
PLANNED = FAILED.format(error="PlannedFailure('attempt 1 was planned to fail')") + TRACE.format(
    error="Planned"
)
STRANGE = FAILED.format(error="KeyError('price')") + TRACE.format(error="KeyError: 'price'")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", []),
        (PLANNED, []),
        (PLANNED + CHAINED.join([TRACE.format(error="A"), TRACE.format(error="B")]), [logs.TRACE]),
        (PLANNED + STRANGE + PLANNED, [FAILED.format(error="KeyError('price')").rstrip()]),
        (STRANGE + CHAINED + TRACE.format(error="B"), [FAILED.format(error="KeyError('price')").rstrip()]),
        # The end of a process explains no line of its log.
        (
            PLANNED + "2026-11-29T09:40:31.2Z [info     ] worker ended\nFatal:\n" + TRACE.format(error="A"),
            [logs.TRACE],
        ),
    ],
)
def test_a_trace_is_news_unless_the_line_above_it_tells_a_planned_failure(text: str, told: list[str]) -> None:
    assert list(logs.unplanned(text)) == told


def test_the_logs_of_the_product_are_looked_through_and_others_are_not(tmp_path: Path) -> None:
    for name in ("web-1", "worker-2", "keeper-1", "server"):
        (tmp_path / f"{name}.log").write_text(TRACE.format(error="E"))
    assert logs.traces(tmp_path) == [f"{name}: {logs.TRACE}" for name in ("keeper-1", "web-1", "worker-2")]
