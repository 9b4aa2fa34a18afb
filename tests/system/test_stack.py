"""The local stack as a person starts it: what it prints works, what dies comes back, nothing is left."""

import json
import os
import re
import signal
import socket
from urllib.parse import urlencode, urlsplit

import pytest

from orderstream.stack.server import data_folder, recorded_pid
from orderstream.streams import figures
from orderstream.streams.controlling import ask
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Asked
from tests.stack.traces import MARK, marked_environment, processes_of
from tests.system.stacks import START_SECONDS, cookies, free_port, output_of, request
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(180)]


async def test_what_a_ready_stack_prints_works_and_ctrl_c_leaves_nothing(start, environment):
    stack = await start().is_ready()
    lane = stack.lane()
    placed = output_of(stack.curl)
    assert placed.startswith("HTTP/1.1 201")
    order_id = json.loads(placed.splitlines()[-1])["order_id"]
    await wait_until(lambda: is_completed(lane, order_id))

    path = urlsplit(stack.printed(r"(http\S+/sign-in/\S+/)")).path
    page, html = request(stack, "GET", path)
    assert page.status == 200
    form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[1]
    given = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies(page).items()),
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://127.0.0.1:{stack.port}",
    }
    signed_in, _html = request(stack, "POST", path, urlencode({"csrfmiddlewaretoken": form}), given)
    assert signed_in.status == 302
    assert "sessionid" in cookies(signed_in)
    again, _html = request(stack, "POST", path, urlencode({"csrfmiddlewaretoken": form}), given)
    assert "sessionid" not in cookies(again)

    await lane.client.aclose()
    assert await stack.end() == 0
    assert not processes_of(environment)
    assert not stack.server_is_left()
    assert "does not end" not in stack.text


async def is_completed(lane: Lane, order_id: str) -> bool:
    return await lane.client.hget(lane.keys.status(order_id), "status") == "completed"


async def test_a_killed_process_is_started_again(start):
    stack = await start().is_ready()
    lane = stack.lane()
    before = {row.name: int(row.details["pid"]) for row in await figures.workers(lane)}
    assert len(before) == 2
    victim = min(before)
    os.kill(before[victim], signal.SIGKILL)
    await wait_until(lambda: "worker-1 is back" in stack.text, 30)
    alive = {row.name for row in await figures.workers(lane) if row.is_alive and row.details}
    assert alive - set(before)
    assert "worker-1 ended (killed by SIGKILL); starting it again" in stack.text
    # The server too; its orders are on disk, and everybody finds it again on its port.
    assert stack.places()
    os.kill(recorded_pid(data_folder(stack.folder)), signal.SIGKILL)
    await wait_until(lambda: "redis is back" in stack.text, 30)
    await lane.client.aclose()
    lane = stack.lane()
    assert await lane.client.xlen(lane.keys.stream) == 1
    await wait_until(stack.places, 30)
    await lane.client.aclose()


async def test_a_worker_that_an_operator_drains_stays_ended_and_the_rest_goes_on(start):
    stack = await start().is_ready()
    lane = stack.lane()
    drained, other = sorted(row.name for row in await figures.workers(lane))
    assert await ask(lane, drained, Asked.DRAIN) == "asked"
    await wait_until(lambda: "worker-1 ended as it was asked to; it is not started again." in stack.text, 30)
    order_id = json.loads(output_of(stack.curl).splitlines()[-1])["order_id"]
    await wait_until(lambda: is_completed(lane, order_id))
    assert [row.name for row in await figures.workers(lane)] == [other]
    await lane.client.aclose()
    assert await stack.end() == 0
    assert "worker-1 is back" not in stack.text


async def test_a_second_start_goes_on_where_the_first_stopped(start, environment):
    first = await start().is_ready()
    assert first.places()
    key = first.curl
    assert await first.end(signal.SIGTERM) == 0
    second = await start().is_ready()
    lane = second.lane()
    assert await lane.client.xlen(lane.keys.stream) == 1
    await lane.client.aclose()
    # The predecessor's key is revoked, the new one works.
    assert " 401 " in output_of(key)
    assert second.places()


async def test_kill_9_of_the_supervisor_leaves_nothing_and_the_next_start_works(start, environment):
    crashed = await start().is_ready()
    assert crashed.places()
    crashed.command.kill()
    await wait_until(lambda: not processes_of(environment) and not crashed.server_is_left())
    stack = await start().is_ready()
    lane = stack.lane()
    assert await lane.client.xlen(lane.keys.stream) == 1
    await lane.client.aclose()


async def test_ctrl_c_finishes_the_orders_in_hand(start):
    stack = await start(ORDERSTREAM_SIMULATE_SECONDS="2").is_ready()
    lane = stack.lane()
    assert stack.places()
    await wait_until(lambda: lane.client.hget(lane.keys.totals, "processing"))
    await lane.client.aclose()
    assert await stack.end() == 0
    assert "completed=1" in stack.text
    assert "Hurrying" not in stack.text


async def test_a_named_redis_is_used_and_nothing_is_embedded(start, redis_url, namespace):
    stack = await start(REDIS_URL=redis_url, ORDERSTREAM_KEY_PREFIX=namespace).is_ready()
    assert stack.places()
    assert stack.printed(r"(redis-cli .*)") == f"redis-cli -s {redis_url.removeprefix('unix://')}"
    assert not (stack.folder / "redis").exists()
    assert await stack.end() == 0


async def test_a_second_stack_on_the_same_folder_is_refused_with_a_sentence(start):
    stack = await start().is_ready()
    other = start(PORT=str(free_port()))
    await wait_until(lambda: other.command.has_ended, START_SECONDS)
    assert other.command.process.returncode == 1
    assert f"OrderStream already runs on {stack.folder} (process {stack.command.process.pid})." in other.text


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("REDIS_URL", "redis://127.0.0.1:1/0", "Redis cannot be reached"),
        ("REDIS_URL", "http://nonsense", "REDIS_URL is"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL is"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3", "check DATABASE_URL"),
        ("PORT", "nonsense", "PORT is"),
    ],
)
async def test_a_wrong_setting_is_one_sentence(start, environment, setting, value, sentence):
    stack = start(**{setting: value})
    await wait_until(lambda: stack.command.has_ended, START_SECONDS)
    assert stack.command.process.returncode == 1
    assert sentence in stack.text
    assert "Traceback" not in stack.text
    assert not processes_of(environment)


async def test_a_taken_port_is_one_sentence_before_anything_is_started(start, environment):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", int(environment["PORT"])))
        listener.listen()
        stack = start()
        await wait_until(lambda: stack.command.has_ended, START_SECONDS)
    assert stack.command.process.returncode == 1
    assert stack.text.count("\n") == 1
    assert f"Port {environment['PORT']} is taken" in stack.text
    assert not (stack.folder / "redis").exists()


def test_the_mark_reaches_every_child():
    """Else the checks above that nothing is left would prove nothing."""
    assert MARK in marked_environment()
