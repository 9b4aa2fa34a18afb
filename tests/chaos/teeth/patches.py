"""What is broken in each variant, and in which processes: mistakes that the product's design is against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tests.chaos.teeth import python_patches as python
from tests.chaos.teeth.seams import Seams
from tests.mutants.library import Mutant

PRODUCT: Final = frozenset({"web", "worker", "keeper"})
CLIENTS: Final = "clients"
"""The kit's own side of a run."""


@dataclass(frozen=True, slots=True)
class Patch:
    """`kinds`: of processes that it breaks."""

    kinds: frozenset[str]
    make: Callable[[Seams], None]

    def apply(self, seams: Seams, kind: str) -> None:
        if kind in self.kinds:
            self.make(seams)


def _python(kind: str, make: Callable[[Seams], None]) -> Patch:
    return Patch(frozenset({kind}), make)


def _scripts(*faults: Mutant) -> Patch:
    """In every process: each may run any script."""
    return Patch(PRODUCT, lambda seams: seams.scripts(*faults))


NO_FENCE: Final = Mutant("finish", "whoever says so", "h[3] ~= ARGV[a] or h[4] ~= me", "false")
MAXLEN: Final = Mutant(
    "place", "the newest 30", "XADD', STREAM, '*', unpack", "XADD', STREAM, 'MAXLEN', 30, '*', unpack"
)
# Neither who takes an order from a lost worker raises its fence, nor who is handed it then.
UNFENCED: Final = (
    Mutant("sweep", "taken", "{ 'error', error, 'fence', raised(o) }", "{ 'error', error }"),
    Mutant(
        "begin",
        "why it waits",
        "'next_attempt_at', 'created_at')",
        "'next_attempt_at', 'created_at', 'error')",
    ),
    Mutant(
        "begin",
        "handed on",
        "      fence = fence + 1\n      if fence < NOW then fence = NOW end\n",
        "      if h[9] ~= 'WorkerLost' then fence = math.max(fence + 1, NOW) end\n",
    ),
)
NO_CALM: Final = Mutant(
    "_prelude",
    "never",
    "(tonumber(moments[1] or '') or 0) > NOW or (tonumber(moments[2] or '') or NOW) < NOW",
    "false",
)
NO_SUSPECTS: Final = Mutant("promote", "all", "elseif o.suspect and suspects < 1 then", "elseif false then")

PATCHES: Final[Mapping[str, Patch]] = MappingProxyType(
    {
        "acknowledge before work": _python("worker", python.completed_before_work),
        "no fence": _scripts(NO_FENCE),
        "MAXLEN on the order stream": _scripts(MAXLEN),
        "a client that re-sends without a key": _python(CLIENTS, python.key_only_at_first),
        "an unfenced takeover": _scripts(*UNFENCED),
        "finish in separate commands": _python("worker", python.finish_in_commands),
        "group at $": Patch(PRODUCT, python.group_at_the_end),
        "DELCONSUMER on exit": _python("worker", python.consumer_deleted_on_exit),
        "no calm": _scripts(NO_CALM),
        "no suspects": _scripts(NO_SUSPECTS),
        "dashboard fed by the channel layer only": _python("web", python.never_caught_up),
        "events beside the script": _python("worker", python.events_beside_the_script),
    }
)
