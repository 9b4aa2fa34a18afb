"""`daphne tests.chaos.web:application`: the product's, with a point between a placing and its answer."""

from typing import Any

from orderstream.asgi import application as product
from tests.chaos.failpoints import Armed, Point, Points
from tests.chaos.variant import break_this_process

break_this_process("web")
points = Points.of_this_process()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """When armed, an order is placed and nobody is told: the process dies, or the answer is never sent."""
    if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith("/api/orders"):
        await product(scope, receive, send)
        return
    is_silent = False

    async def between(message: dict[str, Any]) -> None:
        nonlocal is_silent
        if message["type"] == "http.response.start" and message["status"] in {200, 201}:
            try:
                points.pass_by(Point.PLACED)
            except Armed:
                is_silent = True
        if not is_silent:
            await send(message)

    await product(scope, receive, between)
