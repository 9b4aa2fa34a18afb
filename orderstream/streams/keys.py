"""Spells every key; nothing else may."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key of one lane. No other module may spell one."""

    prefix: str = "orders"
    status_prefix: str = "order:status:"

    @classmethod
    def namespaced(cls, tag: str) -> "Keys":
        """The same keys with `tag` in front of each: for tests, and several installations on one server."""
        return cls(prefix=f"{tag}orders", status_prefix=f"{tag}order:status:")

    @property
    def stream(self) -> str:
        """STREAM. Accepted orders; an entry's id is the order's id. Written by `place`, never expires."""
        return f"{self.prefix}:stream"

    @property
    def events(self) -> str:
        """STREAM. One event for each change, written by the script that makes it."""
        return f"{self.prefix}:events"

    @property
    def totals(self) -> str:
        """HASH. Gauges by status, counters by event, latency buckets. Never expires."""
        return f"{self.prefix}:totals"

    @property
    def retry(self) -> str:
        """ZSET. Order id by the ms its next attempt is due; the index of what `@waiting` holds."""
        return f"{self.prefix}:retry"

    @property
    def failed(self) -> str:
        """ZSET. Dead letters: order id by the ms it failed; left by requeue and discard."""
        return f"{self.prefix}:failed"

    @property
    def workers(self) -> str:
        """ZSET. Worker name by the ms until which it is believed alive; left by retire."""
        return f"{self.prefix}:workers"

    @property
    def control(self) -> str:
        """HASH. Pause, requests to workers, cancels asked, calm and turns. Never expires."""
        return f"{self.prefix}:control"

    @property
    def metrics(self) -> str:
        """STREAM. The keeper's samples; dies by age."""
        return f"{self.prefix}:metrics"

    @property
    def outlook(self) -> str:
        """HASH. What the keeper makes of the last minute, written each second. Never expires."""
        return f"{self.prefix}:outlook"

    @property
    def ranking(self) -> str:
        """HASH. The keeper's counts by product and customer of the last hour, and their top. Bounded."""
        return f"{self.prefix}:ranking"

    @property
    def keeper(self) -> str:
        """STRING. Who keeps house and with which fence; dies with its lease."""
        return f"{self.prefix}:keeper"

    def common(self) -> tuple[str, ...]:
        """KEYS[1] to KEYS[7] of every script, in the order that _prelude.lua declares."""
        return (
            self.stream,
            self.events,
            self.totals,
            self.retry,
            self.failed,
            self.workers,
            self.control,
        )

    def worker(self, name: str) -> str:
        """HASH. What a worker says of itself, for display; dies one lease after its last beat."""
        return f"{self.prefix}:worker:{name}"

    def status(self, order_id: str) -> str:
        """HASH. The latest status of one order. Never expires."""
        return self.status_prefix + order_id

    def idempotency(self, scope: str, key: str) -> str:
        """HASH. Order id and digest of the body that a key stands for; dies after its time to live."""
        return f"{self.prefix}:idempotency:{scope}:{key}"

    def check(self, token: str) -> str:
        """STRING. Written and removed again by `check_redis`; dies after a minute if that is killed."""
        return f"{self.prefix}:check:{token}"

    def limit(self, kind: str, whose: str) -> str:
        """STRING. When the bucket of one limit is full again, in µs; dies at that moment."""
        return f"{self.prefix}:limit:{kind}:{whose}"
