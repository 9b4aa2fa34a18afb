"""Says whether the Redis server can be used, and what to do if not."""

import argparse
import asyncio
import json
import shutil
import sys
import textwrap
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.checkup.examining import examine
from orderstream.checkup.findings import Finding, Level, Report
from orderstream.checkup.neighbours import neighbours

EPILOG: Final = """\
It connects as the web process and the workers do (REDIS_URL, or REDIS_HOST and its kin), writes, reads back
and removes two small keys under our prefix, runs a script, measures a hundred round trips, sends itself a
message, and looks at what the server says of itself: version, role, eviction, memory, clients, and what it
keeps on disk and at replicas, judged by ORDERSTREAM_DURABILITY (docs/RELIABILITY.md).

exit codes:
  0  fine, or warnings only
  1  warnings, with --strict
  2  it cannot be used as it is

examples:
  manage.py check_redis
  REDIS_URL=rediss://redis.example.com:6380 manage.py check_redis --json
  ORDERSTREAM_DURABILITY=replicated manage.py check_redis
  manage.py check_redis --strict && systemctl start orderstream-web
"""
MARKS: Final = {Level.FINE: "ok", Level.WARNING: "warning", Level.FAILURE: "FAILS"}
STRICT: Final = 1
WIDEST: Final = 110


class Command(BaseCommand):
    help = "Use the Redis server as the application would, and say what is wrong and what to do."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        form = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, epilog=EPILOG, formatter_class=form, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")
        parser.add_argument("--strict", action="store_true", help="end with 1 when there are warnings")

    def handle(self, *args: Any, **given: Any) -> None:
        report = asyncio.run(looked_at())
        if given["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(as_text(report))
        if report.level is Level.FAILURE:
            sys.exit(Level.FAILURE)
        if report.level is Level.WARNING and given["strict"]:
            sys.exit(STRICT)


async def looked_at() -> Report:
    try:
        report = await examine(conf.lane(), conf.stream().redis_url)
    finally:
        await conf.close_lanes()
    if report.round_trips is None:
        return report  # what cannot be reached is not asked again by two others
    return Report(report.address, [*report.findings, *await neighbours()], report.round_trips)


def as_text(report: Report) -> str:
    width = max(len(finding.check) for finding in report.findings)
    lines = [report.address, ""]
    for finding in report.findings:
        lines += _lines(finding, width)
    return "\n".join([*lines, "", _conclusion(report)])


def _lines(finding: Finding, width: int) -> list[str]:
    head = f"{MARKS[finding.level]:<8} {finding.check:<{width}}  "
    columns = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    room = max(columns - len(head), 30)
    lines = [line for text in (finding.what, finding.remedy) for line in textwrap.wrap(text, room)]
    return [head + lines[0], *(" " * len(head) + line for line in lines[1:])]


def _conclusion(report: Report) -> str:
    match report.level:
        case Level.FINE:
            return _("All is fine.")
        case Level.WARNING:
            return _("It can be used; see the warnings.")
    return _("It cannot be used as it is.")
