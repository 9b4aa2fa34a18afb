"""The real file through the running system while a worker is killed, and the system at rest."""

import asyncio
import logging
import os
import signal
import subprocess
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from orderstream.domain.events import Event, EventType, fold
from orderstream.stack.server import data_folder, recorded_pid
from orderstream.streams import figures
from orderstream.streams.events_log import read_events
from orderstream.streams.lane import WAITING, Lane
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Console
from tests.imports.importing import real_file
from tests.imports.processes import Done, Office, ended
from tests.machine import slowness
from tests.stack.traces import processes_of
from tests.system.retail_lines import ordered_lines, stored_line
from tests.system.stacks import Stack, Start
from tests.waiting import passed, wait_until

pytestmark = [pytest.mark.system, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

LEASE = timedelta(seconds=5)
HEALED = LEASE + timedelta(seconds=2 + 1 + 5)
"""I1: the lease, the sweep, the back-off and 5 s."""
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

log = logging.getLogger(__name__)
OfficeOf = Callable[[Stack], Office]


@pytest.fixture
def office_of(environment: dict[str, str]) -> Iterator[OfficeOf]:
    """Commands beside a stack, as a person runs them in a second terminal."""
    opened: list[Office] = []

    def beside(stack: Stack) -> Office:
        port = stack.printed(r"redis-cli -h 127\.0\.0\.1 -p (\d+)")
        database = f"sqlite:///{stack.folder}/orderstream.sqlite3"
        redis = f"redis://127.0.0.1:{port}/0"
        more = {"REDIS_URL": redis, "DATABASE_URL": database, "SECRET_KEY": "test"}
        opened.append(Office(environment | more))
        return opened[-1]

    yield beside
    for office in opened:
        office.close()


@asynccontextmanager
async def board_of(stack: Stack) -> AsyncIterator[Page]:
    """The live board of somebody who came by the printed link; complaints in its console fail."""
    console = Console()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(locale="en-GB")
        console.listen(page)  # type: ignore[arg-type] # both kinds of page speak alike
        await page.goto(stack.printed(r"(http\S+/sign-in/\S+/)"))
        await page.get_by_role("button", name="Sign in").click()
        await page.locator("feed-badge[data-feed=live]").wait_for()
        yield page
        await browser.close()
    assert not console.unexpected()


async def test_the_real_file_arrives_whole_though_a_worker_is_killed(
    start: Start, office_of: OfficeOf, tmp_path: Path
) -> None:
    path, accepted, refused = real_file()
    settings = {"ORDERSTREAM_LEASE_SECONDS": str(LEASE.seconds), "ORDERSTREAM_SIMULATE_FAILURE_RATE": "0"}
    stack = await start(**settings).is_ready()
    lane, office = stack.lane(), office_of(stack)
    words = ["--csv", path, "--preset", "online-retail", "--rejects", tmp_path / "rejects.csv", "--json"]
    # In about 90 batches, whatever its size: so a short one is not over before there is a middle to kill in.
    words += ["--batch", accepted // 90]

    async with board_of(stack) as board:
        importing = office.start(*words)
        await wait_until(lambda: is_at_least(lane, "n_completed", accepted // 20), 30)
        victim = min(await figures.workers(lane), key=lambda row: row.name)
        in_hand = await killed_in_mid_order(lane, victim)
        killed_ms, done_before = await lane.now_ms(), await total(lane, "n_completed")
        assert done_before + len(in_hand) < accepted

        imported = await done(importing)
        assert (imported.code, imported.summary["refused"]) == (0, refused)
        assert imported.summary["placed"] == imported.summary["accepted"] == accepted

        await wait_until(lambda: is_quiet(lane, accepted), 60)
        await wait_until(lambda: "worker-1 is back" in stack.text, 30)
        assert await total(lane, "n_placed") == await total(lane, "n_completed") == accepted
        assert await total(lane, "n_swept") == len(in_hand)
        history = await histories(lane)
        await assert_every_line_was_completed_once(lane, history, path)
        taken_over = [history[order_id][-1] for order_id in in_hand]
        assert f"worker:{victim.name}" not in {event.actor for event in taken_over}
        healed = timedelta(milliseconds=max(event.at_ms for event in taken_over) - killed_ms)
        assert healed < HEALED
        await assert_events_fold_to_the_status_hashes(lane, history)

        await assert_page_shows_what_redis_says(board, lane)
        await assert_page_shows_what_workers_did(board, lane, history)
        await board.reload()
        await assert_page_shows_what_redis_says(board, lane)

    again = await done(office.start(*words))
    assert (again.code, again.summary["placed"]) == (0, 0)
    assert await total(lane, "n_placed") == accepted
    first = min(events[0].at_ms for events in history.values())
    times = [event.at_ms - first for event in completions(history)]
    log.info(
        "imported in %s s, killed after %d with %d in hand",
        imported.summary["seconds"],
        done_before,
        len(in_hand),
    )
    log.info("the others done after %d ms, all %d, healed in %s", times[-len(in_hand) - 1], times[-1], healed)
    await lane.client.aclose()


async def test_the_idle_stack_uses_less_than_a_twentieth_of_a_core(
    start: Start, office_of: OfficeOf, environment: dict[str, str]
) -> None:
    stack = await start().is_ready()
    lane, office = stack.lane(), office_of(stack)
    assert (await done(office.start("--count", "500", "--json"))).code == 0
    await wait_until(lambda: is_quiet(lane, 500), 30)
    await lane.client.aclose()

    # The supervisor, web, keeper and two workers; the server wipes the mark out of its environment.
    pids = {*processes_of(environment), recorded_pid(data_folder(stack.folder))}
    assert len(pids) == 6
    await passed(5)  # what was just placed is audited and counted
    before = cpu_seconds(pids)
    await passed(20)
    share = (cpu_seconds(pids) - before) / 20
    log.info("the idle stack uses %.1f %% of a core", share * 100)
    assert share < 0.05 * slowness()


async def done(process: "subprocess.Popen[str]") -> Done:
    """A command of an office once it has ended; the loop goes on meanwhile."""
    return await asyncio.to_thread(ended, process)


async def total(lane: Lane, name: str) -> int:
    return int(await lane.client.hget(lane.keys.totals, name) or 0)


async def is_at_least(lane: Lane, name: str, count: int) -> bool:
    return await total(lane, name) >= count


async def group(lane: Lane) -> dict[str, int]:
    """XINFO GROUPS."""
    [found] = await lane.client.xinfo_groups(lane.keys.stream)
    return found


async def is_quiet(lane: Lane, completed: int) -> bool:
    about = await group(lane)
    return (await total(lane, "completed"), about["lag"], about["pending"]) == (completed, 0, 0)


# --- the kill


async def killed_in_mid_order(lane: Lane, victim: figures.WorkerRow) -> set[str]:
    """Kill -9 while it works on orders; gives their ids.

    It is frozen first, so that none of them can end between the look at them and the kill.
    """
    pid = int(victim.details["pid"])

    async def works_on_some() -> set[str]:
        os.kill(pid, signal.SIGSTOP)
        await wait_until(lambda: stat(pid)[0] == "T")
        await lane.client.ping()  # what it had sent is carried out before this answer
        orders = await orders_begun_by(lane, victim.name)
        if not orders:
            os.kill(pid, signal.SIGCONT)
        return orders

    orders = await wait_until(works_on_some)
    os.kill(pid, signal.SIGKILL)
    return orders


async def orders_begun_by(lane: Lane, worker: str) -> set[str]:
    rows = await lane.client.xpending_range(lane.keys.stream, lane.group, "-", "+", 1_000, worker)
    ids = [row["message_id"] for row in rows]
    statuses = await lane.commands(("HGET", lane.keys.status(i), "status") for i in ids)
    return {i for i, status in zip(ids, statuses, strict=True) if status == "processing"}


# --- the orders and their events


async def histories(lane: Lane) -> Mapping[str, list[Event]]:
    """The events of each order, in the order of the log."""
    history: dict[str, list[Event]] = defaultdict(list)
    for event in await read_events(lane, "0-0", 200_000):
        history[event.order_id].append(event)
    return history


def completions(history: Mapping[str, Iterable[Event]]) -> list[Event]:
    """In the order of time."""
    events = [event for each in history.values() for event in each if event.type is EventType.COMPLETED]
    return sorted(events, key=lambda event: event.at_ms)


async def assert_every_line_was_completed_once(
    lane: Lane, history: Mapping[str, list[Event]], path: Path
) -> None:
    entries = dict(await lane.client.xrange(lane.keys.stream))
    assert Counter(map(stored_line, entries.values())) == ordered_lines(path)
    assert Counter(event.order_id for event in completions(history)) == dict.fromkeys(entries, 1)


async def assert_events_fold_to_the_status_hashes(lane: Lane, history: Mapping[str, list[Event]]) -> None:
    """I6."""
    hashes = await lane.commands(("HGETALL", lane.keys.status(order_id)) for order_id in history)
    for (order_id, events), found in zip(history.items(), hashes, strict=True):
        assert [event.version for event in events] == list(range(1, len(events) + 1)), order_id
        assert fold(events) == found, order_id


# --- the page


async def assert_page_shows_what_redis_says(board: Page, lane: Lane) -> None:
    totals = {name: int(count) for name, count in (await lane.client.hgetall(lane.keys.totals)).items()}
    about, keys = await group(lane), lane.keys
    parked = await lane.client.xpending_range(keys.stream, lane.group, "-", "+", 1_000, WAITING)
    shown = {
        "placed": totals["n_placed"],
        "waiting": totals["pending"],
        "processing": totals["processing"],
        "completed": totals["completed"],
        "retrying": await lane.client.zcard(keys.retry),
        "failed": await lane.client.zcard(keys.failed),
        "lag": about["lag"],
        "in_hand": about["pending"] - len(parked),
        "parked": len(parked),
    }
    for name, count in shown.items():
        await expect(board.locator(f"[data-figure={name}]")).to_have_text(f"{count:,}")
    # And both of Redis's own accounts say the same.
    assert totals.get("retrying", 0) == shown["retrying"]
    assert totals.get("failed", 0) == shown["failed"]


async def assert_page_shows_what_workers_did(
    board: Page, lane: Lane, history: Mapping[str, Iterable[Event]]
) -> None:
    completed = Counter(event.actor.removeprefix("worker:") for event in completions(history))
    rows = await figures.workers(lane)
    lost = [row.name for row in rows if not row.is_alive]
    assert len(rows) == 3
    assert len(lost) == 1
    for row in rows:
        shown = board.locator("worker-rows tbody[data-rows] tr", has_text=row.name)
        if row.is_alive:
            await expect(shown.locator("[data-cell=completed]")).to_have_text(f"{completed[row.name]:,}")
        else:
            await expect(shown.locator(".status")).to_have_attribute("data-status", "lost")
    assert sum(completed[row.name] for row in rows) == len(history)


# --- the machine


def stat(pid: int) -> list[str]:
    """/proc/PID/stat from the state on: what stands before is the name, which may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pids: Iterable[int]) -> float:
    """What these processes have used so far, their ended children included: fields 14 to 17."""
    return sum(sum(map(int, stat(pid)[11:15])) for pid in pids) / TICKS_PER_SECOND
