"""Starts a keeper, or a candidate beside one; ends at the first signal, giving the lease back."""

import asyncio
import gc
import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand

from orderstream import conf
from workers.keeper.duties import duties
from workers.keeper.keeper import Keeper
from workers.names import name_of_this_start
from workers.start_check import StartCheck
from workers.supervisor import EXIT_USAGE


class Command(BaseCommand):
    help = "Keep house: sample figures once a second. Several may run; one at a time is elected."
    requires_system_checks = ()

    def handle(self, *args: Any, **given: Any) -> None:
        sys.exit(asyncio.run(run()))


async def run() -> int:
    """The exit code."""
    # What was loaded is never garbage; looking through it again and again would stop the duties for 100 ms.
    gc.collect()
    gc.freeze()
    keeper = Keeper(conf.lane(), name_of_this_start("keeper"), duties())
    check = StartCheck(conf.lane(), keeper.stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, keeper.stop)
    try:
        if await check.is_passed():
            await keeper.run()
    finally:
        await check.close()
        await conf.close_lanes()
    return EXIT_USAGE if check.is_refused else 0
