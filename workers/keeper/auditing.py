"""Audits without end, in small turns: one audit follows what happens, and another begins anew beside it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic, thread_time
from typing import Final

import structlog

from orderstream.configuration import reading
from orderstream.configuration.audit_rules import audit_rules
from orderstream.streams import verdicts
from orderstream.streams.auditing.engine import Audit
from orderstream.streams.auditing.rules import Bounds, Rules
from orderstream.streams.connection import AWAY, GroupLost, StreamError
from orderstream.streams.events_log import length
from orderstream.streams.lane import Lane
from orderstream.streams.verdicts import Verdict, verdict_of
from workers.keeper.keeper import Term

log = structlog.get_logger(__name__)

ACTOR: Final = "keeper"
# Of the processor in each turn, four times a second: an eighth of one core, and what one page goes beyond it.
# What waits for Redis costs none; by the clock on the wall a busy machine would leave the audit behind.
TURN: Final = timedelta(milliseconds=30)
FOLLOWING: Final = timedelta(milliseconds=25)
ANEW_MOST: Final = timedelta(milliseconds=15)
ANEW_LEAST: Final = timedelta(milliseconds=5)
ROUND_SECONDS: Final = 1.0
# After a round in which nothing was new: an idle system spends little on it.
IDLE_SECONDS: Final = 3.0
# What was found is looked at again, for it may be mended: while it is little, a tenth of the time at most.
RECONSIDERED_MOST: Final = 200
RECONSIDER_SECONDS: Final = 5.0
RECONSIDER_SHARE: Final = 0.1
REST: Final = timedelta(seconds=15)
# The rest is so many times as long as the audit before it: of a long log it takes a few percent of a core.
RESTS: Final = 5
# Small pages, since between two of them the other duties have their turn; 30 MB at most for each audit.
BOUNDS: Final = Bounds(page=150, open=20_000, anew=50_000, late=50_000, together=20_000, suspects=2_000)


@dataclass(slots=True)
class Pass:
    """One audit from the beginning of the log, and its further rounds. `audited_to_ms`: when its last whole
    round began; what had happened by then was judged in it. `begun` is monotonic, s."""

    audit: Audit
    begun_ms: int
    begun: float = field(default_factory=monotonic)
    audited_to_ms: int = 0
    has_new: bool = True
    _cursor: str = ""
    _round_ms: int = 0
    _replaced: int = 0
    # Monotonic, s: since when the findings are looked at again, and when they will be next.
    _reconsidering: float | None = None
    _reconsider_due: float = 0.0

    async def turn(self, budget: timedelta) -> bool:
        """True at the end of a round."""
        # A round may take minutes, and a lease that was raised meanwhile would make sound orders late.
        self.audit.judge_by(_rules())
        if not self._round_ms:
            self._round_ms = await self.audit.lane.now_ms()
            self._reconsider()
        is_done = await self.audit.turn(budget)
        if self.audit.replaced != self._replaced:  # it has begun again, with the log that there is now
            self._replaced, self.begun_ms, self.begun = self.audit.replaced, self._round_ms, monotonic()
        if not is_done:
            return False
        self.audited_to_ms, self._round_ms = self._round_ms, 0
        self.has_new, self._cursor = self.audit.cursor != self._cursor, self.audit.cursor
        if self._reconsidering is not None:
            took, self._reconsidering = monotonic() - self._reconsidering, None
            self._reconsider_due = monotonic() + max(RECONSIDER_SECONDS, took / RECONSIDER_SHARE)
        return True

    def _reconsider(self) -> None:
        found = sum(self.audit.findings.counts.values())
        if 0 < found <= RECONSIDERED_MOST and monotonic() >= self._reconsider_due:
            self._reconsidering = monotonic()
            self.audit.reconsider()

    @property
    def verdict(self) -> Verdict:
        return verdict_of(
            self.audit.report,
            audited_to_ms=self.audited_to_ms,
            begun_ms=self.begun_ms,
            rounds=self.audit.rounds,
        )


class Auditing:
    """The audit that follows trusts what it has folded and compared: what is damaged later without an event
    escapes it. So another begins anew when the last one has rested for a multiple of what it took, or soon
    where something can be mended, and takes its place when it has caught up. Nothing is repaired here; only
    orders in nobody's pending list are given to the sweep.

    `verdict`: as of this term; None until a first audit has been through everything.
    """

    every = timedelta(milliseconds=250)

    def __init__(self, rest: timedelta = REST, bounds: Bounds = BOUNDS) -> None:
        self._rest, self._bounds = rest.total_seconds(), bounds
        self._fence = 0
        self._forget(Verdict())

    def _forget(self, before: Verdict) -> None:
        self.verdict: Verdict | None = None
        self._before = before
        self._following: Pass | None = None
        self._anew: Pass | None = None
        self._round_due = self._anew_due = self._telling_due = 0.0

    async def turn(self, term: Term) -> None:
        if term.fence != self._fence:
            await self._begin(term)
        try:
            await self._go_on(term.lane)
        except (*AWAY, StreamError, GroupLost):
            raise  # the audit goes on where it was, and what could not be written is told again
        except Exception:
            self._fence = 0  # what it holds may be half done
            raise

    async def _begin(self, term: Term) -> None:
        """What an earlier keeper found stands, with its date, until this one has been through everything."""
        self._forget(await verdicts.read(term.lane) or Verdict())
        self._fence = term.fence

    async def _go_on(self, lane: Lane) -> None:
        used = thread_time()
        now = monotonic()
        if self._following is not None and now >= self._round_due and await self._following.turn(FOLLOWING):
            is_new = self._following.has_new
            self._round_due = now + (ROUND_SECONDS if is_new else IDLE_SECONDS)
            await self._tell(lane, self._following.verdict)
        if self._anew is None and monotonic() >= self._anew_due:
            audit = Audit(lane, _rules(), self._bounds, clock=thread_time)
            self._anew = Pass(audit, await lane.now_ms())
        if self._anew is not None and await self._anew.turn(self._left(thread_time() - used)):
            await self._take_over(lane, self._anew)
        if self._following is None and monotonic() >= self._telling_due:
            await self._tell_share(lane)

    def _left(self, used: float) -> timedelta:
        """For the audit that begins anew; everything as long as there is no other."""
        most = TURN if self._following is None else ANEW_MOST
        return max(ANEW_LEAST, min(most, TURN - timedelta(seconds=used)))

    async def _take_over(self, lane: Lane, anew: Pass) -> None:
        """Once it is as far as the one before, lest the board's time go back."""
        if self._following is not None and anew.audited_to_ms < self._following.audited_to_ms:
            return
        now = monotonic()
        self._following, self._anew, self._round_due = anew, None, now + ROUND_SECONDS
        took = 0.0 if anew.audit.findings.has_mendable else now - anew.begun
        self._anew_due = now + max(self._rest, RESTS * took)
        await self._tell(lane, anew.verdict)

    async def _tell(self, lane: Lane, verdict: Verdict) -> None:
        before, self.verdict = self.verdict or self._before, verdict
        if verdict.counts != before.counts:
            tell = log.info if verdict.is_clean else log.error
            tell("orders audited", lost=verdict.lost, doubled=verdict.doubled, violations=verdict.counts)
        await verdicts.write(lane, verdict)

    async def _tell_share(self, lane: Lane) -> None:
        """The first audit of a long log takes minutes: boards say how far it is."""
        if self._anew is None:
            return
        self._telling_due = monotonic() + ROUND_SECONDS
        total = await length(lane)
        share = min(1.0, self._anew.audit.events / total) if total else 1.0
        await verdicts.write(lane, replace(self._before, share=round(share, 3)))


def _rules() -> Rules:
    return audit_rules(ACTOR, is_read=reading.is_known())
