"""Which workers need a look, and why: pure rules over what is known of each, and of the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

from orderstream.streams.controlling import Standing
from orderstream.streams.liveness import Asked

# Loudest first: in this order they stand on the page.
Concern = Literal["lost", "stalled", "slow", "stopping", "draining", "paused"]
CONCERNS: Final[tuple[Concern, ...]] = ("lost", "stalled", "slow", "stopping", "draining", "paused")
# As somebody asked: they take nothing new, and nothing is wrong with them.
RESTING: Final[frozenset[Concern]] = frozenset({"stopping", "draining", "paused"})

# So much slower than the others' median is no accident of the last orders.
SLOW_FACTOR: Final = 2.0
# Below this nobody waits for a slow worker, and factors are noise.
SLOW_SECONDS: Final = 0.5
# A mean over fewer orders says nothing yet.
SLOW_ORDERS: Final = 5
LATE_FACTOR: Final = 2.0
LATE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Observed:
    """A worker as it stands, and what is measured of it. `rate` in orders/s, None: unknown; `late`: how many
    of its orders are in hand for longer than orders usually take."""

    standing: Standing
    rate: float | None = None
    late: int = 0

    @property
    def name(self) -> str:
        return self.standing.name

    @property
    def is_living(self) -> bool:
        return self.standing.state != "lost"

    @property
    def seconds_an_order(self) -> float | None:
        """The 95th percentile of the last minute, else the mean since its start; None: too few ended."""
        standing = self.standing
        if standing.p95_ms is not None:
            return standing.p95_ms / 1000
        ended = (standing.completed or 0) + (standing.failed or 0)
        if standing.busy_ms is None or ended < SLOW_ORDERS:
            return None
        return standing.busy_ms / ended / 1000


def late_after_seconds(fleet_p95: float | None, time_limit_seconds: float) -> float:
    """From when on an order in hand is late. Nothing completed lately: half of what an attempt may last."""
    if fleet_p95 is None:
        return time_limit_seconds / 2
    return max(LATE_SECONDS, LATE_FACTOR * fleet_p95)


def concern(worker: Observed, fleet: Sequence[Observed], *, all_paused: bool) -> Concern | None:
    """Why somebody should look at this worker; None: no reason. `all_paused`: it is no news of each one."""
    standing = worker.standing
    if standing.state == "lost":
        return "lost"
    if standing.asked is Asked.STOP:
        return "stopping"
    if is_stalled(worker):
        return "stalled"
    if standing.state == "draining" or standing.asked is Asked.DRAIN:
        return "draining"
    if standing.asked is Asked.PAUSE or (standing.state == "paused" and not all_paused):
        return "paused"
    return "slow" if is_slow(worker, fleet) else None


def is_stalled(worker: Observed) -> bool:
    """It lives and ends nothing, and all that it has in hand is late."""
    in_hand = worker.standing.in_hand
    return worker.is_living and in_hand > 0 and worker.rate == 0 and worker.late >= in_hand


def is_slow(worker: Observed, fleet: Sequence[Observed]) -> bool:
    own, usual = worker.seconds_an_order, others_seconds(worker, fleet)
    return own is not None and usual is not None and is_slower(own, usual)


def is_slower(own: float, usual: float) -> bool:
    """Whether a worker that takes so many seconds is slow beside others that usually take so many."""
    return own >= SLOW_SECONDS and own > SLOW_FACTOR * usual


def others_seconds(worker: Observed, fleet: Sequence[Observed]) -> float | None:
    """What an order usually takes at the other living ones; None without any that has told."""
    known = [other.seconds_an_order for other in fleet if other.name != worker.name and other.is_living]
    return usual_seconds(seconds for seconds in known if seconds is not None)


def usual_seconds(told: Iterable[float]) -> float | None:
    """Of those that have told; None when none has."""
    each = list(told)
    return median(each) if each else None
