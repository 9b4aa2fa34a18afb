"""Loads the Lua files, reads the contract in each header, and refuses a call that does not match it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

Argument: TypeAlias = str | int
# Lua's unpack() puts a batch on its stack of 8,000; a longer one is a caller's mistake.
BATCH_MAX: Final = 1_000

_DECLARED = re.compile(r"^-- (KEYS|ARGV)\[(\d+)(\.\.)?\] +(.+)$", re.MULTILINE)
_PER = re.compile(r"per (\w+): (.+)")
# What has a key of its own in each call: of these, keys and arguments must match.
_ONE_KEY_EACH: Final = frozenset({"order", "limit"})
_PRELUDE = "_prelude"
_INCLUDE = f"-- INCLUDE {_PRELUDE}\n"


class ContractError(TypeError):
    """A call does not match what the script's header declares."""


@dataclass(frozen=True, slots=True)
class Contract:
    """How many keys and arguments a script takes: fixed ones, and a repeated tail."""

    keys: int
    args: int
    key_tail: bool
    tail_size: int
    tail_of: str

    @classmethod
    def read(cls, source: str) -> "Contract":
        """From the `-- KEYS[n]` and `-- ARGV[n]` lines; they must be numbered without a gap."""
        fixed = {"KEYS": 0, "ARGV": 0}
        key_tail, tail_size, tail_of = False, 0, ""
        for kind, number, tail, text in _DECLARED.findall(source):
            if int(number) != fixed[kind] + 1:
                raise ContractError(f"{kind}[{number}] follows {kind}[{fixed[kind]}]")
            if not tail:
                fixed[kind] += 1
            elif kind == "KEYS":
                key_tail = True
            else:
                per = _PER.match(text)
                tail_of = per[1] if per else ""
                tail_size = len(per[2].split(",")) if per else 1
        return cls(fixed["KEYS"], fixed["ARGV"], key_tail, tail_size, tail_of)

    def check(self, name: str, keys: int, args: int) -> None:
        """Refuse a call with the wrong number of keys or arguments, or with too large a batch."""
        more_keys, more_args = keys - self.keys, args - self.args
        if more_keys < 0 or (more_keys and not self.key_tail):
            raise ContractError(f"{name} takes {self.keys} keys, not {keys}")
        if more_args < 0 or (more_args and not self.tail_size):
            raise ContractError(f"{name} takes {self.args} arguments, not {args}")
        if self.tail_size and more_args % self.tail_size:
            raise ContractError(f"{name} takes its last arguments by {self.tail_size}")
        if self.tail_of in _ONE_KEY_EACH and more_args != more_keys * self.tail_size:
            raise ContractError(f"{name} takes {self.tail_size} arguments for each {self.tail_of}")
        if more_keys > BATCH_MAX:
            raise ContractError(f"{name} takes at most {BATCH_MAX} orders a call, not {more_keys}")


class Script:
    """One Lua file: its source as the server runs it, and its contract."""

    __slots__ = ("contract", "name", "sha", "source")

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source
        self.contract = Contract.read(source)
        self.sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    async def run(self, client: Redis, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Run it once. A server that does not know it (restart, SCRIPT FLUSH) is taught first."""
        self.contract.check(self.name, len(keys), len(args))
        try:
            return await client.execute_command("EVALSHA", self.sha, len(keys), *keys, *args)  # type: ignore[no-untyped-call]
        except NoScriptError:
            # Nothing ran, so asking again is no second time.
            return await client.execute_command("EVAL", self.source, len(keys), *keys, *args)  # type: ignore[no-untyped-call]

    async def run_before(
        self, after: Sequence[Argument], client: Redis, keys: Sequence[str], args: Sequence[Argument]
    ) -> tuple[Any, Any]:
        """The same, and a command right behind it on its connection; an error of that stands in its place."""
        self.contract.check(self.name, len(keys), len(args))
        reply, followed = await self._both(("EVALSHA", self.sha), after, client, keys, args)
        if isinstance(reply, NoScriptError):
            reply, followed = await self._both(("EVAL", self.source), after, client, keys, args)
        if isinstance(reply, Exception):
            raise reply
        return reply, followed

    async def _both(
        self,
        how: tuple[str, str],
        after: Sequence[Argument],
        client: Redis,
        keys: Sequence[str],
        args: Sequence[Argument],
    ) -> tuple[Any, Any]:
        # A pipeline is written to one connection, which nobody else has until both replies are read.
        pipeline = client.pipeline(transaction=False)
        pipeline.execute_command(*how, len(keys), *keys, *args)
        pipeline.execute_command(*after)
        reply, followed = await pipeline.execute(raise_on_error=False)
        return reply, followed


def texts() -> dict[str, str]:
    """The Lua files as they stand, by name without the suffix."""
    folder = resources.files("orderstream.streams") / "lua"
    return {
        f.name.removesuffix(".lua"): f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".lua")
    }


def compose(given: Mapping[str, str]) -> Mapping[str, Script]:
    """Scripts from texts; the prelude goes in after the first line, where the server wants its flags."""
    prelude = given[_PRELUDE]
    scripts = {}
    for name, text in given.items():
        if name == _PRELUDE:
            continue
        source = text
        if _INCLUDE in text:
            flags, rest = text.split("\n", 1)
            source = f"{flags}\n{prelude}{rest.replace(_INCLUDE, '', 1)}"
        scripts[name] = Script(name, source)
    return MappingProxyType(scripts)


SCRIPTS: Final = compose(texts())
