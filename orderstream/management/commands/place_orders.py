"""Places the orders of a CSV file, or made-up ones; shows how far it is, and can always be run again."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, TypeAlias, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.configuration import reading
from orderstream.imports.arguments import EPILOG, declare, refuse_mixture
from orderstream.imports.files import Counts, FileOptions, count_lines, import_file
from orderstream.imports.ledger import AlreadyPlaced
from orderstream.imports.locks import only_import_of
from orderstream.imports.made_up import MadeUpOptions, place_made_up
from orderstream.imports.mappings import BY_NAME, PRESETS
from orderstream.imports.placer import Interrupted, Placer, RedisAway
from orderstream.imports.progress import Progress, duration
from orderstream.imports.records import UnreadableFile
from orderstream.imports.sources import Source
from orderstream.streams.connection import StreamError, explain

BAD_INPUT: Final = 1
RUN_AGAIN: Final = 2
Given: TypeAlias = dict[str, Any]
Summary: TypeAlias = dict[str, Any]
T = TypeVar("T")


class Command(BaseCommand):
    """Parses and delegates; what it does is in orderstream/imports."""

    # No check concerns it, and importing every page for them would double its start.
    requires_system_checks = ()
    help = "Place the orders of a CSV file, each line once however often it runs; or made-up orders."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        form = argparse.RawDescriptionHelpFormatter
        parser = super().create_parser(prog_name, subcommand, epilog=EPILOG, formatter_class=form, **kwargs)
        # argparse exits with 2 for a wrong option, which means here: run it again. As an error it is a 1.
        parser.called_from_command_line = False
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            # With --traceback Django lets a CommandError through, and we say the sentence without its name.
            super().run_from_argv([*argv, "--traceback"])
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def add_arguments(self, parser: CommandParser) -> None:
        declare(parser)

    def handle(self, *args: Any, **given: Any) -> None:
        refuse_mixture(given)
        progress = Progress(sys.stderr, quiet=given["quiet"])
        try:
            summary = _made_up(given, progress) if given["csv"] is None else _file(given, progress)
        except (Exception, KeyboardInterrupt) as error:
            progress.clear()
            failure = _failure(error, given)
            if failure is None:
                raise
            if given["json"]:
                self._print({"finished": False, "error": str(failure)})
            raise failure from error
        progress.clear()
        self._tell(summary, given)

    def _tell(self, summary: Summary, given: Given) -> None:
        text = summary.pop("text")
        if given["json"]:
            self._print(summary)
        else:
            self.stdout.write(text)
        if given["strict"] and summary["refused"]:
            raise CommandError(_("Refused lines: %(count)s.") % {"count": f"{summary['refused']:,}"})

    def _print(self, summary: Summary) -> None:
        self.stdout.write(json.dumps(summary, ensure_ascii=False))


def _file(given: Given, progress: Progress) -> Summary:
    mapping = PRESETS[given["preset"]] if given["preset"] else BY_NAME
    if given["map"]:
        mapping = mapping.with_changes(given["map"])
    rejects = given["rejects"].absolute() if given["rejects"] else None
    options = FileOptions(given["batch"], rejects, given["again"])
    source = Source.opened(given["csv"], mapping, given["delimiter"] or ",")
    with source.file:
        progress.begin(source.size)
        if given["dry_run"]:
            counts = count_lines(source, options, progress)
            return _summary(counts, source, progress, dry_run=True)
        try:
            with only_import_of(source.digest):
                counts = _run(lambda placer: import_file(source, options, placer, progress), given, progress)
        except AlreadyPlaced as done:
            progress.say(str(done))
            counts = Counts.of_finished(done.run)
        return _summary(counts, source, progress, dry_run=False)


def _made_up(given: Given, progress: Progress) -> Summary:
    options = MadeUpOptions(given["count"], given["batch"], given["rate"], given["seed"] or 0)
    progress.begin(options.count)
    _run(lambda placer: place_made_up(options, placer, progress), given, progress)
    text = _("Placed: %(placed)s made-up, in %(time)s.") % {
        "placed": f"{options.count:,}",
        "time": duration(progress.seconds),
    }
    return {
        "finished": True,
        "placed": options.count,
        "refused": 0,
        "seconds": round(progress.seconds, 3),
        "text": text,
    }


def _summary(counts: Counts, source: Source, progress: Progress, *, dry_run: bool) -> Summary:
    words = {
        "placed": f"{counts.placed:,}",
        "accepted": f"{counts.accepted:,}",
        "refused": f"{counts.refused:,}",
        "time": duration(progress.seconds),
    }
    if dry_run:
        text = _("Would be placed: %(accepted)s. Refused: %(refused)s. Nothing was placed.") % words
    else:
        text = (
            _("Placed: %(placed)s, in %(time)s. Of the whole file: %(accepted)s placed, %(refused)s refused.")
            % words
        )
    if counts.rejects:
        text += " " + _("Refused lines are in %(path)s.") % {"path": counts.rejects}
    return {
        "finished": not dry_run,
        "file": str(source.path),
        "digest": source.digest,
        "run": counts.run,
        "placed": counts.placed,
        "accepted": counts.accepted,
        "refused": counts.refused,
        "rejects": str(counts.rejects) if counts.rejects else None,
        "seconds": round(progress.seconds, 3),
        "text": text,
    }


def _run(work: Callable[[Placer], Awaitable[T]], given: Given, progress: Progress) -> T:
    """In an event loop of its own; Ctrl-C or SIGTERM stops it after the batch in hand, a second at once."""

    async def main() -> T:
        patience = timedelta(seconds=given["patience"])
        placer = Placer(conf.lane(), "command:place_orders", conf.limits().backlog, progress.say, patience)
        loop = asyncio.get_running_loop()

        def stop() -> None:
            placer.stop.set()
            progress.say(_("Stopping after the batch in hand."))
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        try:
            return await work(placer)
        finally:
            await conf.close_lanes()

    reading.refresh()  # the backlog limit may be a manager's
    return asyncio.run(main())


def _failure(error: BaseException, given: Given) -> CommandError | None:
    """The sentence and exit code for what may go wrong; None for a fault of ours, which shows its trace."""
    match error:
        case CommandError():
            return error
        case UnreadableFile():
            return CommandError(str(error), returncode=BAD_INPUT)
        case Interrupted() | KeyboardInterrupt():
            return CommandError(_("Stopped; run the same command again to go on."), returncode=RUN_AGAIN)
        case RedisAway():
            again = _("Run the same command again to go on.")
            if given["csv"] is None:
                again = _("What was placed stays; a new start places as many again.")
            return CommandError(f"{error} {again}", returncode=RUN_AGAIN)
        case StreamError():
            return CommandError(explain(error, _), returncode=BAD_INPUT)
        case DatabaseError():
            text = _("The database cannot be used (%(error)s); is it migrated? Then run the command again.")
            return CommandError(text % {"error": error}, returncode=RUN_AGAIN)
        case OSError():
            return CommandError(f"{error.filename or ''}: {error.strerror}.", returncode=RUN_AGAIN)
    return None
