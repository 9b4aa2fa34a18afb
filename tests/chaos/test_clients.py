"""The clients of a run, at a web process that loses answers: they ask again until they know."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import history as histories
from tests.chaos.clients import load
from tests.chaos.history import History, Kind, Phase
from tests.chaos.plan import Fate, Plan

PLAN = Plan(seed=2, orders=60, span_seconds=0.2)


@dataclass
class Web:
    """Places orders by their keys; `spoil` says of each placing, by its number, what becomes of it."""

    spoil: Callable[[int], str] = lambda _number: ""
    url: str = ""
    orders: dict[str, dict[str, object]] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    moves: list[tuple[str, str]] = field(default_factory=list)
    placings: int = 0
    api_key = "os_key"

    @property
    def web_urls(self) -> list[str]:
        return [self.url]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(_header(head, "Content-Length"))
            content = await reader.readexactly(length)
            method, path, _ = head.split(" ", 2)
            status, replayed, body = self._answer(method, path, _header(head, "Idempotency-Key"), content)
            answer = json.dumps(body).encode()
            lines = [
                f"HTTP/1.1 {status} OK",
                "Content-Type: application/json",
                f"Content-Length: {len(answer)}",
            ]
            lines += ["Idempotent-Replayed: true"] if replayed else []
            whole = "\r\n".join([*lines, "", ""]).encode() + answer
            writer.write(whole[: len(whole) // 2 if status == 299 else len(whole)])
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # a client that vanished
        finally:
            writer.close()

    def _answer(self, method: str, path: str, key: str, content: bytes) -> tuple[int, bool, object]:
        if method == "GET":
            return 200, False, self.orders[path.rsplit("/", 1)[1]]
        if not key:
            return 200, False, self._move(*path.rsplit("/", 2)[1:])
        self.placings += 1
        fault = self.spoil(self.placings)
        if fault == "refused":
            return 503, False, {"detail": "away"}
        replayed, body = key in self.keys, json.loads(content)
        ids = self.keys.setdefault(key, []) or [self._place(o) for o in body.get("orders", [body])]
        self.keys[key] = ids
        placed = [{"order_id": order_id} for order_id in ids]
        status = {"cut": 299, "broken": 500}.get(fault, 201)
        return status, replayed, {"orders": placed} if "orders" in body else placed[0]

    def _place(self, body: dict[str, object]) -> str:
        order_id = f"{len(self.orders) + 1}-0"
        is_rejected = PLAN.fate(str(body["reference"])) in {Fate.REQUEUED, Fate.DISCARDED}
        status = "failed" if is_rejected else "processing"
        self.orders[order_id] = {"reference": body["reference"], "status": status, "round": 1}
        return order_id

    def _move(self, order_id: str, move: str) -> object:
        self.moves.append((str(self.orders[order_id]["reference"]), move))
        after = {"status": "pending", "round": 2} if move == "requeue" else {"status": "cancelled"}
        self.orders[order_id] |= after
        return {"order_id": order_id, "code": move}


def _header(head: str, name: str) -> str:
    found = [line.split(": ", 1)[1] for line in head.split("\r\n") if line.startswith(f"{name}: ")]
    return found[0] if found else ""


@asynccontextmanager
async def serving(web: Web) -> AsyncIterator[Web]:
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0)
    web.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield web


async def test_every_order_is_placed_once_whatever_becomes_of_the_answers(tmp_path: Path) -> None:
    """Each third answer is cut in the middle, each fifth call refused, each seventh ends in an error."""
    faults = {3: "cut", 5: "refused", 7: "broken"}

    def spoil(number: int) -> str:
        return next((fault for every, fault in faults.items() if number % every == 0), "")

    history = History(tmp_path)
    async with serving(Web(spoil)) as web:
        await load(web, PLAN, history)
    history.close()
    assert sorted(str(order["reference"]) for order in web.orders.values()) == sorted(PLAN.references)
    answered = {
        (line.key, line.ids)
        for line in history.lines
        if line.phase is Phase.OK and line.kind in {Kind.PLACE, Kind.BATCH}
    }
    assert answered == {(key, tuple(ids)) for key, ids in web.keys.items()}
    unknown = [line for line in history.lines if line.phase is Phase.UNKNOWN]
    assert {line.status for line in unknown} == {0, 500, 503}


async def test_the_history_is_on_disk_line_by_line_as_it_is_kept(tmp_path: Path) -> None:
    history = History(tmp_path)
    async with serving(Web()) as web:
        await load(web, PLAN, history)
    # Not closed: a killed run has written all of it, too.
    written = [json.loads(line) for line in (tmp_path / histories.NAME).read_text().splitlines()]
    assert [(line["call"], line["phase"]) for line in written] == [
        (line.call, line.phase) for line in history.lines
    ]
    history.close()
    assert {line.phase for line in history.lines} >= {Phase.INVOKE, Phase.OK}


async def test_orders_are_cancelled_requeued_and_discarded_as_planned(tmp_path: Path) -> None:
    history = History(tmp_path)
    async with serving(Web()) as web:
        await load(web, PLAN, history)
    history.close()
    wanted = {Fate.CANCELLED: "cancel", Fate.REQUEUED: "requeue", Fate.DISCARDED: "discard"}
    planned = [(r, wanted[PLAN.fate(r)]) for r in PLAN.references if PLAN.fate(r) in wanted]
    assert planned
    assert sorted(web.moves) == sorted(planned)


async def test_nobody_there_is_no_unknown(tmp_path: Path) -> None:
    """What reached nobody has certainly done nothing."""
    history = History(tmp_path)
    async with serving(Web()) as web:
        pass
    task = asyncio.create_task(load(web, Plan(2, 1, 0.1), history))
    async with asyncio.timeout(10):
        while not any(line.phase is Phase.FAIL for line in history.lines):
            await asyncio.wait([task], timeout=0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    history.close()
    assert all(line.phase in {Phase.INVOKE, Phase.FAIL} or "gone" in line.text for line in history.lines)
