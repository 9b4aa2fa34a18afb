"""How far apart frames are: ten a second at most, fewer when pushing would cost more than half a core."""

from typing import Final

# A board is right within 3 s (I11), however many sockets there are; beyond this, start more processes.
LONGEST_SECONDS: Final = 2.0
CORE_SHARE: Final = 0.5
LEAST_SHARE: Final = 0.1
HEARD_SECONDS: Final = 0.0001  # one inward message: Daphne's frame, its queue, our parse


class Pace:
    """Measured, not configured: CPU seconds per round of pushing, and the inward messages of the sockets."""

    def __init__(self, frames_per_second: int) -> None:
        self.interval = self._shortest = 1 / frames_per_second
        self._cost = 0.0
        self._heard = 0

    def heard(self) -> None:
        self._heard += 1

    def pushed(self, cpu_seconds: float, elapsed_seconds: float) -> None:
        """One round cost this much, and it was so long since the round before."""
        # Up at once, down slowly: one cheap round between two dear ones must not double the rate.
        self._cost = max(cpu_seconds, 0.8 * self._cost + 0.2 * cpu_seconds)
        listening = self._heard * HEARD_SECONDS / max(elapsed_seconds, self._shortest)
        self._heard = 0
        share = max(LEAST_SHARE, CORE_SHARE - listening)
        self.interval = min(LONGEST_SECONDS, max(self._shortest, self._cost / share))
