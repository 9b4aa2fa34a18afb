"""The keeper's verdict on all orders, stored beside its outlook: what is lost or doubled, audited to when."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from orderstream.streams.auditing.reports import Report
from orderstream.streams.lane import Lane
from orderstream.streams.made import made

IDS_MOST: Final = 20
TEXT_MOST: Final = 300  # characters: it quotes what is stored, and anybody may have written that
_FIELD: Final = "verdict"


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, so many times; the first orders that break it, and how the first does.

    No ids where no single order is meant, as where totals have drifted."""

    invariant: str
    count: int
    ids: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class NotJudged:
    """What could not be judged, in words, and how often."""

    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that happened before `audited_to_ms`, by the server's clock, was judged; None: nothing yet.

    `begun_ms`: when the audit began that it stands on, and which has made so many `rounds` since: what was
    damaged later without an event is found by the next one. `violations`: all, also what is lost or doubled.
    `share`: as long as nothing is judged by this keeper, how much of the log it has read."""

    audited_to_ms: int | None = None
    begun_ms: int = 0
    rounds: int = 0
    events: int = 0
    orders: int = 0
    lost: int = 0
    lost_ids: tuple[str, ...] = ()
    doubled: int = 0
    doubled_ids: tuple[str, ...] = ()
    violations: tuple[Broken, ...] = ()
    put_back: int = 0
    unjudged: tuple[NotJudged, ...] = ()
    share: float | None = None

    @property
    def is_clean(self) -> bool:
        return not self.violations

    @property
    def clean(self) -> bool | None:
        """None: nothing is known to be wrong, but not all could be judged."""
        if not self.is_clean:
            return False
        return True if self.audited_to_ms is not None and not self.unjudged else None

    @property
    def counts(self) -> dict[str, int]:
        """Violations by invariant."""
        return {broken.invariant: broken.count for broken in self.violations}

    @property
    def others(self) -> int:
        """Violations by which nothing is lost or doubled."""
        return max(0, sum(self.counts.values()) - self.lost - self.doubled)

    @property
    def ids(self) -> tuple[str, ...]:
        """The first orders, the gravest first."""
        others = (order_id for broken in self.violations for order_id in broken.ids)
        return tuple(dict.fromkeys((*self.lost_ids, *self.doubled_ids, *others)))[:IDS_MOST]


def verdict_of(report: Report, *, audited_to_ms: int, begun_ms: int, rounds: int) -> Verdict:
    return Verdict(
        audited_to_ms=audited_to_ms,
        begun_ms=begun_ms,
        rounds=rounds,
        events=report.events,
        orders=report.orders,
        lost=report.lost,
        lost_ids=report.lost_ids[:IDS_MOST],
        doubled=report.doubled,
        doubled_ids=report.doubled_ids[:IDS_MOST],
        violations=tuple(_broken(report)),
        put_back=report.swept,
        unjudged=tuple(NotJudged(str(what), count) for what, count in report.unjudged.items()),
    )


def _broken(report: Report) -> Iterator[Broken]:
    for invariant, count in sorted(report.counts.items(), key=lambda item: (len(item[0]), item[0])):
        found = [each for each in report.violations if each.invariant == invariant]
        ids = tuple(each.order_id for each in found[:IDS_MOST] if each.order_id)
        yield Broken(invariant, count, ids, found[0].text[:TEXT_MOST] if found else "")


async def write(lane: Lane, verdict: Verdict) -> None:
    text = json.dumps(asdict(verdict), separators=(",", ":"))
    await lane.run("write_fields", keys=[lane.keys.outlook], args=[_FIELD, text])


async def read(lane: Lane) -> Verdict | None:
    """The last one written, however old; None when there was none, or when somebody else wrote it."""
    text = await lane.command("HGET", lane.keys.outlook, _FIELD)
    try:
        return made(Verdict, json.loads(text or ""))
    except (ValueError, TypeError, RecursionError):
        return None
