"""What was measured: runs, their medians, and the ratios, which alone mean something across machines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

RAW: Final = "raw client"
OURS: Final = "OrderStream"
HUEY: Final = "huey"


@dataclass(frozen=True, slots=True)
class Run:
    """One contender in one round; `client_us` and `server_us` are the CPU time that each order took there."""

    server: str
    work: str
    contender: str
    per_second: float
    client_us: float
    server_us: float


@dataclass(frozen=True, slots=True)
class Row:
    """The median of a contender's runs; `to_raw` is the median of its ratios, round by round."""

    server: str
    work: str
    contender: str
    per_second: float
    spread: float
    client_us: float
    server_us: float
    to_raw: float


def rows(runs: Sequence[Run]) -> list[Row]:
    """In the order in which the contenders ran first."""
    groups: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.server, run.work, run.contender), []).append(run)
    found = []
    for (server, work, contender), group in groups.items():
        rates = [run.per_second for run in group]
        middle = median(rates)
        found.append(
            Row(
                server,
                work,
                contender,
                middle,
                (max(rates) - min(rates)) / middle,
                median(run.client_us for run in group),
                median(run.server_us for run in group),
                ratio(group, groups[server, work, RAW]),
            )
        )
    return found


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> float:
    """Runs of the same round stood next to each other in time, so they are compared with each other."""
    return median(a.per_second / b.per_second for a, b in zip(ours, theirs, strict=True))


def table(found: Sequence[Row]) -> str:
    """`spread` is (largest − smallest) / median of the rounds: above 20 % something else was running."""
    titles = f"{'server':<14} {'work':<20} {'contender':<15}"
    lines = [f"{titles} {'orders/s':>9} {'spread':>7} {'client':>9} {'server':>9} {'of raw':>7}"]
    lines += [
        f"{row.server:<14} {row.work:<20} {row.contender:<15} {row.per_second:>9,.0f} {row.spread:>6.0%} "
        f"{row.client_us:>6.1f} µs {row.server_us:>6.1f} µs {row.to_raw:>7.2f}"
        for row in found
    ]
    return "\n".join(lines)


def as_json(runs: Sequence[Run], found: Sequence[Row]) -> dict[str, Any]:
    return {"runs": [asdict(run) for run in runs], "medians": [asdict(row) for row in found]}
