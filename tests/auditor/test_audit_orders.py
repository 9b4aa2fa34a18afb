"""The command as a person or a script meets it: what it prints, exit codes, repair, watching, stopping."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel
from tests import prepared
from tests.imports.processes import environment
from tests.orders import placed_orders
from tests.servers import free_port
from tests.streams.scene import COMPLETED, REJECTED, Worker
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.system


@dataclass
class Auditor:
    """Runs the command with this Redis, prefix and database."""

    environment: dict[str, str]
    folder: Path
    started: list[subprocess.Popen[bytes]]

    def start(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "audit_orders", *words],
                cwd=ROOT,
                env=self.environment | settings,
                stdout=out,
                stderr=err,
            )
        self.started.append(process)
        return process

    async def code(self, *words: str, **settings: str) -> int:
        process = self.start(*words, **settings)
        return await asyncio.to_thread(process.wait, 50)

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err").read_text()

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "own.sqlite3"
    prepared.migrated_database(path)
    return path


@pytest.fixture
def auditor(redis_url: str, namespace: str, database: Path, tmp_path: Path) -> Iterator[Auditor]:
    auditor = Auditor(environment(redis_url, namespace, database), tmp_path, [])
    yield auditor
    for process in auditor.started:
        process.kill()
        process.wait()


@pytest.fixture
async def ids(lane: Lane) -> list[str]:
    """Completed, failed, processing, cancelled, and two that wait."""
    ann = Worker(lane, "ann")
    await ann.beat()
    ids = await placed_orders(lane, 6)
    fences = await ann.begun(await ann.read(3))
    await ann.finish({ids[0]: fences[ids[0]]}, COMPLETED)
    await ann.finish({ids[1]: fences[ids[1]]}, REJECTED)
    await cancel(lane, [ids[3]], actor="user:boss")
    return ids


SUM = "placed 6 + adopted 0 = pending 2 + processing 1 + retrying 0 + completed 1 + failed 1 + cancelled 1"


async def test_a_clean_system_ends_with_zero_and_the_sum(auditor: Auditor, ids: list[str]) -> None:
    assert await auditor.code() == 0
    first, second = auditor.out.splitlines()
    assert first.startswith("0 lost, 0 doubled · audited to 20")
    assert first.endswith("Z: 12 events of 6 orders")
    assert second == SUM
    assert auditor.err == ""


async def test_a_fresh_installation_ends_with_zero(auditor: Auditor) -> None:
    assert await auditor.code() == 0
    assert auditor.out.startswith("0 lost, 0 doubled · audited to no event yet")
    assert auditor.err == ""


async def test_violations_end_with_one_and_a_line_each(auditor: Auditor, ids: list[str], lane: Lane) -> None:
    await lane.command("HSET", lane.keys.status(ids[0]), "attempt", 2)
    await lane.command("DEL", lane.keys.status(ids[2]))
    await lane.command("HINCRBY", lane.keys.totals, "failed", 2)
    assert await auditor.code() == 1
    lines = auditor.out.splitlines()
    assert lines[0].startswith("1 lost, 0 doubled · 3 violations · audited to ")
    assert set(lines[2:]) == {
        f"I6   {ids[0]}  attempt is 2, the events say 1",
        f"I6   {ids[2]}  lost: its status hash is gone",
        "I7   totals  failed is 3, the events say 1",
    }


async def test_for_programs_it_is_json(auditor: Auditor, ids: list[str], lane: Lane) -> None:
    await lane.command("XDEL", lane.keys.stream, ids[4])
    assert await auditor.code("--json") == 1
    [report] = auditor.reports
    assert (report["clean"], report["whole"], report["orders"], report["events"]) == (False, True, 6, 12)
    assert (report["lost"], report["lost_ids"], report["counts"]) == (1, [ids[4]], {"I8": 1})
    assert report["violations"] == [
        {"invariant": "I8", "order_id": ids[4], "text": "its entry is gone", "harm": "lost"}
    ]
    assert report["ledger"]["placed"] == 6


async def test_a_repair_is_written_down_and_what_is_left_decides(
    auditor: Auditor, ids: list[str], lane: Lane, database: Path
) -> None:
    before = await lane.command("HGETALL", lane.keys.status(ids[2]))
    await lane.command("DEL", lane.keys.status(ids[2]))
    await lane.command("ZREM", lane.keys.failed, ids[1])
    await lane.command("HINCRBY", lane.keys.totals, "pending", 5)
    assert await auditor.code("--repair") == 0
    mended = "Mended: status hashes: 1; places in the indexes: 1; totals: 1. Audited again:"
    assert mended in auditor.out.splitlines()
    assert auditor.out.splitlines()[-2].startswith("0 lost, 0 doubled · audited to ")
    assert auditor.out.splitlines()[-1] == SUM
    assert await lane.command("HGETALL", lane.keys.status(ids[2])) == before
    with sqlite3.connect(database) as rows:
        actor, action, details = rows.execute(
            "SELECT actor, action, details FROM orderstream_auditentry ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert (actor, action) == ("command:audit_orders", "orders_repaired")
    assert json.loads(details) == {
        "restore": {"count": 1, "ids": [ids[2]]},
        "repair": {"count": 1, "ids": [ids[1]]},
        "totals": {"pending": 5},
    }


async def test_a_repair_writes_no_zeros_over_totals_because_the_log_was_deleted(
    auditor: Auditor, ids: list[str], lane: Lane
) -> None:
    before = await lane.command("HGETALL", lane.keys.totals)
    await lane.command("DEL", lane.keys.events)
    assert await auditor.code("--repair") == 1
    assert auditor.out.count("it has a status hash, but no event tells of it") == len(ids)
    assert "totals that differ by no more than what the missing or damaged events may explain" in auditor.out
    assert await lane.command("HGETALL", lane.keys.totals) == before


async def test_a_repair_tells_programs_what_it_did(auditor: Auditor, ids: list[str], lane: Lane) -> None:
    await lane.command("ZREM", lane.keys.failed, ids[1])
    assert await auditor.code("--repair", "--json") == 0
    before, after = auditor.reports
    assert "repaired" not in before
    assert after["repaired"] == {"restore": 0, "repair": 1, "sweep": 0, "totals": 0}


async def test_what_strangers_wrote_does_nothing_to_the_terminal(
    auditor: Auditor, ids: list[str], lane: Lane
) -> None:
    await lane.command(
        "HSET", lane.keys.status(ids[0]), "worker_id", b"\x1b[2J\nI9   5-5  lost\xff" + b"x" * 9_000
    )
    await lane.command("HSET", lane.keys.status(ids[1]), "version", "9" * 5_000)
    await lane.command("ZADD", lane.keys.retry, 5, "\x1b[31m", 5, ids[0].partition("-")[0])
    assert await auditor.code(PYTHONIOENCODING="utf-8:strict") == 1
    assert "Traceback" not in auditor.err
    assert all(line.isprintable() and len(line) < 1_200 for line in auditor.out.splitlines())
    assert r"worker_id is \x1b[2J\nI9   5-5  lost\udcffxxx" in auditor.out
    assert auditor.out.count("in the retry index, where nothing waits") == 2


async def test_whoever_has_had_enough_ends_it(auditor: Auditor, ids: list[str]) -> None:
    command = f"{sys.executable} manage.py audit_orders --watch --json | head -n 1; exit ${{PIPESTATUS[0]}}"
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", command, cwd=ROOT, env=auditor.environment, stdout=PIPE, stderr=PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 40)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["clean"]


async def test_without_its_audit_log_nothing_is_repaired(
    auditor: Auditor, ids: list[str], lane: Lane, tmp_path: Path
) -> None:
    await lane.command("ZREM", lane.keys.failed, ids[1])
    assert await auditor.code("--repair", DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3") == 2
    assert "Nothing is repaired, for the audit log cannot be written" in auditor.err
    assert "Traceback" not in auditor.err
    assert await lane.command("ZCARD", lane.keys.failed) == 0


async def test_without_sql_no_order_is_ended_by_a_limit_that_may_not_be_the_managers(
    auditor: Auditor, lane: Lane, tmp_path: Path
) -> None:
    ann = Worker(lane, "ann")
    await ann.beat()
    [order_id] = await placed_orders(lane, 1)
    await ann.begun(await ann.read())
    await lane.command("XACK", lane.keys.stream, lane.group, order_id)
    await lane.command("HSET", lane.keys.control, "calm_until", 0, "silent_from", 2**45)
    await lane.command("ZADD", lane.keys.workers, 1, "ann", 2**45, "bob")
    empty = f"sqlite:///{tmp_path}/empty.sqlite3"
    assert await auditor.code(DATABASE_URL=empty, ORDERSTREAM_ATTEMPTS="1") == 2
    assert auditor.out.splitlines()[-1] == (
        "Not judged: 1 orders in nobody's pending list, while the configuration cannot be read that limits "
        "their attempts."
    )
    assert await lane.command("HGET", lane.keys.status(order_id), "status") == "processing"


async def test_what_cannot_be_judged_ends_with_two(auditor: Auditor, ids: list[str], lane: Lane) -> None:
    await lane.command("XADD", lane.keys.events, "*", "rubbish", "x")
    assert await auditor.code() == 2
    assert auditor.out.splitlines()[-1] == (
        "Not judged: 1 entries of the events log that are no events of ours."
    )
    assert await auditor.code("--json") == 2
    assert auditor.reports[-1]["clean"] is None


async def test_without_redis_it_is_one_sentence_and_two(auditor: Auditor) -> None:
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"
    assert await auditor.code(REDIS_URL=url) == 2
    assert auditor.out == ""
    assert auditor.err.startswith("CommandError: Redis cannot be reached")
    assert len(auditor.err.splitlines()) == 1
    assert "secret" not in auditor.err


async def test_watching_goes_on_with_what_is_new_until_it_is_stopped(
    auditor: Auditor, ids: list[str], lane: Lane
) -> None:
    process = auditor.start("--watch", "--json")
    await wait_until(lambda: auditor.reports, 30, ignoring=ValueError)
    [new] = await placed_orders(lane, 1)
    await wait_until(lambda: auditor.reports[-1]["orders"] == 7, ignoring=ValueError)
    assert auditor.reports[-1]["clean"]
    [bad] = await placed_orders(lane, 1)
    await lane.command("HSET", lane.keys.status(bad), "fence", 1)
    await wait_until(lambda: auditor.reports[-1]["violations"], ignoring=ValueError)
    process.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(process.wait, 30) == 1
    assert auditor.err.startswith("Stopped; audited to 20")
    assert new != bad


async def test_watching_is_said_when_something_changed_only(
    auditor: Auditor, ids: list[str], lane: Lane
) -> None:
    process = auditor.start("--watch")
    await wait_until(lambda: SUM in auditor.out, 30)
    await lane.command("XADD", lane.keys.events, "*", "rubbish", "x")
    await wait_until(lambda: auditor.out.count("audited to") == 2)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, 30) == 2
    assert auditor.out.count("audited to") == 2


async def test_the_help_tells_codes_invariants_and_examples(auditor: Auditor) -> None:
    assert await auditor.code("--help") == 0
    assert all(word in auditor.out for word in ("exit codes:", "examples:", "I10", "--repair mends"))
