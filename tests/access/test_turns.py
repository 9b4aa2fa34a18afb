"""A storm of handshakes is taken in turn: the first are served, and who would come too late is told so."""

import asyncio
from typing import Any

import pytest

from orderstream.access.turns import InTurn
from tests.waiting import wait_until


class Application:
    """Accepts when told to, and keeps the socket open until told otherwise."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.accept = asyncio.Semaphore(0)
        self.end = asyncio.Event()

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.begun.append(scope["number"])
        await self.accept.acquire()
        await send({"type": "websocket.accept"})
        await self.end.wait()


@pytest.fixture
async def application() -> Application:
    return Application()


class Caller:
    """One handshake, on its way until it is answered."""

    def __init__(self, turns: InTurn, number: int) -> None:
        self.said: list[str] = []
        self.task = asyncio.create_task(
            turns({"type": "websocket", "number": number}, self._receive, self._send)
        )

    async def _receive(self) -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def _send(self, message: dict[str, str]) -> None:
        self.said.append(message["type"])


async def test_the_next_is_begun_when_one_is_accepted_though_its_socket_stays_open(
    application: Application,
) -> None:
    turns = InTurn(application, at_once=2, wait_seconds=30)
    callers = [Caller(turns, number) for number in range(5)]
    await wait_until(lambda: len(application.begun) == 2)
    application.accept.release()
    await wait_until(lambda: len(application.begun) == 3)
    assert application.begun == [0, 1, 2]
    assert sum(caller.said == ["websocket.accept"] for caller in callers) == 1
    for _ in range(4):
        application.accept.release()
    await wait_until(lambda: all(caller.said for caller in callers))
    assert application.begun == [0, 1, 2, 3, 4]
    assert not any(caller.task.done() for caller in callers)
    application.end.set()
    await asyncio.gather(*(caller.task for caller in callers))


async def test_whose_turn_comes_too_late_is_refused_and_costs_nothing(application: Application) -> None:
    turns = InTurn(application, at_once=1, wait_seconds=0.1)
    first, late = Caller(turns, 1), Caller(turns, 2)
    await asyncio.wait_for(late.task, 5)
    assert late.said == ["websocket.close"]
    assert application.begun == [1]
    first.task.cancel()
    await asyncio.gather(first.task, return_exceptions=True)


@pytest.mark.parametrize("end", ["cancelled", "broken"])
async def test_a_handshake_that_ends_without_a_word_leaves_its_place(
    application: Application, end: str
) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        if end == "broken" and scope["number"] == 1:
            raise RuntimeError("it broke")
        await application(scope, receive, send)

    turns = InTurn(broken, at_once=1, wait_seconds=30)
    first = Caller(turns, 1)
    second = Caller(turns, 2)
    if end == "cancelled":
        await wait_until(lambda: application.begun == [1])
        first.task.cancel()
    await wait_until(lambda: 2 in application.begun)
    second.task.cancel()
    await asyncio.gather(first.task, second.task, return_exceptions=True)


async def test_one_that_gives_up_while_it_waits_takes_no_place_with_it(application: Application) -> None:
    turns = InTurn(application, at_once=1, wait_seconds=30)
    callers = [Caller(turns, number) for number in range(3)]
    await wait_until(lambda: application.begun == [0])
    callers[1].task.cancel()
    application.accept.release()
    await wait_until(lambda: application.begun == [0, 2])
    for caller in callers:
        caller.task.cancel()
    await asyncio.gather(*(caller.task for caller in callers), return_exceptions=True)
