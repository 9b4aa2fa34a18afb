"""`python -m tests.chaos`: runs seeds one after the other; ends with 1 when one of them broke a promise."""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

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
to I12), else with 1, with the folder kept: faults.jsonl, history.jsonl, executions.jsonl, logs, and the data.

examples:
  make chaos                                  seed 1, 500 orders, 15 faults: about two minutes
  make chaos SEED=7 ORDERS=2000 FAULTS=40     under five minutes
  python -m tests.chaos --seeds 10 --orders 2000 --faults 40
  python -m tests.chaos --minutes 20 --orders 120000 --faults 60    is memory flat? does all go that came?
  python -m tests.chaos --only "kill" --faults 8      only faults with these words in their names
  python -m tests.chaos --list
"""


LATE_SECONDS: Final = 1.0
"""A beat is given up after 1.25 s, a quarter of the lease: later than that, workers lose a healthy server."""


def options() -> Any:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description="Break everything by a seeded schedule and prove that no promise was broken with it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1, help="decides orders, faults and their moments (1)")
    parser.add_argument(
        "--seeds", type=int, default=1, help="so many, from --seed on, one after the other (1)"
    )
    parser.add_argument("--orders", type=int, default=500, help="orders a seed (500)")
    parser.add_argument("--faults", type=int, default=15, help="faults a seed (15)")
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="N",
        help="over so long orders are placed, mostly in batches, and faults strike (as long as they take)",
    )
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="WORDS", help="faults with these in their names"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts there")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a good run, too")
    parser.add_argument("--quiet", action="store_true", help="no line for each fault and every ten seconds")
    parser.add_argument("--list", action="store_true", help="name all faults, and end")
    return parser.parse_args()


def main() -> int:
    given = options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orderstream.settings")
    # Only now: --help needs nothing of it.
    import django

    django.setup()
    from tests.chaos import report, world
    from tests.chaos.faults import ALL
    from tests.chaos.running import Options, run

    if given.list:
        say("\n".join(ALL))
        return 0
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # in the background Ctrl-C is ignored; a run ends all it started
        signal.signal(number, signal.default_int_handler)
    told, good = [], True
    for seed in range(given.seed, given.seed + given.seeds):
        wanted = Options(seed, given.orders, given.faults, given.only)
        if given.minutes is not None:
            wanted = replace(wanted, seconds=given.minutes * 60, mix="long")
        if not wanted.names:
            say(f"No fault has {' or '.join(given.only)} in its name; --list names them.")
            return 2
        done = asyncio.run(run(wanted, ignore if given.quiet else say))
        say(report.text(done))
        if done.late > LATE_SECONDS:
            say(f"the run itself was {done.late:.1f} s late: too busy a machine for what is about time")
        told.append(report.as_json(done))
        good = good and done.is_good
        if done.is_good and not given.keep:
            world.remove(done.folder)
        else:
            say(f"its folder: {done.folder}")
    if given.json:
        given.json.write_text(json.dumps(told, indent=1))
    return 0 if good else 1


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def ignore(_text: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
