"""The command behind `make run`."""

import asyncio
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from orderstream import env
from orderstream.stack.composition import VAR, Options, run
from orderstream.stack.console import Console


class Command(BaseCommand):
    help = "Run all of OrderStream on this machine; Ctrl-C finishes what is in hand and stops everything."
    requires_system_checks = ()  # each process makes its own, with the settings that it gets

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workers", type=int, default=2, help="how many workers to start (default: 2)")
        parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, help="port to serve on (default: PORT, or 8000)")
        parser.add_argument("--folder", type=Path, default=VAR, help="where data is kept (default: var/)")

    def handle(self, *args: Any, **given: Any) -> None:
        port = given["port"] or env.number("PORT", 8000, least=1, most=65_535)
        options = Options(given["folder"], given["host"], port, given["workers"])
        console = Console(sys.stdout, coloured=sys.stdout.isatty())
        sys.exit(asyncio.run(run(options, console)))
