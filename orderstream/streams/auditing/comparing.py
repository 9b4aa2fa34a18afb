"""Reads the log into the books and compares each order with what is stored of it, exactly or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from orderstream.domain.events import Event
from orderstream.domain.histories import History, Violation
from orderstream.domain.status import FINAL
from orderstream.streams.auditing.books import Books
from orderstream.streams.auditing.remedies import Remedies, Remedy
from orderstream.streams.auditing.reports import LISTED_MOST, Findings
from orderstream.streams.auditing.rereading import Rereading
from orderstream.streams.auditing.rules import Bounds, Unjudged
from orderstream.streams.auditing.sights import LOOKED_AT, Look, Sight, differing, examine
from orderstream.streams.auditing.suspects import Suspects
from orderstream.streams.auditing.tail import LogReplaced, Tail
from orderstream.streams.codec import id_order
from orderstream.streams.lane import Lane

T = TypeVar("T")
_LOOKED_AT_ONCE: Final = 5 * LOOKED_AT  # of what was read again, in one piece
COMPARED: Final = frozenset({"I6", "I8"})
"""What a comparison tells of things stored."""
_EVENTLESS: Final = "it has a status hash, but no event tells of it"


@dataclass(eq=False, slots=True)
class Comparison:
    """A look tells at which event it was taken. An order whose version is the same then as in the books is
    compared at once. Of another the log knows more: it is compared when that was read (`due`)."""

    lane: Lane
    bounds: Bounds
    findings: Findings
    remedies: Remedies
    suspects: Suspects
    tail: Tail
    books: Books
    audited_to_ms: int | None = None
    due: dict[str, None] = field(default_factory=dict)
    # Read again and moved since, while the log has not been read to its end.
    _late: dict[str, None] = field(init=False, default_factory=dict)
    # By how many versions a hash that was told differs; all of them where no event tells of it.
    _doubts: dict[str, int] = field(init=False, default_factory=dict)
    # Held for one comparison.
    _passing: set[str] = field(init=False, default_factory=set)
    _rereading: Rereading | None = field(init=False, default=None)

    @property
    def left(self) -> int:
        """Orders that are to be compared, as far as is known."""
        rereading = self._rereading.left if self._rereading else 0
        return len(self.due) + len(self.books.anew) + rereading

    @property
    def reread(self) -> int | None:
        """How many events were read again for some of them; None while nothing is."""
        return None if self._rereading is None or self._rereading.is_complete else self._rereading.looked

    async def read_on(self) -> bool:
        """The next page; True at the end of the log, when all that was touched is due."""
        if self._must_reread:
            self._note_late(await self._reread())
            return False
        is_last = await self._take_page()
        await self._look_at(self._ended())  # what has moved stays open
        if is_last:
            self.due.update((i, None) for i in self.books.touched if i in self.books.open)
            self.books.anew.update(self._late)
            self._late.clear()
        return is_last

    async def settle(self) -> bool:
        """Compare what is due, then what must be read again; True when there is neither."""
        if self._must_reread or (self.books.anew and not self.due):
            for history in await self._reread():
                self._passing.add(history.order_id)
                self.books.hold(history)
                self.due[history.order_id] = None
        elif self.due:
            if await self.catch_up():
                await self._compare_some()
        else:
            return True
        return False

    @property
    def _must_reread(self) -> bool:
        """Until all that was read again is held, nothing may be read beyond: it would lack those events."""
        return self._rereading is not None or len(self.books.anew) >= self.bounds.anew

    async def look(self, ids: Sequence[str]) -> Look:
        """At most LOOKED_AT orders. LogReplaced."""
        look = await examine(self.lane, ids)
        self._refuse_older(look.cursor)
        return look

    def reconsider(self, order_ids: Iterable[str]) -> None:
        """Compare these once more in the next round, from their events on where they are not held."""
        for order_id in order_ids:
            self.books.doubtful -= self._doubts.pop(order_id, 0)
            compared = self.books.touched if order_id in self.books.open else self.books.anew
            compared[order_id] = None

    def is_untold(self, order_id: str) -> bool:
        """Does no event tell of it that was read, and none that may have been trimmed?"""
        return order_id not in self.books.told and not self.tail.may_have_lost_beginning_of(order_id)

    async def catch_up(self) -> bool:
        """The next page; True at the end of the log: up to any moment from now on there is little to read."""
        if self._must_reread:
            await self.settle()
            return False
        is_last = await self._take_page()
        await self.finish_ended()
        return is_last

    async def advance(self, until: str) -> None:
        """Read up to exactly there, in one piece."""
        self._refuse_older(until)
        while not await self._take_page(until):
            pass

    def _refuse_older(self, cursor: str) -> None:
        if id_order(cursor) < id_order(self.tail.cursor):
            raise LogReplaced(cursor)

    async def finish_ended(self) -> None:
        moved = await self._look_at(self._ended())
        self.due.update((history.order_id, None) for history in moved)

    async def _take_page(self, until: str = "+") -> bool:
        page = await self.tail.read(until)
        if page.is_torn:
            self._forget_torn()
        self._count(Unjudged.GARBAGE, len(page.unreadable))
        for event in page.events:
            self._take(None, event)
        if page.events:
            self.audited_to_ms = page.events[-1].at_ms
        return page.is_last

    def _take(self, history: History | None, event: Event) -> None:
        """Into the books, or into one that is read again."""
        try:
            broken = self.books.take(event) if history is None else self.books.taken(history, event)
        except ValueError:
            self._count(Unjudged.GARBAGE, 1)
        else:
            self._tell(broken)

    def _ended(self) -> list[History]:
        ended, self.books.ended = self.books.ended, {}
        return [h for h in ended.values() if self.books.open.get(h.order_id) is h]

    def _forget_torn(self) -> None:
        self._count(Unjudged.TORN, len(self.books.open))
        self.books.evicted += len(self.books.open)
        for order_id in list(self.books.open):
            self.books.drop(order_id)
        self.due.clear()

    async def _compare_some(self) -> None:
        look = await self.look(list(self.due)[:LOOKED_AT])
        await self.advance(look.cursor)
        for sight in look.sights:
            self.due.pop(sight.order_id, None)
            history = self.books.open.get(sight.order_id)
            if history is None:  # pushed out by others meanwhile: it will be read again
                continue
            self._compare(history, sight, look)
            self.books.touched.pop(sight.order_id, None)
            if history.status in FINAL or sight.order_id in self._passing:
                self._passing.discard(sight.order_id)
                self.books.drop(sight.order_id)
        await self.finish_ended()

    async def _look_at(self, histories: Sequence[History]) -> list[History]:
        """Compare those that nothing happened to since, and let go of them; the others."""
        moved = []
        for page in pages(histories):
            look = await self.look([history.order_id for history in page])
            for history, sight in zip(page, look.sights, strict=True):
                if sight.version is not None and sight.version > history.version:
                    moved.append(history)
                else:
                    self._compare(history, sight, look)
                    self.books.drop(history.order_id)
        return moved

    def _compare(self, history: History, sight: Sight, look: Look) -> None:
        if history.is_damaged:
            return
        violation = differing(history, sight)
        if violation is None:
            self.suspects.consider(sight, look)
            return
        self.findings.add(violation, is_mendable=True)
        if sight.hash == {} and sight.has_entry:
            self.remedies.add(Remedy.RESTORE, history.order_id)
        elif sight.version is not None:
            self._doubt(history.order_id, abs(sight.version - history.version))

    def _doubt(self, order_id: str, versions: int) -> None:
        self.books.doubtful += versions
        if versions and len(self._doubts) < LISTED_MOST:
            self._doubts[order_id] = versions

    async def _reread(self) -> list[History]:
        """A page further, in the log or in looking at what was read; those that have moved since."""
        if self._rereading is None:
            ids = list(self.books.anew)[: self.bounds.together]
            for order_id in ids:
                del self.books.anew[order_id]
            self._rereading = Rereading(self.lane, ids, self.tail.cursor, self._take)
        rereading = self._rereading
        if not await rereading.step(self._is_headless):
            return []
        moved = []
        if rereading.whole:
            moved = await self._look_at(rereading.whole[:_LOOKED_AT_ONCE])
            del rereading.whole[:_LOOKED_AT_ONCE]
        # Last, for they read beyond. What ends there stays open, so that it is known that events tell of it.
        elif rereading.unknown and await self._take_page():
            await self._look_at_unknown(rereading.unknown[:LOOKED_AT])
            del rereading.unknown[:LOOKED_AT]
        if not rereading.whole and not rereading.unknown:
            self._rereading = None
            self._count(Unjudged.TRIMMED, len(rereading.headless))
        return moved

    def _is_headless(self, event: Event) -> bool:
        return event.version != 1 and self.tail.has_lost_beginning_of(event.order_id)

    def _note_late(self, moved: Sequence[History]) -> None:
        room = self.bounds.late - len(self._late)
        self._late.update((history.order_id, None) for history in moved[:room])
        self._count(Unjudged.LATE, len(moved[room:]))

    async def _look_at_unknown(self, ids: Sequence[str]) -> None:
        """No event was found of these: somebody else's entries, unless one was written just now."""
        look = await self.look(ids)
        if any(sight.hash for sight in look.sights):
            await self.advance(look.cursor)
        for sight in look.sights:
            order_id = sight.order_id
            is_told_of = order_id in self.books.open or order_id in self.books.anew
            if not is_told_of and sight.has_entry and self.tail.has_lost_beginning_of(order_id):
                self._count(Unjudged.TRIMMED, 1)
            elif sight.hash and not is_told_of:
                self.findings.add(Violation("I6", order_id, _EVENTLESS), is_mendable=True)
                self._doubt(order_id, sight.version or 1)
            else:
                self.suspects.consider(sight, look)

    def _count(self, what: Unjudged, count: int) -> None:
        if count:
            self.findings.unjudged[what] += count

    def _tell(self, broken: Violation | None) -> None:
        if broken is not None:
            self.findings.add(broken)


def pages(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many as one look takes."""
    return (items[start : start + LOOKED_AT] for start in range(0, len(items), LOOKED_AT))
