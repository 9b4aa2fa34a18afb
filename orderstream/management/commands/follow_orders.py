"""Prints orders, or what happens to them, as they come."""

import argparse
import os
import select
import sys
from dataclasses import replace
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.follower.cursors import WrongCursor, cursor_of
from orderstream.follower.lines import event_line, json_line, order_line
from orderstream.follower.loop import CannotFollow, Follower
from orderstream.streams import ending
from orderstream.streams.connection import connect

EPILOG: Final = """\
It reads the stream with plain XREAD, in no group: it takes no order from a worker, acknowledges nothing, and
as many as you like may follow. Ctrl-C ends it and says the last id; with --from and that id it goes on
without a gap. While Redis is away it waits and tries again.

--from takes
  1795203724000-0            what comes after this id
  0                          everything, from the beginning
  1795203724000              from this millisecond on
  2026-11-20T19:02:04Z       from this moment on
  (left out)                 what comes from now on

examples:
  manage.py follow_orders
  manage.py follow_orders --from 0 --count 10
  manage.py follow_orders --events --json --from 2026-11-20T00:00:00Z | jq .fields.type
"""
BAD_INPUT: Final = 1


class Command(BaseCommand):
    help = "Print each order as it is placed, or with --events all that happens to orders."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        form = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, epilog=EPILOG, formatter_class=form, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="start", metavar="ID", help="where to begin (default: from now on)"
        )
        parser.add_argument(
            "--events", action="store_true", help="follow the recorded changes, not the orders"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object in each line, for programs")
        parser.add_argument("--count", type=_count, metavar="N", help="end after N entries (default: never)")

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            cursor = None if given["start"] is None else cursor_of(given["start"])
        except WrongCursor as problem:
            raise CommandError(f"--from: {problem}", returncode=BAD_INPUT) from None
        follower = self._follower(cursor, given)
        try:
            ending.run(follow(follower))
        except KeyboardInterrupt:
            self._say_where(follower.cursor, given)
        except BrokenPipeError:
            # Whoever read has enough; Python would complain again when it flushes at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._say_where(follower.cursor, given)
        except CannotFollow as problem:
            raise CommandError(str(problem), returncode=BAD_INPUT) from None

    def _follower(self, cursor: str | None, given: dict[str, Any]) -> Follower:
        keys = conf.stream().keys
        is_about_events: bool = given["events"]
        line = json_line if given["json"] else event_line if is_about_events else order_line
        stream = keys.events if is_about_events else keys.stream
        return Follower(stream, line, self._put, self.stderr.write, _has_left, cursor, given["count"])

    def _put(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def _say_where(self, cursor: str | None, given: dict[str, Any]) -> None:
        if cursor is not None:
            words = ["--events"] * given["events"] + ["--json"] * given["json"]
            again = " ".join(["manage.py follow_orders --from", cursor, *words])
            self.stderr.write(_("Up to %(id)s. To go on: %(again)s") % {"id": cursor, "again": again})


async def follow(follower: Follower) -> None:
    # A lane of its own: it waits on the server, and a shared connection would wait with it.
    lane = replace(conf.lane(), client=connect(conf.stream().redis_url, blocking=True))
    try:
        await follower.tell_gap(lane)
        await follower.run(lane)
    finally:
        await lane.client.aclose()
        await conf.close_lanes()


def _has_left() -> bool:
    """`| head` goes when it has enough; without this look one would learn of it with the next order only."""
    poll = select.poll()
    poll.register(sys.stdout, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _fd, event in poll.poll(0))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10**12):
        raise argparse.ArgumentTypeError(_("use a whole number from 1"))
    return int(text)
