"""The options of `place_orders`: what they are called, what they take, and which exclude each other."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from orderstream.imports.mappings import PRESETS
from orderstream.imports.sources import SNIFF

BATCH: Final = 200
BATCH_MAX: Final = 1_000  # what one call of the script takes
_WITH_FILE: Final = ("map", "preset", "delimiter", "rejects", "dry_run", "again", "strict")
_WITH_COUNT: Final = ("rate", "seed")

EPILOG: Final = """\
examples:
  place_orders --csv examples/orders.csv --preset online-retail
  place_orders --csv shop.csv --map customer_id=Client product_id=SKU quantity=Qty price=Price --dry-run
  place_orders --count 10000 --rate 50

The file is UTF-8 and its first line names the columns. A line that is no valid order is refused with its
reason and goes to the rejects file; mended, that file can be imported with the same options.

Running it twice places nothing twice, after kill -9 or a power cut too: what was placed is remembered for
each file by its content, wherever the file lies. It waits while the backlog is full, and for as long as its
--patience while Redis is away or takes nothing. The first Ctrl-C stops after the batch in hand.

exit codes:
  0  everything is placed (refused lines are no failure, unless --strict)
  1  the file, the mapping or an option is wrong; or --strict, and lines were refused
  2  stopped, or Redis or the database did not answer or took nothing: run the same command again
"""


def declare(parser: CommandParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--csv", type=Path, metavar="FILE", help="place the orders of this file")
    what.add_argument("--count", type=_whole(1, 10**9), metavar="N", help="place N made-up orders")
    _declare_file(parser.add_argument_group("with --csv"))
    made_up = parser.add_argument_group("with --count")
    made_up.add_argument("--rate", type=_rate, metavar="R", help="orders per second (default: at full speed)")
    made_up.add_argument("--seed", type=int, help="other orders for another seed (default: 0)")
    batch = f"orders per call, at most {BATCH_MAX:,} (default: {BATCH})"
    parser.add_argument("--batch", type=_whole(1, BATCH_MAX), default=BATCH, metavar="N", help=batch)
    patience = "how long Redis or its replicas may be away or take nothing (default: 300)"
    parser.add_argument("--patience", type=_whole(0, 10**6), default=300, metavar="SECONDS", help=patience)
    parser.add_argument("--json", action="store_true", help="print a summary for programs")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def _declare_file(file: argparse._ArgumentGroup) -> None:
    file.add_argument(
        "--map",
        nargs="+",
        action="extend",
        metavar="FIELD=COLUMN",
        help="which column is customer_id, product_id, quantity, price, note, reference "
        "(default: the columns bear these names)",
    )
    file.add_argument("--preset", choices=sorted(PRESETS), help="a known mapping; --map changes it")
    delimiter = "one character, 'tab', or 'sniff' to guess (default: comma)"
    file.add_argument("--delimiter", type=_delimiter, metavar="C", help=delimiter)
    rejects = "a new file for refused lines (default: FILE.rejects.csv beside FILE)"
    file.add_argument("--rejects", type=Path, metavar="FILE", help=rejects)
    file.add_argument("--dry-run", action="store_true", help="say what would be accepted, place nothing")
    file.add_argument("--again", action="store_true", help="place a file once more that was placed before")
    file.add_argument("--strict", action="store_true", help="exit with 1 if lines were refused")


def refuse_mixture(given: Mapping[str, Any]) -> None:
    """CommandError for an option that would silently do nothing."""
    of_file = given["csv"] is not None
    for name in _WITH_COUNT if of_file else _WITH_FILE:
        if given.get(name) not in (None, False):
            option = f"--{name.replace('_', '-')}"
            other = "--count" if of_file else "--csv"
            raise CommandError(_("%(option)s goes with %(other)s.") % {"option": option, "other": other})


def _whole(least: int, most: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
            raise argparse.ArgumentTypeError(
                _("%(text)s is not a whole number from %(least)s to %(most)s.")
                % {"text": text, "least": f"{least:,}", "most": f"{most:,}"}
            )
        return int(text)

    return whole


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.001 <= rate <= 1_000_000:  # NaN is outside too
        raise argparse.ArgumentTypeError(
            _("%(text)s is not a rate: orders per second, from 0.001 to 1,000,000.") % {"text": text}
        )
    return rate


def _delimiter(text: str) -> str:
    if text == SNIFF:
        return text
    mark = "\t" if text == "tab" else text
    if len(mark) != 1 or mark in '"\r\n' or not mark.isascii():
        raise argparse.ArgumentTypeError(
            _("%(text)s is not a delimiter: one character, 'tab' or 'sniff'.") % {"text": text}
        )
    return mark
