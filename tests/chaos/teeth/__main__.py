"""`python -m tests.chaos.teeth`: runs every variant, tells what caught it; ends with 1 when nothing did."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.arguments import GOOD, INTERRUPTED, MISUSED, TROUBLE, VIOLATED, ignore, new_file, say

if TYPE_CHECKING:
    from tests.chaos.running import Options, Run
    from tests.chaos.teeth.biting import Bite
    from tests.chaos.teeth.variants import Variant

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

it ends with 0 when all were caught and the product as it is was good, with 1 when not, with 3 when what was
not caught proves nothing: a fault could not be done or met nothing. The folders of what was not as it must be
are kept.

examples:
  make chaos-teeth                                   all of them: about a quarter of an hour
  make chaos-teeth ARGS='--only fence suspects'      variants with one of these words in their names
  python -m tests.chaos.teeth --only "no calm" --controls    its orders and faults, the product as it is
  python -m tests.chaos.teeth --only "no calm" --no-control --loud --keep     to look closely at one
"""


class Arguments(argparse.Namespace):
    only: Sequence[str]
    is_list: bool
    controls: bool
    seed: int | None
    json: Path | None
    keep: bool
    no_control: bool
    loud: bool


def arguments() -> Arguments:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.teeth",
        description="Prove that the chaos kit bites: it must catch every variant that is broken on purpose.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="WORDS", help="variants with these in their names"
    )
    parser.add_argument(
        "--list", dest="is_list", action="store_true", help="name all with their invariants, and end"
    )
    parser.add_argument(
        "--controls", action="store_true", help="the orders and faults of each, but the product as it is"
    )
    parser.add_argument("--seed", type=int, help="another than the one that was chosen for each variant")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write what became of each there")
    parser.add_argument("--keep", action="store_true", help="keep the folders of what is as it must be, too")
    parser.add_argument("--no-control", action="store_true", help="leave out the run of the product as it is")
    parser.add_argument("--loud", action="store_true", help="a line for each fault and every ten seconds")
    return parser.parse_args(namespace=Arguments())


def main() -> int:
    given = arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orderstream.settings")
    # Only now: --help needs nothing of it.
    import django

    django.setup()
    from tests.chaos.teeth.variants import ALL

    chosen = [each for each in ALL if not given.only or any(part in each.name for part in given.only)]
    if given.is_list:
        say("\n".join(["variants:", *(f"  {each.name}: {', '.join(each.signs)}" for each in chosen)]))
        return GOOD
    if not chosen:
        say(f"No variant has {' or '.join(given.only)} in its name; --list names them.")
        return MISUSED
    try:
        codes = _controls(chosen, given) if given.controls else _bites(chosen, given)
    except KeyboardInterrupt:
        say("ended before its time; nothing is proved")
        return INTERRUPTED
    return VIOLATED if VIOLATED in codes else max(codes)


def _controls(chosen: "Sequence[Variant]", given: Arguments) -> list[int]:
    names = {each.control: each.name for each in reversed(chosen)}  # several share one
    return [_control(control, f"as for: {name}", given) for control, name in names.items()]


def _bites(chosen: "Sequence[Variant]", given: Arguments) -> list[int]:
    from tests.chaos.teeth.biting import table
    from tests.chaos.teeth.variants import CONTROL

    codes, bites = [], []
    if not given.no_control:
        codes.append(_control(CONTROL, "as it is", given))
    for variant in chosen:
        bite, run = _bitten(variant, given)
        codes.append(GOOD if bite.is_caught else TROUBLE if run.missed or run.trouble else VIOLATED)
        bites.append(bite)
        if given.json:
            given.json.write_text(json.dumps([asdict(each) for each in bites], indent=1))
    say(f"all done\n{table(bites)}")
    return codes


def _control(options: "Options", name: str, given: Arguments) -> int:
    from orderstream.streams.ending import run as run_to_its_end
    from tests.chaos import running, world

    say(f"the product {name} ...")
    options = _seeded(options, given)
    folder = world.new_folder(options.seed)
    run = run_to_its_end(running.run(options, folder, say if given.loud else ignore))
    word = "good" if run.is_good else f"NOT GOOD: {run.trouble or 'something was violated'}"
    say(f"the product {name}: {word} in {run.seconds:.0f} s")
    _leave(run, run.is_good, given)
    return GOOD if run.is_good else VIOLATED if run.is_violated else TROUBLE


def _bitten(variant: "Variant", given: Arguments) -> "tuple[Bite, Run]":
    from tests.chaos.teeth.biting import bite

    say(f"{variant.name} ...")
    told, run = bite(variant, _seeded(variant.options, given), say if given.loud else ignore)
    say(told.line)
    _leave(run, told.is_caught, given)
    return told, run


def _leave(run: "Run", as_it_must_be: bool, given: Arguments) -> None:
    from tests.chaos import report, world

    if not as_it_must_be or given.loud:
        say(report.text(run))
    if as_it_must_be and not given.keep:
        world.remove(run.folder)
    else:
        say(f"its folder: {run.folder}")


def _seeded(options: "Options", given: Arguments) -> "Options":
    return options if given.seed is None else replace(options, seed=given.seed)


if __name__ == "__main__":
    sys.exit(main())
