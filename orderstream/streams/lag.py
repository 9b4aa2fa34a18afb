"""How many entries a group has not been handed yet, and how that is known: a lag is never guessed (I7)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from orderstream.streams.lane import Lane

# A lag that the server knows is counted besides while that costs next to nothing: servers before Redis 7.2.4
# miscount behind deleted entries.
_CHECKED: Final = 200
_PAGE: Final = 500  # entries that one call looks at: about 2 ms of the server's time
COUNTED_MAX: Final = 50_000
PATIENCE_SECONDS: Final = 0.05
# Together, for all groups of one reading: fifty foreign groups must not take fifty times as long.
READING_SECONDS: Final = 0.2
# A long count is not made again for everybody who looks at the page.
_KEPT_SECONDS: Final = 5.0
_KEPT_MAX: Final = 200

Source = Literal["server", "counted", "unknown"]


def gettext_noop(text: str) -> str:
    """Marks a text for translation; whoever shows it translates."""
    return text


SERVER: Final = gettext_noop("as the server says")
CONFIRMED: Final = gettext_noop("server, and counted the same")
COUNTED: Final = gettext_noop("counted, since the server does not know it")
CORRECTED: Final = gettext_noop("counted; the server says %(server)s")
TOO_MANY: Final = gettext_noop("too many to count in %(ms)s ms; at least %(count)s")


@dataclass(frozen=True, slots=True)
class Lag:
    """`count` None: unknown, never 0 instead; then it is `at_least` so many. `reason` is a template."""

    count: int | None
    source: Source
    reason: str
    params: Mapping[str, int] = field(default_factory=dict)
    at_least: int | None = None


class Lags:
    """Tells the lags of one reading's groups; remembers those that took long to count."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], tuple[float, Lag]] = {}
        self._spent = 0.0

    def begin(self) -> "Lags":
        """A new reading has its own time."""
        self._spent = 0.0
        return self

    async def of(self, lane: Lane, key: str, group: Mapping[str, Any], end: str) -> Lag:
        """`group` is a row of XINFO GROUPS, `end` the stream's last id at the same moment."""
        last = str(group["last-delivered-id"])
        said = group.get("lag")
        if said is not None and int(said) > _CHECKED:
            return Lag(int(said), "server", SERVER)
        which = (key, str(group["name"]), last)
        found = self._remembered(which) if said is None else None
        if found is None:
            found = await self._counted(lane, which, end, None if said is None else int(said))
        return found

    async def _counted(self, lane: Lane, which: tuple[str, str, str], end: str, said: int | None) -> Lag:
        key, _, last = which
        start = time.monotonic()
        patience = min(PATIENCE_SECONDS, READING_SECONDS - self._spent)
        count, is_whole = await _count(lane, key, last, end, start + patience)
        self._spent += time.monotonic() - start
        lag = _judged(count, is_whole, said)
        if count > _PAGE:
            self._keep(which, lag)
        return lag

    def _remembered(self, which: tuple[str, str, str]) -> Lag | None:
        at, lag = self._kept.get(which, (0.0, None))
        return lag if lag is not None and time.monotonic() - at < _KEPT_SECONDS else None

    def _keep(self, which: tuple[str, str, str], lag: Lag) -> None:
        if len(self._kept) >= _KEPT_MAX:
            self._kept.clear()
        self._kept[which] = (time.monotonic(), lag)


def _judged(count: int, is_whole: bool, said: int | None) -> Lag:
    if not is_whole:
        ms = round(PATIENCE_SECONDS * 1000)
        return Lag(None, "unknown", TOO_MANY, {"ms": ms, "count": count}, at_least=count)
    if said is None:
        return Lag(count, "counted", COUNTED)
    if said == count:
        return Lag(count, "server", CONFIRMED)
    return Lag(count, "counted", CORRECTED, {"server": said})


async def _count(lane: Lane, key: str, last: str, end: str, until: float) -> tuple[int, bool]:
    """Entries behind `last` up to `end`, page by page; False: there are more than were counted."""
    count, start = 0, f"({last}"
    while start:
        if count >= COUNTED_MAX or (count and time.monotonic() > until):
            return count, False
        found, start = await lane.run("count_entries", keys=[key], args=[start, end, _PAGE])
        count += int(found)
    return count, True
