"""What one client may have in the air and how often it may speak: the bounds of memory per client (I12)."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from dashboard.protocol import AcknowledgeCursor, ProtocolError

# Daphne takes whatever it is given (60 MB to a client that never reads), so these bounds are the only ones.
# Three seconds at ten frames a second: an acknowledgement a second, and a slow way back, leave room.
FRAMES_IN_AIR: Final = 30
BYTES_IN_AIR: Final = 512 * 1024
INWARD_PER_SECOND: Final = 5.0
INWARD_BURST: Final = 20.0


@dataclass(frozen=True)
class _InAir:
    at: int
    size: int
    monotonic: float


class Window:
    """Messages sent and not acknowledged yet."""

    def __init__(self) -> None:
        self._in_air: deque[_InAir] = deque()
        self._bytes = 0
        self._last_at = 0

    @property
    def is_open(self) -> bool:
        return len(self._in_air) < FRAMES_IN_AIR and self._bytes < BYTES_IN_AIR

    def sent(self, at: int, size: int, monotonic: float) -> None:
        self._in_air.append(_InAir(at, size, monotonic))
        self._bytes += size
        self._last_at = at

    def acknowledge(self, message: AcknowledgeCursor) -> None:
        """Cumulative; ProtocolError for what was never sent: nobody opens the window without reading."""
        if message.at > self._last_at:
            raise ProtocolError("not_sent")
        while self._in_air and self._in_air[0].at <= message.at:
            self._bytes -= self._in_air.popleft().size

    def is_overdue(self, monotonic: float, limit_seconds: float) -> bool:
        oldest = self._in_air[0].monotonic if self._in_air else monotonic
        return monotonic - oldest > limit_seconds


class InwardLimit:
    """A token bucket over inward messages: each costs the process more than sending one."""

    def __init__(self, monotonic: float) -> None:
        self._tokens, self._at = INWARD_BURST, monotonic

    def allows(self, monotonic: float) -> bool:
        self._tokens = min(INWARD_BURST, self._tokens + (monotonic - self._at) * INWARD_PER_SECOND)
        self._at = monotonic
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
