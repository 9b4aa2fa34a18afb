"""Starts a worker: reads its options, then hands over to one process or to a supervisor of several."""

import argparse
import asyncio
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from orderstream import checks
from orderstream.configuration import reading
from workers.options import WorkerOptions, WrongOption, options_from
from workers.process import WorkerProcess
from workers.supervisor import EXIT_USAGE, Supervisor, command_of_this_process


def epilog() -> str:
    return _("""
stopping:
  SIGTERM or the first Ctrl-C   takes nothing more, finishes what is in hand (ORDERSTREAM_DRAIN_SECONDS, 30)
  the second                    hands back at once; the attempts cut short are not counted
  two seconds after that        ends by force, even when a handler hangs
  an operator can ask the same of one worker: drain (without a time limit) or stop (hands back at once)

exit codes:
  0   stopped as asked, or with --once nothing waits any more; nothing is left in hand
  1   something was left behind (a handler hung, or Redis was away); others take it over after the lease
  2   an option or a setting cannot be used, or the server does not keep what ORDERSTREAM_DURABILITY says
  3   as 1, but an operator stopped it: no other is started for it

examples:
  manage.py runworker_orders --handler shop.orders.ship --concurrency 20
  manage.py runworker_orders --processes 4 --name packing
  manage.py runworker_orders --once

A handler is `async def ship(order)`, run in the event loop, or a plain `def ship(order)`, run in a thread.
It raises OrderRejected for an order that can never succeed, RetryLater(delay) to be asked again then, and
anything else to be tried again with back-off (ORDERSTREAM_ATTEMPTS, ORDERSTREAM_BACKOFF_SECONDS).
Key its effects by order.id: an order may be processed again after a crash.
""")


class Command(BaseCommand):
    help = _("Process orders until told to stop; the first Ctrl-C finishes what is in hand.")
    _called_from_command_line: bool  # Django's
    # Those of the pages would import all of them: half of the time to start, and memory for nothing.
    requires_system_checks = (checks.TAG,)

    def create_parser(self, prog_name: str, subcommand: str, **given: Any) -> CommandParser:
        return super().create_parser(
            prog_name,
            subcommand,
            epilog=epilog(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **given,
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--name",
            default="",
            help=_("its first name; a suffix for this start is added (default: the host's)"),
        )
        parser.add_argument(
            "--concurrency",
            type=int,
            help=_("orders at one time in each process (ORDERSTREAM_CONCURRENCY, 100)"),
        )
        parser.add_argument(
            "--processes", type=int, help=_("run so many processes and start a dead one again (1)")
        )
        parser.add_argument(
            "--handler",
            metavar="DOTTED.PATH",
            help=_("the function that processes an order (ORDERSTREAM_HANDLER, workers.handlers.simulate)"),
        )
        parser.add_argument(
            "--once",
            action="store_true",
            help=_("end when nothing is left to read and no retry waits, however late it is due"),
        )
        # The supervisor's pid: a child whose supervisor was killed drains instead of working on unseen.
        parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)

    def handle(self, *_args: Any, **given: Any) -> None:
        reading.refresh_apart()  # what managers chose counts from the first order on
        try:
            options = options_from(given)
        except WrongOption as error:
            raise CommandError(str(error), returncode=EXIT_USAGE) from error
        if options.processes > 1:
            sys.exit(_supervise(options, given))
        # Not with call_command, where a test or a script goes on.
        worker = WorkerProcess(options, owns_process=self._called_from_command_line)
        sys.exit(worker.run())


def _supervise(options: WorkerOptions, given: dict[str, Any]) -> int:
    arguments = ["runworker_orders", "--concurrency", str(options.concurrency)]
    for option in ("name", "handler"):
        if given[option]:
            arguments += [f"--{option}", given[option]]
    if options.once:
        arguments.append("--once")
    return asyncio.run(Supervisor(command_of_this_process(arguments), options.processes).run())
