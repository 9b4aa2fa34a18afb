"""How workers that are gone came to their ends: lost, as somebody asked, or where they run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import DatabaseError
from django.utils.translation import gettext as _

from dashboard.actors import Names, names_of, who
from dashboard.entry_lines import readable
from dashboard.numerals import unknown
from orderstream import audit, conf
from orderstream.models import AuditEntry
from orderstream.streams import outlook
from orderstream.streams.lane import Lane

# What was asked last counts, so that a drain or a stop that was withdrawn is none.
ASKED: Final = ("pause_asked", "resume_asked", "drain_asked", "stop_asked", "forgotten")
_ENDING: Final = frozenset({"drain_asked", "stop_asked", "forgotten"})
# A lost one stays in the samples for its lease and a while; seen longer after its last beat, it came back.
_CAME_BACK_MS: Final = 300_000


@dataclass(frozen=True, slots=True)
class Ends:
    """By worker: what was asked of it last, and a lost one's last beat. `asked` None: SQL does not tell."""

    asked: Mapping[str, AuditEntry] | None
    lost_ms: Mapping[str, int]
    lease_ms: int
    names: Names = field(default_factory=dict)

    @property
    def known_ms(self) -> Mapping[str, int]:
        """Of those that ended by a request or a loss, when they were last heard of by it."""
        asked = (self.asked or {}).items()
        requests = {name: _ms(entry) for name, entry in asked if entry.action in _ENDING}
        return requests | dict(self.lost_ms)

    def words_of(self, name: str, last_ms: int) -> str:
        """`last_ms`: when it was last seen."""
        is_lost = name in self.lost_ms and last_ms - self.lost_ms[name] < self.lease_ms + _CAME_BACK_MS
        entry = (self.asked or {}).get(name)
        if entry is None or entry.action not in _ENDING:
            if is_lost:
                return _("lost")
            return unknown() if self.asked is None else _("ended where it runs: by itself, or by a signal")
        patterns = {
            ("drain_asked", False): _("drained, as %(who)s asked"),
            ("stop_asked", False): _("stopped, as %(who)s asked"),
            ("drain_asked", True): _("lost, after %(who)s had asked it to drain"),
            ("stop_asked", True): _("lost, after %(who)s had asked it to stop"),
        }
        forgotten = _("lost, and forgotten by %(who)s")
        text = patterns.get((entry.action, is_lost), forgotten)
        text %= {"who": readable(who(entry.actor, self.names))}
        if not entry.reason:
            return text
        return _("%(end)s: %(reason)s") % {"end": text, "reason": readable(entry.reason)}


async def ends_of(lane: Lane, since_ms: int, names: Collection[str]) -> Ends:
    """Of these, of those that were lost, and of others of whom something was asked of late."""
    judged = await outlook.read(lane)
    marks = judged.marks if judged else ()
    lost = {
        mark.worker: mark.at_ms for mark in marks if mark.kind == "worker_lost" and mark.at_ms >= since_ms
    }
    lease_ms = conf.processing().lease // timedelta(milliseconds=1)
    try:
        since = datetime.fromtimestamp(since_ms / 1000, UTC)
        asked = await audit.newest_since_async(since, ASKED, {*names, *lost})
        return Ends(asked, lost, lease_ms, await names_of({entry.actor for entry in asked.values()}))
    except DatabaseError:
        return Ends(None, lost, lease_ms)


def _ms(entry: AuditEntry) -> int:
    return round(entry.at.timestamp() * 1000)
