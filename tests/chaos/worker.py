"""`python -m tests.chaos.worker ...`: runworker_orders with fail points between its parts."""

import functools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.chaos.commands import run
from tests.chaos.failpoints import Point, Points


def install(points: Points) -> None:
    """Put points between read, begin, handler and finish; after Django is set up, before handlers load."""
    from redis.exceptions import ConnectionError as Lost

    from orderstream import effects
    from workers import process, source

    def passing(method: Any, before: Point | None, after: Point) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(method)
        async def passed_by(*given: Any) -> Any:
            if before is not None:
                points.pass_by(before, Lost)
            answer = await method(*given)
            if answer:  # a read that brought nothing has lost nothing
                points.pass_by(after, Lost)
            return answer

        return passed_by

    kind: Any = source.RedisSource
    kind.read = passing(kind.read, None, Point.AFTER_READ)
    kind.begin = passing(kind.begin, None, Point.AFTER_BEGIN)
    kind.finish = passing(kind.finish, Point.BEFORE_FINISH, Point.AFTER_FINISH)

    make_awaitable = process.awaitable

    def awaitable(handler: Any, threads: Any) -> Any:
        run = make_awaitable(handler, threads)

        async def between_points(order: Any) -> None:
            await run(order)
            points.pass_by(Point.AFTER_HANDLER)

        return between_points

    process.awaitable = awaitable

    once = effects.once

    @contextmanager
    def once_with_a_point(order: Any, name: str) -> Iterator[bool]:
        with once(order, name) as is_first:
            yield is_first
            points.pass_by(Point.WITHIN_EFFECT)

    effects.once = once_with_a_point


if __name__ == "__main__":
    run("runworker_orders", "worker", lambda: install(Points.of_this_process()))
