"""Runs an audit for the command: to the end of a round, again and again, and its repair."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from asgiref.sync import sync_to_async

from orderstream import conf
from orderstream.audit import record_async
from orderstream.auditor.progress import Progress
from orderstream.configuration import reading
from orderstream.configuration.audit_rules import audit_rules
from orderstream.streams.auditing.engine import Audit
from orderstream.streams.auditing.remedies import Remedies, Remedy, mend
from orderstream.streams.auditing.reports import Report
from orderstream.streams.auditing.rules import Rules
from orderstream.streams.events_log import length

ACTOR: Final = "command:audit_orders"
_TURN: Final = timedelta(milliseconds=200)
_IDS_NOTED: Final = 100


@dataclass(slots=True)
class Run:
    """One audit with somebody watching. `tell` gets the report of each round."""

    progress: Progress
    tell: Callable[[Report], None]
    audit: Audit | None = None

    async def once(self) -> Report:
        """From the beginning to the end of a round."""
        lane = conf.lane()
        self.progress.events = await length(lane)
        self.progress.entries = int(await lane.command("XLEN", lane.keys.stream))
        self.audit = Audit(lane, await _rules())
        return await self._round(self.audit)

    async def further(self) -> Report:
        """What is new since the last round, by the configuration as it is now."""
        if self.audit is None:
            return await self.once()
        self.audit.judge_by(await _rules())
        return await self._round(self.audit)

    async def _round(self, held: Audit) -> Report:
        while not await held.turn(_TURN):
            self.progress.show(held.report, held.stage)
        self.progress.clear()
        self.tell(held.report)
        return held.report

    @property
    def can_repair(self) -> bool:
        return self.audit is not None and bool(self.audit.remedies)

    async def repair(self) -> Counter[str]:
        """Mend what has one right answer, after it was written into the audit log."""
        if self.audit is None:
            return Counter()
        await record_async(ACTOR, "orders_repaired", **details_of(self.audit.remedies))
        return await mend(self.audit.lane, self.audit.remedies, await _rules())


async def _rules() -> Rules:
    """The limit of attempts and the lease may be a manager's."""
    is_read = await sync_to_async(reading.refresh)() and not conf.is_refused()
    return audit_rules(ACTOR, is_read=is_read)


def details_of(remedies: Remedies) -> dict[str, Any]:
    """What will be mended, for the audit log: ids by remedy, not all where they are many, and the drift."""
    details: dict[str, Any] = {}
    for remedy in Remedy:
        if ids := remedies.ids(remedy):
            details[remedy.value] = {"count": len(ids), "ids": ids[:_IDS_NOTED]}
    if remedies.drift:
        details["totals"] = dict(remedies.drift)
    return details
