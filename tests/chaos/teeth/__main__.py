"""`python -m tests.chaos.teeth`: runs every variant, tells what caught it; ends with 1 when nothing did."""

import argparse
import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tests.chaos.__main__ import ignore, say

EPILOG = """
what a variant is:
  The product with one mistake in it, of those that it is designed against. The mistake is put in by the kit
  when its processes start: a line of a script in other words, a function in the place of another. Nothing in
  the product knows of it. Where what is to be replaced is not there any more, it ends with an error.

what happens:
  First the product as it is must pass a run with all the faults that provoke the variants. Then each variant
  has a run of its own, with orders and faults chosen so that its mistake shows within seconds. It is caught
  when an invariant is violated, and told in the words, that belong to this very mistake; whatever else goes
  wrong does not count, nor does a run that takes too long, nor a fault that could not be done. That the
  product passes those very runs is what --controls shows.

it ends with 0 when all were caught and the product as it is was good, else with 1, with the folders kept of
what was not as it must be.

examples:
  make chaos-teeth                                   all of them: about a quarter of an hour
  make chaos-teeth ARGS='--only fence suspects'      variants with one of these words in their names
  python -m tests.chaos.teeth --only "no calm" --controls    its orders and faults, the product as it is
  python -m tests.chaos.teeth --only "no calm" --no-control --loud --keep     to look closely at one
"""


def arguments() -> Any:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.teeth",
        description="Prove that the chaos kit bites: it must catch every variant that is broken on purpose.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="WORDS", help="variants with these in their names"
    )
    parser.add_argument("--list", action="store_true", help="name all with their invariants, and end")
    parser.add_argument(
        "--controls", action="store_true", help="the orders and faults of each, but the product as it is"
    )
    parser.add_argument("--seed", type=int, help="another than the one that was chosen for each variant")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what became of each there")
    parser.add_argument("--keep", action="store_true", help="keep the folders of what is as it must be, too")
    parser.add_argument("--no-control", action="store_true", help="leave out the run of the product as it is")
    parser.add_argument("--loud", action="store_true", help="a line for each fault and every ten seconds")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orderstream.settings")
    # Only now: --help needs nothing of it.
    import django

    django.setup()
    from tests.chaos.teeth.biting import table
    from tests.chaos.teeth.variants import ALL, CONTROL

    chosen = [each for each in ALL if not given.only or any(part in each.name for part in given.only)]
    if given.list:
        say("\n".join(["variants:", *(f"  {each.name}: {', '.join(each.signs)}" for each in chosen)]))
        return 0
    if not chosen:
        say(f"No variant has {' or '.join(given.only)} in its name; --list names them.")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):  # a run ends all it started
        signal.signal(number, signal.default_int_handler)
    if given.controls:
        names = {each.control: each.name for each in reversed(chosen)}  # several share one
        controls = [is_good(control, f"as for: {name}", given) for control, name in names.items()]
        return 0 if all(controls) else 1
    good = given.no_control or is_good(CONTROL, "as it is", given)
    bites = [bitten(each, given) for each in chosen]
    say(f"all done\n{table(bites)}")
    if given.json:
        given.json.write_text(json.dumps([asdict(each) for each in bites], indent=1))
    return 0 if good and all(each.is_caught for each in bites) else 1


def is_good(options: Any, name: str, given: Any) -> bool:
    from tests.chaos import running

    run = asyncio.run(running.run(_seeded(options, given), say if given.loud else ignore))
    say(f"the product {name}: {'good' if run.is_good else 'NOT GOOD'} in {run.seconds:.0f} s")
    _leave(run, run.is_good, given)
    return run.is_good


def bitten(variant: Any, given: Any) -> Any:
    from tests.chaos.teeth.biting import bite

    told, run = bite(variant, _seeded(variant.options, given), say if given.loud else ignore)
    say(told.line)
    _leave(run, told.is_caught, given)
    return told


def _leave(run: Any, as_it_must_be: bool, given: Any) -> None:
    from tests.chaos import report, world

    if not as_it_must_be or given.loud:
        say(report.text(run))
    if as_it_must_be and not given.keep:
        world.remove(run.folder)
    else:
        say(f"its folder: {run.folder}")


def _seeded(options: Any, given: Any) -> Any:
    return options if given.seed is None else replace(options, seed=given.seed)


if __name__ == "__main__":
    sys.exit(main())
