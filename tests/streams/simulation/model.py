"""What the simulation knows: its workers, the orders and fences it was given, what it may expect of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from orderstream.streams.deliveries import Begun, Deliveries
from orderstream.streams.lane import Lane
from tests.streams.scene import Clock

LEASE_MS, PATIENCE_MS, ATTEMPTS, BACKOFF_MS = 1_000, 4_000, 3, 50


@dataclass(frozen=True)
class Modes:
    """Which disasters a run may meet; drawn from its seed."""

    index: bool  # the retry index vanishes
    hash: bool  # a status hash vanishes
    group: bool  # the group vanishes and is made again
    consumer: bool  # somebody deletes a consumer with its pending entries
    jump: bool  # the clock jumps an hour
    limit: int  # backlog limit
    outcomes: tuple[int, int, int]  # weights of completed, retry, rejected

    @classmethod
    def of(cls, seed: int) -> "Modes":
        draw = Random(seed * 7 + 1)
        return cls(
            index=draw.random() < 0.5,
            hash=draw.random() < 0.3,
            group=draw.random() < 0.2,
            consumer=draw.random() < 0.2,
            jump=draw.random() < 0.2,
            limit=draw.choice((0, 0, 8)),
            outcomes=draw.choice(((6, 2, 1), (1, 6, 1), (2, 2, 4))),
        )


@dataclass(eq=False)
class Actor:
    """One worker process as it sees itself; what it does not know of is what lost replies hid from it."""

    lane: Lane
    name: str
    slots: int
    inbox: list[str] = field(default_factory=list)
    fences: dict[str, int] = field(default_factory=dict)
    # Outcomes whose answer got lost: they are told again.
    untold: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.lane, self.name)


@dataclass
class Model:
    """One run's whole state, and the promises about fences."""

    lane: Lane
    clock: Clock
    seed: int
    random: Random = field(init=False)
    modes: Modes = field(init=False)
    workers: list[Actor] = field(default_factory=list)
    zombies: list[Actor] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    # idempotency key -> (digest, order id once it was accepted)
    keys: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    fences: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    issued: list[tuple[str, int, str]] = field(default_factory=list)
    recorded: Counter[tuple[str, int]] = field(default_factory=Counter)
    hashless: set[str] = field(default_factory=set)
    stale: int = 0
    paused: bool = False
    named: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.modes = Modes.of(self.seed)

    def new_actor(self) -> Actor:
        self.named += 1
        actor = Actor(self.lane, f"w{self.named}", self.random.randint(1, 6))
        self.workers.append(actor)
        return actor

    def bury(self, actor: Actor) -> None:
        """It stops working for us, but may still act: a paused process that wakes up, say."""
        self.workers.remove(actor)
        self.zombies.append(actor)

    def some(self, items: Iterable[str]) -> list[str]:
        pool = list(items)
        return self.random.sample(pool, self.random.randint(1, len(pool))) if pool else []

    def any_order(self) -> str:
        return self.random.choice(self.orders)

    def saw_begun(self, worker: str, begun: Begun) -> bool:
        """Keep book of a fence; True when it is new (I4)."""
        known = self.fences[begun.order_id]
        if (begun.order_id, begun.fence, worker) in self.issued:
            return False
        assert not self.paused, f"begun while paused: {begun}"
        assert not known or begun.fence > known[-1], f"I4 a fence that does not grow: {begun} after {known}"
        known.append(begun.fence)
        self.issued.append((begun.order_id, begun.fence, worker))
        return True

    def saw_verdict(self, order_id: str, fence: int, code: str) -> None:
        if code == "recorded":
            self.recorded[order_id, fence] += 1
            assert self.recorded[order_id, fence] == 1, f"I4 recorded twice with one fence: {order_id}"
            newest = self.fences[order_id][-1]
            assert fence == newest, f"I4 recorded with {fence}, but {newest} was issued: {order_id}"
        elif code == "stale":
            self.stale += 1
        elif code == "again":
            assert self.recorded[order_id, fence] == 1, f"again, but never recorded: {order_id}"

    def saw_answer(self, key: str, digest: str, kind: str, order_id: str | None) -> None:
        """One key, one order (I2)."""
        known = self.keys.get(key, (digest, None))
        if kind == "Placed":
            assert known[1] is None, f"I2 a second order for {key}"
            self.keys[key] = (digest, order_id)
            self.orders.append(order_id or "")
        elif kind == "Replayed":
            assert known == (digest, order_id), f"I2 {key} stands for another order"
        elif kind == "Conflict":
            assert known[0] != digest, f"I2 {key} refused its own body"

    def outcomes(self, ids: Sequence[str]) -> list[str]:
        return self.random.choices(("completed", "retry", "rejected"), self.modes.outcomes, k=len(ids))
