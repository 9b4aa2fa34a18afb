"""When an order is called late, by the targets that managers set, and what is said to hold it up."""

import re
from datetime import timedelta

import pytest
from pytest_django import Settings

from dashboard.order_case import Case
from dashboard.order_reasons import reason_of
from dashboard.protocol import Targets
from orderstream.streams.lane import Lane
from orderstream.streams.order_findings import Ahead, Holder
from tests.dashboard.cases import NAMES, PLACED_MS, Way, hashless, plain, said
from tests.dashboard.doing import Worker
from tests.dashboard.pages import signed_in, text_of
from tests.orders import placed_order
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

TARGETS = Targets(waiting=30, processing=10)
# In how many seconds each ends 95 in 100 of its attempts.
PACES = {"kobe-1": 1.2, "osaka-2": 1.2, "nara-2": 4.8}
THREE = {"kobe-1": "alive", "osaka-2": "alive", "nara-2": "alive"}
BOUND = {"targets": TARGETS, "paces": PACES, "workers": THREE}

LATE = {
    "waits in line": (
        Way().placed().case(31, ahead=Ahead(31, True), **BOUND),
        "Late. Waits behind 31 others while 3 workers are at work.",
    ),
    "waits paused": (
        Way().placed().case(31, ahead=Ahead(0, True), is_paused=True, **BOUND),
        "Paused. It is the next in line.",
    ),
    "waits in slow hands": (
        Way().placed().case(31, holder=Holder("nara-2", 5, 1), **BOUND),
        "Late, because nara-2, which has it in hand, is slow.",
    ),
    "waits in quick hands": (
        Way().placed().case(31, holder=Holder("kobe-1", 5, 1), **BOUND),
        "Late. Is in the hands of kobe-1, which begins it next.",
    ),
    "waits in lost hands": (
        Way().placed().case(31, holder=Holder("nagoya-9", 5, 1), **BOUND),
        "Late, because nagoya-9 was lost before it began it.",
    ),
    "sent back and waits again": (
        Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "E").requeued(900).case(931, **BOUND),
        "Late. Waits for a free slot, sent back by Ann Mori.",
    ),
    "due and waits": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "E", pause=8).case(41, **BOUND),
        "Late. Its next attempt is due and waits for a free slot.",
    ),
    "waits to be adopted": (
        hashless(PLACED_MS + 31_000, with_log=False, **BOUND),
        "Late. Waits to be adopted by the next worker.",
    ),
    "takes long at a slow one": (
        Way().placed().started(1, "nara-2").case(12, **BOUND),
        "Late, because nara-2, which has it in hand, is slow.",
    ),
    "waited before a slow one began it": (
        Way().placed().started(31, "nara-2").case(32, **BOUND),
        "Late, because nara-2, which has it in hand, is slow.",
    ),
    "takes long at a quick one": (
        Way().placed().started(1, "kobe-1").case(12, **BOUND),
        "Late. At work on kobe-1.",
    ),
    "takes long again": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "E").started(5, "osaka-2").case(16, **BOUND),
        "Late. Attempt 2 is at work on osaka-2.",
    ),
}  # fmt: skip

IN_TIME = {
    "waits": (
        Way().placed().case(30, ahead=Ahead(0, True), **BOUND),
        "Is next in line; 3 workers are at work.",
    ),
    "in slow hands": (
        Way().placed().case(30, holder=Holder("nara-2", 5, 1), **BOUND),
        "Is in the hands of nara-2, which begins it next.",
    ),
    "at a slow one": (Way().placed().started(30, "nara-2").case(40, **BOUND), "At work on nara-2."),
    "again at work": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "E", pause=60)
        .started(70, "nara-2").case(75, **BOUND),
        "Attempt 2 is at work on nara-2.",
    ),
    "without targets": (
        Way().placed().started(999, "nara-2").case(1_020, **BOUND | {"targets": None}),
        "At work on nara-2.",
    ),
    "completed": (
        Way().placed().started(99, "nara-2").completed(199, "nara-2").case(200, **BOUND),
        "Completed in 3 min.",
    ),
}  # fmt: skip

MORE = {
    "how long it has waited": (LATE["waits in line"][0], "It has waited 31.0 s; the target is 30 s."),
    "that it is late while nothing is begun": (
        LATE["waits paused"][0],
        "Late: it has waited 31.0 s; the target is 30 s. Processing is paused",
    ),
    "how long it has waited since it was sent back": (
        LATE["sent back and waits again"][0],
        "It has waited 31.0 s; the target is 30 s.",
    ),
    "how long it waits since it is due": (
        LATE["due and waits"][0],
        "It has waited 31.0 s; the target is 30 s.",
    ),
    "how slow the worker is": (
        LATE["takes long at a slow one"][0],
        "It has been at work for 11.0 s; the target is 10 s. "
        "95 in 100 of its orders take up to 4.8 s, at the others 1.2 s.",
    ),
    "that it waited before": (
        LATE["waited before a slow one began it"][0],
        "It waited 31.0 s before it was begun; the target is 30 s. 95 in 100",
    ),
}


@pytest.mark.parametrize(("case", "text"), LATE.values(), ids=LATE)
def test_what_takes_longer_than_the_targets_is_late(case: Case, text: str) -> None:
    assert said(case) == text
    assert reason_of(case, NAMES).status in {"warning", "lost"}


@pytest.mark.parametrize(("case", "text"), IN_TIME.values(), ids=IN_TIME)
def test_what_keeps_within_the_targets_is_not(case: Case, text: str) -> None:
    assert said(case) == text
    assert "target" not in reason_of(case, NAMES).more


@pytest.mark.parametrize(("case", "text"), MORE.values(), ids=MORE)
def test_the_second_line_of_a_late_one_says(case: Case, text: str) -> None:
    assert text in plain(reason_of(case, NAMES).more)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
async def test_the_page_of_an_order_in_slow_hands_calls_it_late(lane: Lane, settings: Settings) -> None:
    settings.ORDERSTREAM_TARGET_WAITING_SECONDS = timedelta(seconds=3_600)
    settings.ORDERSTREAM_TARGET_PROCESSING_SECONDS = timedelta(milliseconds=10)
    for name, p95_ms in (("kobe-1", 1_200), ("nara-2", 4_800)):
        await Worker(lane, name).beat(p95_ms=p95_ms)
    order_id = await placed_order(lane)
    await Worker(lane, "nara-2").take()
    text = await text_of(await signed_in("viewer"), f"/orders/{order_id}/")
    assert "Late, because nara-2, which has it in hand, is slow." in text
    assert re.search(
        r"It has been at work for \d\.\d\ss; the target is 0\.01\ss\. 95 in 100 of its orders", text
    )
    settings.ORDERSTREAM_TARGET_PROCESSING_SECONDS = timedelta(seconds=3_600)
    assert "Late" not in await text_of(await signed_in("viewer", name="later"), f"/orders/{order_id}/")
