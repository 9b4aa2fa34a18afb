"""Makes Redis name the version and the lease that SQL has: whoever saved them may have found it away."""

from datetime import timedelta

import structlog

from orderstream import conf
from orderstream.configuration import announcing, reading
from orderstream.configuration.announcing import Announcement
from workers.keeper.keeper import Term
from workers.threads import Threads

log = structlog.get_logger(__name__)


class Announcer:
    """Also keeps the keeper's own configuration fresh. A database that hangs holds up this duty alone."""

    every = timedelta(seconds=1)

    def __init__(self) -> None:
        self._threads = Threads()
        self._doubted: tuple[Announcement, Announcement] | None = None

    async def turn(self, term: Term) -> None:
        # Rows that are refused here may be right elsewhere, and what is known here is older.
        if not await self._threads.run(reading.refresh) or conf.is_refused():
            return
        news = Announcement.of(conf.version(), conf.chosen_lease())
        told = await announcing.announced(term.lane)
        if told == news or self._is_doubtful(news, told):
            return
        await announcing.announce(term.lane, news)
        log.info("configuration announced", version=news.version)

    def _is_doubtful(self, news: Announcement, told: Announcement | None) -> bool:
        """A later one in Redis was most likely saved since we read SQL. Seen twice, SQL has gone back."""
        if told is None or told.version <= news.version:
            return False
        doubted, self._doubted = self._doubted, (news, told)
        return self._doubted != doubted
