"""`python -m benchmarks`, or `make bench`: measures in rounds, prints a table, writes JSON if asked to."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from benchmarks import latency, placing, processing, servers
from benchmarks.latency import Latency
from benchmarks.measures import HUEY, OURS, Row, Run, as_json, rows, table

TO_RAW = 0.4
TO_HUEY = 3.0
BUSY = 0.5  # what else runs takes time from whoever happens to be measured


def main() -> int:
    options = _options()
    if (load := os.getloadavg()[0]) > BUSY:
        print(f"The machine is busy (load {load:.1f}): rates and ratios mean little, CPU times still do.")
    runs: list[Run] = []
    latencies: list[Latency] = []
    asyncio.run(_measure(options, runs, latencies))
    found = rows(runs)
    print(table(found))
    print(*[board.text() for board in latencies], sep="\n")
    if options.json:
        boards = {"boards": [latency.as_json() for latency in latencies]}
        options.json.write_text(json.dumps(as_json(runs, found) | boards, indent=1))
    missed = [text for row in found for text in _missed(row, found)]
    print(*missed, sep="\n")
    return 1 if missed and options.check else 0


async def _measure(options: argparse.Namespace, runs: list[Run], latencies: list[Latency]) -> None:
    for kind in options.servers:
        with servers.running(kind) as server:
            for number in range(options.rounds):
                for work in (placing, processing):
                    async for run in work.measured(server, options.orders):
                        _show(f"{server.name}, round {number + 1}: {run.work}, {run.contender}")
                        runs.append(run)
            if options.boards:
                latencies.append(await latency.measured(server, options.boards))
    _show("")


def _show(text: str) -> None:
    """On a terminal, what was measured last."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _missed(row: Row, found: list[Row]) -> list[str]:
    """What the worker falls short of, against the bare client and the fastest huey of the same run."""
    if row.work != processing.WORK or row.contender != OURS:
        return []
    texts = []
    if row.to_raw < TO_RAW:
        texts.append(f"{row.server}: processing is {row.to_raw:.2f} of the raw client, not {TO_RAW}.")
    hueys = [r.to_raw for r in found if r.server == row.server and r.contender.startswith(HUEY)]
    if row.to_raw < TO_HUEY * max(hueys):
        texts.append(
            f"{row.server}: processing is {row.to_raw / max(hueys):.1f} times huey, not {TO_HUEY:g}."
        )
    return texts


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="3 or more, for a median (default: 3)")
    parser.add_argument("--orders", type=int, default=20_000, help="in each round (default: 20000)")
    parser.add_argument(
        "--boards", type=int, default=50, help="orders watched on a board (default: 50; 0: none)"
    )
    parser.add_argument("--servers", nargs="+", choices=servers.KINDS, default=list(servers.KINDS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run and the medians there")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a ratio is missed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
