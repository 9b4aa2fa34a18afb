"""The clients of a run: they place at the plan's pace and repeat with the same key what they know nothing of,
until they know; and an operator cancels, requeues and discards what the plan says.
"""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Final, Protocol

from tests.chaos.history import History, Kind, Phase
from tests.chaos.plan import Fate, Manner, Plan, Submission
from tests.chaos.requests import Answer, Client, NotSent, Unanswered
from tests.waiting import passed

AT_ONCE: Final = 16
"""Requests in the air. Of 48 on a busy machine each was answered when its client had already given it up."""
OPERATING_AT_ONCE: Final = 8
"""Apart from those that place: an order hangs until it is cancelled, and uses up attempts meanwhile."""
GIVE_UP_SECONDS: Final = 150.0
"""After the last one was sent: whoever does not know by then never will, and the checker says so."""
PAUSE_SECONDS: Final = (0.2, 0.8)
LONGEST_PAUSE: Final = 8
"""Times that: each pause is half again as long as the one before, up to here."""
LOOK_SECONDS: Final = 0.7
REFUSALS: Final = frozenset({400, 401, 403, 404, 409, 410, 413, 415, 422, 429})
"""Nothing was done. A 503 says only that something is not well: its request may have reached Redis."""


class World(Protocol):
    @property
    def web_urls(self) -> Sequence[str]: ...
    @property
    def api_key(self) -> str: ...


async def load(world: World, plan: Plan, history: History, give_up_seconds: float = GIVE_UP_SECONDS) -> None:
    """Place all of it, and return when every call is known, or given up."""
    clients = [Client(url, world.api_key) for url in world.web_urls]
    run = _Run(clients, plan, history)
    try:
        async with asyncio.timeout(plan.span_seconds + give_up_seconds), asyncio.TaskGroup() as group:
            began = asyncio.get_running_loop().time()
            for submission in plan.submissions():
                ahead = began + submission.at_seconds - asyncio.get_running_loop().time()
                await passed(max(0.0, ahead))
                group.create_task(run.submit(submission))
    except TimeoutError:
        return  # the history shows what is still unknown


class _Run:
    def __init__(self, clients: Sequence[Client], plan: Plan, history: History) -> None:
        self._clients, self._plan, self._history = clients, plan, history
        self._room = asyncio.Semaphore(AT_ONCE)
        self._operators = asyncio.Semaphore(OPERATING_AT_ONCE)

    async def submit(self, submission: Submission) -> None:
        rng = Random(f"{self._plan.seed} client {submission.number}")
        if submission.manner is Manner.TWICE:
            both = (self._until_known(submission, rng, first) for first in (0, 1))
            (ids, _) = await asyncio.gather(*both)
        else:
            first = rng.randrange(len(self._clients))
            if submission.manner is Manner.VANISHING:
                await self._vanish(submission, rng, first)
            ids = await self._until_known(submission, rng, first)
        operating = zip(submission.references, ids, strict=False)
        await asyncio.gather(*(self._operate(reference, order_id, rng) for reference, order_id in operating))

    async def _vanish(self, submission: Submission, rng: Random, first: int) -> None:
        """Half of those who go have sent everything."""
        path, kind, body = self._request(submission)
        async with self._room:
            call = self._history.invoke(kind, submission.key, submission.references)
            share = rng.choice((1.0, rng.uniform(0.1, 0.99)))
            client = self._clients[first % len(self._clients)]
            await client.vanish(path, body, key=submission.key, share=share, patience=rng.uniform(0.0, 0.1))
            call.says(Phase.UNKNOWN, text=f"gone after {share:.0%}")
        await passed(rng.uniform(0.1, 2.0))

    async def _until_known(self, submission: Submission, rng: Random, first: int) -> Sequence[str]:
        """The ids of its orders; none if it was refused for good. Each time at the next web process."""
        path, kind, body = self._request(submission)
        for number in range(first, 10_000):
            client = self._clients[number % len(self._clients)]
            async with self._room:
                call = self._history.invoke(kind, submission.key, submission.references)
                try:
                    answer = await client.post(path, body, key=submission.key)
                except NotSent as error:
                    call.says(Phase.FAIL, text=str(error))
                except Unanswered as error:
                    call.says(Phase.UNKNOWN, text=str(error))
                else:
                    if answer.status == 201:
                        ids = _ids(answer, kind)
                        is_replayed = answer.headers.get("idempotent-replayed") == "true"
                        call.says(Phase.OK, ids=ids, status=201, is_replayed=is_replayed)
                        return ids
                    is_refused = answer.status in REFUSALS
                    phase = Phase.FAIL if is_refused else Phase.UNKNOWN
                    call.says(phase, status=answer.status, text=str(answer.body))
                    if is_refused and answer.status != 429:
                        return ()
            await passed(rng.uniform(*PAUSE_SECONDS) * min(LONGEST_PAUSE, 1.5 ** (number - first)))
        return ()

    def _request(self, submission: Submission) -> tuple[str, Kind, object]:
        bodies = [self._plan.body(reference) for reference in submission.references]
        if submission.manner is Manner.BATCH:
            return "/api/orders/batch", Kind.BATCH, {"orders": bodies}
        return "/api/orders", Kind.PLACE, bodies[0]

    async def _operate(self, reference: str, order_id: str, rng: Random) -> None:
        match self._plan.fate(reference):
            case Fate.CANCELLED:
                await self._move(Kind.CANCEL, reference, order_id, rng)
            case Fate.REQUEUED:
                await self._move(Kind.REQUEUE, reference, order_id, rng)
            case Fate.DISCARDED:
                await self._move(Kind.DISCARD, reference, order_id, rng)

    async def _move(self, kind: Kind, reference: str, order_id: str, rng: Random) -> None:
        """Look whether it is the time for it, and ask; again until it is seen to be so."""
        while True:
            client = rng.choice(self._clients)
            order = await self._look(client, reference, order_id)
            if order is not None and _is_moved(kind, order):
                return
            if order is not None and _is_time(kind, order):
                await self._ask(client, kind, reference, order_id)
            await passed(LOOK_SECONDS)

    async def _look(self, client: Client, reference: str, order_id: str) -> dict[str, object] | None:
        async with self._operators:
            call = self._history.invoke(Kind.LOOK, "", [reference])
            try:
                answer = await client.get(f"/api/orders/{order_id}")
            except (NotSent, Unanswered) as error:
                call.says(Phase.FAIL, text=str(error))
                return None
            is_answered = answer.status == 200
            call.says(Phase.OK if is_answered else Phase.FAIL, status=answer.status, text=str(answer.body))
        return answer.body if is_answered else None

    async def _ask(self, client: Client, kind: Kind, reference: str, order_id: str) -> None:
        async with self._operators:
            call = self._history.invoke(kind, "", [reference])
            try:
                answer = await client.post(f"/api/orders/{order_id}/{kind}", {"reason": "planned"})
            except NotSent as error:
                call.says(Phase.FAIL, text=str(error))
            except Unanswered as error:
                call.says(Phase.UNKNOWN, text=str(error))
            else:
                phase = Phase.OK if answer.status == 200 else Phase.UNKNOWN
                phase = Phase.FAIL if answer.status in REFUSALS else phase
                call.says(phase, ids=[order_id], status=answer.status, text=str(answer.body))


def _is_time(kind: Kind, order: dict[str, object]) -> bool:
    return kind is Kind.CANCEL or order["status"] == "failed"


def _is_moved(kind: Kind, order: dict[str, object]) -> bool:
    """Seen from the order itself: the answer to what moved it may have been lost."""
    if kind is Kind.REQUEUE:
        return order["round"] != 1
    return order["status"] in {"cancelled", "completed"}


def _ids(answer: Answer, kind: Kind) -> list[str]:
    if kind is Kind.BATCH:
        return [order["order_id"] for order in answer.body["orders"]]
    return [answer.body["order_id"]]
