"""The server's time between two readings of it, never going back: what messages are stamped with."""

import time


class ServerClock:
    """Before the first reading it is this machine's time, which is all there is."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()
        self._last = 0

    def read(self, now_ms: int) -> None:
        self._ahead = now_ms / 1000 - time.monotonic()

    def tick(self) -> int:
        """Milliseconds, greater each time: acknowledgements name a message by it."""
        self._last = max(self._last + 1, int((self._ahead + time.monotonic()) * 1000))
        return self._last
