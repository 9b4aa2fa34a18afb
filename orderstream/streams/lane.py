"""One lane of orders: a client, its keys and its group. Every step and every reader is handed one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from orderstream.domain.status import SOURCES_OF_STEP, OrderStatus
from orderstream.streams.connection import DiskFails, GroupLost, TooFewReplicas
from orderstream.streams.keys import Keys
from orderstream.streams.replication import Replication
from orderstream.streams.scripts import SCRIPTS, Argument, Script

WAITING: Final = "@waiting"  # the consumer that holds what no worker may have yet
GROUP: Final = "order_processors"


def _statuses(sources: Collection[OrderStatus]) -> str:
    """As ARGV[4] of every script wants them."""
    return ",".join(f"+{status}" if status in sources else status for status in OrderStatus)


_STATUSES_OF_STEP: Final = {step: _statuses(sources) for step, sources in SOURCES_OF_STEP.items()}
_NO_SOURCES: Final = _statuses(())


@dataclass(frozen=True, slots=True)
class Lane:
    """What every step gets. `replication`: what is placed is waited for at replicas, too.

    `clock` (ms) and `scripts` are handed in by tests only.
    """

    client: Redis
    keys: Keys = field(default_factory=Keys)
    group: str = GROUP
    clock: Callable[[], int] | None = None
    scripts: Mapping[str, Script] = field(default_factory=lambda: SCRIPTS, repr=False, compare=False)
    replication: Replication | None = field(default=None, repr=False, compare=False)

    async def run(
        self,
        step: str,
        *,
        actor: str = "",
        ids: Iterable[str] = (),
        keys: Sequence[str] = (),
        args: Sequence[Argument] = (),
    ) -> Any:
        """Run one script with the common keys and arguments in front; GroupLost when the group is gone,
        DiskFails and TooFewReplicas when the server takes no writes because of them."""
        prefix = self.keys.status_prefix
        all_keys = [*self.keys.common(), *keys, *[prefix + order_id for order_id in ids]]
        try:
            return await self.scripts[step].run(self.client, all_keys, self._args(step, actor, args))
        except ResponseError as error:
            raise_if_named(error)
            raise

    async def run_replicated(
        self,
        step: str,
        replication: Replication,
        *,
        actor: str = "",
        keys: Sequence[str] = (),
        args: Sequence[Argument] = (),
    ) -> tuple[Any, int]:
        """As `run`, and how many replicas have by then what it wrote."""
        all_keys = [*self.keys.common(), *keys]
        try:
            reply, seen = await self.scripts[step].run_before(
                replication.words, replication.client, all_keys, self._args(step, actor, args)
            )
        except ResponseError as error:
            raise_if_named(error)
            raise
        # An error in its place: the server was made a replica meanwhile, say. The step was run all the same.
        return reply, seen if isinstance(seen, int) else 0

    def _args(self, step: str, actor: str, args: Sequence[Argument]) -> list[Argument]:
        now = "" if self.clock is None else self.clock()
        sources = _STATUSES_OF_STEP.get(step, _NO_SOURCES)
        return [now, self.group, self.keys.status_prefix, sources, actor, *args]

    async def command(self, *words: Any, **reading: Any) -> Any:
        """One plain command; GroupLost when the group is gone. `reading` goes to redis-py's reply parser."""
        try:
            return await self.client.execute_command(*words, **reading)  # type: ignore[no-untyped-call]
        except ResponseError as error:
            raise_if_named(error)
            raise

    async def commands(
        self,
        many: Iterable[Sequence[Any]],
        *,
        errors_in_place: bool = False,
        atomic: bool = False,
        **reading: Any,
    ) -> list[Any]:
        """Several plain commands in one round trip; GroupLost as in `command`.

        With `atomic`, which is for what only reads, they see one moment.

        With `errors_in_place` an error of one stands where its reply would, and the others count.
        """
        pipeline, listed = self.client.pipeline(transaction=atomic), list(many)
        for words in listed:
            pipeline.execute_command(*words, **reading)
        if not len(pipeline):
            return []
        try:
            return list(await pipeline.execute(raise_on_error=not errors_in_place))
        except ResponseError as error:
            if atomic and isinstance(error, OutOfMemoryError):
                # While it is full Redis 7.0 takes no transaction, not even of reads. What comes in one piece
                # it does in one go, though it does not promise that.
                return await self.commands(listed, errors_in_place=errors_in_place, **reading)
            raise_if_named(error)
            raise

    async def now_ms(self) -> int:
        """The server's clock."""
        if self.clock is not None:
            return self.clock()
        seconds, micros = await self.client.time()
        return int(seconds) * 1000 + int(micros) // 1000

    async def ensure_group(self) -> bool:
        """Make stream and group where they are missing, at id 0 so that nothing is skipped; True if made."""
        try:
            await self.client.xgroup_create(self.keys.stream, self.group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" in str(error):
                return False
            raise
        return True

    async def aclose(self) -> None:
        """Give back its connections."""
        await self.client.aclose()
        if self.replication is not None:
            await self.replication.client.aclose()


def raise_if_named(error: ResponseError) -> None:
    """For refusals that redis-py has no type for."""
    if str(error).startswith("NOREPLICAS"):
        raise TooFewReplicas(str(error)) from error
    if str(error).startswith("MISCONF"):
        raise DiskFails(str(error)) from error
    raise_if_group_lost(error)


def raise_if_group_lost(error: ResponseError) -> None:
    """A reader blocked on a stream that vanishes gets UNBLOCKED on Redis 7.0 and NOGROUP on Valkey."""
    text = str(error)
    if "NOGROUP" in text or "UNBLOCKED" in text or "no such key" in text:
        raise GroupLost(text) from error
