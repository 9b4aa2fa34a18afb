"""`python -m tests.chaos`: runs seeds one after the other; ends with 1 when one of them broke a promise."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.arguments import (
    GOOD,
    INTERRUPTED,
    MISUSED,
    TROUBLE,
    VIOLATED,
    at_least,
    ignore,
    minutes,
    new_file,
    say,
)

if TYPE_CHECKING:
    from tests.chaos.running import Options, Run

EPILOG = """
what happens, for each seed:
  A world of its own is started in a folder of its own: Valkey with an append-only file, PostgreSQL, 2 web
  processes, 4 workers, a keeper, and 20 dashboards; a proxy stands between each process and Redis, and
  between each web process and its clients. Clients place the orders and repeat with the same key whatever
  they know nothing of. Faults strike by a schedule that the seed alone decides; every kind comes before any
  comes twice.
  Then all is healed, the last order is waited for, and everything is judged from the events, the hashes, the
  effects in SQL, the executions, and what clients and dashboards saw.

it ends with 0 when nothing was lost, nothing was done twice and every invariant held (ARCHITECTURE.md, I1
to I12, I14, and of I16 how a process ends; nothing is trimmed, so of I8 only that every entry is there) and
every process came up again, with 1 when something was violated, with 3 when the run proves nothing: a fault
could not be done, too many met nothing, or a machine was too busy for what is about time, and nothing else
was violated. Unless it is 0 the folder is kept: faults.jsonl,
history.jsonl, executions.jsonl, logs, and the data.

examples:
  make chaos                                  seed 1, 500 orders, 15 faults: about two minutes
  make chaos SEED=7 ORDERS=2000 FAULTS=40     under five minutes
  python -m tests.chaos --seeds 10 --orders 2000 --faults 40
  python -m tests.chaos --minutes 20 --orders 120000 --faults 60    is memory flat? does all go that came?
  python -m tests.chaos --only "kill" --faults 8      only faults with these words in their names
  python -m tests.chaos --list
"""


class Arguments(argparse.Namespace):
    seed: int
    seeds: int
    orders: int
    faults: int
    minutes: float | None
    only: Sequence[str]
    json: Path | None
    keep: bool
    quiet: bool
    is_list: bool


def options() -> Arguments:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description="Break everything by a seeded schedule and prove that no promise was broken with it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1, help="decides orders, faults and their moments (1)")
    parser.add_argument(
        "--seeds", type=at_least(1), default=1, help="so many, from --seed on, one after the other (1)"
    )
    parser.add_argument("--orders", type=at_least(1), default=500, help="orders a seed (500)")
    parser.add_argument("--faults", type=at_least(0), default=15, help="faults a seed (15)")
    parser.add_argument(
        "--minutes",
        type=minutes,
        metavar="N",
        help="over so long orders are placed, mostly in batches, and faults strike (as long as they take)",
    )
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="WORDS", help="faults with these in their names"
    )
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the verdicts there")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a good run, too")
    parser.add_argument("--quiet", action="store_true", help="no line for each fault and every ten seconds")
    parser.add_argument("--list", dest="is_list", action="store_true", help="name all faults, and end")
    return parser.parse_args(namespace=Arguments())


def main() -> int:
    given = options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orderstream.settings")
    # Only now: --help needs nothing of it.
    import django

    django.setup()
    from tests.chaos import report
    from tests.chaos.faults import ALL
    from tests.chaos.running import Options

    if given.is_list:
        say("\n".join(ALL))
        return GOOD
    wanted = Options(given.seed, given.orders, given.faults, given.only)
    if given.minutes is not None:
        wanted = replace(wanted, seconds=given.minutes * 60, mix="long")
    if not wanted.names:
        say(f"No fault has {' or '.join(given.only)} in its name; --list names them.")
        return MISUSED
    told, codes = [], []
    try:
        for done in _runs(wanted, given):
            codes.append(_code(done))
            told.append(report.as_json(done))
            if given.json:
                given.json.write_text(json.dumps(told, indent=1))
    except KeyboardInterrupt:
        say("ended before its time; nothing is proved")
        return INTERRUPTED
    return VIOLATED if VIOLATED in codes else max(codes)


def _runs(wanted: "Options", given: Arguments) -> "Iterator[Run]":
    """One seed after the other, each told when it is over."""
    from orderstream.streams.ending import run as run_to_its_end
    from tests.chaos import report, world
    from tests.chaos.running import run

    for seed in range(given.seed, given.seed + given.seeds):
        folder = world.new_folder(seed)
        try:
            done = run_to_its_end(run(replace(wanted, seed=seed), folder, ignore if given.quiet else say))
        except KeyboardInterrupt:
            world.remove(folder)
            raise
        except BaseException:
            say(f"its folder: {folder}")
            raise
        say(report.text(done))
        if done.is_good and not given.keep:
            world.remove(folder)
        else:
            say(f"its folder: {folder}")
        yield done


def _code(done: "Run") -> int:
    if done.is_good:
        return GOOD
    return VIOLATED if done.is_violated else TROUBLE


if __name__ == "__main__":
    sys.exit(main())
