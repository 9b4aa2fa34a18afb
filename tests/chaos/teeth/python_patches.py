"""Variants that are broken in Python: each puts a naive way of doing something in the product's place."""

import asyncio
import functools
from typing import Any, Final

from tests.chaos.teeth.seams import Seams
from tests.mutants.library import Mutant


def completed_before_work(seams: Seams) -> None:
    """Recorded and acknowledged as soon as an order is begun; its handler runs behind that."""
    from workers import attempts, executor

    at_work: set[asyncio.Task[Any]] = set()

    def make(attempt: Any) -> Any:
        @functools.wraps(attempt)
        async def at_once(*given: Any) -> Any:
            task = asyncio.create_task(attempt(*given))
            at_work.add(task)
            task.add_done_callback(at_work.discard)
            return executor.COMPLETED

        return at_once

    seams.wrap(attempts, "attempt", make)


def key_only_at_first(seams: Seams) -> None:
    """A client that takes each sending for a new order: it names the key the first time alone."""
    from tests.chaos.requests import Client

    named: set[str] = set()

    def make(post: Any) -> Any:
        @functools.wraps(post)
        async def posted(self: Client, path: str, body: object = None, *, key: str = "") -> Any:
            is_again = key in named
            named.add(key)
            return await post(self, path, body, key="" if is_again else key)

        return posted

    seams.wrap(Client, "post", make)


def finish_in_commands(seams: Seams) -> None:
    """A completion by one command after the other, as it is written without a script."""
    from orderstream.domain.outcomes import Completed
    from orderstream.streams.codec import interleaved
    from orderstream.streams.deliveries import Deliveries, Report, Verdict

    async def completed(self: Deliveries, report: Report) -> Verdict:
        lane, keys, order_id = self.lane, self.lane.keys, report.order_id
        key = keys.status(order_id)
        held = await lane.command("HMGET", key, "status", "version", "fence", "worker_id")
        if held[0] is None or held[2:] != [str(report.fence), self.worker]:
            return Verdict(order_id, "stale" if held[0] else "missing", held[0] or "")
        if held[0] != "processing":
            return Verdict(order_id, "again", held[0])
        now_ms, version = await lane.now_ms(), int(held[1]) + 1
        sets = {"processed_at": f"{now_ms / 1000:.3f}", "processing_time": f"{report.took_ms / 1000:.3f}"}
        says = {"type": "order.completed", "order_id": order_id, "version": version, "from": "processing"}
        says |= {"to": "completed", "at": now_ms, "actor": self.actor, "processing_time": report.took_ms}
        await lane.command("HSET", key, "status", "completed", "version", version, *interleaved(sets))
        await lane.command("XADD", keys.events, "*", *interleaved(says))
        for name, by in (("processing", -1), ("completed", 1), ("n_completed", 1)):
            await lane.command("HINCRBY", keys.totals, name, by)
        await lane.command("XACK", keys.stream, lane.group, order_id)
        return Verdict(order_id, "recorded", "completed")

    def make(finish: Any) -> Any:
        @functools.wraps(finish)
        async def finished(self: Deliveries, reports: list[Report], *, attempts: int) -> list[Verdict]:
            verdicts = []
            for report in reports:
                if isinstance(report.outcome, Completed):
                    verdicts.append(await completed(self, report))
                else:
                    verdicts += await finish(self, [report], attempts=attempts)
            return verdicts

        return finished

    seams.wrap(Deliveries, "finish", make)


def group_at_the_end(seams: Seams) -> None:
    """Whoever misses the group makes it at `$`: it begins with what is placed from then on."""
    from redis.exceptions import ResponseError

    from orderstream.streams.lane import Lane

    async def ensure_group(self: Lane) -> bool:
        try:
            await self.client.xgroup_create(self.keys.stream, self.group, id="$", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" in str(error):
                return False
            raise
        return True

    seams.wrap(Lane, "ensure_group", lambda _original: ensure_group)


def consumer_deleted_on_exit(seams: Seams) -> None:
    """A worker that ends hands nothing back; it deletes its consumer with whatever is pending for it."""
    from orderstream.streams.lane import Lane
    from workers import process
    from workers.intake import Intake

    async def keeps_all(_self: Intake) -> None:
        pass

    async def deleted(lane: Lane, worker: str) -> bool:
        await lane.command("XGROUP", "DELCONSUMER", lane.keys.stream, lane.group, worker)
        return True

    seams.wrap(Intake, "give_up", lambda _original: keeps_all)
    seams.wrap(process, "retire", lambda _original: deleted)


def never_caught_up(seams: Seams) -> None:
    """As a feed of messages is: whoever hears again hears what is said from then on; the log is not read."""
    from dashboard import tailer
    from dashboard.board import Board
    from dashboard.cursors import Cursor
    from orderstream.streams.events_log import last_cursor
    from orderstream.streams.lane import Lane

    def make(renew: Any) -> Any:
        @functools.wraps(renew)
        async def listened(board: Board, lane: Lane) -> None:
            if board.epoch == 0:  # the page itself is right when it is opened
                await renew(board, lane)
            else:
                board.cursor = max(board.cursor, Cursor.parse(await last_cursor(lane)))

        return listened

    seams.wrap(tailer, "renew", make)


BESIDE: Final = (
    Mutant(
        "finish",
        "what is to be told",
        "local SIZE = 6\n",
        "local SIZE = 6\nlocal told = {}\nlocal function tell(...) told[#told + 1] = { ... } end\n",
    ),
    Mutant(
        "finish",
        "not by it",
        "call('XADD', EVENTS, '*', 'type', 'order.completed'",
        "tell('type', 'order.completed'",
    ),
    Mutant(
        "finish",
        "by its caller",
        "write_totals()\nreturn answers",
        "write_totals()\nreturn { answers, told }",
    ),
)


def events_beside_the_script(seams: Seams) -> None:
    """The script completes an order, and its caller writes the event of that."""
    from orderstream.streams.lane import Lane

    def make(run: Any) -> Any:
        @functools.wraps(run)
        async def told(self: Lane, step: str, **given: Any) -> Any:
            reply = await run(self, step, **given)
            if step != "finish":
                return reply
            answers, events = reply
            for event in events:
                await self.command("XADD", self.keys.events, "*", *event)
            return answers

        return told

    seams.scripts(*BESIDE)
    seams.wrap(Lane, "run", make)
