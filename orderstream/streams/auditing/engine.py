"""Takes the audit forward a bounded piece at a time: reads, compares, walks, looks again, takes stock."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import Final, TypeAlias

from orderstream.domain.histories import Harm
from orderstream.streams.auditing import walks
from orderstream.streams.auditing.books import Books
from orderstream.streams.auditing.comparing import COMPARED, Comparison, pages
from orderstream.streams.auditing.remedies import MARK, Remedies
from orderstream.streams.auditing.reports import Findings, Report
from orderstream.streams.auditing.rules import PASSING, Bounds, Rules, Unjudged
from orderstream.streams.auditing.sights import Sight
from orderstream.streams.auditing.stages import Doing, Stage
from orderstream.streams.auditing.stocktaking import take_stock
from orderstream.streams.auditing.suspects import Suspects
from orderstream.streams.auditing.tail import LogReplaced, Tail
from orderstream.streams.figures import snapshot
from orderstream.streams.lane import Lane

Walk: TypeAlias = Callable[[Lane, str], Awaitable[walks.Picked]]

# What a round consists of, in this order: methods that do a piece and say whether it was the last.
_PHASES: Final = (
    "_read",
    "_settle",
    "_walk_stream",
    "_walk_pending",
    "_walk_retries",
    "_walk_letters",
    "_read",  # what came meanwhile, which may be much
    "_settle",
    "_look_again",
    "_take_stock",
)
_DOING: Final = {
    "_read": Doing.READ,
    "_settle": Doing.COMPARE,
    "_walk_stream": Doing.WALK_STREAM,
    "_walk_pending": Doing.WALK_LISTS,
    "_walk_retries": Doing.WALK_LISTS,
    "_walk_letters": Doing.WALK_LISTS,
    "_look_again": Doing.LOOK_AGAIN,
    "_take_stock": Doing.TAKE_STOCK,
}


@dataclass(eq=False, slots=True)
class Audit:
    """One pass over the log, with all that is stored compared with it, while orders flow.

    After an error of Redis the next turn goes on where the last one was. A further round takes what is new.
    `replaced`: how often the log was another one, so that it began again. `clock`: what a turn's budget is
    measured with, in seconds.
    """

    lane: Lane
    rules: Rules
    bounds: Bounds = field(default_factory=Bounds)
    findings: Findings = field(default_factory=Findings)
    remedies: Remedies = field(default_factory=Remedies)
    rounds: int = 0
    replaced: int = 0
    clock: Callable[[], float] = time.monotonic
    _ledger: Mapping[str, int] = field(init=False, default_factory=dict)
    _suspects: Suspects = field(init=False)
    _comparison: Comparison = field(init=False)
    _phase: int = field(init=False, default=0)
    # Where the walk through the stream ended last, and where the one that goes on is.
    _walked: str = field(init=False, default="")
    _place: str = field(init=False, default="")
    # Of what this phase walks through.
    _looked: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._suspects = Suspects(self.lane, self.rules, self.bounds, self.findings, self.remedies)
        self._comparison = Comparison(
            self.lane,
            self.bounds,
            self.findings,
            self.remedies,
            self._suspects,
            Tail(self.lane, self.bounds.page),
            Books(self.bounds.open, self.rules.attempts_most),
        )
        self._phase, self._walked, self._place, self._looked = 0, "", "", 0

    async def turn(self, budget: timedelta) -> bool:
        """Go on for about so long; True when a round has ended: everything was compared once."""
        end = self.clock() + budget.total_seconds()
        while True:
            try:
                is_done = await self._piece()
            except LogReplaced:
                # What was found holds of the old log, and must not be mended in the new one.
                self.findings, self.remedies, self.rounds = Findings(), Remedies(), 0
                self._begin()
                self.replaced += 1
                self.findings.unjudged[Unjudged.REPLACED] = self.replaced
                is_done = False
            if is_done and self._phase == 0:
                self._begin_round()
            if is_done:
                self._phase, self._looked = (self._phase + 1) % len(_PHASES), 0
                if self._phase == 0:
                    self.rounds += 1
                    return True
            if self.clock() >= end:
                return False

    async def _piece(self) -> bool:
        """True when it was the last of its phase."""
        if self._suspects.are_many:
            await self._suspects.look_again()
            return False
        return bool(await getattr(self, _PHASES[self._phase])())

    def judge_by(self, rules: Rules) -> None:
        """From the next look on; what was looked at once is judged by both."""
        self.rules = self._suspects.rules = rules

    def reconsider(self) -> None:
        """Between two rounds: let the next judge anew what is told of things stored, since somebody may have
        mended them. It reads the log again from the oldest of these orders on."""
        withdrawn = self.findings.withdraw()
        self._suspects.reconsider()
        self._comparison.reconsider(order_id for invariant, order_id in withdrawn if invariant in COMPARED)

    def _begin_round(self) -> None:
        """Before anything is compared; up to here the log was read."""
        for what in PASSING:
            self.findings.unjudged.pop(what, None)
        self._suspects.begin_round()

    @property
    def cursor(self) -> str:
        """The last event that was read."""
        return self._comparison.tail.cursor

    @property
    def events(self) -> int:
        return self._comparison.books.events

    @property
    def stage(self) -> Stage:
        """What this round is at."""
        doing, comparison = _DOING[_PHASES[self._phase]], self._comparison
        if comparison.reread is not None:
            return Stage(Doing.REREAD, comparison.reread, comparison.left)
        looked = self.events if doing is Doing.READ else self._looked
        return Stage(doing, looked, self._suspects.left if doing is Doing.LOOK_AGAIN else comparison.left)

    @property
    def report(self) -> Report:
        found, comparison = self.findings, self._comparison
        return Report(
            audited_to_ms=comparison.audited_to_ms,
            cursor=self.cursor,
            events=self.events,
            orders=comparison.books.orders,
            ledger=dict(self._ledger),
            violations=tuple(found.listed.values()),
            counts=dict(found.counts),
            lost=found.harms[Harm.LOST],
            lost_ids=found.ids(Harm.LOST),
            doubled=found.harms[Harm.DOUBLED],
            doubled_ids=found.ids(Harm.DOUBLED),
            swept=self._suspects.swept,
            unjudged=dict(found.unjudged),
            is_whole=self.rounds > 0,
        )

    async def _read(self) -> bool:
        return await self._comparison.read_on()

    async def _settle(self) -> bool:
        return await self._comparison.settle()

    async def _walk_stream(self) -> bool:
        """Entries that no event tells of, and unfinished orders that are not held; in later rounds of what is
        new. Of what has ended an event told, and then it was looked at."""
        comparison, books = self._comparison, self._comparison.books
        if not await comparison.catch_up():  # else what was placed since the log was read would be unknown
            return False
        picked = await walks.entries(self.lane, self._walked)
        for sight in await self._look_at([i for i in picked.ids if i not in books.open]):
            # Where too many are open, those that are not held were compared when they were pushed out.
            if sight.hash and (not books.evicted or comparison.is_untold(sight.order_id)):
                books.anew[sight.order_id] = None
        books.anew.update((i, None) for i in picked.ended if comparison.is_untold(i))
        self._walked = picked.last or self._walked
        self._looked += picked.looked
        return picked.behind == ""

    async def _look_at(self, order_ids: Sequence[str]) -> list[Sight]:
        sights: list[Sight] = []
        for ids in pages(order_ids):
            look = await self._comparison.look(ids)
            for sight in look.sights:
                if sight.hash == {} and sight.has_entry:  # its events say whether it is an order of ours
                    self._comparison.books.anew[sight.order_id] = None
                else:
                    self._suspects.consider(sight, look)
            sights += look.sights
        return sights

    async def _walk_pending(self) -> bool:
        if not self._place and not await walks.has_group(self.lane):
            if await walks.has_entries(self.lane):  # a fresh installation has no group either
                self.findings.unjudged[Unjudged.GROUPLESS] = 1
            return True
        return await self._walk(walks.pending)

    async def _walk_retries(self) -> bool:
        return await self._walk(walks.retries)

    async def _walk_letters(self) -> bool:
        return await self._walk(walks.letters)

    async def _walk(self, walk: Walk) -> bool:
        picked = await walk(self.lane, self._place)
        await self._look_at(picked.ids)
        self._place = picked.behind
        self._looked += picked.looked
        return not self._place

    async def _look_again(self) -> bool:
        return await self._suspects.look_again()

    async def _take_stock(self) -> bool:
        if not await self._comparison.catch_up():
            return False
        taken = await snapshot(self.lane)
        await self._comparison.advance(taken.cursor)
        await self._comparison.finish_ended()
        comparison = self._comparison
        stock = take_stock(taken.totals, comparison.books, comparison.tail.unread, self.findings)
        self._ledger, self.remedies.drift, self.remedies.cursor = stock.ledger, stock.drift, taken.cursor
        self.remedies.mark = taken.control.get(MARK, "")
        self.remedies.next_mark = f"{taken.cursor} {token_hex(4)}"
        return True
