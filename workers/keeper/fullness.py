"""Says when the server's memory is nearly full: new orders are refused then, accepted ones are finished."""

from datetime import timedelta
from typing import Final

import structlog

from orderstream.streams import figures
from workers.keeper.keeper import Term

log = structlog.get_logger(__name__)

FULL_FROM: Final = 0.85
FREE_BELOW: Final = 0.80  # apart, or at the limit every second would change it


class Fullness:
    """Writes `full` into the control hash, where `place` reads it."""

    every = timedelta(seconds=1)

    def __init__(self) -> None:
        self._is_full: bool | None = None
        self._fence = 0

    async def turn(self, term: Term) -> None:
        if term.fence != self._fence:
            self._is_full, self._fence = None, term.fence
        server = await figures.server_figures(term.lane)
        share = server.memory_used / server.memory_limit if server.memory_limit else 0.0
        is_full = share >= (FREE_BELOW if self._is_full else FULL_FROM)
        # Said again each second while it lasts: the hash may have been lost meanwhile.
        if is_full or is_full != self._is_full:
            await figures.set_control(term.lane, {"full": "1" if is_full else ""})
        if is_full and not self._is_full:
            log.error("memory nearly full; new orders are refused", share=round(share, 3))
        if self._is_full and not is_full:
            log.info("memory free again; orders are accepted", share=round(share, 3))
        self._is_full = is_full
