"""What a run is set up with: its times and limits, its mix of orders, and what its processes are told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.chaos.processes import ROOT

LEASE_SECONDS: Final = 5.0
TIME_LIMIT_SECONDS: Final = 3.0
CONCURRENCY: Final = 8
ATTEMPTS: Final = 40
"""So many that no fault uses them up: what an order comes to is the plan's choice alone."""
NOT_THEIRS: Final = ("ORDERSTREAM_", "CHAOS_", "PYTHONDONTWRITEBYTECODE")
"""What a process must not inherit; each start would compile everything anew, and there are many."""
SETTINGS: Final = {
    "ORDERSTREAM_HTTPS": "off",
    "ALLOWED_HOSTS": "127.0.0.1",
    "ORDERSTREAM_LEASE_SECONDS": f"{LEASE_SECONDS:g}",
    "ORDERSTREAM_BEAT_SECONDS": "1",
    "ORDERSTREAM_SWEEP_SECONDS": "1",
    "ORDERSTREAM_BACKOFF_SECONDS": "0.2",
    "ORDERSTREAM_BACKOFF_CAP_SECONDS": "1",
    "ORDERSTREAM_TIME_LIMIT_SECONDS": f"{TIME_LIMIT_SECONDS:g}",
    "ORDERSTREAM_CONCURRENCY": str(CONCURRENCY),
    "ORDERSTREAM_DRAIN_SECONDS": "10",
    "ORDERSTREAM_HANDLER": "tests.chaos.handlers.planned",
    "ORDERSTREAM_HANDLERS": "tests.chaos.handlers.planned",
    # Storms of dashboards share a few sessions and one address; limits are another test's subject.
    "ORDERSTREAM_HANDSHAKES_PER_MINUTE": "0",
    "ORDERSTREAM_SIGN_INS_PER_MINUTE": "0",
    "ORDERSTREAM_READING_PER_SECOND": "0",
    "ORDERSTREAM_PLACING_PER_SECOND": "0",
    "ORDERSTREAM_OPERATING_PER_SECOND": "0",
    "SECRET_KEY": "a secret of this run, long enough for the checks that look at it",
    "PYTHONUNBUFFERED": "1",
    "PYTHONPATH": str(ROOT),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """`mix`: of orders, by its name in the plan's MIXES. `variant`: what is broken on purpose in the
    processes; empty: nothing."""

    seed: int
    folder: Path
    prefix: str = "chaos:"
    attempts: int = ATTEMPTS
    mix: str = "usual"
    variant: str = ""

    def environment(self, database_url: str) -> Mapping[str, str]:
        """Of every process of the product; each adds its name and the address of its Redis."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(NOT_THEIRS)},
            **SETTINGS,
            "DATABASE_URL": database_url,
            "ORDERSTREAM_KEY_PREFIX": self.prefix,
            "ORDERSTREAM_ATTEMPTS": str(self.attempts),
            "CHAOS_SEED": str(self.seed),
            "CHAOS_FOLDER": str(self.folder),
            "CHAOS_MIX": self.mix,
            "CHAOS_VARIANT": self.variant,
        }
