"""The command as a real process: killed, interrupted, twice at once, without Redis, without a database."""

import random
import shutil
import signal
from pathlib import Path

import pytest

from orderstream.streams.lane import Lane
from tests.imports.importing import EXAMPLE, keys_left, once, references, write_orders
from tests.imports.processes import Office, ended
from tests.waiting import wait_until

pytestmark = pytest.mark.system


async def size(lane: Lane) -> int:
    return int(await lane.client.xlen(lane.keys.stream))


async def test_the_example_of_the_readme(office: Office, lane: Lane, tmp_path: Path) -> None:
    rejects = tmp_path / "r.csv"
    words = ("--csv", EXAMPLE, "--preset", "online-retail", "--rejects", rejects, "--json", "--quiet")

    first = office.run(*words)
    second = office.run(*words)

    assert (first.code, first.err) == (0, "")
    placed = first.summary["placed"]
    assert placed == first.summary["accepted"] == await size(lane)
    assert placed + first.summary["refused"] == 2_000
    assert len({first.summary["digest"], second.summary["digest"]}) == 1
    assert (second.code, second.summary["placed"], second.summary["accepted"]) == (0, 0, placed)
    assert second.summary["rejects"] == str(rejects)


@pytest.mark.timeout(180)  # a dozen starts of Python, on a machine that may be busy
async def test_killed_at_random_moments_it_places_every_line_once(
    office: Office, lane: Lane, tmp_path: Path
) -> None:
    chance = random.Random(7)
    bad = [2, 500, 501, 1201]
    path = write_orders(tmp_path / "o.csv", 1_200, bad_lines=bad)
    words = ("--csv", path, "--batch", "10", "--quiet", "--json")

    kills = 0
    while True:
        process = office.start(*words)
        # Somewhere in the next 300 orders: between any two of its lines, as the machine happens to run.
        goal = await size(lane) + chance.randrange(1, 300)

        async def is_far_enough(process=process, goal=goal) -> bool:  # type: ignore[no-untyped-def] # a closure
            return process.poll() is not None or await size(lane) >= goal

        await wait_until(is_far_enough, timeout=30)
        process.kill()
        if ended(process).code != -signal.SIGKILL:
            break
        kills += 1

    assert kills >= 4
    assert await references(lane) == once(1_200, bad_lines=bad)
    assert await keys_left(lane) == []
    rejected = (tmp_path / "o.rejects.csv").read_text().splitlines()[1:]
    assert [int(line.split(",")[0]) for line in rejected] == bad


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_interrupted_it_says_how_to_go_on_and_does(
    office: Office, lane: Lane, tmp_path: Path, number: signal.Signals
) -> None:
    path = write_orders(tmp_path / "o.csv", 100)
    process = office.start("--csv", path, "--batch", "10", ORDERSTREAM_BACKLOG_LIMIT="25")
    await wait_until(lambda: _has(lane, 25), timeout=30)
    process.send_signal(number)

    done = ended(process)

    assert done.code == 2
    assert done.err.splitlines()[-1] == "Stopped; run the same command again to go on."
    assert office.run("--csv", path).code == 0
    assert await references(lane) == once(100)
    assert await keys_left(lane) == []


async def _has(lane: Lane, count: int) -> bool:
    return await size(lane) >= count


async def test_a_second_import_of_the_same_content_is_refused_until_the_first_is_dead(
    office: Office, lane: Lane, tmp_path: Path
) -> None:
    path = write_orders(tmp_path / "o.csv", 100)
    copy = Path(shutil.copy(path, tmp_path / "copy.csv"))
    first = office.start("--csv", path, ORDERSTREAM_BACKLOG_LIMIT="25")
    await wait_until(lambda: _has(lane, 25), timeout=30)

    refused = office.run("--csv", copy)
    other = office.run("--csv", write_orders(tmp_path / "other.csv", 5))
    first.kill()
    ended(first)
    after = office.run("--csv", copy)

    assert (refused.code, refused.err) == (1, "Another import of the same file is running; let it finish.\n")
    assert other.code == 0
    assert after.code == 0
    assert await size(lane) == 105


def test_without_redis_it_says_so_and_can_be_run_again(office: Office, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 5)

    away = office.run("--csv", path, "--json", REDIS_URL="redis://127.0.0.1:1/0")

    assert away.code == 2
    assert "Redis cannot be reached" in away.summary["error"]
    assert "Traceback" not in away.err
    assert office.run("--csv", path, "--json").summary["placed"] == 5


def test_without_tables_it_says_what_to_do(office: Office, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 5)

    done = office.run("--csv", path, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    assert done.code == 2
    assert "is it migrated?" in done.err
    assert "Traceback" not in done.err


async def test_made_up_orders(office: Office, lane: Lane) -> None:
    done = office.run("--count", "450", "--json")

    assert (done.code, done.summary["placed"]) == (0, 450)
    assert await size(lane) == 450
    assert await keys_left(lane) == []
