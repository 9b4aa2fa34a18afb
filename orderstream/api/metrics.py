"""/api/metrics: the keeper's samples of a span as columns, averaged to what a chart can show."""

import asyncio
import json
import re
import time
import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import P, QueryEx, Router

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api import schemas
from orderstream.api.answers import clean
from orderstream.api.callers import READING, may
from orderstream.api.problems import Problem
from orderstream.api.spans import boundary, milliseconds, number, refuse_unknown
from orderstream.streams import metrics, outlook
from orderstream.streams.buckets import Buckets, Grid
from orderstream.streams.lane import Lane

router = Router(tags=["metrics"])

PARAMETERS: Final = ("since", "until", "step", "figures")
SINCE_HELP = "From this time (2026-11-20T19:02:04Z) or ms on; 15 minutes before `until` if absent."
UNTIL_HELP = "Up to this time or ms; now if absent."
STEP_HELP = (
    "Seconds in a bucket at least; as fine as 600 buckets allow if absent. `step_ms` says what it became."
)
FIGURES_HELP = "Names by commas, and `workers` for all of these; all if absent."
WINDOW: Final = timedelta(minutes=15) // timedelta(milliseconds=1)
KEPT: Final = metrics.KEPT // timedelta(milliseconds=1)
STEP_MOST: Final = 86_400
FIGURE: Final = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
WORKERS: Final = "workers"
# Beyond this the names of restarted workers would be most of the answer; the youngest stay.
WORKERS_MOST: Final = 100
JSON: Final = "application/json"
# An answer serves all who ask the same within this time: a hundred boards that open at once cost one reading.
AGE_MOST_SECONDS: Final = 10.0
KEPT_MOST: Final = 32

Key = tuple[str, Grid, frozenset[str]]
Boundary = datetime | str | None


@dataclass(slots=True)
class Recent:
    """The last answers of one event loop. One reading at a time, so that many cost no more than one."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    answers: dict[Key, tuple[float, bytes]] = field(default_factory=dict)

    async def answer(self, lane: Lane, grid: Grid, wanted: frozenset[str]) -> bytes:
        key = (lane.keys.metrics, grid, wanted)
        async with self.turn:
            now = time.monotonic()
            self.answers = {k: kept for k, kept in self.answers.items() if kept[0] > now}
            if key not in self.answers:
                marks = await _marks(lane, grid)
                body = await _encoded(await metrics.history(lane, grid, _wants(wanted)), marks)
                age = min(AGE_MOST_SECONDS, grid.step_ms / 1000)
                self.answers[key] = (time.monotonic() + age, body)
                if len(self.answers) > KEPT_MOST:
                    del self.answers[next(iter(self.answers))]
            return self.answers[key][1]


_recent: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Recent] = weakref.WeakKeyDictionary()


@router.api_operation(
    READING,
    "/metrics",
    auth=may(Right.READ_ORDERS),
    response={200: schemas.MetricsOut, **dict.fromkeys((401, 403, 422, 429, 503), schemas.ProblemOut)},
    summary="Read samples",
)
async def read_metrics(
    request: HttpRequest,
    since: QueryEx[str | None, P(description=SINCE_HELP)] = None,
    until: QueryEx[str | None, P(description=UNTIL_HELP)] = None,
    step: QueryEx[str | None, P(description=STEP_HELP)] = None,
    figures: QueryEx[str | None, P(description=FIGURES_HELP)] = None,
) -> HttpResponse:
    """Means of each bucket; of percentiles the largest. Null: nothing was measured then, which is not 0."""
    refuse_unknown(request, PARAMETERS)
    wanted = _names(figures)
    step_ms = number("step", step, 0, STEP_MOST) * 1000
    lane = conf.lane()
    grid = _grid(boundary("since", since), boundary("until", until), step_ms, await lane.now_ms())
    recent = _recent.setdefault(asyncio.get_running_loop(), Recent())
    return HttpResponse(await recent.answer(lane, grid, wanted), content_type=JSON)


def _grid(since: Boundary, until: Boundary, step_ms: int, now_ms: int) -> Grid:
    """What lies before the oldest sample or behind now holds nothing and is left out."""
    until_ms = now_ms if until is None else min(milliseconds(until), now_ms)
    since_ms = until_ms - WINDOW if since is None else milliseconds(since)
    if since_ms > until_ms:
        message = _("Use a time that is not in the future, and before `until`.")
        raise Problem(422, _("A parameter is wrong."), errors=[{"field": "since", "message": message}])
    oldest_ms = now_ms - KEPT
    since_ms, until_ms = max(since_ms, oldest_ms), max(until_ms, oldest_ms)
    return Grid.over(since_ms, until_ms, max(step_ms, metrics.finest_step_ms(since_ms, now_ms)))


def _names(text: str | None) -> frozenset[str]:
    names = frozenset((text or "").split(",")) - {""}
    for name in names:
        if not FIGURE.fullmatch(name) or len(names) > 100:
            message = _("Use names of figures, by commas, as in placed_per_second,lag,workers.")
            raise Problem(422, _("A parameter is wrong."), errors=[{"field": "figures", "message": message}])
    return names


def _wants(names: Collection[str]) -> metrics.Wanted:
    if not names:
        return lambda _name: True
    return lambda name: name in names or (WORKERS in names and metrics.worker_of(name) is not None)


async def _marks(lane: Lane, grid: Grid) -> list[dict[str, object]]:
    """What happened within the span and changed everything after it."""
    known = await outlook.read(lane)
    return [
        {"at": mark.at_ms, "kind": mark.kind, "worker": clean(mark.worker)}
        for mark in (known.marks if known else ())
        if grid.first_ms <= mark.at_ms < grid.end_ms
    ]


async def _encoded(buckets: Buckets, marks: Sequence[Mapping[str, object]]) -> bytes:
    """Written out in slices: 20,000 numbers at once, and through a schema, would hold others up for 40 ms."""
    columns: dict[str, list[str]] = {"figures": [], "workers": []}
    for name in _told(buckets.names):
        worker = metrics.worker_of(name)
        column = json.dumps(buckets.column(name), separators=(",", ":"))
        columns["figures" if worker is None else "workers"].append(f"{_text(worker or name)}:{column}")
        await asyncio.sleep(0)
    parts = [f'"{part}":{{{",".join(written)}}}' for part, written in columns.items()]
    at = json.dumps(buckets.grid.at, separators=(",", ":"))
    told = json.dumps(marks, ensure_ascii=False, separators=(",", ":"))
    return f'{{"step_ms":{buckets.grid.step_ms},"at":{at},{",".join(parts)},"marks":{told}}}'.encode()


def _told(names: list[str]) -> list[str]:
    """Names stand in the order in which they were met first: of the workers the youngest stay."""
    workers = [name for name in names if metrics.worker_of(name) is not None]
    return [name for name in names if name not in workers] + workers[-WORKERS_MOST:]


def _text(name: str) -> str:
    return json.dumps(clean(name), ensure_ascii=False)
