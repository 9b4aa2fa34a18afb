"""What `replicated` waits for: that replicas have an order before it is answered."""

from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis


@dataclass(frozen=True, slots=True)
class Replication:
    """How many replicas must have it, and how long that may take.

    `client` is apart from the lane's: whoever waits holds a connection, and while a replica is away
    the readers of this process would find none.
    """

    client: Redis
    replicas: int
    wait: timedelta

    @property
    def words(self) -> tuple[str, int, int]:
        """The command. It counts what its own connection wrote last; 0 ms would be for ever."""
        return "WAIT", self.replicas, max(1, round(self.wait.total_seconds() * 1000))
