"""Audits the orders of a live system: nothing lost, nothing doubled, every figure as the log says."""

import argparse
import asyncio
import errno
import json
import os
import sys
from collections import Counter
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.auditor.progress import Progress
from orderstream.auditor.running import Run
from orderstream.auditor.words import as_text, mended, reached
from orderstream.streams import ending
from orderstream.streams.auditing.remedies import TOTALS, Remedy
from orderstream.streams.auditing.reports import Report
from orderstream.streams.connection import AWAY, GroupLost, StreamError, explain

EPILOG: Final = """\
It reads the log of events once, folds every order's history, and compares it with what is stored: status
hash, entry, pending list, retry and dead-letter index, and at the end the totals. It may run at any time:
orders that move meanwhile are compared at the moment of an event. Its memory is bounded. Orders that are in
nobody's pending list are given to the sweep, as any worker does in its turn; not while SQL is away, for a
manager's limit of attempts may be another than the environment's.

It prints  placed P + adopted A = pending + processing + retrying + completed + failed + cancelled  (I7),
and a line for each violation: the invariant, the order's id, what is wrong. The invariants:
  I3  completed and cancelled are never left, failed only by an operator
  I4  fences grow; an outcome comes from whoever held the highest
  I6  versions without a gap, every move legal, and the events fold to exactly the status hash
  I7  the totals are what the events add up to
  I8  an order's entry is there
  I9  every unfinished order is undelivered or pending, and each index holds what it should
  I10 attempts are counted, and stay within what can be configured

--repair mends what has one right answer: a lost status hash, a missing or surplus member of the two indexes,
an entry that stays pending after its end, totals that drifted. What it does is written to the audit log
first; no order changes by it. Then it audits again.

--watch looks, after the first round, at what is new and at what something happened to. What only stands
still, such as an entry that was deleted by hand, the next start finds.

exit codes:
  0  clean
  1  violations (with --repair: that are left)
  2  it could not be judged: Redis is away, events are gone or are none of ours, or it was stopped

examples:
  manage.py audit_orders
  manage.py audit_orders --json | jq '.lost, .doubled, .violations[]'
  manage.py audit_orders --watch
  manage.py audit_orders --repair
"""
VIOLATIONS: Final = 1
UNJUDGED: Final = 2
WATCH_SECONDS: Final = 1.0


class Unheard(Exception):  # noqa: N818 an event: what we print cannot be written
    def __init__(self, number: int | None, why: str | None) -> None:
        super().__init__(why)
        self.number, self.why = number, why


class Command(BaseCommand):
    help = "Hold every order against the log of events, and say what is lost, doubled or wrong."
    requires_system_checks = ()
    _is_away = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        form = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, epilog=EPILOG, formatter_class=form, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object in a line for each audit")
        parser.add_argument(
            "--watch",
            action="store_true",
            help="go on each second with what is new, until Ctrl-C; print when something changed",
        )
        parser.add_argument("--repair", action="store_true", help="mend what has one right answer")

    def handle(self, *args: Any, **given: Any) -> None:
        self._is_json: bool = given["json"]
        self._told: tuple[object, ...] | None = None
        self._repaired: dict[str, int] | None = None
        run = Run(Progress(sys.stderr), self._tell)
        try:
            report: Report | None = ending.run(self._main(run, given))
        except KeyboardInterrupt:
            report = self._stopped(run)
        except Unheard as problem:
            report = self._unheard(run, problem)
        except (GroupLost, StreamError, *AWAY) as error:
            run.progress.clear()
            raise CommandError(explain(error, _), returncode=UNJUDGED) from None
        except DatabaseError as error:
            text = _("Nothing is repaired, for the audit log cannot be written (%(error)s).")
            raise CommandError(text % {"error": error}, returncode=UNJUDGED) from None
        if code := _code_of(report):
            sys.exit(code)

    async def _main(self, run: Run, given: dict[str, Any]) -> Report:
        try:
            report = await run.once()
            # Where another repair came first there is something left to measure again.
            for _again in range(2 if given["repair"] else 0):
                if not run.can_repair:
                    break
                self._say_mended(await run.repair())
                report = await run.once()
            while given["watch"]:
                await asyncio.sleep(WATCH_SECONDS)
                report = await self._further(run, report)
            return report
        finally:
            await conf.close_lanes()

    async def _further(self, run: Run, before: Report) -> Report:
        """One round more; while Redis gives none that is said once."""
        try:
            report = await run.further()
        except (GroupLost, StreamError, *AWAY) as error:
            if not self._is_away:
                self.stderr.write(explain(error, _))
            self._is_away = True
            return before
        self._is_away = False
        return report

    def _say_mended(self, done: Counter[str]) -> None:
        self._repaired = {what: done[what] for what in (*Remedy, TOTALS)}
        if not self._is_json:
            self._put(mended(done))

    def _tell(self, report: Report) -> None:
        if self._is_json:
            repaired = {} if self._repaired is None else {"repaired": self._repaired}
            self._put(json.dumps(report.as_json() | repaired))
        elif (found := (report.counts, report.unjudged)) != self._told:
            self._told = found
            self._put(as_text(report))

    def _put(self, text: str) -> None:
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except OSError as error:
            raise Unheard(error.errno, error.strerror) from error

    def _stopped(self, run: Run) -> Report | None:
        """What it has found, and how far it came."""
        run.progress.clear()
        report = run.audit.report if run.audit else None
        if report is not None:
            if report.counts:
                self._tell(report)
            words = {"reached": reached(report), "events": f"{report.events:,}"}
            self.stderr.write(_("Stopped; audited to %(reached)s, %(events)s events.") % words)
        return report

    def _unheard(self, run: Run, problem: Unheard) -> Report | None:
        """`| head` has had enough, which is no fault; a full disk is one."""
        if problem.number != errno.EPIPE:
            text = _("The report cannot be written: %(why)s.") % {"why": problem.why}
            raise CommandError(text, returncode=UNJUDGED)
        # Python would complain again when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return run.audit.report if run.audit else None


def _code_of(report: Report | None) -> int:
    return {True: 0, False: VIOLATIONS, None: UNJUDGED}[report.clean if report else None]
