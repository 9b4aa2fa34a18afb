"""What /api/stream, /api/groups, /api/consumers and /api/pending answer, as the documentation shows it."""

from typing import Literal

from ninja import Field, Schema

from orderstream.streams.keys import Keys


class StreamOut(Schema):
    """One stream. Null: there is no such entry, or it is not known."""

    name: str = Field(examples=["orders"])
    key: str = Field(description="What redis-cli calls it.", examples=[Keys().stream])
    length: int
    entries_added: int = Field(description="Ever written, with those that are removed since.")
    first_id: str | None = Field(examples=["1795140841230-0"])
    first_at: str | None = Field(description="The time in the id. UTC, ISO 8601.")
    last_id: str | None
    last_at: str | None
    memory_bytes: int | None = Field(description="By MEMORY USAGE over 20 samples; null: not known.")
    written_per_second: float | None = Field(
        description="Over the keeper's samples of the last 10 s; null: the keeper is away."
    )
    groups: int


class GroupOut(Schema):
    """One consumer group, ours or another program's."""

    name: str = Field(examples=["order_processors"])
    consumers: int
    pending: int = Field(description="Handed out and not acknowledged.")
    last_delivered_id: str
    entries_read: int | None = Field(description="Null: the server does not know.")
    lag: int | None = Field(description="Entries not handed out yet. Null: unknown, which is not 0.")
    lag_from: Literal["server", "counted", "unknown"]
    lag_reason: str = Field(examples=["too many to count in 50 ms; at least 14500"])
    lag_at_least: int | None = Field(description="Where the lag is unknown: it is at least so many.")
    oldest_pending_id: str | None
    oldest_pending_at: str | None = Field(description="When it was written. UTC, ISO 8601.")


class GroupsOut(Schema):
    groups: list[GroupOut]


class ConsumerOut(Schema):
    """One name in a group. Whether a worker lives is told by its beat, never by its idle time."""

    name: str = Field(examples=["worker-1-3f2a"])
    pending: int
    idle_ms: int = Field(description="Since it last asked for anything.")
    inactive_ms: int | None = Field(description="Since it last got something; null before Redis 7.2.")
    state: Literal["alive", "lost", "waiting", "foreign"] = Field(
        description="waiting: @waiting, which holds unfinished orders that no worker may have yet. "
        "foreign: no worker of this installation."
    )


class ConsumersOut(Schema):
    """Those with the most pending first."""

    group: str
    consumers: list[ConsumerOut]
    left_out: int = Field(description="How many more there are; a group with more than 2,000 is not listed.")


class PendingOut(Schema):
    """An entry that was handed out and is not acknowledged."""

    entry_id: str = Field(description="The order's id.", examples=["1795203724000-0"])
    owner: str = Field(examples=["worker-1-3f2a"])
    idle_ms: int = Field(description="Since it was handed out last.")
    deliveries: int = Field(description="How often it was handed out; grows by readings too, see attempt.")
    attempt: int | None
    status: str | None
    worker: str | None = Field(description="Who began it last, by its status.")
    started_at: str | None = Field(description="UTC, ISO 8601.")


class PendingPageOut(Schema):
    """Oldest first. `next_cursor` null: there are no more. With min_idle a page may be empty and yet have a
    next one: a search looks at 5,000 entries at most."""

    group: str
    pending: list[PendingOut]
    next_cursor: str | None
